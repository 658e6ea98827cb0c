//! The course of a replay: portion after portion, each booking's events one after the other, different bookings beside
//! each other unless a rate is asked for.

use std::time::Duration;

use events_schema::rows::JournalRow;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::{Audience, Consumers, Replays};
use crate::ReplayError;
use crate::journal::Journal;
use crate::ledger::{State, Ticket};

/// Events that are handed over before it is written down how far the replay is.
pub(super) const PORTION: usize = 200;
/// Bookings that are delivered at once.
const BESIDE: usize = 16;
/// A consumer that fails so often in a row stops the replay.
const ATTEMPTS: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// How long somebody who pauses waits at most, at any rate.
const NOTICED_S: usize = 2;

pub(super) async fn run(
    replays: &Replays,
    mut ticket: Ticket,
    audience: &Audience,
    consumers: &dyn Consumers,
    watch: &mut (dyn FnMut(&Ticket) + Send),
) -> Result<Ticket, ReplayError> {
    let journal = Journal::of(&replays.stack);
    let types = audience.types();
    let mut pace = ticket.per_second.map(Pace::of);
    let most = pace.as_ref().map_or(PORTION, |pace| pace.noticed.min(PORTION));
    let behind = ticket.behind.clone();
    let mut events = journal
        .events(&ticket.selection, &types, behind.as_deref(), most)
        .await?;
    watch(&ticket);
    while let Some(portion) = events.next().await? {
        match hand_over(&portion.rows, audience, consumers, pace.as_mut()).await? {
            Ok(delivered) => ticket.delivered += delivered,
            Err(why) => return stop(replays, ticket, State::Failed, Some(why)).await,
        }
        ticket.behind = Some(portion.behind);
        let Some(now) = replays.ledger().advance(&ticket).await? else {
            return replays.known(&ticket.replay_name).await;
        };
        watch(&now);
        if now.state != State::Running {
            return Ok(now);
        }
    }
    stop(replays, ticket, State::Completed, None).await
}

async fn stop(
    replays: &Replays,
    mut ticket: Ticket,
    state: State,
    why: Option<String>,
) -> Result<Ticket, ReplayError> {
    ticket.state = state;
    ticket.why = why;
    ticket.ended_at = Some(replays.clock.now());
    match replays
        .ledger()
        .replace(&ticket, State::Running, ticket.runner)
        .await?
    {
        true => Ok(ticket),
        // Paused or cancelled at the last moment.
        false => replays.known(&ticket.replay_name).await,
    }
}

/// How many deliveries were made, or why one could not be.
async fn hand_over(
    rows: &[JournalRow],
    audience: &Audience,
    consumers: &dyn Consumers,
    pace: Option<&mut Pace>,
) -> Result<Result<u64, String>, ReplayError> {
    if let Some(pace) = pace {
        let mut delivered = 0;
        for row in rows {
            match one(row, audience, consumers, Some(&mut *pace)).await? {
                Ok(more) => delivered += more,
                Err(why) => return Ok(Err(why)),
            }
        }
        return Ok(Ok(delivered));
    }
    let bookings = stream::iter(by_aggregate(rows).into_iter().map(|rows| async move {
        let mut delivered = 0;
        for row in rows {
            match one(row, audience, consumers, None).await? {
                Ok(more) => delivered += more,
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok::<_, ReplayError>(Ok(delivered))
    }));
    let ended: Vec<_> = bookings.buffer_unordered(BESIDE).try_collect().await?;
    Ok(ended.into_iter().sum())
}

/// Each aggregate's rows in their order.
fn by_aggregate(rows: &[JournalRow]) -> Vec<Vec<&JournalRow>> {
    let mut found: std::collections::BTreeMap<_, Vec<_>> = std::collections::BTreeMap::new();
    for row in rows {
        found.entry(&row.aggregate_id).or_default().push(row);
    }
    found.into_values().collect()
}

async fn one(
    row: &JournalRow,
    audience: &Audience,
    consumers: &dyn Consumers,
    mut pace: Option<&mut Pace>,
) -> Result<Result<u64, String>, ReplayError> {
    let (event, fire) = audience.of_event(row)?;
    let mut delivered = 0;
    for rule in fire {
        if let Some(pace) = pace.as_deref_mut() {
            pace.wait().await;
        }
        for function in &rule.functions {
            if let Err(why) = insist(consumers, function, &event).await {
                let which = format!("{} of {}", row.event_type, row.aggregate_id);
                return Ok(Err(format!("{} failed at {which}: {why}", rule.name)));
            }
        }
        delivered += 1;
    }
    Ok(Ok(delivered))
}

async fn insist(consumers: &dyn Consumers, function: &str, event: &serde_json::Value) -> Result<(), String> {
    let mut attempt = 1;
    loop {
        match consumers.give(function, event).await {
            Ok(()) => return Ok(()),
            Err(why) if attempt == ATTEMPTS => return Err(why),
            Err(_) => tokio::time::sleep(FIRST_WAIT * (1 << attempt)).await,
        }
        attempt += 1;
    }
}

/// So many a second, evenly.
struct Pace {
    next: Instant,
    step: Duration,
    /// Events between two looks at whether to stop.
    noticed: usize,
}

impl Pace {
    fn of(per_second: u32) -> Self {
        let per_second = per_second.max(1);
        Self {
            next: Instant::now(),
            step: Duration::from_secs(1) / per_second,
            noticed: NOTICED_S * per_second as usize,
        }
    }

    async fn wait(&mut self) {
        tokio::time::sleep_until(self.next).await;
        self.next = self.next.max(Instant::now()) + self.step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_kept_and_not_made_up_for() {
        let began = Instant::now();
        let mut pace = Pace::of(10);
        for _ in 0..11 {
            pace.wait().await;
        }
        assert_eq!(began.elapsed().as_millis(), 1_000, "the first goes at once");
        tokio::time::sleep(Duration::from_secs(5)).await;
        let late = Instant::now();
        for _ in 0..3 {
            pace.wait().await;
        }
        assert_eq!(late.elapsed().as_millis(), 200);
    }
}
