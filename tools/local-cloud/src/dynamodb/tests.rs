//! The behaviours of the engine that bookings depend on, through the real SDK client, the endpoint and IAM. They are
//! checked here because the engine is young: an upgrade that changes one of them must fail a test.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::connector::sdk_config;
use crate::endpoint::Endpoint;
use crate::iam::{Policies, Statement};

struct World {
    _dir: TempDir,
    db: Arc<DynamoDb>,
    endpoint: Endpoint,
    clock: Clock,
}

fn bookings() -> TableSpec {
    TableSpec {
        name: "bookings".into(),
        definition: json!({
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                { "AttributeName": "employeeId", "AttributeType": "S" },
                { "AttributeName": "bookingId", "AttributeType": "S" },
                { "AttributeName": "createdAt", "AttributeType": "S" },
                { "AttributeName": "status", "AttributeType": "S" },
            ],
            "KeySchema": [
                { "AttributeName": "employeeId", "KeyType": "HASH" },
                { "AttributeName": "bookingId", "KeyType": "RANGE" },
            ],
            "LocalSecondaryIndexes": [{
                "IndexName": "by-time",
                "KeySchema": [
                    { "AttributeName": "employeeId", "KeyType": "HASH" },
                    { "AttributeName": "createdAt", "KeyType": "RANGE" },
                ],
                "Projection": { "ProjectionType": "ALL" },
            }],
            "GlobalSecondaryIndexes": [{
                "IndexName": "by-status",
                "KeySchema": [{ "AttributeName": "status", "KeyType": "HASH" }],
                "Projection": { "ProjectionType": "ALL" },
            }],
        }),
        stream_view: Some("NEW_AND_OLD_IMAGES".into()),
        ttl_attribute: Some("expiresAt".into()),
    }
}

fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::starting_at(Timestamp::from_second(1_795_000_000).unwrap());
    let db = DynamoDb::open(
        &dir.path().join("dynamodb.sqlite"),
        clock,
        "eu-west-1",
        &[bookings()],
    )
    .unwrap();
    let endpoint = Endpoint::new("eu-west-1", 1);
    endpoint.register(db.clone());
    World {
        _dir: dir,
        db,
        endpoint,
        clock,
    }
}

impl World {
    fn client(&self, caller: &str) -> Client {
        Client::new(&sdk_config(&self.endpoint, self.clock, "eu-west-1", caller))
    }

    fn grant(&self, caller: &str, statements: Value) {
        self.endpoint
            .set_policies(caller, Policies::new(Statement::parse_all(&statements).unwrap()));
    }
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn key(employee: &str, booking: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("employeeId".into(), s(employee)),
        ("bookingId".into(), s(booking)),
    ])
}

async fn put(client: &Client, booking: &str, more: &[(&str, AttributeValue)]) {
    let mut item = key("e-1", booking);
    item.extend(more.iter().map(|(name, value)| (name.to_string(), value.clone())));
    client
        .put_item()
        .table_name("bookings")
        .set_item(Some(item))
        .send()
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_transaction_names_each_items_reason_in_order_and_returns_the_old_item() {
    let world = world();
    let client = world.client("outside");
    put(&client, "b-1", &[("sequence", AttributeValue::N("4".into()))]).await;
    let fine = Put::builder()
        .table_name("bookings")
        .set_item(Some(key("e-1", "b-2")))
        .build()
        .unwrap();
    let stale = Update::builder()
        .table_name("bookings")
        .set_key(Some(key("e-1", "b-1")))
        .update_expression("SET #s = :next")
        .condition_expression("#s = :read")
        .expression_attribute_names("#s", "sequence")
        .expression_attribute_values(":next", AttributeValue::N("4".into()))
        .expression_attribute_values(":read", AttributeValue::N("3".into()))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .unwrap();
    let error = client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(fine).build())
        .transact_items(TransactWriteItem::builder().update(stale).build())
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(cancelled) = error
    else {
        panic!("{error:?}")
    };
    let codes: Vec<_> = cancelled
        .cancellation_reasons()
        .iter()
        .map(|r| r.code().unwrap_or_default())
        .collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    let old = cancelled.cancellation_reasons()[1].item().unwrap();
    assert_eq!(old["sequence"], AttributeValue::N("4".into()));
    let untouched = client
        .get_item()
        .table_name("bookings")
        .set_key(Some(key("e-1", "b-2")))
        .send()
        .await
        .unwrap();
    assert!(
        untouched.item().is_none(),
        "nothing of a cancelled transaction may be written"
    );
}

