//! Recorded events out of Journal: a booking's, what one event led to, or those of a time, a portion after the other.

use std::collections::{HashMap, HashSet, VecDeque};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{AggregateId, EventId};
use events_schema::rows::JournalRow;
use jiff::{SignedDuration, Timestamp};
use lambda_host::history::{History, HistoryError};
use serde::{Deserialize, Serialize};

use crate::{ReplayError, Stack};

/// Characters of a time down to the second: `2026-11-21T09:00:00`.
const TO_SECOND: usize = 19;
/// Sorts behind every fraction of a second and behind `Z`.
const BEHIND: char = '~';

/// Which events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Selection {
    /// All of one booking, in order.
    Booking { booking: AggregateId },
    /// One event of it, and everything that event led to, in order.
    CausedBy { booking: AggregateId, sequence: u64 },
    /// From a time up to but without another, to the second, in the order they were said.
    Time { from: Timestamp, until: Timestamp },
}

/// Events that belong together, and where to go on behind them.
#[derive(Debug)]
pub struct Portion {
    pub rows: Vec<JournalRow>,
    pub behind: String,
}

/// The selected events behind a place.
pub enum Events {
    Listed {
        rows: VecDeque<JournalRow>,
        taken: usize,
        most: usize,
    },
    Merged {
        journal: Journal,
        readers: Vec<Reader>,
        most: usize,
    },
}

#[derive(Clone)]
pub struct Journal {
    dynamo: Client,
    table: String,
}

/// One event type's way through the index `byType`.
pub struct Reader {
    event_type: String,
    from: String,
    until: String,
    page: VecDeque<JournalRow>,
    next: Option<HashMap<String, AttributeValue>>,
    ended: bool,
}

impl From<HistoryError> for ReplayError {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::Read(error) => Self::Dynamo(error),
            HistoryError::Row(error) => Self::Row(error),
        }
    }
}

impl Journal {
    pub fn of(stack: &Stack) -> Self {
        Self {
            dynamo: stack.dynamo.clone(),
            table: stack.journal.clone(),
        }
    }

    /// `types`: what of a time is read; a booking is read whole. `behind`: a portion's, to go on there. `most`: how many
    /// events a portion has, about.
    pub async fn events(
        &self,
        selection: &Selection,
        types: &[String],
        behind: Option<&str>,
        most: usize,
    ) -> Result<Events, ReplayError> {
        let rows = match selection {
            Selection::Booking { booking } => self.history(booking).await?,
            Selection::CausedBy { booking, sequence } => self.caused_by(booking, *sequence).await?,
            Selection::Time { from, until } => {
                let from = behind.map_or_else(|| second(*from), |place| format!("{place}{BEHIND}"));
                let until = second(rounded_up(*until));
                let readers = types.iter().map(|kind| Reader::new(kind, &from, &until));
                return Ok(Events::Merged {
                    readers: readers.collect(),
                    journal: self.clone(),
                    most,
                });
            }
        };
        let taken = behind.and_then(|place| place.parse().ok()).unwrap_or(0);
        Ok(Events::Listed {
            rows: rows.into_iter().skip(taken).collect(),
            taken,
            most,
        })
    }

    async fn history(&self, booking: &AggregateId) -> Result<Vec<JournalRow>, ReplayError> {
        let rows = History::new(self.dynamo.clone(), &self.table)
            .all(booking)
            .await?;
        match rows.is_empty() {
            true => Err(ReplayError::Refused(format!("there is no booking {booking}"))),
            false => Ok(rows),
        }
    }

    async fn caused_by(&self, booking: &AggregateId, sequence: u64) -> Result<Vec<JournalRow>, ReplayError> {
        let rows = self.history(booking).await?;
        let Some(root) = rows.iter().find(|row| row.sequence == sequence) else {
            let last = rows.len();
            return Err(ReplayError::Refused(format!(
                "{booking} has events 1 to {last}, no {sequence}"
            )));
        };
        let chain = self.correlated(root.correlation_id).await?;
        subtree(chain, EventId::of(booking, sequence))
    }

    /// Everything of one chain of causes, whatever it belongs to.
    async fn correlated(&self, correlation: EventId) -> Result<Vec<JournalRow>, ReplayError> {
        let mut items = self
            .dynamo
            .query()
            .table_name(&self.table)
            .index_name("byCorrelation")
            .key_condition_expression("correlationId = :correlation")
            .expression_attribute_values(":correlation", AttributeValue::S(correlation.to_string()))
            .into_paginator()
            .items()
            .send();
        let mut rows = Vec::new();
        while let Some(item) = items.next().await {
            rows.push(serde_dynamo::from_item(item?)?);
        }
        Ok(rows)
    }

    async fn fill(&self, reader: &mut Reader) -> Result<(), ReplayError> {
        while reader.page.is_empty() && !reader.ended {
            let answer = self
                .dynamo
                .query()
                .table_name(&self.table)
                .index_name("byType")
                .key_condition_expression("eventType = :type AND occurredAt BETWEEN :from AND :until")
                .expression_attribute_values(":type", AttributeValue::S(reader.event_type.clone()))
                .expression_attribute_values(":from", AttributeValue::S(reader.from.clone()))
                .expression_attribute_values(":until", AttributeValue::S(reader.until.clone()))
                .set_exclusive_start_key(reader.next.take())
                .send()
                .await?;
            reader.next = answer.last_evaluated_key;
            reader.ended = reader.next.is_none();
            for item in answer.items.unwrap_or_default() {
                reader.page.push_back(serde_dynamo::from_item(item)?);
            }
        }
        Ok(())
    }
}

