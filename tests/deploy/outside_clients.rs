//! Clients that are not ours, over HTTP: what they can do here they can do there, unchanged but for the endpoint's URL.

use super::python::{Tools, words};
use super::stack::Deployed;

#[tokio::test]
async fn boto3_speaks_with_every_service() {
    let tools = Tools::ready();
    let stack = Deployed::start().await;
    let script = ["tests/deploy/boto3_smoke.py", &stack.url];
    // Not waited for by blocking: the endpoint answers on this thread.
    let output = tokio::process::Command::from(tools.program("python"))
        .args(script)
        .output()
        .await;
    let output = output.expect("the environment's own python");
    assert!(output.status.success(), "{}\n{}", words(&output), stack.logs());
}
