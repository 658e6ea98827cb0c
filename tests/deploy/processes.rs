//! Real `bootstrap` processes under the local cloud: settings, credentials, signing, HTTP, the runtime loop and the
//! policies of `template.yaml` are those of a deployment. What the functions decide is tested elsewhere.

use std::time::Duration;

use events_schema::ids::{ActionId, AggregateId};
use events_schema::socket::{Command, FrameBody};
use events_schema::trip::TripFields;
use jiff::ToSpan;
use local_cloud::ports::{FunctionCode, FunctionError, Invocation};
use serde_json::{Value, json};

use super::bootstrap::{BootstrapProcess, process_of};
use super::stack::Deployed;

/// A debug build on a busy machine, ten processes starting.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_request_runs_from_the_socket_to_ranked_options_through_processes() {
    let stack = Deployed::start().await;
    let mut traveller = stack.traveller("sample-traveller-1").await;
    let departs = stack.cloud.clock().now().to_zoned(jiff::tz::TimeZone::UTC).date() + 20.days();
    let fields = TripFields {
        origin: Some("BER".into()),
        destination: Some("LIS".into()),
        depart_on: Some(departs),
        return_on: Some(departs + 2.days()),
        ..TripFields::default()
    };
    let request = Command::RequestBooking {
        request_id: ActionId::new("request-1"),
        text: "Berlin to Lisbon and back, flights only".into(),
        fields: Some(fields),
    };
    traveller.send(&request).await.expect("the socket takes it");
    let booking = loop {
        let received = traveller.next_within(PATIENCE).await;
        let received = received.unwrap_or_else(|error| panic!("{error:?}\n{}", stack.logs()));
        if let FrameBody::Options { options, .. } = &received.frame.body {
            assert!(!options.is_empty());
            break received.frame.booking_id.expect("options are of a booking");
        }
    };
    let journal = stack.journal(&AggregateId::from(booking)).await;
    let events: Vec<_> = journal.iter().map(|row| row.event_type.as_str()).collect();
    let flow = [
        "BookingRequested", "PolicyRetrieved", "PlanProposed", "PlanAccepted", "OffersFound",
        "OptionsRanked", "OptionsPresented",
    ];
    assert_eq!(events, flow);
    let refused: Vec<_> = stack
        .cloud
        .endpoint()
        .calls_seen()
        .into_iter()
        .filter(|seen| !seen.call.allowed)
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[tokio::test]
async fn an_error_of_the_handler_is_a_function_error_and_the_process_goes_on() {
    let stack = Deployed::start().await;
    let process = stack.process("PolicyRetrieveFunction");
    for _ in 0..2 {
        let error = stack
            .invoke("PolicyRetrieveFunction", json!({ "not": "an event" }))
            .await
            .unwrap_err();
        assert_eq!(error.error_type, "HandlerError");
        assert!(
            error
                .message
                .starts_with("the payload is not an event of the Sojourn bus: "),
            "{error}"
        );
        assert_eq!(process.idle_copies(), 1, "the same copy answered and waits");
    }
    assert!(
        process.log().text().contains("step failed"),
        "{}",
        process.log().text()
    );
}

#[tokio::test]
async fn a_missing_setting_ends_the_process_with_its_name() {
    let stack = Deployed::start().await;
    let process = process(&stack, "PolicyRetrieveFunction").unset("POLICIES_TABLE");
    let error = invoke(&process, json!({})).await.unwrap_err();
    assert_eq!(error.error_type, "Runtime.ExitError");
    assert!(error.message.ends_with("exit status 1"), "{error}");
    let log = process.log().text();
    assert!(
        log.contains("the setting POLICIES_TABLE is missing from the function's environment"),
        "{log}"
    );
    assert_eq!(process.idle_copies(), 0);
}

/// Whatever the settings say: that issuer signs anybody in as anybody.
#[tokio::test]
async fn the_authorizers_binary_does_not_start_with_a_local_issuer() {
    let stack = Deployed::start().await;
    let process = process(&stack, "GatewayAuthorizerFunction");
    let error = invoke(&process, json!({})).await.unwrap_err();
    assert_eq!(error.error_type, "Runtime.ExitError");
    let log = process.log().text();
    assert!(
        log.contains("JWT_ISSUER") && log.contains("public identity provider"),
        "{log}"
    );
}

/// The same code and the same event, under the name of a function that may not read what it needs.
#[tokio::test]
async fn a_process_may_do_what_the_template_allows_the_name_it_signs_with() {
    let stack = Deployed::start().await;
    let event = event();
    let own = process(&stack, "PolicyRetrieveFunction");
    // A booking that is not there is no error: somebody else's event came late.
    assert_eq!(invoke(&own, event.clone()).await, Ok(Value::Null));
    let disguised =
        process(&stack, "PolicyRetrieveFunction").set("AWS_ACCESS_KEY_ID", "GatewayAuthorizerFunction");
    let error = invoke(&disguised, event).await.unwrap_err();
    let refusal = "GatewayAuthorizerFunction is not authorized to perform: dynamodb:";
    assert!(error.message.contains(refusal), "{error}");
}

#[tokio::test]
async fn a_copy_that_died_while_it_waited_is_replaced() {
    let stack = Deployed::start().await;
    let process = process(&stack, "PolicyRetrieveFunction");
    assert_eq!(invoke(&process, event()).await, Ok(Value::Null));
    process.kill_idle().await.expect("a child can be killed");
    assert_eq!(invoke(&process, event()).await, Ok(Value::Null));
    assert_eq!(process.idle_copies(), 1);
}

/// A process of its own, beside the one the cloud invokes.
fn process(stack: &Deployed, function: &str) -> BootstrapProcess {
    process_of(&stack.spec(function), &stack.url, stack.cloud.clock()).unwrap_or_else(|why| panic!("{why}"))
}

async fn invoke(process: &BootstrapProcess, payload: Value) -> Result<Value, FunctionError> {
    let invocation = Invocation {
        request_id: "invocation-1".into(),
        payload,
        timeout: PATIENCE,
    };
    process.invoke(invocation).await
}

/// `BookingRequested` as committed for consumers, in the bus's envelope.
fn event() -> Value {
    let text = crate::repository::read("events-schema/examples/BookingRequested.json");
    let event: Value = serde_json::from_str(&text).expect("JSON");
    json!({ "source": event["source"], "detail-type": event["detailType"], "detail": event["detail"] })
}
