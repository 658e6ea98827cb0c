//! `sojourn dlq`: events that did not reach their recipient, why, and sending them again.

mod letter;
mod queue;
mod redrive;
mod stream_batch;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use aws_sdk_sqs::Client;
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;

use super::connection::Connection;
use super::event_line::line;
use super::{CommandError, outside};
use lambda_host::counted::noun;
use queue::{Queue, Taken};
use redrive::{Outcome, Redrive};

#[derive(Subcommand)]
pub(super) enum Action {
    /// Every dead-letter queue with the number of its messages and since when the oldest waits.
    List {
        /// One JSON document a queue, a line each.
        #[arg(long)]
        json: bool,
    },
    /// What is in a queue and why, without taking anything out.
    Show {
        /// The queue's name, or enough of it: `Planner`.
        queue: String,
        /// Show at most N messages.
        #[arg(long, value_name = "N", default_value_t = 20)]
        max: usize,
        /// One JSON document a message, a line each.
        #[arg(long)]
        json: bool,
    },
    /// Send every event in a queue to the function or state machine that did not get it, and to nobody else.
    ///
    /// A message leaves the queue once its event was taken. A batch of stream records is read from the stream again,
    /// for as long as that holds it: a day. What holds no event stays.
    /// Exit status: 0 if nothing stayed, else 1.
    Redrive {
        /// The queue's name, or enough of it: `Planner`.
        queue: String,
    },
}

pub(super) async fn dead_letters(action: Action, data: Option<PathBuf>) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(data).await?;
    let config = outside::sdk_config(&connection.running);
    let sqs = Client::new(&config);
    let mut out = Vec::new();
    let mut status = ExitCode::SUCCESS;
    match action {
        Action::List { json } => list(&mut out, &sqs, json).await?,
        Action::Show { queue, max, json } => {
            show(&mut out, &Queue::named(&sqs, &queue).await?, max, json).await?;
        }
        Action::Redrive { queue } => {
            let outcome = Redrive::new(&config)
                .all(&Queue::named(&sqs, &queue).await?)
                .await?;
            tell(&mut out, &outcome)?;
            if !outcome.kept.is_empty() {
                status = ExitCode::FAILURE;
            }
        }
    }
    std::io::stdout().lock().write_all(&out)?;
    Ok(status)
}

async fn list(out: &mut Vec<u8>, sqs: &Client, json: bool) -> Result<(), CommandError> {
    for queue in Queue::all(sqs).await? {
        let count = queue.count().await?;
        let oldest = oldest(&queue, count).await?;
        if json {
            let document = json!({ "queue": queue.name(), "messages": count, "oldest": oldest });
            writeln!(out, "{document}")?;
            continue;
        }
        match oldest {
            Some(at) => writeln!(out, "{count:>6}  {:<40} since {at}", queue.name())?,
            None => writeln!(out, "{count:>6}  {}", queue.name())?,
        }
    }
    Ok(())
}

/// When the oldest message was sent, of those that SQS shows at a look.
async fn oldest(queue: &Queue<'_>, count: usize) -> Result<Option<Timestamp>, CommandError> {
    let taken = looked_at(queue, count.min(10)).await?;
    Ok(taken.iter().filter_map(sent).min())
}

async fn show(out: &mut Vec<u8>, queue: &Queue<'_>, max: usize, json: bool) -> Result<(), CommandError> {
    let taken = looked_at(queue, max).await?;
    if json {
        for one in &taken {
            let why: serde_json::Map<_, _> = one
                .letter
                .why
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect();
            let document = json!({ "id": one.id, "sent": sent(one), "why": why, "event": one.letter.event });
            writeln!(out, "{document}")?;
        }
        return Ok(());
    }
    for one in &taken {
        let at = sent(one).map(|at| at.to_string()).unwrap_or_default();
        writeln!(out, "{}  {at}", one.id)?;
        writeln!(out, "    {}", line(&one.letter.event))?;
        for (name, value) in &one.letter.why {
            writeln!(out, "    {name:<12} {value}")?;
        }
    }
    let all = queue.count().await?;
    writeln!(
        out,
        "{} of {all} {}",
        taken.len(),
        noun(&all, "message", "messages")
    )?;
    Ok(())
}

async fn looked_at(queue: &Queue<'_>, most: usize) -> Result<Vec<Taken>, CommandError> {
    let taken = queue.take(most).await?;
    for one in &taken {
        queue.put_back(one).await?;
    }
    Ok(taken)
}

fn sent(taken: &Taken) -> Option<Timestamp> {
    Timestamp::from_millisecond(taken.sent_ms?).ok()
}

fn tell(out: &mut impl Write, outcome: &Outcome) -> std::io::Result<()> {
    writeln!(
        out,
        "{} sent again, {} stay in the queue",
        outcome.sent,
        outcome.kept.len()
    )?;
    for (id, why) in &outcome.kept {
        writeln!(out, "    {id}  {why}")?;
    }
    Ok(())
}
