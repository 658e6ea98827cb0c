//! Function timeouts and payload limits, as Lambda has them, on the repository's own template with code that
//! misbehaves. How retries and destinations work in general is tested with `local-cloud`'s functions.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use local_cloud::clock::Clock;
use local_cloud::functions::{ASYNC_PAYLOAD_BYTES, FunctionSpec, SYNC_PAYLOAD_BYTES};
use local_cloud::ports::{FunctionCode, FunctionError, Functions, Invocation, InvokeError};
use local_cloud::{LocalCloud, Options};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::repository::root;

/// Sleeps for as many seconds as it is told, then answers with as many letters.
struct Sleeper;

#[async_trait]
impl FunctionCode for Sleeper {
    async fn invoke(&self, invocation: Invocation) -> Result<Value, FunctionError> {
        let number = |name: &str| invocation.payload[name].as_u64().unwrap_or_default();
        tokio::time::sleep(Duration::from_secs(number("sleep_s"))).await;
        let letters = usize::try_from(number("letters")).unwrap_or_default();
        Ok(json!("x".repeat(letters)))
    }
}

struct Hosted {
    cloud: LocalCloud,
    _folder: TempDir,
}

async fn hosted() -> Hosted {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
    let options = Options::new(root().join("template.yaml"), folder.path(), clock, 1);
    let code = |_: &FunctionSpec| Ok(Arc::new(Sleeper) as Arc<dyn FunctionCode>);
    let cloud = LocalCloud::start(options, &code)
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
    Hosted {
        cloud,
        _folder: folder,
    }
}

impl Hosted {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, InvokeError> {
        self.cloud.parts().lambda.invoke(function, payload).await
    }
}

#[tokio::test(start_paused = true)]
async fn every_function_is_ended_when_its_own_timeout_is_over() {
    let hosted = hosted().await;
    for function in &hosted.cloud.template().functions {
        let timeout_s = function.timeout.as_secs();
        let within = hosted
            .invoke(&function.name, json!({ "sleep_s": timeout_s - 1 }))
            .await;
        assert!(within.is_ok(), "{}: {within:?}", function.logical_id);
        let over = hosted
            .invoke(&function.name, json!({ "sleep_s": timeout_s + 1 }))
            .await;
        let Err(InvokeError::Function(error)) = over else {
            panic!("{} was not ended: {over:?}", function.logical_id)
        };
        assert_eq!(error.error_type, "Sandbox.Timedout");
        let said = format!("Task timed out after {timeout_s}.00 seconds");
        assert!(error.message.ends_with(&said), "{error}");
    }
}

/// Counted as a failure: two more tries, then the function's own dead letters.
#[tokio::test(start_paused = true)]
async fn an_event_whose_handler_hangs_is_tried_three_times_and_kept() {
    let hosted = hosted().await;
    let lambda = &hosted.cloud.parts().lambda;
    lambda
        .invoke_async("SearchFunction", json!({ "sleep_s": 3600 }))
        .await
        .expect("queued");
    tokio::time::sleep(Duration::from_secs(600)).await;
    let sqs = aws_sdk_sqs::Client::new(&hosted.cloud.sdk_config("a-test"));
    let url = sqs
        .get_queue_url()
        .queue_name("sojourn-SearchDeadLetters")
        .send()
        .await
        .expect("a queue");
    let received = sqs
        .receive_message()
        .queue_url(url.queue_url().expect("an address"))
        .send()
        .await;
    let received = received.expect("a letter");
    let [letter] = received.messages() else {
        panic!("{received:?}")
    };
    let letter: Value = serde_json::from_str(letter.body().expect("a body")).expect("JSON");
    assert_eq!(letter["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(letter["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(letter["requestPayload"]["sleep_s"], 3600);
    let said = letter["responsePayload"]["errorMessage"]
        .as_str()
        .expect("a message");
    assert!(said.ends_with("Task timed out after 30.00 seconds"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn payloads_over_the_limit_are_refused_in_either_direction() {
    let hosted = hosted().await;
    // Quotes are part of the document.
    let of = |bytes: usize| json!("x".repeat(bytes - 2));
    assert!(
        hosted
            .invoke("SearchFunction", of(SYNC_PAYLOAD_BYTES))
            .await
            .is_ok()
    );
    let over = hosted.invoke("SearchFunction", of(SYNC_PAYLOAD_BYTES + 1)).await;
    assert!(matches!(over, Err(InvokeError::TooLarge { .. })), "{over:?}");
    let answer = hosted
        .invoke("SearchFunction", json!({ "letters": SYNC_PAYLOAD_BYTES }))
        .await;
    let Err(InvokeError::Function(error)) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(error.error_type, "Function.ResponseSizeTooLarge");
    let lambda = &hosted.cloud.parts().lambda;
    assert!(
        lambda
            .invoke_async("SearchFunction", of(ASYNC_PAYLOAD_BYTES))
            .await
            .is_ok()
    );
    let over = lambda
        .invoke_async("SearchFunction", of(ASYNC_PAYLOAD_BYTES + 1))
        .await;
    assert!(matches!(over, Err(InvokeError::TooLarge { .. })), "{over:?}");
}