impl Reader {
    fn new(event_type: &str, from: &str, until: &str) -> Self {
        Self {
            event_type: event_type.to_owned(),
            from: from.to_owned(),
            until: until.to_owned(),
            page: VecDeque::new(),
            next: None,
            // A start that was moved behind the end has nothing left.
            ended: from > until,
        }
    }
}

impl Events {
    /// `None` behind the last.
    pub async fn next(&mut self) -> Result<Option<Portion>, ReplayError> {
        match self {
            Self::Listed { rows, taken, most } => {
                let portion: Vec<_> = rows.drain(..rows.len().min(*most)).collect();
                *taken += portion.len();
                Ok((!portion.is_empty()).then(|| Portion {
                    rows: portion,
                    behind: taken.to_string(),
                }))
            }
            Self::Merged {
                journal,
                readers,
                most,
            } => merged(journal, readers, *most).await,
        }
    }
}

/// Whole seconds of all types, in order: within a second the index sorts by text, which fractions of different length
/// upset, so a second is sorted here, and a replay goes on at a second.
async fn merged(
    journal: &Journal,
    readers: &mut [Reader],
    most: usize,
) -> Result<Option<Portion>, ReplayError> {
    let mut portion: Option<Portion> = None;
    loop {
        for reader in readers.iter_mut() {
            journal.fill(reader).await?;
        }
        let heads = readers.iter().filter_map(|reader| reader.page.front());
        let earliest = heads.map(|row| second(row.occurred_at)).min();
        let enough = portion.as_ref().is_some_and(|portion| portion.rows.len() >= most);
        let Some(now) = earliest.filter(|_| !enough) else {
            return Ok(portion);
        };
        let mut rows = Vec::new();
        for reader in readers.iter_mut() {
            loop {
                journal.fill(reader).await?;
                match reader.page.pop_front_if(|row| second(row.occurred_at) == now) {
                    Some(row) => rows.push(row),
                    None => break,
                }
            }
        }
        rows.sort_by(|one, other| order(one).cmp(&order(other)));
        let portion = portion.get_or_insert_with(|| Portion {
            rows: Vec::new(),
            behind: String::new(),
        });
        portion.rows.extend(rows);
        portion.behind = now;
    }
}

fn order(row: &JournalRow) -> (Timestamp, &AggregateId, u64) {
    (row.occurred_at, &row.aggregate_id, row.sequence)
}

fn second(at: Timestamp) -> String {
    let mut text = at.to_string();
    text.truncate(TO_SECOND);
    text
}

fn rounded_up(at: Timestamp) -> Timestamp {
    match at.subsec_nanosecond() {
        0 => at,
        _ => at.saturating_add(SignedDuration::from_secs(1)).unwrap_or(at),
    }
}

/// Of a chain, `root` and what it led to: by aggregate, each in order.
fn subtree(mut rows: Vec<JournalRow>, root: EventId) -> Result<Vec<JournalRow>, ReplayError> {
    rows.sort_by(|one, other| order(one).cmp(&order(other)));
    let mut reached = HashSet::from([root]);
    let mut causes = Vec::with_capacity(rows.len());
    for row in &rows {
        causes.push(row.recorded()?.detail.meta.causation_id);
    }
    // Clocks differ, so an effect may be written down as earlier than its cause: looked over until nothing is added.
    loop {
        let before = reached.len();
        for (row, cause) in rows.iter().zip(&causes) {
            if reached.contains(cause) {
                reached.insert(EventId::of(&row.aggregate_id, row.sequence));
            }
        }
        if reached.len() == before {
            break;
        }
    }
    rows.retain(|row| reached.contains(&EventId::of(&row.aggregate_id, row.sequence)));
    rows.sort_by(|one, other| (&one.aggregate_id, one.sequence).cmp(&(&other.aggregate_id, other.sequence)));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::row;

    #[test]
    fn seconds_sort_as_text_and_fractions_stay_within_theirs() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(second(at("2026-11-21T09:00:00.5Z")), "2026-11-21T09:00:00");
        assert_eq!(rounded_up(at("2026-11-21T09:00:00Z")), at("2026-11-21T09:00:00Z"));
        assert_eq!(
            second(rounded_up(at("2026-11-21T09:00:00.1Z"))),
            "2026-11-21T09:00:01"
        );
        let behind = format!("2026-11-21T09:00:00{BEHIND}");
        for same in ["2026-11-21T09:00:00Z", "2026-11-21T09:00:00.999999999Z"] {
            assert!(*same < *behind, "{same} is not read again");
        }
        assert!(*"2026-11-21T09:00:01Z" > *behind);
    }

    #[test]
    fn a_subtree_is_the_event_and_what_it_led_to() {
        // 1 ← 2 ← 3, 2 ← 4, 1 ← 5: the second leads to itself, 3 and 4.
        let caused = [(1, 1), (2, 1), (3, 2), (4, 2), (5, 1)];
        let one = row("BookingRequested");
        let rows = caused.map(|(sequence, cause)| {
            let mut recorded = one.recorded().unwrap();
            recorded.detail.meta.sequence = sequence;
            recorded.detail.meta.event_id = EventId::of(&one.aggregate_id, sequence);
            recorded.detail.meta.causation_id = EventId::of(&one.aggregate_id, cause);
            JournalRow {
                sequence,
                event: serde_json::to_string(&recorded).unwrap(),
                ..one.clone()
            }
        });
        let found = subtree(rows.into(), EventId::of(&one.aggregate_id, 2)).unwrap();
        let sequences: Vec<_> = found.iter().map(|row| row.sequence).collect();
        assert_eq!(sequences, [2, 3, 4]);
    }
}
