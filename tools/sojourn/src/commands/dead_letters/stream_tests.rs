//! A batch of a stream that its reader gave up on, told as the local cloud's mapping tells it, over HTTP.

use std::time::Duration;

use audit::AuditRow;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::BookingId;
use events_schema::socket::{Command, FrameBody};
use serde_json::{Value, json};

use super::*;
use crate::commands::events::table;
use crate::commands::own_cloud;
use crate::commands::up::Server;
use crate::laptop::person_named;
use crate::traveller::{Traveller, action_id};

const PATIENCE: Duration = Duration::from_secs(120);

/// A booking far enough on its way to have a trail, by the sample traveller.
async fn book(server: &Server) -> BookingId {
    let person = person_named("traveller").expect("a sample person");
    let token = server.laptop.token(person).expect("a token");
    let mut traveller = Traveller::connect(&server.running.socket, &token)
        .await
        .expect("a socket");
    let request = Command::RequestBooking {
        request_id: action_id(),
        text: crate::commands::suggestion::request(crate::commands::up::now()),
        fields: None,
    };
    traveller.send(&request).await.expect("the request");
    loop {
        let received = traveller.next_within(PATIENCE).await.expect("a frame");
        if matches!(received.frame.body, FrameBody::Options { .. }) {
            return received.frame.booking_id.expect("options are of a booking");
        }
    }
}

async fn trail(dynamo: &aws_sdk_dynamodb::Client, booking: &BookingId) -> Vec<AuditRow> {
    let found = dynamo
        .query()
        .table_name(table(dynamo, "AuditLogTable").await.expect("a table"))
        .key_condition_expression("bookingId = :booking")
        .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
        .consistent_read(true)
        .send()
        .await
        .expect("a trail");
    let rows = found.items.unwrap_or_default().into_iter();
    rows.map(|row| serde_dynamo::from_item(row).expect("a row"))
        .collect()
}

async fn forget(dynamo: &aws_sdk_dynamodb::Client, row: &AuditRow) {
    dynamo
        .delete_item()
        .table_name(table(dynamo, "AuditLogTable").await.expect("a table"))
        .key("bookingId", AttributeValue::S(row.booking_id.clone()))
        .key("auditId", AttributeValue::S(row.audit_id.clone()))
        .send()
        .await
        .expect("gone");
}

/// The place of every record of the bookings' stream, as `DDBStreamBatchInfo` has it.
async fn whole_stream(config: &aws_types::SdkConfig, table: &str) -> Value {
    let streams = aws_sdk_dynamodbstreams::Client::new(config);
    let listed = streams
        .list_streams()
        .table_name(table)
        .send()
        .await
        .expect("streams");
    let arn = listed.streams()[0].stream_arn().expect("an ARN").to_owned();
    let described = streams
        .describe_stream()
        .stream_arn(&arn)
        .send()
        .await
        .expect("a stream");
    let shard = described
        .stream_description()
        .and_then(|stream| stream.shards()[0].shard_id())
        .expect("a shard")
        .to_owned();
    let iterator = streams
        .get_shard_iterator()
        .stream_arn(&arn)
        .shard_id(&shard)
        .shard_iterator_type(aws_sdk_dynamodbstreams::types::ShardIteratorType::TrimHorizon)
        .send()
        .await
        .expect("a place");
    let page = streams
        .get_records()
        .set_shard_iterator(iterator.shard_iterator)
        .send()
        .await
        .expect("records");
    let sequence = |at: usize| {
        page.records()[at]
            .dynamodb()
            .and_then(|change| change.sequence_number())
    };
    let size = page.records().len();
    json!({
        "streamArn": arn, "shardId": shard, "batchSize": size,
        "startSequenceNumber": sequence(0), "endSequenceNumber": sequence(size - 1),
    })
}

async fn leave(server: &Server, function: &str, info: &Value) {
    let cloud = &server.laptop.cloud;
    let queue = cloud
        .template()
        .queues
        .iter()
        .find(|queue| queue.logical_id == "AuditDeadLetters");
    let record = json!({
        "requestContext": { "functionArn": function, "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 21 },
        "DDBStreamBatchInfo": info,
    });
    let sent = cloud
        .parts()
        .queues
        .send(&queue.expect("the queue").arn, &record.to_string(), &[]);
    sent.expect("a message");
}

#[tokio::test]
async fn a_batch_given_up_is_read_from_the_stream_again() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = own_cloud::start(directory.path()).await;
    let booking = book(&server).await;
    server.laptop.cloud.idle().await;
    let config = outside::sdk_config(&server.running);
    let dynamo = aws_sdk_dynamodb::Client::new(&config);
    let before = trail(&dynamo, &booking).await;
    assert!(before.len() > 3, "{before:?}");
    for row in &before {
        forget(&dynamo, row).await;
    }
    let functions = &server.laptop.cloud.template().functions;
    let audit = functions
        .iter()
        .find(|function| function.logical_id == "AuditFunction")
        .expect("the reader");
    let bookings = table(&dynamo, "BookingsTable").await.expect("a table");
    let info = whole_stream(&config, &bookings).await;
    // What is not there as a whole is not sent, and stays.
    let mut more = info.clone();
    more["batchSize"] = json!(100);
    leave(&server, &audit.arn, &more).await;
    leave(&server, &audit.arn, &info).await;

    let sqs = Client::new(&config);
    let queue = Queue::named(&sqs, "AuditDeadLetters").await.expect("the queue");
    let outcome = Redrive::new(&config).all(&queue).await.expect("redriven");
    assert_eq!((outcome.sent, outcome.kept.len()), (1, 1), "{outcome:?}");
    assert!(
        outcome.kept[0].1.contains("of its 100 records any more"),
        "{outcome:?}"
    );
    let after = trail(&dynamo, &booking).await;
    let told = |rows: &[AuditRow]| rows.iter().map(|row| row.audit_id.clone()).collect::<Vec<_>>();
    assert_eq!(told(&after), told(&before));
    assert!(audit::verify(&after).is_ok());
}
