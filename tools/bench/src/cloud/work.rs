//! What is done to both: a number of equal things, spread over connections, until the last has its effect.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::BenchError;
use crate::wire::{Client, Connection, DYNAMODB, EVENTS, REGION, SQS, STATES};

/// PutEvents takes ten at most, and so does ReceiveMessage.
const TEN: usize = 10;
/// A look at the queue or an execution that has not come to its end.
const LOOK: Duration = Duration::from_millis(1);
/// An effect that takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// PutEvents in tens through one matching rule, until the queue behind it has every event.
    EventsToQueue,
    PutItem,
    /// StartExecution of one Pass state, and DescribeExecution until it has succeeded.
    PassExecution,
}

impl Work {
    pub const ALL: [Self; 3] = [Self::EventsToQueue, Self::PutItem, Self::PassExecution];

    pub fn name(self) -> &'static str {
        match self {
            Self::EventsToQueue => "events put in tens and delivered, a second",
            Self::PutItem => "PutItem, a second",
            Self::PassExecution => "Pass executions from start to end, a second",
        }
    }

    /// How long `size` of them took; the last one's effect was seen. `round` keeps one round's apart from another's.
    pub async fn run(
        self,
        client: &Client,
        connections: usize,
        size: usize,
        round: usize,
    ) -> Result<Duration, BenchError> {
        let mut open = Vec::new();
        for _ in 0..connections.max(1) {
            open.push(client.connect().await?);
        }
        match self {
            Self::EventsToQueue => events_to_queue(client, open, size, round).await,
            Self::PutItem => put_items(open, size, round).await,
            Self::PassExecution => pass_executions(open, size, round).await,
        }
    }
}

async fn events_to_queue(
    client: &Client,
    open: Vec<Connection>,
    size: usize,
    round: usize,
) -> Result<Duration, BenchError> {
    let mut watcher = client.connect().await?;
    let numbers: Vec<usize> = (0..size).collect();
    let chunks: Vec<&[usize]> = numbers.chunks(TEN).collect();
    let began = Instant::now();
    let puts = shares(open, chunks)
        .into_iter()
        .map(|(mut connection, chunks)| async move {
            for chunk in chunks {
                let entries: Vec<_> = chunk.iter().map(|number| entry(round, *number)).collect();
                let answer = connection
                    .call(EVENTS, "PutEvents", &json!({ "Entries": entries }))
                    .await?;
                if answer["FailedEntryCount"] != 0 {
                    return Err(BenchError::from(format!("PutEvents refused entries: {answer}")));
                }
            }
            Ok(())
        });
    try_join_all(puts).await?;
    until_queued(&mut watcher, size).await?;
    let elapsed = began.elapsed();
    // Every one of them, and none twice in place of another.
    let arrived = drain(&mut watcher, size).await?;
    let expected: BTreeSet<_> = (0..size).map(|number| format!("{round}-{number}")).collect();
    match arrived == expected {
        true => Ok(elapsed),
        false => Err("the events in the queue are not those that were put".into()),
    }
}

fn entry(round: usize, number: usize) -> Value {
    let detail = json!({
        "meta": { "id": format!("{round}-{number}"), "aggregateId": "b-1", "sequence": 7, "schemaVersion": 1 },
        "data": { "legs": [{ "from": "BER", "to": "LIS", "fare": 100 }], "total": 512.5, "currency": "EUR" },
    });
    json!({ "EventBusName": "bench", "Source": "bench", "DetailType": "Measured", "Detail": detail.to_string() })
}

fn queue_url() -> String {
    format!("http://127.0.0.1/000000000000/{}", "bench")
}

