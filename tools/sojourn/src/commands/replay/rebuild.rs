//! `replay rebuild insights`: the table is emptied, filled again from Journal, and compared with what it was.

use std::collections::HashMap;
use std::process::ExitCode;

use ::replay::journal::Selection;
use ::replay::{Consumers, Replays, Request, State, Ticket};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::bar;
use super::dump::{Dump, dump};
use super::place::Desk;
use crate::commands::CommandError;
use lambda_host::counted::counted;

/// Read models of ours that a replay fills: consumer, and its table's logical id.
const MODELS: &[(&str, &str)] = &[("insights", "InsightsTable")];
/// Items a BatchWriteItem takes.
const BATCH: usize = 25;
/// Differing rows that are shown.
const SHOWN: usize = 10;

/// What a rebuilt table is like, beside what it was.
pub struct Rebuilt {
    pub before: Dump,
    pub after: Dump,
    pub ticket: Ticket,
}

impl Rebuilt {
    /// Rows that were there and are not.
    pub fn missing(&self) -> Vec<&String> {
        self.before
            .keys()
            .filter(|row| !self.after.contains_key(*row))
            .collect()
    }

    /// Rows that are there and were not: those of events said meanwhile, or of some the table had missed.
    pub fn added(&self) -> Vec<&String> {
        self.after
            .keys()
            .filter(|row| !self.before.contains_key(*row))
            .collect()
    }
}

pub(super) async fn rebuild(desk: &Desk, model: &str) -> Result<ExitCode, CommandError> {
    let bar = bar::deliveries(0);
    let mut watch = |ticket: &Ticket| {
        bar.set_length(ticket.total);
        bar::show(&bar, ticket);
    };
    let rebuilt = rebuilt(&desk.replays, &desk.functions, model, &mut watch).await?;
    bar.finish_and_clear();
    let Rebuilt {
        before,
        after,
        ticket,
    } = &rebuilt;
    println!("before  {:>6} rows  sha256 {}", before.len(), fingerprint(before));
    println!("after   {:>6} rows  sha256 {}", after.len(), fingerprint(after));
    if ticket.state != State::Completed {
        let (name, state) = (&ticket.replay_name, ticket.state.name());
        let why = ticket.why.clone().unwrap_or_default();
        return Err(format!("{name} is {state}, {model} is not whole: `replay resume {name}`. {why}").into());
    }
    let (missing, added) = (rebuilt.missing(), rebuilt.added());
    for (sign, rows) in [("-", &missing), ("+", &added)] {
        rows.iter().take(SHOWN).for_each(|row| println!("{sign} {row}"));
    }
    Ok(if missing.is_empty() && added.is_empty() {
        println!(
            "{model} is byte for byte what it was, from {}",
            counted(ticket.delivered, "delivery", "deliveries")
        );
        ExitCode::SUCCESS
    } else {
        println!("missing rows: {}, new rows: {}", missing.len(), added.len());
        ExitCode::FAILURE
    })
}

fn fingerprint(dump: &Dump) -> String {
    let mut digest = Sha256::new();
    for line in dump.keys() {
        digest.update(line);
        digest.update("\n");
    }
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Live events go on being taken meanwhile: a fact is the same whoever brings it.
pub async fn rebuilt(
    replays: &Replays,
    consumers: &dyn Consumers,
    model: &str,
    watch: &mut (dyn FnMut(&Ticket) + Send),
) -> Result<Rebuilt, CommandError> {
    let Some((_, logical_id)) = MODELS.iter().find(|(name, _)| *name == model) else {
        let known: Vec<_> = MODELS.iter().map(|(name, _)| *name).collect();
        return Err(format!(
            "{model} is no read model to rebuild; those are {}",
            known.join(", ")
        )
        .into());
    };
    let (dynamo, now) = (&replays.stack.dynamo, replays.clock.now());
    let table = replays.stack.table(logical_id).await?;
    let request = Request {
        name: now
            .strftime(&format!("rebuild-{model}-%Y%m%dT%H%M%SZ"))
            .to_string(),
        selection: Selection::Time {
            from: Timestamp::UNIX_EPOCH,
            until: now,
        },
        to: vec![model.to_owned()],
        pattern: None,
        per_second: None,
    };
    let before = dump(dynamo, &table).await?;
    // Before anything is dropped: what cannot be replayed must not be missed.
    let ticket = replays.start(&request).await?;
    empty(dynamo, &table, &before).await?;
    let ticket = replays.run(ticket, consumers, watch).await?;
    let after = dump(dynamo, &table).await?;
    Ok(Rebuilt {
        before,
        after,
        ticket,
    })
}

async fn empty(dynamo: &Client, table: &str, rows: &Dump) -> Result<(), CommandError> {
    let described = dynamo.describe_table().table_name(table).send().await?;
    let described = described.table.ok_or("the table is gone")?;
    let key: Vec<_> = described
        .key_schema()
        .iter()
        .map(|part| part.attribute_name().to_owned())
        .collect();
    let deletes = rows
        .values()
        .map(|row| delete(row, &key))
        .collect::<Result<Vec<_>, _>>()?;
    for batch in deletes.chunks(BATCH) {
        let mut left = HashMap::from([(table.to_owned(), batch.to_vec())]);
        while !left.is_empty() {
            let write = dynamo
                .batch_write_item()
                .set_request_items(Some(left))
                .send()
                .await?;
            left = write.unprocessed_items.unwrap_or_default();
        }
    }
    Ok(())
}

fn delete(row: &HashMap<String, AttributeValue>, key: &[String]) -> Result<WriteRequest, CommandError> {
    let mut delete = DeleteRequest::builder();
    for name in key {
        let value = row.get(name).ok_or("a row without its key")?;
        delete = delete.key(name, value.clone());
    }
    Ok(WriteRequest::builder().delete_request(delete.build()?).build())
}
