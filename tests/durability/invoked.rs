//! The parts of [`kinds`](super::kinds) that run code: a stream's position with a record nobody can read, and an
//! asynchronous invocation that fails, dies, and is redriven once its function is cured.

use std::collections::BTreeSet;
use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_types::SdkConfig;
use serde_json::{Value, json};

use super::kinds::{RECORDS, look, take, take_until, until, waiting};
use super::process::executable;

/// How often the template has the unreadable record tried, and the meal.
const READS: u64 = 5;
const MEALS: u64 = 2;
const UNREADABLE: &str = "unreadable";

/// Where both stand in the file.
#[derive(Debug, PartialEq)]
pub struct Places {
    /// Of the stream: the last record settled, and the failed attempts at the next.
    after: i64,
    reads: u64,
    /// Of the meal: the attempts made, and when the next is due.
    meals: u64,
    due: i64,
}

/// Until each has failed, and waits to be tried again.
pub async fn begin(aws: &SdkConfig, data: &Path) -> Places {
    eat(aws).await;
    let half = RECORDS / 2;
    write(aws, 0..half).await;
    put(aws, "kinds-written", UNREADABLE).await;
    write(aws, half..RECORDS).await;
    until("the record has failed twice, the meal once", async || {
        stream(data).1 >= 2 && queue(data).is_some_and(|(meals, _)| meals == 1)
    })
    .await;
    // Seen at rest: between two attempts.
    places(data)
}

pub fn places(data: &Path) -> Places {
    let (after, reads) = stream(data);
    let (meals, due) = queue(data).expect("the meal waits to be tried again");
    Places {
        after,
        reads,
        meals,
        due,
    }
}

/// The process was killed and started in between: neither begins anew, nor is it further than it can be.
pub fn went_on(before: &Places, now: &Places) {
    assert_eq!(now.after, before.after, "the stream's position");
    assert!((before.reads..READS).contains(&now.reads), "{before:?} {now:?}");
    assert_eq!((now.meals, now.due), (before.meals, before.due));
}

/// No record was skipped, none but the unreadable was handed over twice, and that as often as the template says. Its
/// position is told, and the stream went on behind it.
pub async fn was_read_to_the_end(aws: &SdkConfig) {
    let all: BTreeSet<_> = (0..RECORDS).map(|number| number.to_string()).collect();
    let readable = |told: &[Value]| -> Vec<String> {
        let ids = told.iter().filter_map(|one| one["id"].as_str());
        ids.filter(|id| *id != UNREADABLE).map(str::to_owned).collect()
    };
    let told = take_until(aws, "kinds-read", |told| {
        readable(told).into_iter().collect::<BTreeSet<_>>().len() == all.len()
    })
    .await;
    let read = readable(&told);
    assert_eq!(
        read.iter().cloned().collect::<BTreeSet<_>>(),
        all,
        "every record was read"
    );
    assert_eq!(
        read.len(),
        all.len(),
        "none twice: the process died while the stream waited"
    );
    let tries = u64::try_from(told.len() - read.len()).expect("few");
    // A try under way when the process died is made again without being counted.
    assert!(
        (READS..=READS + 1).contains(&tries),
        "{tries} tries of {UNREADABLE}"
    );
    let letters = take(aws, "kinds-ReaderDeadLetters", 1, |_| true).await;
    let context = &letters[0]["requestContext"];
    assert_eq!(context["condition"], "RetryAttemptsExhausted", "{context}");
    assert_eq!(context["approximateInvokeCount"], READS, "{context}");
    assert_eq!(letters[0]["DDBStreamBatchInfo"]["batchSize"], 1, "{}", letters[0]);
}

/// The meal has used up its attempts, those before the kill counted.
pub async fn is_dead(aws: &SdkConfig) {
    until("the meal is a dead letter", async || {
        waiting(aws, "kinds-EaterDeadLetters").await == 1
    })
    .await;
}

/// I9: out of its dead-letter queue the event goes to the function that could not take it, and to nobody else.
pub async fn is_redriven_once_cured(aws: &SdkConfig, data: &Path) {
    let died = letter(data);
    assert_eq!(died["condition"], "RetriesExhausted", "{died}");
    assert_eq!(died["approximateInvokeCount"], MEALS, "{died}");
    assert_eq!(
        waiting(aws, "kinds-digested").await,
        0,
        "it was not digested so far"
    );
    put(aws, "kinds-once", "cured").await;
    let redrive = tokio::process::Command::new(executable())
        .args(["dlq", "redrive", "Eater", "--data"])
        .arg(data)
        .output()
        .await
        .expect("sojourn starts");
    assert!(redrive.status.success(), "{redrive:?}");
    let digested = take(aws, "kinds-digested", 1, |_| true).await;
    assert_eq!(digested, [json!({"digested": "stew", "replayed": false})]);
    assert_eq!(
        waiting(aws, "kinds-EaterDeadLetters").await,
        0,
        "the letter is gone"
    );
}

/// On the default bus, which nothing archives.
async fn eat(aws: &SdkConfig) {
    let entry = PutEventsRequestEntry::builder()
        .source("kinds")
        .detail_type("Meal");
    let entry = entry.detail(json!({ "meal": "stew" }).to_string());
    let events = aws_sdk_eventbridge::Client::new(aws);
    let put = events.put_events().entries(entry.build()).send().await;
    assert_eq!(put.expect("taken").failed_entry_count(), 0);
}

async fn write(aws: &SdkConfig, numbers: std::ops::Range<usize>) {
    for number in numbers {
        put(aws, "kinds-written", &number.to_string()).await;
    }
}

async fn put(aws: &SdkConfig, table: &str, id: &str) {
    let dynamo = aws_sdk_dynamodb::Client::new(aws);
    let item = dynamo.put_item().table_name(table);
    let item = item.item("id", AttributeValue::S(id.into()));
    item.send().await.expect("written");
}

fn stream(data: &Path) -> (i64, u64) {
    let columns = |name: &str| format!("SELECT {name} FROM stream_positions WHERE mapping LIKE ?1");
    let mapping = "Reader%";
    let after = look(data, &columns("after"), mapping).expect("a position");
    let reads: i64 = look(data, &columns("attempts"), mapping).expect("a position");
    (after, u64::try_from(reads).expect("a count"))
}

/// Attempts and due time of the meal, while it is queued.
fn queue(data: &Path) -> Option<(u64, i64)> {
    let columns = |name: &str| format!("SELECT {name} FROM lambda_queue WHERE payload LIKE ?1");
    let meal = "%stew%";
    let meals: i64 = look(data, &columns("attempts"), meal)?;
    let due = look(data, &columns("due_us"), meal)?;
    Some((u64::try_from(meals).expect("a count"), due))
}

/// Looked at where it lies: whoever receives it hides it from whoever redrives.
fn letter(data: &Path) -> Value {
    let sql = "SELECT body FROM sqs_messages WHERE queue LIKE ?1";
    let body: String = look(data, sql, "%kinds-EaterDeadLetters").expect("a letter");
    let letter: Value = serde_json::from_str(&body).expect("JSON");
    letter["requestContext"].clone()
}
