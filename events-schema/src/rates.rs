//! Converting at the rates pinned on the booking. Results are rounded to the currency's minor unit, halves away from
//! zero, so there and back is exact to one minor unit of the coarser currency.

use std::collections::BTreeMap;

use iso_currency::Currency;
use rust_decimal::Decimal;

use crate::money::Money;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// The policy's currency.
    pub base: Currency,
    /// Units of `base` for one unit of the key's.
    pub rates: BTreeMap<String, Decimal>,
}

impl Rates {
    /// `None` without a rate, or where the amount is beyond reckoning.
    pub fn to_base(&self, money: Money) -> Option<Money> {
        if money.currency == self.base {
            return Some(money.rounded());
        }
        let rate = self.rate(money.currency)?;
        Some(Money::new(money.amount.checked_mul(rate)?, self.base).rounded())
    }

    /// From the policy's currency into another.
    pub fn from_base(&self, money: Money, currency: Currency) -> Option<Money> {
        if currency == self.base {
            return Some(money.rounded());
        }
        let rate = self.rate(currency)?;
        Some(Money::new(money.amount.checked_div(rate)?, currency).rounded())
    }

    fn rate(&self, currency: Currency) -> Option<Decimal> {
        let rate = self.rates.get(currency.code()).copied();
        rate.filter(|rate| *rate > Decimal::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit(currency: Currency) -> Decimal {
        Decimal::new(1, u32::from(currency.exponent().unwrap_or(2)))
    }

    proptest! {
        #[test]
        fn there_and_back_is_exact_to_a_minor_unit(
            cents in 0_i64..100_000_000,
            rate in 1_i64..5_000_000,
            currency in prop::sample::select(vec![Currency::USD, Currency::GBP, Currency::JPY, Currency::TND]),
        ) {
            let rate = Decimal::new(rate, 4);
            let rates = Rates { base: Currency::EUR, rates: BTreeMap::from([(currency.code().into(), rate)]) };
            let digits = u32::from(currency.exponent().unwrap_or(2));
            let money = Money::new(Decimal::new(cents, digits), currency);
            let base = rates.to_base(money).unwrap();
            let back = rates.from_base(base, currency).unwrap();
            // Half a cent is lost at most on the way there; on the way back it is worth half a cent over the rate.
            let tolerance = unit(currency).max(unit(Currency::EUR) / rate);
            prop_assert!((back.amount - money.amount).abs() <= tolerance, "{money} {base} {back}");
        }

        #[test]
        fn converting_keeps_the_order(a in 0_i64..10_000_000, b in 0_i64..10_000_000, rate in 1_i64..100_000) {
            let rates = Rates { base: Currency::EUR, rates: BTreeMap::from([("USD".into(), Decimal::new(rate, 4))]) };
            let euros = |cents| rates.to_base(Money::new(Decimal::new(cents, 2), Currency::USD)).unwrap().amount;
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(euros(low) <= euros(high));
        }
    }

    #[test]
    fn an_unknown_currency_has_no_value() {
        let rates = Rates {
            base: Currency::EUR,
            rates: BTreeMap::from([("USD".into(), Decimal::ZERO)]),
        };
        assert_eq!(rates.to_base(Money::zero(Currency::GBP)), None);
        assert_eq!(
            rates.to_base(Money::zero(Currency::USD)),
            None,
            "a rate of zero is none"
        );
        assert_eq!(
            rates
                .to_base(Money::new(Decimal::MAX, Currency::EUR))
                .map(|money| money.currency),
            Some(Currency::EUR)
        );
    }
}