async fn until_queued(connection: &mut Connection, size: usize) -> Result<(), BenchError> {
    let ask = json!({ "QueueUrl": queue_url(), "AttributeNames": ["ApproximateNumberOfMessages"] });
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let answer = connection.call(SQS, "GetQueueAttributes", &ask).await?;
        let count = answer["Attributes"]["ApproximateNumberOfMessages"]
            .as_str()
            .unwrap_or_default();
        if count.parse::<usize>().is_ok_and(|count| count >= size) {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(format!(
        "not every event reached the queue within {} s",
        PATIENCE.as_secs()
    )
    .into())
}

/// Receives and deletes until `size` different events have come.
async fn drain(connection: &mut Connection, size: usize) -> Result<BTreeSet<String>, BenchError> {
    let mut arrived = BTreeSet::new();
    let began = Instant::now();
    while arrived.len() < size && began.elapsed() < PATIENCE {
        let ask = json!({ "QueueUrl": queue_url(), "MaxNumberOfMessages": TEN });
        let answer = connection.call(SQS, "ReceiveMessage", &ask).await?;
        let mut read = Vec::new();
        for (number, message) in answer["Messages"].as_array().into_iter().flatten().enumerate() {
            let event: Value = serde_json::from_str(message["Body"].as_str().unwrap_or_default())?;
            arrived.insert(
                event["detail"]["meta"]["id"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            );
            read.push(json!({ "Id": number.to_string(), "ReceiptHandle": message["ReceiptHandle"] }));
        }
        if !read.is_empty() {
            let delete = json!({ "QueueUrl": queue_url(), "Entries": read });
            connection.call(SQS, "DeleteMessageBatch", &delete).await?;
        }
    }
    Ok(arrived)
}

async fn put_items(open: Vec<Connection>, size: usize, round: usize) -> Result<Duration, BenchError> {
    let began = Instant::now();
    let puts = shares(open, (0..size).collect())
        .into_iter()
        .map(|(mut connection, numbers)| async move {
            for number in numbers {
                connection.call(DYNAMODB, "PutItem", &item(round, number)).await?;
            }
            Ok::<_, BenchError>(())
        });
    try_join_all(puts).await?;
    Ok(began.elapsed())
}

fn item(round: usize, number: usize) -> Value {
    json!({ "TableName": "bench", "Item": {
        "id": { "S": format!("{round}-{number}") }, "state": { "S": "OptionsRanked" }, "sequence": { "N": "7" },
        "text": { "S": "Berlin to Lisbon and back, with a hotel near the centre" },
        "legs": { "L": [{ "M": { "from": { "S": "BER" }, "to": { "S": "LIS" }, "fare": { "N": "100.5" } } }] },
    } })
}

async fn pass_executions(open: Vec<Connection>, size: usize, round: usize) -> Result<Duration, BenchError> {
    let began = Instant::now();
    let runs = shares(open, (0..size).collect())
        .into_iter()
        .map(|(mut connection, numbers)| async move {
            for number in numbers {
                pass(&mut connection, &format!("{round}-{number}")).await?;
            }
            Ok::<_, BenchError>(())
        });
    try_join_all(runs).await?;
    Ok(began.elapsed())
}

async fn pass(connection: &mut Connection, id: &str) -> Result<(), BenchError> {
    let machine = format!("arn:aws:states:{REGION}:000000000000:stateMachine:bench");
    let start = json!({ "stateMachineArn": machine, "input": json!({ "id": id }).to_string() });
    let started = connection.call(STATES, "StartExecution", &start).await?;
    let ask = json!({ "executionArn": started["executionArn"] });
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let execution = connection.call(STATES, "DescribeExecution", &ask).await?;
        match execution["status"].as_str() {
            Some("SUCCEEDED") => return Ok(()),
            Some("RUNNING") => tokio::time::sleep(LOOK).await,
            _ => return Err(format!("an execution did not succeed: {execution}").into()),
        }
    }
    Err(format!("an execution did not end within {} s", PATIENCE.as_secs()).into())
}

/// Work dealt out to connections, one after the other.
fn shares<T>(open: Vec<Connection>, work: Vec<T>) -> Vec<(Connection, Vec<T>)> {
    let mut shares: Vec<(Connection, Vec<T>)> = open.into_iter().map(|c| (c, Vec::new())).collect();
    let count = shares.len();
    for (number, one) in work.into_iter().enumerate() {
        shares[number % count].1.push(one);
    }
    shares
}
