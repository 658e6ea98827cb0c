//! I6 and I7, once everything rests: the archive holds every event that Journal has, and replaying all of it to
//! everybody, after all those kills, changes nothing at all: nothing but Insights, emptied before, which stands there again
//! as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{ReplayDestination, ReplayState};
use aws_types::SdkConfig;
use rusqlite::Connection;
use serde_json::Value;

use super::checks::Journals;
use super::supplier::Outside;
use crate::records::Records;

const PATIENCE: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(100);
/// The read model that a replay fills.
const REBUILT: &str = "InsightsTable";
/// Whatever a replay might touch.
const TABLES: &[&str] = &[
    "BookingsTable", "JournalTable", "DecisionsTable", "LegsTable", "OffersTable", "OptionsTable",
    "BudgetsTable", "AuditLogTable", "FramesTable", "InsightsTable", "PlannerAnswersTable",
];

/// How many events were replayed.
pub async fn check(
    records: &Records,
    aws: &SdkConfig,
    data: &Path,
    journals: &Journals,
    supplier: &Outside,
) -> usize {
    everything_is_archived(data, journals);
    rest(data).await;
    let (before, archived) = (standing(records).await, archived(data).len());
    let (orders, asked) = (supplier.orders().len(), supplier.asked());
    empty_insights(records).await;
    replay(aws).await;
    rest(data).await;
    for (table, rows) in standing(records).await {
        assert_eq!(rows, before[table], "I6: a replay changed {table}");
    }
    assert_eq!(
        self::archived(data).len(),
        archived,
        "I6: a replay published or archived something"
    );
    assert_eq!(supplier.orders().len(), orders, "I6: a replay ordered something");
    assert_eq!(
        supplier.asked(),
        asked,
        "I6: a replay asked the supplier for something"
    );
    archived
}

/// Who welcomes a replay has to say all of it again: what stands there afterwards came of it.
async fn empty_insights(records: &Records) {
    let rows = records.scan(REBUILT).await;
    assert!(!rows.is_empty(), "there was nothing to rebuild");
    for row in rows {
        let key = |name: &str| AttributeValue::S(row[name].as_str().expect("a key").to_owned());
        let delete = records.dynamo.delete_item().table_name(records.table(REBUILT));
        let delete = delete.key("fact", key("fact")).key("sort", key("sort"));
        delete.send().await.expect("DynamoDB answers");
    }
    assert!(records.scan(REBUILT).await.is_empty(), "it is empty");
}

/// I7, event by event.
fn everything_is_archived(data: &Path, journals: &Journals) {
    let archived: BTreeSet<_> = archived(data).iter().map(place).collect();
    for (booking, journal) in journals {
        for row in journal {
            let place = (Some(booking.to_string()), Some(row.sequence));
            assert!(
                archived.contains(&place),
                "I7: {} {place:?} was never on the bus",
                row.event_type
            );
        }
    }
}

fn place(event: &Value) -> (Option<String>, Option<u64>) {
    let meta = &event["detail"]["meta"];
    (
        meta["aggregateId"].as_str().map(str::to_owned),
        meta["sequence"].as_u64(),
    )
}

fn archived(data: &Path) -> Vec<Value> {
    let store = open(data);
    let mut all = store
        .prepare("SELECT body FROM events_archived JOIN events_bodies USING (number) ORDER BY number")
        .expect("an archive");
    let bodies = all
        .query_map([], |row| row.get::<_, String>(0))
        .expect("an archive");
    let read = |body: rusqlite::Result<String>| serde_json::from_str(&body.expect("a body")).expect("JSON");
    bodies.map(read).collect()
}

/// Waits until no delivery is open and no invocation queued.
async fn rest(data: &Path) {
    let open_ways = || -> i64 {
        let sql = "SELECT (SELECT count(*) FROM events_deliveries WHERE outcome IS NULL)
                        + (SELECT count(*) FROM lambda_queue)";
        open(data).query_row(sql, [], |row| row.get(0)).expect("a count")
    };
    let wait = async {
        while open_ways() > 0 {
            tokio::time::sleep(LOOK).await;
        }
    };
    let rested = tokio::time::timeout(PATIENCE, wait).await;
    assert!(
        rested.is_ok(),
        "{} deliveries and invocations do not end",
        open_ways()
    );
}

fn open(data: &Path) -> Connection {
    let store = Connection::open(data.join("cloud.sqlite")).expect("the store");
    store.busy_timeout(Duration::from_secs(10)).expect("patience");
    store
}

/// Every table's rows as text, sorted, and so are their attributes, which no table keeps in an order.
async fn standing(records: &Records) -> BTreeMap<&'static str, Vec<String>> {
    let text = |mut row: Value| {
        row.sort_all_objects();
        row.to_string()
    };
    let mut standing = BTreeMap::new();
    for table in TABLES {
        let mut rows: Vec<_> = records.scan(table).await.into_iter().map(text).collect();
        rows.sort();
        standing.insert(*table, rows);
    }
    standing
}

/// Of everything, to every rule that would have it.
async fn replay(aws: &SdkConfig) {
    let events = Client::new(aws);
    let archives = events.list_archives().send().await.expect("EventBridge answers");
    let archive = archives
        .archives()
        .first()
        .expect("an archive")
        .archive_name()
        .expect("a name");
    let archive = events
        .describe_archive()
        .archive_name(archive)
        .send()
        .await
        .expect("it is kept");
    let bus = archive.event_source_arn().expect("a bus");
    let destination = ReplayDestination::builder().arn(bus).build().expect("complete");
    let start = events
        .start_replay()
        .replay_name("everything")
        .event_source_arn(archive.archive_arn().expect("an ARN"))
        .event_start_time(DateTime::from_secs(0))
        .event_end_time(DateTime::from_secs(4_000_000_000))
        .destination(destination);
    start.send().await.expect("it starts");
    let wait = async {
        loop {
            let described = events
                .describe_replay()
                .replay_name("everything")
                .send()
                .await
                .expect("known");
            if described.state() == Some(&ReplayState::Completed) {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("the replay ends");
}
