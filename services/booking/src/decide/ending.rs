//! Which terminal event a booking ends with. What was wished is one thing; a leg that may be booked or money still
//! set aside is another, and wins: it must not end silently.

use events_schema::problem::ErrorCode;
use serde::{Deserialize, Serialize};

use crate::tables::{LegRow, LegState, Reservation, ReservationState};

/// What the state machine came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    #[serde(rename = "as")]
    pub kind: EndingKind,
    pub code: ErrorCode,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndingKind {
    Failed,
    Cancelled,
    Expired,
    /// A cancellation that came to nothing.
    Kept,
    NeedsAttention,
}

/// What is still open when the booking is to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loose {
    pub legs: Vec<u32>,
    pub reservation: Option<Reservation>,
    pub reason: String,
}

/// The loose ends, if any; with none, the booking may end as wished (after releasing what is only reserved).
pub fn ending(
    wished: &Ending,
    legs: &[LegRow],
    reservation: Option<&Reservation>,
) -> Result<EndingKind, Loose> {
    let open: Vec<&LegRow> = legs.iter().filter(|leg| leg.state.is_open()).collect();
    let captured = reservation.is_some_and(|entry| entry.state == ReservationState::Captured);
    if open.is_empty() && !captured && wished.kind != EndingKind::NeedsAttention {
        return Ok(wished.kind);
    }
    let held = reservation.filter(|entry| {
        matches!(
            entry.state,
            ReservationState::Reserved | ReservationState::Captured
        )
    });
    Err(Loose {
        legs: open.iter().map(|leg| leg.leg).collect(),
        reservation: held.cloned(),
        reason: open
            .first()
            .map_or_else(|| wished.reason.clone(), |leg| describe(leg)),
    })
}

fn describe(leg: &LegRow) -> String {
    let LegRow {
        supplier,
        idempotency_key,
        reference,
        ..
    } = leg;
    let reference = reference.as_deref().unwrap_or("no reference");
    match leg.state {
        LegState::NotCancellable => format!("{reference} at {supplier} could not be cancelled"),
        LegState::Booked => format!("{reference} at {supplier} is still booked"),
        _ => format!("{supplier} did not say whether it booked the order with key {idempotency_key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events_schema::ids::{OfferId, SupplierId};
    use events_schema::money::Money;
    use events_schema::samples;

    fn leg(leg: u32, state: LegState) -> LegRow {
        LegRow {
            booking_id: samples::booking(),
            leg,
            supplier: SupplierId::new("sample-api"),
            offer: OfferId::new("f1"),
            idempotency_key: format!("key#{leg}"),
            state,
            reference: None,
            total: Money::euros(100),
            refund: None,
            refusal: None,
            last_answer: None,
        }
    }

    fn reserved(state: ReservationState) -> Reservation {
        Reservation {
            cost_centre: samples::cost_centre(),
            entry: samples::booking().to_string(),
            state,
            amount: Money::euros(200),
            price: None,
        }
    }

    /// What was wished, the legs, the money; how it ends, or `None` for what needs a person.
    type Case<'a> = (
        EndingKind,
        &'a [LegState],
        Option<ReservationState>,
        Option<EndingKind>,
    );

    #[test]
    fn a_booking_ends_as_wished_only_when_nothing_is_loose() {
        use EndingKind::{Cancelled, Expired, Failed, NeedsAttention};
        use LegState::{Booked, Cancelled as Undone, Intended, NotCancellable, NotReached, Refused, Unknown};
        let cases: &[Case] = &[
            (Expired, &[], None, Some(Expired)),
            (
                Cancelled,
                &[Undone, Undone],
                Some(ReservationState::Released),
                Some(Cancelled),
            ),
            (
                Failed,
                &[Undone, Refused],
                Some(ReservationState::Reserved),
                Some(Failed),
            ),
            (
                Failed,
                &[Undone, NotReached],
                Some(ReservationState::Released),
                Some(Failed),
            ),
            (Failed, &[Undone, Unknown], Some(ReservationState::Reserved), None),
            (Failed, &[NotCancellable, Refused], None, None),
            (Cancelled, &[Intended], None, None),
            (Failed, &[Booked], None, None),
            (Failed, &[], Some(ReservationState::Captured), None),
            (NeedsAttention, &[], None, None),
        ];
        for (wished, states, money, expected) in cases {
            let legs: Vec<_> = (0..)
                .zip(*states)
                .map(|(number, state)| leg(number, *state))
                .collect();
            let money = money.map(reserved);
            let wished = Ending {
                kind: *wished,
                code: ErrorCode::Internal,
                reason: "because".into(),
            };
            assert_eq!(
                ending(&wished, &legs, money.as_ref()).ok(),
                *expected,
                "{wished:?} {states:?}"
            );
        }
    }
}
