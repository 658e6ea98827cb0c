//! A booking's events in order, each with its cause and its way.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use events_schema::ids::{AggregateId, BookingId, EventId};
use events_schema::rows::JournalRow;
use events_schema::socket::{DeadLetter, Frame, FrameBody, HistoryDelivery, HistoryEvent};
use lambda_host::HandlerError;
use lambda_host::door::{CommandError, Refusal};

use super::{Explorer, NO_SUCH_BOOKING, cut};
use crate::chain::AuditRow;
use crate::receipts::Receipt;
use crate::rows;

/// Those on the bus that keep bookings' events apart by Inbox; whoever reacts is found in Journal.
const REMEMBER: &[&str] = &["notices"];
/// Below what a message may hold.
const MOST_BYTES: usize = 100 * 1024;
/// How often keys that were left unread are asked for.
const ROUNDS: usize = 5;
/// Far more than any booking has.
const MOST_EVENTS: usize = 250;

impl Explorer {
    pub(super) async fn show_history(&self, booking: BookingId) -> Result<Vec<Frame>, CommandError> {
        let aggregate = AggregateId::from(booking);
        let mut journal = self.history.all(&aggregate).await?;
        if journal.is_empty() {
            return Err(Refusal::not_found(NO_SUCH_BOOKING).into());
        }
        journal.truncate(MOST_EVENTS);
        let id = aggregate.as_str();
        let receipts: Vec<Receipt> = rows::of(&self.dynamo, &self.receipts, "aggregateId", id).await?;
        let audit: Vec<AuditRow> = rows::of(&self.dynamo, &self.audit, "bookingId", id).await?;
        let remembered = self.remembered(&aggregate, &journal).await?;
        let letters = self.letters.about(&aggregate).await?;
        let way = Way {
            receipts: receipts
                .iter()
                .map(|receipt| (receipt.sequence, receipt))
                .collect(),
            audited: audit.iter().map(AuditRow::position).collect(),
            remembered,
            letters,
        };
        let events = journal
            .iter()
            .map(|row| way.of(row, &journal))
            .collect::<Result<_, _>>()?;
        let body = FrameBody::History { events };
        Ok(vec![Frame {
            body,
            booking_id: Some(booking),
            cursor: None,
        }])
    }

    pub(super) async fn show_event(
        &self,
        booking: BookingId,
        sequence: u64,
    ) -> Result<Vec<Frame>, CommandError> {
        let rows = self
            .history
            .after(&booking.into(), sequence.saturating_sub(1))
            .await?;
        let row = rows.into_iter().find(|row| row.sequence == sequence);
        let row = row.ok_or_else(|| Refusal::not_found(NO_SUCH_BOOKING))?;
        let body = FrameBody::EventShown {
            event_sequence: sequence,
            event: cut(&row.event, MOST_BYTES).into(),
        };
        Ok(vec![Frame {
            body,
            booking_id: Some(booking),
            cursor: None,
        }])
    }

    /// Which of the consumers that keep an Inbox have had which event.
    async fn remembered(
        &self,
        aggregate: &AggregateId,
        journal: &[JournalRow],
    ) -> Result<BTreeMap<u64, Vec<String>>, CommandError> {
        let mut keys = HashMap::new();
        for row in journal {
            for consumer in REMEMBER {
                let key = format!("#{consumer}#{aggregate}#{}", row.sequence);
                keys.insert(key, (row.sequence, (*consumer).to_owned()));
            }
        }
        let mut found = BTreeMap::<u64, Vec<String>>::new();
        let all: Vec<_> = keys.keys().cloned().collect();
        for hundred in all.chunks(100) {
            for key in self.in_inbox(hundred).await? {
                if let Some((sequence, consumer)) = keys.get(&key) {
                    found.entry(*sequence).or_default().push(consumer.clone());
                }
            }
        }
        Ok(found)
    }

    /// Which of at most a hundred keys Inbox holds. Those that a busy table left unread are asked for again.
    async fn in_inbox(&self, keys: &[String]) -> Result<Vec<String>, CommandError> {
        let key = |key: &String| HashMap::from([("inboxKey".to_owned(), AttributeValue::S(key.clone()))]);
        let asked = KeysAndAttributes::builder().set_keys(Some(keys.iter().map(key).collect()));
        let mut left = HashMap::from([(self.inbox.clone(), asked.build()?)]);
        let mut held = Vec::new();
        for _ in 0..ROUNDS {
            let answer = self
                .dynamo
                .batch_get_item()
                .set_request_items(Some(left))
                .send()
                .await?;
            let items = answer
                .responses
                .into_iter()
                .flatten()
                .flat_map(|(_, items)| items);
            held.extend(items.filter_map(|item| item.get("inboxKey")?.as_s().ok().cloned()));
            left = answer.unprocessed_keys.unwrap_or_default();
            if left.is_empty() {
                return Ok(held);
            }
        }
        Err(HandlerError::named("Throttled", "Inbox did not answer for all its keys").into())
    }
}

/// What is known of the way of each event.
struct Way<'a> {
    receipts: BTreeMap<u64, &'a Receipt>,
    audited: BTreeSet<u64>,
    remembered: BTreeMap<u64, Vec<String>>,
    letters: Vec<(u64, DeadLetter)>,
}

impl Way<'_> {
    fn of(&self, row: &JournalRow, journal: &[JournalRow]) -> Result<HistoryEvent, serde_json::Error> {
        let recorded = row.recorded()?;
        let meta = recorded.detail.meta;
        let receipt = self.receipts.get(&row.sequence);
        let causes = journal.iter().take_while(|other| other.sequence < row.sequence);
        let cause = causes
            .into_iter()
            .find(|other| EventId::of(&other.aggregate_id, other.sequence) == meta.causation_id);
        let letters = self
            .letters
            .iter()
            .filter(|(sequence, _)| *sequence == row.sequence);
        Ok(HistoryEvent {
            sequence: row.sequence,
            event_id: meta.event_id,
            name: row.event_type.clone(),
            source: recorded.source,
            at: row.occurred_at,
            caused_by: cause.map(|cause| cause.sequence),
            cause: row.cause_key.clone(),
            received_at: receipt.map(|receipt| receipt.received_at),
            times_said: receipt.map_or(0, |receipt| receipt.entries.len() as u32),
            audited: self.audited.contains(&row.sequence),
            deliveries: self.deliveries(row.sequence, meta.event_id, journal),
            dead_letters: letters.map(|(_, letter)| letter.clone()).collect(),
        })
    }

    fn deliveries(&self, sequence: u64, event: EventId, journal: &[JournalRow]) -> Vec<HistoryDelivery> {
        let reacted = journal.iter().filter_map(|row| {
            let (to, of) = row.cause_key.rsplit_once(':')?;
            (of == event.to_string()).then(|| HistoryDelivery {
                to: to.to_owned(),
                led_to: Some(row.sequence),
            })
        });
        let remembered = self.remembered.get(&sequence).into_iter().flatten();
        let remembered = remembered.map(|to| HistoryDelivery {
            to: to.clone(),
            led_to: None,
        });
        reacted.chain(remembered).collect()
    }
}
