//! Queues under a paused clock, in process and through the wire protocol. What real SDKs make of the answers is
//! not covered here.

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::*;
use crate::wire::{AwsService as _, Call, Caller};

const WORK: &str = "arn:aws:sqs:eu-west-1:000000000000:work";
const DEAD: &str = "arn:aws:sqs:eu-west-1:000000000000:dead";

fn now_and_again(max: usize) -> Receive {
    Receive {
        max,
        wait: Duration::ZERO,
        visibility: None,
    }
}

fn config() -> SqsConfig {
    let mut work = QueueConfig::named("work");
    work.redrive = Some(Redrive {
        dead_letter_queue: "dead".into(),
        max_receive_count: 2,
    });
    SqsConfig {
        region: "eu-west-1".into(),
        account: "000000000000".into(),
        base_url: "http://localhost:4566".into(),
        queues: vec![work, QueueConfig::named("dead")],
    }
}

fn clock() -> Clock {
    Clock::starting_at("2026-11-21T09:00:00Z".parse().unwrap())
}

fn queues() -> (tempfile::TempDir, Arc<Queues>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.sqlite")).unwrap();
    (folder, Queues::new(config(), store, clock()).unwrap())
}

async fn call(queues: &Queues, operation: &str, body: Value) -> (u16, HeaderMap, Value) {
    let call = Call {
        caller: Caller::Outside,
        operation: operation.into(),
        method: Method::POST,
        uri: "/".parse().unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_string()),
    };
    let response = queues.call(call).await.unwrap();
    let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    (response.status().as_u16(), response.headers().clone(), body)
}

use bytes::Bytes;

