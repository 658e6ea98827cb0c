//! What a limit may be set to.

use events_schema::money::Money;
use iso_currency::Currency;
use rust_decimal::Decimal;

/// What a cost centre's bookings did so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// `None` while nothing was ever limited or spent.
    pub currency: Option<Currency>,
    pub reserved: Decimal,
    pub captured: Decimal,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBudget {
    #[error("a budget cannot be less than nothing")]
    Negative,
    #[error("{0} has no such small part: give the amount with at most {1} digits behind the point")]
    TooFine(&'static str, u32),
    #[error("this cost centre's money is counted in {kept}: give the limit in {kept}")]
    OtherCurrency { kept: &'static str },
    #[error(
        "{captured} are spent and {reserved} are set aside for bookings under way, so the limit cannot be below \
         {least}; cancel bookings first, or set {least} or more"
    )]
    BelowCommitted {
        reserved: Money,
        captured: Money,
        least: Money,
    },
}

/// What is available under `limit`.
pub fn set(committed: &Committed, limit: Money) -> Result<Decimal, NoBudget> {
    let Money { amount, currency } = limit;
    if amount < Decimal::ZERO {
        return Err(NoBudget::Negative);
    }
    let digits = u32::from(currency.exponent().unwrap_or(2));
    if amount.normalize().scale() > digits {
        return Err(NoBudget::TooFine(currency.code(), digits));
    }
    if let Some(kept) = committed.currency.filter(|kept| *kept != currency) {
        return Err(NoBudget::OtherCurrency { kept: kept.code() });
    }
    let least = committed.reserved + committed.captured;
    if amount < least {
        let money = |amount| Money::new(amount, currency);
        return Err(NoBudget::BelowCommitted {
            reserved: money(committed.reserved),
            captured: money(committed.captured),
            least: money(least),
        });
    }
    Ok(amount - least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_covers_what_is_committed() {
        let committed = |currency, reserved: i64, captured: i64| Committed {
            currency,
            reserved: reserved.into(),
            captured: captured.into(),
        };
        let some = committed(Some(Currency::EUR), 30, 50);
        let dollars = Money::new(Decimal::from(100), Currency::USD);
        let cents = Money::new(Decimal::new(1001, 3), Currency::EUR);
        let cases = [
            (some, Money::euros(100), Ok(Decimal::from(20))),
            (some, Money::euros(80), Ok(Decimal::ZERO)),
            (committed(None, 0, 0), dollars, Ok(Decimal::from(100))),
            (committed(None, 0, 0), Money::euros(0), Ok(Decimal::ZERO)),
            (
                some,
                Money::euros(79),
                Err(NoBudget::BelowCommitted {
                    reserved: Money::euros(30),
                    captured: Money::euros(50),
                    least: Money::euros(80),
                }),
            ),
            (some, dollars, Err(NoBudget::OtherCurrency { kept: "EUR" })),
            (some, Money::euros(-1), Err(NoBudget::Negative)),
            (some, cents, Err(NoBudget::TooFine("EUR", 2))),
        ];
        for (committed, limit, expected) in cases {
            assert_eq!(set(&committed, limit), expected, "{limit}");
        }
    }
}
