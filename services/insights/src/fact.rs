//! From an event to a fact. Pure.

use events_schema::booking::{LegOutcome, SettledLeg};
use events_schema::catalogue::AnyEvent;
use events_schema::envelope::{Meta, ReadError, Recorded};
use events_schema::ids::BookingId;
use events_schema::insights::{Fact, FactRow, Outcome, Purchase, Returned};
use events_schema::money::Money;
use events_schema::state::BookingState;

use crate::whereabouts::whereabouts;

#[derive(Debug, thiserror::Error)]
#[error("the event says something this build does not understand")]
pub struct NotUnderstood(#[from] ReadError);

/// `None` for events that say nothing about spending or compliance.
pub fn fact_of(event: &Recorded) -> Result<Option<FactRow>, NotUnderstood> {
    let meta = &event.detail.meta;
    let says = says(&AnyEvent::read(event)?, meta);
    Ok(says.map(|says| FactRow {
        fact: meta.aggregate_id.to_string(),
        sort: format!("{:020}", meta.sequence),
        occurred_at: meta.occurred_at,
        says,
    }))
}

fn says(event: &AnyEvent, meta: &Meta) -> Option<Fact> {
    let ended = |outcome| {
        Some(Fact::Ended {
            outcome,
            purchase: None,
            returned: None,
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
                whereabouts: whereabouts(event, meta),
            }),
            returned: None,
        }),
        AnyEvent::BookingFailed(event) if is_of_a_cancellation(event.during) => ended(Outcome::Kept),
        AnyEvent::BookingFailed(event) => ended(Outcome::Failed(event.code)),
        AnyEvent::BookingCancelled(event) => Some(Fact::Ended {
            outcome: Outcome::Cancelled,
            purchase: None,
            returned: returned(event.previous_booking, event.refund, true),
        }),
        AnyEvent::BookingKept(_) => ended(Outcome::Kept),
        AnyEvent::BookingExpired(event) if is_of_a_cancellation(event.waiting_in) => ended(Outcome::Kept),
        AnyEvent::BookingExpired(_) => ended(Outcome::Expired),
        AnyEvent::BookingNeedsAttention(event) => Some(Fact::Ended {
            outcome: Outcome::NeedsAttention,
            purchase: None,
            returned: returned(event.previous_booking, event.refund, false),
        }),
        AnyEvent::AttentionResolved(event) => Some(Fact::Settled {
            cost_centre: event.cost_centre.clone(),
            spent: event.captured,
            returned: returned(event.previous_booking, event.refund, all_undone(&event.legs)),
        }),
        AnyEvent::PolicyQuestionAnswered(_) => ended(Outcome::Answered),
        _ => None,
    }
}

/// Whether a lifecycle that stood there was to cancel a confirmed trip. Where it fails or nobody answers, that trip stands:
/// nothing was left unbooked, and no request for a trip expired.
fn is_of_a_cancellation(state: BookingState) -> bool {
    matches!(
        state,
        BookingState::CancellationRequested
            | BookingState::CancellationPending
            | BookingState::CancellationConfirmed
            | BookingState::CancellationDeclined
            | BookingState::BudgetRefunded
    )
}

/// Of a cancellation: what it gave back of the booking it cancels.
fn returned(booking: Option<BookingId>, refund: Option<Money>, whole: bool) -> Option<Returned> {
    booking.map(|booking| Returned {
        booking,
        refund,
        whole,
    })
}

/// What a cancellation had cancelled before a person looked is not among the legs that were open.
fn all_undone(legs: &[SettledLeg]) -> bool {
    legs.iter().all(|leg| leg.outcome == LegOutcome::Undone)
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use events_schema::booking::{BookingExpired, BookingFailed, BookingKept};
    use events_schema::catalogue::catalogue;
    use events_schema::event::{Event, Fate};
    use events_schema::problem::ErrorCode;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_ending_is_a_fact_and_so_is_what_was_offered() {
        for event in catalogue() {
            let row = fact_of(&event.example()).unwrap();
            let expected =
                event.fate == Fate::Terminal || ["OptionsRanked", "AttentionResolved"].contains(&event.name);
            assert_eq!(row.is_some(), expected, "{}", event.name);
        }
    }

    #[test]
    fn a_fact_survives_the_table_and_says_the_same_each_time() {
        for event in catalogue() {
            let Some(row) = fact_of(&event.example()).unwrap() else {
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
            assert_eq!(fact_of(&event.example()).unwrap(), Some(row));
        }
    }

    /// The event's example with these members, as what it is counted.
    fn counted(name: &str, members: &serde_json::Value) -> Outcome {
        let known = catalogue().into_iter().find(|event| event.name == name).unwrap();
        let mut recorded = known.example();
        let data = recorded.detail.data.as_object_mut().unwrap();
        data.extend(members.as_object().unwrap().clone());
        match fact_of(&recorded).unwrap().unwrap().says {
            Fact::Ended { outcome, .. } => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// A trip that its supplier no longer lets go is booked all the same.
    #[test]
    fn a_cancellation_that_comes_to_nothing_is_no_trip_that_was_not_booked() {
        for state in [
            "cancellation_requested", "cancellation_pending", "cancellation_confirmed",
        ] {
            let failed = json!({"code": "TOO_LATE", "during": state});
            assert_eq!(counted(BookingFailed::NAME, &failed), Outcome::Kept, "{state}");
            let expired = json!({"waitingIn": state});
            assert_eq!(counted(BookingExpired::NAME, &expired), Outcome::Kept, "{state}");
        }
        assert_eq!(counted(BookingKept::NAME, &json!({})), Outcome::Kept);
        // And a trip that was to be booked is none that was to be cancelled.
        for (during, code, known) in [
            ("leg_booking_failed", "NO_OFFERS", ErrorCode::NoOffers),
            (
                "approval_declined",
                "APPROVAL_DECLINED",
                ErrorCode::ApprovalDeclined,
            ),
            ("requoted", "TOO_LATE", ErrorCode::TooLate),
        ] {
            let failed = json!({"code": code, "during": during});
            assert_eq!(
                counted(BookingFailed::NAME, &failed),
                Outcome::Failed(known),
                "{during}"
            );
        }
        for waiting_in in ["options_presented", "approval_pending", "confirmation_pending"] {
            let expired = json!({"waitingIn": waiting_in});
            assert_eq!(
                counted(BookingExpired::NAME, &expired),
                Outcome::Expired,
                "{waiting_in}"
            );
        }
    }
}
