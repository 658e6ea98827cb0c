//! What a person's findings about a booking's open legs come to: in legs, and in money. Every open leg needs a word,
//! and no other may have one; a leg that stays booked needs the supplier's reference as its evidence.

use events_schema::booking::{LegOutcome, SettledLeg};
use events_schema::money::Money;
use rust_decimal::Decimal;

use crate::tables::{LegRow, LegState, Reservation};

/// Everything settled: how the legs stand from now on, and where the money goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// As said, with what was left to be understood filled in.
    pub legs: Vec<SettledLeg>,
    pub rows: Vec<LegRow>,
    /// `None` if no money was ever set aside.
    pub captured: Option<Money>,
    /// What is not captured of what was set aside; nothing if more was charged than that.
    pub released: Option<Money>,
}

/// Why findings do not settle a booking, for the person who sent them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsettled {
    #[error("say what became of leg {}: kept or undone", list(.0))]
    Missing(Vec<u32>),
    #[error("leg {0} is not open; show_attention says which are")]
    NotOpen(u32),
    #[error("leg {0} is named twice")]
    Twice(u32),
    #[error("leg {0} is kept, so give the supplier's reference for it")]
    NoReference(u32),
    #[error("leg {leg} is charged in {given}, but the money was set aside in {wanted}: give it in {wanted}")]
    OtherCurrency {
        leg: u32,
        given: &'static str,
        wanted: &'static str,
    },
    #[error("leg {0} cannot be charged less than nothing")]
    Negative(u32),
}

pub fn settle(
    legs: &[LegRow],
    reservation: Option<&Reservation>,
    said: &[SettledLeg],
) -> Result<Settlement, Unsettled> {
    let open: Vec<&LegRow> = legs.iter().filter(|row| row.state.is_open()).collect();
    check_complete(&open, said)?;
    let mut settlement = Settlement {
        legs: Vec::new(),
        rows: Vec::new(),
        captured: None,
        released: None,
    };
    let mut charged = Decimal::ZERO;
    for row in open {
        let Some(word) = said.iter().find(|word| word.leg == row.leg) else {
            continue;
        };
        let (word, row) = settle_leg(row, word)?;
        if let Some(amount) = word.charged {
            charged += in_currency(reservation, row.leg, amount)?;
        }
        settlement.legs.push(word);
        settlement.rows.push(row);
    }
    if let Some(reservation) = reservation {
        let Money { amount, currency } = reservation.amount;
        settlement.captured = Some(Money::new(charged, currency));
        settlement.released = Some(Money::new((amount - charged).max(Decimal::ZERO), currency));
    }
    Ok(settlement)
}

fn check_complete(open: &[&LegRow], said: &[SettledLeg]) -> Result<(), Unsettled> {
    for (place, word) in said.iter().enumerate() {
        if !open.iter().any(|row| row.leg == word.leg) {
            return Err(Unsettled::NotOpen(word.leg));
        }
        if said[..place].iter().any(|before| before.leg == word.leg) {
            return Err(Unsettled::Twice(word.leg));
        }
    }
    let silent = |row: &&&LegRow| !said.iter().any(|word| word.leg == row.leg);
    let missing: Vec<u32> = open.iter().filter(silent).map(|row| row.leg).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Unsettled::Missing(missing)),
    }
}

fn settle_leg(row: &LegRow, word: &SettledLeg) -> Result<(SettledLeg, LegRow), Unsettled> {
    let (mut row, mut word) = (row.clone(), word.clone());
    let given = word.reference.take().filter(|text| !text.trim().is_empty());
    word.reference = given.or_else(|| row.reference.clone());
    if word.charged.is_some_and(|charged| charged.amount < Decimal::ZERO) {
        return Err(Unsettled::Negative(word.leg));
    }
    match word.outcome {
        LegOutcome::Kept => {
            if word.reference.is_none() {
                return Err(Unsettled::NoReference(word.leg));
            }
            word.charged = word.charged.or(Some(row.total));
            row.state = LegState::Booked;
        }
        LegOutcome::Undone => {
            word.charged = word.charged.or(Some(Money::zero(row.total.currency)));
            row.state = LegState::Cancelled;
        }
    }
    row.reference = word.reference.clone();
    Ok((word, row))
}

fn in_currency(reservation: Option<&Reservation>, leg: u32, charged: Money) -> Result<Decimal, Unsettled> {
    match reservation.map(|entry| entry.amount.currency) {
        // Nothing in any currency is nothing.
        Some(wanted) if wanted != charged.currency && !charged.amount.is_zero() => {
            Err(Unsettled::OtherCurrency {
                leg,
                given: charged.currency.code(),
                wanted: wanted.code(),
            })
        }
        _ => Ok(charged.amount),
    }
}

