//! A booking's request as its history tells it: the words so far, the fields, and the policy that applies.

use events_schema::envelope::{Envelope, Meta, ReadError};
use events_schema::event::Event;
use events_schema::gateway::{BookingRequested, ClarificationGiven};
use events_schema::ids::{AggregateId, BookingId, TextRef};
use events_schema::planner::ClarificationRequested;
use events_schema::policy::PolicyRetrieved;
use events_schema::rows::{ClauseRow, JournalRow};
use events_schema::trip::TripFields;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use lambda_host::HandlerError;
use lambda_host::history::newest;

use crate::Planner;
use crate::model::prompt::{Clause, Data, DatedText};

/// What the history holds; words still by reference.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub booking: BookingId,
    pub fields: Option<TripFields>,
    pub zone: TimeZone,
    /// Oldest first.
    pub texts: Vec<(TextRef, Date)>,
    pub policy: PolicyRetrieved,
    /// How often the traveller was asked.
    pub rounds: u32,
}

/// The history with its words and clauses.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub history: History,
    pub clauses: Vec<ClauseRow>,
    pub data: Data,
}

#[derive(Debug, thiserror::Error)]
pub enum HistoryGap {
    #[error("the history has no {0}")]
    Missing(&'static str),
    #[error("the event belongs to no booking")]
    NoBooking,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("a Journal row's event is not readable")]
    Row(#[from] serde_json::Error),
    #[error("the traveller's time zone is unknown")]
    Zone(#[source] jiff::Error),
}

impl History {
    pub fn of(aggregate: &AggregateId, rows: &[JournalRow]) -> Result<Self, HistoryGap> {
        let requested =
            newest::<BookingRequested>(rows)?.ok_or(HistoryGap::Missing(BookingRequested::NAME))?;
        let policy = newest::<PolicyRetrieved>(rows)?.ok_or(HistoryGap::Missing(PolicyRetrieved::NAME))?;
        let zone = TimeZone::get(&requested.data.traveller.zone).map_err(HistoryGap::Zone)?;
        let mut texts = vec![(
            requested.data.text.clone(),
            local_date(requested.meta.occurred_at, &zone),
        )];
        for answer in all::<ClarificationGiven>(rows)? {
            texts.push((answer.data.text, local_date(answer.meta.occurred_at, &zone)));
        }
        Ok(Self {
            booking: aggregate.as_str().parse().map_err(|_| HistoryGap::NoBooking)?,
            fields: requested.data.fields,
            zone,
            texts,
            policy: policy.data,
            rounds: u32::try_from(all::<ClarificationRequested>(rows)?.len()).unwrap_or(u32::MAX),
        })
    }
}

impl Planner {
    /// The request behind an event; `None` if its words were erased meanwhile.
    pub(crate) async fn load(&self, meta: &Meta) -> Result<Option<Request>, HandlerError> {
        let rows = self.transitions.history().all(&meta.aggregate_id).await?;
        let history = History::of(&meta.aggregate_id, &rows)?;
        let mut texts = Vec::new();
        for (text, on) in &history.texts {
            let Some(text) = self.texts.read(text).await? else {
                return Ok(None);
            };
            texts.push(DatedText { text, on: *on });
        }
        let clauses = self
            .clauses
            .get(&history.policy.version, &history.policy.clauses)
            .await?;
        let shown = |row: &ClauseRow| Clause {
            id: row.clause_id.to_string(),
            text: row.text.clone(),
        };
        let data = Data {
            // Of the event, not of this minute: a redelivery then builds the same prompt.
            today: local_date(meta.occurred_at, &history.zone),
            currency: history.policy.currency,
            texts,
            fields: history.fields.clone(),
            clauses: clauses.iter().map(shown).collect(),
            rejected: None,
        };
        Ok(Some(Request {
            history,
            clauses,
            data,
        }))
    }
}

fn local_date(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

fn all<E: Event>(rows: &[JournalRow]) -> Result<Vec<Envelope<E>>, HistoryGap> {
    let of_type = rows.iter().filter(|row| row.event_type == E::NAME);
    of_type.map(|row| Ok(row.recorded()?.read()?)).collect()
}