#[tokio::test(start_paused = true)]
async fn one_client_request_token_is_one_write_and_another_transaction_under_it_is_refused() {
    let world = world();
    let client = world.client("outside");
    put(&client, "b-1", &[("n", AttributeValue::N("0".into()))]).await;
    let send = |by: &str| {
        let update = Update::builder()
            .table_name("bookings")
            .set_key(Some(key("e-1", "b-1")))
            .update_expression("ADD n :by")
            .expression_attribute_values(":by", AttributeValue::N(by.into()))
            .build()
            .unwrap();
        let item = TransactWriteItem::builder().update(update).build();
        client
            .transact_write_items()
            .transact_items(item)
            .client_request_token("t-1")
            .send()
    };
    send("1").await.unwrap();
    send("1").await.unwrap();
    assert!(
        send("2")
            .await
            .unwrap_err()
            .into_service_error()
            .is_idempotent_parameter_mismatch_exception()
    );
    tokio::time::advance(std::time::Duration::from_secs(601)).await;
    send("1").await.unwrap();
    let item = client
        .get_item()
        .table_name("bookings")
        .set_key(Some(key("e-1", "b-1")))
        .send()
        .await
        .unwrap();
    assert_eq!(item.item().unwrap()["n"], AttributeValue::N("2".into()));
}