fn list(legs: &[u32]) -> String {
    legs.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use events_schema::ids::{OfferId, SupplierId};
    use events_schema::samples;

    use super::*;
    use crate::tables::ReservationState;

    fn leg(leg: u32, state: LegState, reference: Option<&str>) -> LegRow {
        LegRow {
            booking_id: samples::booking(),
            leg,
            supplier: SupplierId::new("sample-api"),
            offer: OfferId::new("f1"),
            idempotency_key: format!("key#{leg}"),
            state,
            reference: reference.map(str::to_owned),
            total: Money::euros(100 + i64::from(leg)),
            refund: None,
            refusal: None,
            last_answer: None,
        }
    }

    fn said(leg: u32, outcome: LegOutcome, reference: Option<&str>, charged: Option<i64>) -> SettledLeg {
        SettledLeg {
            leg,
            outcome,
            reference: reference.map(str::to_owned),
            charged: charged.map(Money::euros),
        }
    }

    fn reserved(euros: i64) -> Reservation {
        Reservation {
            cost_centre: samples::cost_centre(),
            entry: samples::booking().to_string(),
            state: ReservationState::Reserved,
            amount: Money::euros(euros),
        }
    }

    #[test]
    fn money_follows_the_findings() {
        use LegOutcome::{Kept, Undone};
        use LegState::{Booked, Cancelled, NotCancellable, Unknown};
        let two = [leg(0, NotCancellable, Some("R0")), leg(1, Unknown, None)];
        // Legs, findings; what is captured and released of 201.
        let cases = [
            (
                &two[..],
                vec![said(0, Kept, None, None), said(1, Kept, Some("R1"), None)],
                201,
                0,
            ),
            (
                &two[..],
                vec![said(0, Undone, None, None), said(1, Undone, None, None)],
                0,
                201,
            ),
            (
                &two[..],
                vec![said(0, Kept, None, None), said(1, Undone, None, None)],
                100,
                101,
            ),
            // A fee for cancelling, and a supplier who took more than was set aside.
            (
                &two[..],
                vec![said(0, Undone, None, Some(30)), said(1, Undone, None, None)],
                30,
                171,
            ),
            (
                &two[..],
                vec![said(0, Kept, None, Some(500)), said(1, Undone, None, None)],
                500,
                0,
            ),
            // What the machine undid needs no word.
            (
                &[leg(0, Cancelled, Some("R0")), leg(1, Unknown, None)][..],
                vec![said(1, Undone, None, None)],
                0,
                201,
            ),
            (
                &[leg(0, Booked, Some("R0"))][..],
                vec![said(0, Kept, None, None)],
                100,
                101,
            ),
            (&[][..], vec![], 0, 201),
        ];
        for (legs, said, captured, released) in cases {
            let settled = settle(legs, Some(&reserved(201)), &said).unwrap();
            assert_eq!(settled.captured, Some(Money::euros(captured)), "{said:?}");
            assert_eq!(settled.released, Some(Money::euros(released)), "{said:?}");
            let kept = settled.rows.iter().filter(|row| row.state == Booked);
            assert!(kept.clone().all(|row| row.reference.is_some()));
            assert_eq!(
                kept.count(),
                said.iter().filter(|word| word.outcome == Kept).count()
            );
        }
    }

    #[test]
    fn findings_that_settle_nothing_are_named() {
        use LegOutcome::{Kept, Undone};
        let legs = [
            leg(0, LegState::Cancelled, Some("R0")),
            leg(1, LegState::Unknown, None),
            leg(2, LegState::NotCancellable, Some("R2")),
        ];
        let dollars = SettledLeg {
            charged: Some(Money::new(Decimal::ONE, iso_currency::Currency::USD)),
            ..said(1, Undone, None, None)
        };
        let other = said(2, Kept, None, None);
        let cases = [
            (vec![], Unsettled::Missing(vec![1, 2])),
            (vec![other.clone()], Unsettled::Missing(vec![1])),
            (vec![said(0, Undone, None, None)], Unsettled::NotOpen(0)),
            (vec![said(7, Undone, None, None)], Unsettled::NotOpen(7)),
            (vec![other.clone(), other.clone()], Unsettled::Twice(2)),
            (
                vec![said(1, Kept, None, None), other.clone()],
                Unsettled::NoReference(1),
            ),
            (
                vec![said(1, Kept, Some("  "), None), other.clone()],
                Unsettled::NoReference(1),
            ),
            (
                vec![said(1, Undone, None, Some(-1)), other.clone()],
                Unsettled::Negative(1),
            ),
            (
                vec![dollars, other],
                Unsettled::OtherCurrency {
                    leg: 1,
                    given: "USD",
                    wanted: "EUR",
                },
            ),
        ];
        for (said, expected) in cases {
            assert_eq!(
                settle(&legs, Some(&reserved(300)), &said),
                Err(expected),
                "{said:?}"
            );
        }
    }
}
