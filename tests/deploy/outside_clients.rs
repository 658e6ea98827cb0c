//! Clients that are not ours, over HTTP: what they can do here they can do there, unchanged but for the endpoint's URL.

use super::python::{Tools, words};
use super::stack::Deployed;

#[tokio::test]
async fn boto3_and_the_command_line_are_answered_as_by_aws() {
    let tools = Tools::ready();
    let stack = Deployed::start().await;
    let (socket, token) = (stack.socket(), stack.sign_in("sample-traveller-1").await);
    let given = [
        "--endpoint-url", &stack.url, "--socket", &socket, "--token", &token,
    ];
    // Not waited for by blocking: the endpoint answers on this thread.
    let output = tokio::process::Command::from(tools.program("python"))
        .arg("tests/deploy/outside")
        .args(given)
        .output()
        .await;
    let output = output.expect("the environment's own python");
    assert!(output.status.success(), "{}\n{}", words(&output), stack.logs());
}
