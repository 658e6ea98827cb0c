//! What cancelling a confirmed trip gives back, and what of that belongs to the budget. Pure.

use events_schema::booking::CancellationTerms;
use events_schema::money::{CurrencyMismatch, Money};
use sha2::{Digest, Sha256};

use crate::tables::{LegRow, LegState};

/// The conditions of all legs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    pub legs: Vec<CancellationTerms>,
    pub paid: Money,
    pub refund: Money,
    pub fee: Money,
}

impl Conditions {
    /// In the currency of the trip's total. Legs paid in another have no common sum: whoever cancels such a trip needs
    /// a rate, which is a person's decision.
    pub fn of(legs: Vec<CancellationTerms>, total: Money) -> Result<Self, CurrencyMismatch> {
        let zero = Money::zero(total.currency);
        let sum = |of: fn(&CancellationTerms) -> Money| {
            legs.iter().try_fold(zero, |sum, leg| sum.checked_add(of(leg)))
        };
        let (paid, refund, fee) = (sum(|leg| leg.paid)?, sum(|leg| leg.refund)?, sum(|leg| leg.fee)?);
        Ok(Self {
            legs,
            paid,
            refund,
            fee,
        })
    }

    /// SHA-256, hex: a yes to these conditions is no yes to others.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for leg in &self.legs {
            for part in [
                leg.reference.as_str(),
                &leg.refund.to_string(),
                &leg.fee.to_string(),
            ] {
                hasher.update(part.as_bytes());
                hasher.update([0x1f]);
            }
        }
        hex::encode(hasher.finalize())
    }
}

/// What came back of the legs that were cancelled; `None` where nothing did.
pub fn refunded(legs: &[LegRow]) -> Result<Option<Money>, CurrencyMismatch> {
    let mut refunds = legs
        .iter()
        .filter(|leg| leg.state == LegState::Cancelled)
        .filter_map(|leg| leg.refund);
    let Some(first) = refunds.next() else {
        return Ok(None);
    };
    let sum = refunds.try_fold(first, Money::checked_add)?;
    Ok((!sum.amount.is_zero()).then_some(sum))
}

/// Paid and not given back, of the legs that were cancelled.
pub fn kept_by_suppliers(legs: &[LegRow]) -> Result<Option<Money>, CurrencyMismatch> {
    let mut fees = Vec::new();
    for leg in legs.iter().filter(|leg| leg.state == LegState::Cancelled) {
        let refund = leg.refund.unwrap_or(Money::zero(leg.total.currency));
        fees.push(
            leg.total
                .checked_add(Money::new(-refund.amount, refund.currency))?,
        );
    }
    let mut fees = fees.into_iter();
    let Some(first) = fees.next() else { return Ok(None) };
    fees.try_fold(first, Money::checked_add).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use events_schema::booking::CancellationConfirmationRequested;
    use events_schema::event::Event;
    use events_schema::ids::{OfferId, SupplierId};
    use events_schema::samples;
    use iso_currency::Currency;

    fn terms(paid: i64, refund: i64) -> CancellationTerms {
        let example = CancellationConfirmationRequested::example().legs.remove(0);
        CancellationTerms {
            paid: Money::euros(paid),
            refund: Money::euros(refund),
            fee: Money::euros(paid - refund),
            ..example
        }
    }

    fn leg(state: LegState, refund: Option<i64>) -> LegRow {
        LegRow {
            booking_id: samples::booking(),
            leg: 0,
            supplier: SupplierId::new("sample-api"),
            offer: OfferId::new("f1"),
            idempotency_key: "key".into(),
            state,
            reference: None,
            total: Money::euros(100),
            refund: refund.map(Money::euros),
            refusal: None,
            last_answer: None,
        }
    }

    #[test]
    fn conditions_add_up_in_one_currency_only() {
        let sum = Conditions::of(vec![terms(100, 40), terms(50, 50)], Money::euros(150)).unwrap();
        assert_eq!(
            (sum.paid, sum.refund, sum.fee),
            (Money::euros(150), Money::euros(90), Money::euros(60))
        );
        let worse = Conditions::of(vec![terms(100, 30), terms(50, 50)], Money::euros(150)).unwrap();
        assert_ne!(sum.hash(), worse.hash());
        let dollars = Money::zero(Currency::USD);
        assert!(Conditions::of(vec![terms(100, 40)], dollars).is_err());
    }

    #[test]
    fn only_what_was_cancelled_comes_back() {
        use LegState::{Booked, Cancelled, NotCancellable};
        let legs = [
            leg(Cancelled, Some(40)),
            leg(Cancelled, Some(100)),
            leg(NotCancellable, None),
            leg(Booked, None),
        ];
        assert_eq!(refunded(&legs), Ok(Some(Money::euros(140))));
        assert_eq!(kept_by_suppliers(&legs), Ok(Some(Money::euros(60))));
        assert_eq!(refunded(&[leg(Cancelled, Some(0))]), Ok(None), "nothing to book");
        assert_eq!(refunded(&[]), Ok(None));
        assert_eq!(kept_by_suppliers(&[]), Ok(None));
    }
}
