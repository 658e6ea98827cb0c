//! What one event means for the sums.

use events_schema::catalogue::AnyEvent;
use events_schema::envelope::{ReadError, Recorded};
use events_schema::ids::{AggregateId, CostCentre};
use events_schema::money::Money;
use events_schema::problem::ErrorCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Table Insights, key (fact, sort): the booking and the sequence of the event it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fact {
    /// The booking's id.
    pub fact: AggregateId,
    /// The event's sequence, ten digits, so that it sorts.
    pub sort: String,
    pub at: Timestamp,
    #[serde(flatten)]
    pub kind: FactKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum FactKind {
    /// What the cheapest option cost, to compare with what was bought.
    Ranked {
        lowest_total: Money,
        options: u32,
        compliant: u32,
    },
    Confirmed {
        cost_centre: CostCentre,
        total: Money,
        travellers: u8,
        exceptions: u32,
    },
    Failed {
        code: ErrorCode,
    },
    Cancelled,
    Expired,
    NeedsAttention,
    Answered {
        silent: bool,
    },
}

impl Fact {
    /// `None` for events that say nothing to the sums.
    pub fn of(event: &Recorded) -> Result<Option<Self>, ReadError> {
        let kind = match AnyEvent::read(event)? {
            AnyEvent::OptionsRanked(event) => FactKind::Ranked {
                lowest_total: event.lowest_total,
                options: count(event.options.len()),
                compliant: event.compliant,
            },
            AnyEvent::BookingConfirmed(event) => FactKind::Confirmed {
                cost_centre: event.cost_centre,
                total: event.total,
                travellers: event.travellers,
                exceptions: count(event.exceptions.len()),
            },
            AnyEvent::BookingFailed(event) => FactKind::Failed { code: event.code },
            AnyEvent::BookingCancelled(_) => FactKind::Cancelled,
            AnyEvent::BookingExpired(_) => FactKind::Expired,
            AnyEvent::BookingNeedsAttention(_) => FactKind::NeedsAttention,
            AnyEvent::PolicyQuestionAnswered(event) => FactKind::Answered { silent: event.silent },
            _ => return Ok(None),
        };
        let meta = &event.detail.meta;
        Ok(Some(Self {
            fact: meta.aggregate_id.clone(),
            sort: format!("{:010}", meta.sequence),
            at: meta.occurred_at,
            kind,
        }))
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