#[tokio::test(start_paused = true)]
async fn a_received_message_hides_until_its_timeout_and_a_stale_handle_deletes_nothing() {
    let (_folder, queues) = queues();
    queues.send(WORK, "hello", &[]).unwrap();
    let first = queues.receive(WORK, now_and_again(10)).await.unwrap().remove(0);
    assert!(queues.receive(WORK, now_and_again(10)).await.unwrap().is_empty());

    tokio::time::advance(Duration::from_secs(30)).await;
    let second = queues.receive(WORK, now_and_again(10)).await.unwrap().remove(0);
    assert_eq!(
        (second.message_id.as_str(), second.receive_count),
        (first.message_id.as_str(), 2)
    );
    assert_eq!(second.first_received_ms, first.first_received_ms);

    queues.delete(WORK, &first.receipt_handle).unwrap();
    assert_eq!(queues.counts(WORK).unwrap().in_flight, 1);
    queues.delete(WORK, &second.receipt_handle).unwrap();
    assert_eq!(queues.counts(WORK).unwrap(), QueueCounts::default());
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_ends_with_a_message_a_reappearance_or_its_wait() {
    let (_folder, queues) = queues();
    let wait = |seconds| Receive {
        max: 1,
        wait: Duration::from_secs(seconds),
        visibility: None,
    };

    let started = Instant::now();
    assert!(queues.receive(WORK, wait(20)).await.unwrap().is_empty());
    assert_eq!(started.elapsed().as_secs(), 20);

    let waiting = tokio::spawn({
        let queues = Arc::clone(&queues);
        async move { queues.receive(WORK, wait(20)).await.unwrap() }
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    queues.send(WORK, "arrives", &[]).unwrap();
    let started = Instant::now();
    let message = waiting.await.unwrap().remove(0);
    assert_eq!(
        (message.body.as_str(), started.elapsed()),
        ("arrives", Duration::ZERO)
    );

    queues
        .extend(WORK, &message.receipt_handle, Duration::from_secs(5))
        .unwrap();
    let started = Instant::now();
    assert_eq!(queues.receive(WORK, wait(20)).await.unwrap()[0].receive_count, 2);
    assert_eq!(started.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_message_received_too_often_moves_to_the_dead_letters_and_can_be_moved_back() {
    let (_folder, queues) = queues();
    let id = queues
        .send(WORK, "poison", &[("ERROR_CODE".into(), "Boom".into())])
        .unwrap();
    for _ in 0..2 {
        assert_eq!(queues.receive(WORK, now_and_again(1)).await.unwrap().len(), 1);
        tokio::time::advance(Duration::from_secs(30)).await;
    }
    assert!(queues.receive(WORK, now_and_again(1)).await.unwrap().is_empty());

    let letter = queues.receive(DEAD, now_and_again(1)).await.unwrap().remove(0);
    assert_eq!(
        (letter.message_id.as_str(), letter.dead_letter_source.as_deref()),
        (id.as_str(), Some(WORK))
    );
    assert_eq!(letter.attributes["ERROR_CODE"], MessageAttribute::string("Boom"));

    queues
        .extend(DEAD, &letter.receipt_handle, Duration::ZERO)
        .unwrap();
    let (_, task) = queues.move_messages(DEAD, None).unwrap();
    assert_eq!(task.moved, 1);
    let again = queues.receive(WORK, now_and_again(1)).await.unwrap().remove(0);
    assert_eq!((again.body.as_str(), again.receive_count), ("poison", 1));
    assert!(matches!(
        queues.move_messages(WORK, None),
        Err(SqsError::InvalidParameterValue(_))
    ));
}

#[tokio::test(start_paused = true)]
async fn delay_and_retention_are_kept() {
    let (_folder, queues) = queues();
    let url = "http://localhost:4566/000000000000/work";
    call(
        &queues,
        "SendMessage",
        json!({"QueueUrl": url, "MessageBody": "later", "DelaySeconds": 60}),
    )
    .await;
    assert!(queues.receive(WORK, now_and_again(1)).await.unwrap().is_empty());
    assert_eq!(queues.counts(WORK).unwrap().delayed, 1);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(queues.receive(WORK, now_and_again(1)).await.unwrap().len(), 1);
    tokio::time::advance(Duration::from_secs(4 * 24 * 3600)).await;
    assert!(queues.receive(WORK, now_and_again(1)).await.unwrap().is_empty());
    assert_eq!(queues.counts(WORK).unwrap(), QueueCounts::default());
}

#[tokio::test(start_paused = true)]
async fn messages_outlive_the_process() {
    let (folder, before) = queues();
    before.send(WORK, "kept", &[]).unwrap();
    drop(before);
    let store = Store::open(&folder.path().join("store.sqlite")).unwrap();
    let after = Queues::new(config(), store, clock()).unwrap();
    assert_eq!(
        after.receive(WORK, now_and_again(1)).await.unwrap()[0].body,
        "kept"
    );
}

#[tokio::test(start_paused = true)]
async fn the_wire_carries_digests_chosen_attributes_and_error_names() {
    let (_folder, queues) = queues();
    let url = "http://localhost:4566/000000000000/work";
    let attributes = json!({"a": {"DataType": "String", "StringValue": "b"}, "c": {"DataType": "Number", "StringValue": "1"}});
    let (_, _, sent) = call(
        &queues,
        "SendMessage",
        json!({"QueueUrl": url, "MessageBody": "hello", "MessageAttributes": attributes}),
    )
    .await;
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    let ask = json!({"QueueUrl": url, "MessageAttributeNames": ["a"], "AttributeNames": ["SentTimestamp"]});
    let (_, _, received) = call(&queues, "ReceiveMessage", ask).await;
    let message = &received["Messages"][0];
    assert_eq!(message["Attributes"], json!({"SentTimestamp": "1795251600000"}));
    assert_eq!(
        message["MessageAttributes"],
        json!({"a": {"DataType": "String", "StringValue": "b"}})
    );
    assert_ne!(message["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);

    let (status, headers, error) = call(
        &queues,
        "ReceiveMessage",
        json!({"QueueUrl": "http://localhost:4566/0/none"}),
    )
    .await;
    assert_eq!(
        (status, &error["__type"]),
        (400, &json!("com.amazonaws.sqs#QueueDoesNotExist"))
    );
    assert_eq!(
        headers["x-amzn-query-error"],
        "AWS.SimpleQueueService.NonExistentQueue;Sender"
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_fails_entry_by_entry_and_as_a_whole_only_for_its_ids() {
    let (_folder, queues) = queues();
    let url = "http://localhost:4566/000000000000/work";
    let entries = json!([{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": ""}]);
    let (_, _, answer) = call(
        &queues,
        "SendMessageBatch",
        json!({"QueueUrl": url, "Entries": entries}),
    )
    .await;
    assert_eq!(
        (
            answer["Successful"][0]["Id"].as_str(),
            answer["Failed"][0]["Code"].as_str()
        ),
        (Some("1"), Some("MissingParameter"))
    );

    let cases = [
        (json!([]), "EmptyBatchRequest"),
        (
            json!([{"Id": "1", "MessageBody": "a"}, {"Id": "1", "MessageBody": "a"}]),
            "BatchEntryIdsNotDistinct",
        ),
        (json!([{"Id": "a b", "MessageBody": "a"}]), "InvalidBatchEntryId"),
    ];
    for (entries, expected) in cases {
        let (status, _, error) = call(
            &queues,
            "SendMessageBatch",
            json!({"QueueUrl": url, "Entries": entries}),
        )
        .await;
        assert_eq!(
            (status, error["__type"].as_str()),
            (400, Some(format!("com.amazonaws.sqs#{expected}").as_str()))
        );
    }
}

#[test]
fn access_names_the_queue_and_batches_need_the_single_actions() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _guard = runtime.enter();
    let (_folder, queues) = queues();
    let access = |operation: &str, body: Value| {
        let call = Call {
            caller: Caller::Resource("PlannerFunction".into()),
            operation: operation.into(),
            method: Method::POST,
            uri: "/".parse().unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
        };
        let access = queues.access(&call).unwrap().remove(0);
        (access.action, access.resource)
    };
    let url = json!({"QueueUrl": "http://localhost:4566/000000000000/work"});
    assert_eq!(
        access("SendMessageBatch", url),
        ("sqs:SendMessage".into(), WORK.into())
    );
    assert_eq!(
        access("GetQueueUrl", json!({"QueueName": "dead"})),
        ("sqs:GetQueueUrl".into(), DEAD.into())
    );
    assert_eq!(access("StartMessageMoveTask", json!({"SourceArn": DEAD})).1, DEAD);
}
