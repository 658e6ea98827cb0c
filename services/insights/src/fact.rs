//! From an event to a fact. Pure.

use events_schema::catalogue::AnyEvent;
use events_schema::envelope::{ReadError, Recorded};
use events_schema::ids::CostCentre;
use events_schema::money::Money;
use events_schema::problem::ErrorCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Table Insights, key (fact, sort).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FactRow {
    /// The booking.
    pub fact: String,
    /// The event's sequence, zero-padded so that text sorts like numbers.
    pub sort: String,
    pub occurred_at: Timestamp,
    pub says: Fact,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Fact {
    /// What there was to choose from.
    Ranked {
        options: u32,
        compliant: u32,
        lowest_total: Money,
    },
    /// What a person settled it at, after it ended needing attention.
    Settled {
        cost_centre: CostCentre,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<Money>,
    },
    /// How the lifecycle ended, with what was bought if anything was.
    Ended {
        outcome: Outcome,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purchase: Option<Purchase>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Purchase {
    pub cost_centre: CostCentre,
    pub total: Money,
    /// Part of the total.
    pub taxes: Money,
    pub travellers: u32,
    /// Rules exceeded with approval: none means within policy.
    pub exceptions: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Confirmed,
    Failed(ErrorCode),
    Cancelled,
    Expired,
    NeedsAttention,
    Answered,
    /// A cancellation that came to nothing.
    Kept,
}

#[derive(Debug, thiserror::Error)]
#[error("the event says something this build does not understand")]
pub struct NotUnderstood(#[from] ReadError);

impl FactRow {
    /// `None` for events that say nothing about spending or compliance.
    pub fn of(event: &Recorded) -> Result<Option<Self>, NotUnderstood> {
        let meta = &event.detail.meta;
        let says = says(&AnyEvent::read(event)?);
        Ok(says.map(|says| Self {
            fact: meta.aggregate_id.to_string(),
            sort: format!("{:020}", meta.sequence),
            occurred_at: meta.occurred_at,
            says,
        }))
    }
}

fn says(event: &AnyEvent) -> Option<Fact> {
    let ended = |outcome| {
        Some(Fact::Ended {
            outcome,
            purchase: None,
        })
    };
    match event {
        AnyEvent::OptionsRanked(event) => Some(Fact::Ranked {
            options: count(event.options.len()),
            compliant: event.compliant,
            lowest_total: event.lowest_total,
        }),
        AnyEvent::BookingConfirmed(event) => Some(Fact::Ended {
            outcome: Outcome::Confirmed,
            purchase: Some(Purchase {
                cost_centre: event.cost_centre.clone(),
                total: event.total,
                taxes: event.taxes,
                travellers: event.travellers.into(),
                exceptions: count(event.exceptions.len()),
            }),
        }),
        AnyEvent::BookingFailed(event) => ended(Outcome::Failed(event.code)),
        AnyEvent::BookingCancelled(_) => ended(Outcome::Cancelled),
        AnyEvent::BookingKept(_) => ended(Outcome::Kept),
        AnyEvent::BookingExpired(_) => ended(Outcome::Expired),
        AnyEvent::BookingNeedsAttention(_) => ended(Outcome::NeedsAttention),
        AnyEvent::AttentionResolved(event) => Some(Fact::Settled {
            cost_centre: event.cost_centre.clone(),
            spent: event.captured,
        }),
        AnyEvent::PolicyQuestionAnswered(_) => ended(Outcome::Answered),
        _ => None,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use events_schema::catalogue::catalogue;
    use events_schema::event::Fate;

    use super::*;

    #[test]
    fn every_ending_is_a_fact_and_so_is_what_was_offered() {
        for event in catalogue() {
            let row = FactRow::of(&event.example()).unwrap();
            let expected =
                event.fate == Fate::Terminal || ["OptionsRanked", "AttentionResolved"].contains(&event.name);
            assert_eq!(row.is_some(), expected, "{}", event.name);
        }
    }

    #[test]
    fn a_fact_survives_the_table_and_says_the_same_each_time() {
        for event in catalogue() {
            let Some(row) = FactRow::of(&event.example()).unwrap() else {
                continue;
            };
            let item: std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue> =
                serde_dynamo::to_item(&row).unwrap();
            assert_eq!(
                serde_dynamo::from_item::<_, FactRow>(item).unwrap(),
                row,
                "{}",
                event.name
            );
            assert_eq!(FactRow::of(&event.example()).unwrap(), Some(row));
        }
    }
}
