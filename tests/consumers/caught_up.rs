//! A consumer added today: it listens from now on, is brought up to date from history, and has everything once.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use sojourn::commands::outside::sdk_config;
use sojourn::commands::replay::dump::dump;

use super::made::made;
use super::scaffolds::{EVENTS, wish};
use crate::durability::process::Process;
use crate::replay::commands::{printed, said};

const TABLE: &str = "python-expenses-PythonExpensesFacts";

/// Aggregate and sequence of each row, in the order of nothing.
async fn keys(dynamo: &Client, table: &str, wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let rows = dump(dynamo, table).await.expect("a readable table");
    let text = |value: &aws_sdk_dynamodb::types::AttributeValue| {
        value.as_s().or(value.as_n()).expect("text or a number").clone()
    };
    let kind = |row: &std::collections::HashMap<_, _>| {
        row.get("eventType")
            .or(row.get("event"))
            .map(text)
            .unwrap_or_default()
    };
    let rows = rows.into_values().filter(|row| wanted(&kind(row)));
    rows.map(|row| (text(&row["aggregateId"]), text(&row["sequence"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_live_without_gap_or_repeat() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let data = scratch.path().join("data");
    let before = Process::start(&data).await;
    for _ in 0..2 {
        printed(&data, &["book", "--yes", &wish()]).await;
    }
    before.kill().await;

    let folder = made("python", EVENTS);
    let cloud = Process::start_with(&data, &["--with", folder.to_str().expect("UTF-8")]).await;
    // It listens. A trip is booked while history comes, and history is brought twice, as after a broken terminal.
    let trip = wish();
    let book = ["book", "--yes", &trip];
    let history = async {
        for name in ["history", "history-again"] {
            let start = [
                "replay", "start", "--from", "journal", "--to", "python-expenses", "--name", name,
            ];
            let text = printed(&data, &start).await;
            assert!(text.starts_with(&format!("{name}: completed, ")), "{text}");
        }
    };
    let (booked, ()) = tokio::join!(said(&data, &book), history);
    assert!(booked.status.success(), "{booked:?}");

    let dynamo = Client::new(&sdk_config(&cloud.running));
    let said = keys(&dynamo, "sojourn-JournalTable", |kind| EVENTS.contains(&kind)).await;
    assert_eq!(said.len(), 3, "three trips were confirmed");
    let said: BTreeSet<_> = said.into_iter().collect();
    for _ in 0..600 {
        let kept = keys(&dynamo, TABLE, |_| true).await;
        assert!(kept.len() <= said.len(), "nothing twice: {kept:?}");
        if kept.into_iter().collect::<BTreeSet<_>>() == said {
            cloud.kill().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!(
        "there is a gap: {:?} of {said:?}",
        keys(&dynamo, TABLE, |_| true).await
    );
}
