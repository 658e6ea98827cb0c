//! Over HTTP against a cloud of our own, with letters as the local cloud's bus and functions leave them.

use serde_json::{Value, json};

use super::*;
use crate::commands::own_cloud;
use crate::commands::up::Server;

/// Sends `body` to the planner's queue as a rule would that could not reach `target`.
async fn leave(server: &Server, body: &Value, target: Option<&str>) {
    let cloud = &server.laptop.cloud;
    let queues = &cloud.template().queues;
    let queue = queues
        .iter()
        .find(|queue| queue.logical_id == "PlannerDeadLetters");
    let attributes: Vec<_> = target
        .into_iter()
        .flat_map(|arn| [("TARGET_ARN", arn), ("ERROR_CODE", "TIMEOUT")])
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let sent = cloud
        .parts()
        .queues
        .send(&queue.expect("the queue").arn, &body.to_string(), &attributes);
    sent.expect("a message");
}

fn text(out: Vec<u8>) -> String {
    String::from_utf8(out).expect("text")
}

#[tokio::test]
async fn looking_takes_nothing_out() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = own_cloud::start(directory.path()).await;
    let sqs = Client::new(&outside::sdk_config(&server.running));
    let event = json!({
        "source": "sojourn.policy", "detail-type": "PolicyRetrieved", "detail": { "meta": { "aggregateId": "b-1" } }
    });
    for _ in 0..12 {
        leave(
            &server,
            &event,
            Some("arn:aws:lambda:eu-west-1:000000000000:function:any"),
        )
        .await;
    }
    let queue = Queue::named(&sqs, "planner")
        .await
        .expect("the queue by a part of its name");
    for _ in 0..2 {
        let mut out = Vec::new();
        show(&mut out, &queue, 11, false).await.expect("shown");
        let shown = text(out);
        assert!(shown.ends_with("11 of 12 messages\n"), "{shown}");
        assert!(
            shown.contains("PolicyRetrieved") && shown.contains("b-1") && shown.contains("TIMEOUT"),
            "{shown}"
        );
    }
    let mut out = Vec::new();
    list(&mut out, &sqs, false).await.expect("listed");
    let listed = text(out);
    let line = listed
        .lines()
        .find(|line| line.contains("PlannerDeadLetters"))
        .expect("the queue");
    assert!(
        line.trim_start().starts_with("12 ") && line.contains("since 2"),
        "{line}"
    );
    assert!(Queue::named(&sqs, "DeadLetters").await.is_err(), "any of several");
    assert!(Queue::named(&sqs, "Nobody").await.is_err());
}

#[tokio::test]
async fn redriving_reaches_the_recipient_alone_and_keeps_what_cannot_be_sent() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = own_cloud::start(directory.path()).await;
    let cloud = &server.laptop.cloud;
    cloud.idle().await;
    let config = outside::sdk_config(&server.running);
    let sqs = Client::new(&config);
    let function = cloud
        .template()
        .functions
        .iter()
        .find(|f| f.logical_id == "InsightsFunction");
    let machine = cloud
        .template()
        .machines
        .first()
        .expect("the state machine")
        .arn
        .clone();
    let arn = function.expect("the function").arn.clone();
    // Not ours, so the function ignores it; what matters is that it is asked.
    let event = json!({ "id": "1", "source": "elsewhere", "detail-type": "Nothing", "detail": {} });
    leave(&server, &event, Some(&arn)).await;
    leave(&server, &event, Some(&machine)).await;
    leave(&server, &json!({ "no": "event" }), None).await;
    let mut bus = cloud.parts().events.subscribe();

    let queue = Queue::named(&sqs, "Planner").await.expect("the queue");
    let outcome = Redrive::new(&config).all(&queue).await.expect("redriven");
    assert_eq!((outcome.sent, outcome.kept.len()), (2, 1), "{outcome:?}");
    let calls = cloud.endpoint().calls_seen();
    let asked = |action: &str, resource: &str| {
        let same = |call: &local_cloud::endpoint::CallSeen| {
            call.caller == "outside" && call.action == action && call.resource == resource
        };
        calls.iter().any(|seen| same(&seen.call))
    };
    assert!(asked("lambda:InvokeFunction", &arn), "{calls:?}");
    assert!(asked("states:StartExecution", &machine), "{calls:?}");
    let forwarded =
        std::iter::from_fn(|| bus.try_recv().ok()).any(|said| said.event["source"] == "elsewhere");
    assert!(!forwarded, "the bus would tell everybody");
    let left = queue.take(10).await.expect("what is left");
    assert_eq!(
        left.iter().map(|one| &one.letter.event).collect::<Vec<_>>(),
        [&json!({ "no": "event" })]
    );
}