#[tokio::test(start_paused = true)]
async fn a_local_index_reads_consistently_and_a_global_one_refuses_to() {
    let world = world();
    let client = world.client("outside");
    put(
        &client,
        "b-2",
        &[("createdAt", s("2026-02")), ("status", s("open"))],
    )
    .await;
    put(
        &client,
        "b-1",
        &[("createdAt", s("2026-03")), ("status", s("open"))],
    )
    .await;
    let query = |index: &str, condition: &str, value: &str| {
        let query = client
            .query()
            .table_name("bookings")
            .index_name(index)
            .consistent_read(true);
        query
            .key_condition_expression(condition)
            .expression_attribute_values(":v", s(value))
    };
    let by_time = query("by-time", "employeeId = :v", "e-1").send().await.unwrap();
    let order: Vec<_> = by_time
        .items()
        .iter()
        .map(|i| i["bookingId"].as_s().unwrap().as_str())
        .collect();
    assert_eq!(order, ["b-2", "b-1"]);
    let refused = query("by-status", "#s = :v", "open")
        .expression_attribute_names("#s", "status")
        .send()
        .await;
    let refused = format!("{:?}", refused.unwrap_err());
    assert!(refused.contains("Consistent read"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn the_stream_holds_both_images_in_order_and_wakes_its_readers() {
    let world = world();
    let client = world.client("outside");
    let mut woken = world.db.watch_writes("bookings").unwrap();
    put(&client, "b-1", &[("state", s("asked"))]).await;
    put(&client, "b-1", &[("state", s("planned"))]).await;
    client
        .delete_item()
        .table_name("bookings")
        .set_key(Some(key("e-1", "b-1")))
        .send()
        .await
        .unwrap();
    assert!(woken.has_changed().unwrap());
    woken.borrow_and_update();
    let batch = world.db.records_after("bookings", 0, 10).unwrap();
    let seen: Vec<_> = batch
        .records
        .iter()
        .map(|r| {
            let image = |name: &str| {
                r["dynamodb"][name]["state"]["S"]
                    .as_str()
                    .unwrap_or("-")
                    .to_string()
            };
            (
                r["eventName"].as_str().unwrap().to_string(),
                image("OldImage"),
                image("NewImage"),
            )
        })
        .collect();
    let expected = [
        ("INSERT", "-", "asked"),
        ("MODIFY", "asked", "planned"),
        ("REMOVE", "planned", "-"),
    ];
    assert_eq!(
        seen,
        expected.map(|(a, b, c)| (a.to_string(), b.to_string(), c.to_string()))
    );
    assert!(
        batch.records[0]["eventSourceARN"]
            .as_str()
            .unwrap()
            .starts_with("arn:aws:dynamodb:eu-west-1:000000000000:table/bookings/stream/")
    );
    assert_eq!(batch.records[0]["awsRegion"], "eu-west-1");
    let behind_first = DynamoDb::sequence_of(&batch.records[0]).unwrap();
    assert_eq!(
        world
            .db
            .records_after("bookings", behind_first, 10)
            .unwrap()
            .records
            .len(),
        2
    );
    put(&client, "b-9", &[]).await;
    assert!(woken.has_changed().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_write_that_fails_leaves_no_trace_in_the_stream() {
    let world = world();
    let client = world.client("outside");
    let refused = client
        .put_item()
        .table_name("bookings")
        .set_item(Some(key("e-1", "b-1")))
        .condition_expression("attribute_exists(bookingId)")
        .send()
        .await;
    assert!(
        refused
            .unwrap_err()
            .into_service_error()
            .is_conditional_check_failed_exception()
    );
    assert!(
        world
            .db
            .records_after("bookings", 0, 10)
            .unwrap()
            .records
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn expired_items_go_with_the_services_identity_and_old_records_are_trimmed() {
    let world = world();
    let client = world.client("outside");
    let now = world.clock.now().as_second();
    put(
        &client,
        "b-1",
        &[("expiresAt", AttributeValue::N((now + 60).to_string()))],
    )
    .await;
    put(&client, "b-2", &[]).await;
    assert_eq!(world.db.sweep_expired().unwrap(), 0);
    tokio::time::advance(std::time::Duration::from_secs(61)).await;
    assert_eq!(world.db.sweep_expired().unwrap(), 1);
    let last = world
        .db
        .records_after("bookings", 0, 10)
        .unwrap()
        .records
        .pop()
        .unwrap();
    assert_eq!(last["eventName"], "REMOVE");
    assert_eq!(last["userIdentity"]["principalId"], "dynamodb.amazonaws.com");
    tokio::time::advance(std::time::Duration::from_secs(25 * 60 * 60)).await;
    assert_eq!(world.db.trim_streams().unwrap(), 2);
    let position = world.db.latest_position("bookings").unwrap();
    put(&client, "b-3", &[]).await;
    assert_eq!(
        world
            .db
            .records_after("bookings", position, 10)
            .unwrap()
            .records
            .len(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn an_item_holds_400_kb() {
    let world = world();
    let client = world.client("outside");
    let item = |bytes: usize| {
        let mut item = key("e-1", "b-1");
        item.insert("body".into(), s(&"x".repeat(bytes)));
        client
            .put_item()
            .table_name("bookings")
            .set_item(Some(item))
            .send()
    };
    item(400 * 1024 - 100).await.unwrap();
    let error = item(400 * 1024 + 1).await.unwrap_err();
    assert!(
        format!("{error:?}").contains("Item size has exceeded"),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_transaction_needs_the_action_of_each_of_its_items() {
    let world = world();
    let table = "arn:aws:dynamodb:eu-west-1:000000000000:table/bookings";
    world.grant("BookingFunction", json!({ "Effect": "Allow", "Action": ["dynamodb:PutItem", "dynamodb:ConditionCheckItem"], "Resource": table }));
    let client = world.client("BookingFunction");
    let put = Put::builder()
        .table_name("bookings")
        .set_item(Some(key("e-1", "b-1")))
        .build()
        .unwrap();
    let check = ConditionCheck::builder()
        .table_name("bookings")
        .set_key(Some(key("e-1", "b-0")))
        .condition_expression("attribute_not_exists(bookingId)")
        .build()
        .unwrap();
    let delete = Delete::builder()
        .table_name("bookings")
        .set_key(Some(key("e-1", "b-7")))
        .build()
        .unwrap();
    let allowed = client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(put.clone()).build())
        .transact_items(TransactWriteItem::builder().condition_check(check).build());
    allowed.send().await.unwrap();
    let refused = client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(put).build())
        .transact_items(TransactWriteItem::builder().delete(delete).build())
        .send()
        .await
        .unwrap_err();
    let text = format!("{refused:?}");
    assert!(
        text.contains("AccessDeniedException") && text.contains("dynamodb:DeleteItem"),
        "{text}"
    );
    let get = client
        .get_item()
        .table_name("bookings")
        .set_key(Some(key("e-1", "b-1")))
        .send()
        .await
        .unwrap_err();
    assert!(format!("{get:?}").contains("dynamodb:GetItem"));
}

#[tokio::test(start_paused = true)]
async fn partiql_and_table_changes_are_not_offered() {
    let world = world();
    let client = world.client("outside");
    let error = client
        .execute_statement()
        .statement("SELECT * FROM bookings")
        .send()
        .await
        .unwrap_err();
    assert!(
        format!("{error:?}").contains("does not offer dynamodb:ExecuteStatement"),
        "{error:?}"
    );
    assert!(client.delete_table().table_name("bookings").send().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn items_survive_a_restart_and_a_changed_table_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("dynamodb.sqlite");
    let clock = Clock::starting_at(Timestamp::from_second(1_795_000_000).unwrap());
    let open = |spec: TableSpec| DynamoDb::open(&path, clock, "eu-west-1", &[spec]);
    let item =
        json!({ "TableName": "bookings", "Item": { "employeeId": { "S": "e" }, "bookingId": { "S": "b" } } });
    open(bookings())
        .unwrap()
        .dispatch("PutItem", item.to_string().as_bytes())
        .unwrap();
    let again = open(bookings()).unwrap();
    assert_eq!(again.records_after("bookings", 0, 10).unwrap().records.len(), 1);
    let described = again
        .dispatch("DescribeTable", br#"{"TableName":"bookings"}"#)
        .unwrap();
    assert!(
        described.contains("arn:aws:dynamodb:eu-west-1:000000000000:table/bookings"),
        "{described}"
    );
    drop(again);
    let mut changed = bookings();
    changed.stream_view = None;
    assert!(
        matches!(open(changed).err(), Some(OpenError::Table(TableError::Changed(table))) if table == "bookings")
    );
}
