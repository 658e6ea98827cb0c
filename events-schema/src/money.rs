//! Amounts with their currency. Arithmetic across currencies does not exist here: converting is a decision with
//! a rate, made where the rate is pinned.

use std::fmt;

use iso_currency::Currency;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount in a currency. On the wire `{"amount": "149.90", "currency": "EUR"}`: a decimal string, never a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Money {
    #[schemars(with = "String", regex(pattern = r"^-?\d+(\.\d+)?$"))]
    pub amount: Decimal,
    /// ISO 4217 code.
    #[schemars(with = "String", regex(pattern = r"^[A-Z]{3}$"))]
    pub currency: Currency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot combine {left} with {right} without a rate", left = .0.code(), right = .1.code())]
pub struct CurrencyMismatch(pub Currency, pub Currency);

impl Money {
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    pub fn zero(currency: Currency) -> Self {
        Self::new(Decimal::ZERO, currency)
    }

    pub fn euros(amount: i64) -> Self {
        Self::new(Decimal::from(amount), Currency::EUR)
    }

    pub fn checked_add(self, other: Self) -> Result<Self, CurrencyMismatch> {
        if self.currency == other.currency {
            Ok(Self::new(self.amount + other.amount, self.currency))
        } else {
            Err(CurrencyMismatch(self.currency, other.currency))
        }
    }

    pub fn times(self, factor: u32) -> Self {
        Self::new(self.amount * Decimal::from(factor), self.currency)
    }

    /// Rounded to the currency's minor unit, halves away from zero (commercial rounding).
    pub fn rounded(self) -> Self {
        let digits = u32::from(self.currency.exponent().unwrap_or(2));
        let amount = self
            .amount
            .round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        Self::new(amount, self.currency)
    }
}

impl fmt::Display for Money {
    /// `149.90 EUR`, always with the currency's minor digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.currency.exponent().unwrap_or(2));
        write!(f, "{:.digits$} {}", self.rounded().amount, self.currency.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_a_decimal_string() {
        let money = Money::new(Decimal::new(14990, 2), Currency::EUR);
        let json = serde_json::to_value(money).unwrap();
        assert_eq!(json, serde_json::json!({"amount": "149.90", "currency": "EUR"}));
        assert_eq!(serde_json::from_value::<Money>(json).unwrap(), money);
    }

    #[test]
    fn yen_have_no_minor_unit() {
        assert_eq!(
            Money::new(Decimal::new(12505, 1), Currency::JPY).to_string(),
            "1251 JPY"
        );
    }

    #[test]
    fn currencies_do_not_mix() {
        let error = Money::euros(1)
            .checked_add(Money::zero(Currency::USD))
            .unwrap_err();
        assert_eq!(error.to_string(), "cannot combine EUR with USD without a rate");
    }
}
