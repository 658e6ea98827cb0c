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
    // Nothing in any currency is nothing.
    let Some(entry) = reservation.filter(|_| !charged.amount.is_zero()) else {
        return Ok(charged.amount);
    };
    let converted = entry.converted(charged).ok_or(Unsettled::OtherCurrency {
        leg,
        given: charged.currency.code(),
        wanted: entry.amount.currency.code(),
    })?;
    Ok(converted.amount)
}

/// Of a cancellation: what came back of the legs it had left open, by a person's findings: what was paid for them, less
/// what stays charged. `None` where nothing did.
pub fn given_back(legs: &[LegRow], settled: &[SettledLeg]) -> Result<Option<Money>, Unsettled> {
    let mut sum: Option<Money> = None;
    for word in settled {
        let Some(row) = legs.iter().find(|row| row.leg == word.leg) else {
            continue;
        };
        let charged = word.charged.unwrap_or(row.total);
        let mismatch = |wanted: Money| Unsettled::OtherCurrency {
            leg: word.leg,
            given: charged.currency.code(),
            wanted: wanted.currency.code(),
        };
        let back = row
            .total
            .checked_add(Money::new(-charged.amount, charged.currency))
            .map_err(|_| mismatch(row.total))?;
        let so_far = sum.unwrap_or(Money::zero(back.currency));
        sum = Some(so_far.checked_add(back).map_err(|_| mismatch(so_far))?);
    }
    Ok(sum.filter(|sum| sum.amount > Decimal::ZERO))
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

    #[test]
    fn a_cancellation_gives_back_what_is_not_charged() {
        use LegOutcome::{Kept, Undone};
        let legs = [
            leg(0, LegState::NotCancellable, Some("R0")),
            leg(1, LegState::Unknown, None),
        ];
        let cases = [
            (
                vec![said(0, Kept, None, None), said(1, Undone, None, None)],
                Some(101),
            ),
            (
                vec![said(0, Undone, None, Some(30)), said(1, Undone, None, None)],
                Some(171),
            ),
            (
                vec![said(0, Kept, None, None), said(1, Kept, Some("R1"), None)],
                None,
            ),
            // More than was paid is nothing back.
            (
                vec![said(0, Kept, None, None), said(1, Undone, None, Some(500))],
                None,
            ),
        ];
        for (said, back) in cases {
            let settled = settle(&legs, None, &said).unwrap();
            assert_eq!((settled.captured, settled.released), (None, None));
            assert_eq!(
                given_back(&legs, &settled.legs),
                Ok(back.map(Money::euros)),
                "{said:?}"
            );
        }
    }

    /// Reserved in dollars for a price in euros: findings may be in either, and come to dollars.
    #[test]
    fn findings_in_the_currency_of_the_price_are_converted_at_the_rate_reserved_at() {
        use LegOutcome::{Kept, Undone};
        let dollars = |amount: i64| Money::new(Decimal::from(amount), iso_currency::Currency::USD);
        let entry = Reservation {
            amount: dollars(402),
            price: Some(Money::euros(201)),
            ..reserved(201)
        };
        let legs = [
            leg(0, LegState::NotCancellable, Some("R0")),
            leg(1, LegState::Unknown, None),
        ];
        let words = [
            said(0, Kept, None, None),
            SettledLeg {
                charged: Some(dollars(7)),
                ..said(1, Undone, None, None)
            },
        ];
        let settled = settle(&legs, Some(&entry), &words).unwrap();
        assert_eq!(settled.captured, Some(dollars(207)));
        assert_eq!(settled.released, Some(dollars(195)));
    }

    fn reserved(euros: i64) -> Reservation {
        Reservation {
            cost_centre: samples::cost_centre(),
            entry: samples::booking().to_string(),
            state: ReservationState::Reserved,
            amount: Money::euros(euros),
            price: None,
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
