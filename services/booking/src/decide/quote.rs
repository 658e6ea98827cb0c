//! Comparing what was agreed with what suppliers say now.

use events_schema::booking::QuoteOutcome;
use events_schema::money::{CurrencyMismatch, Money};
use events_schema::option::TripOption;
use sha2::{Digest, Sha256};

/// What suppliers answered for a whole option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quoted {
    Stands(Money),
    Gone,
}

pub fn compare(before: Money, quoted: &Quoted) -> Result<QuoteOutcome, CurrencyMismatch> {
    let Quoted::Stands(after) = quoted else {
        return Ok(QuoteOutcome::Gone);
    };
    if after.currency != before.currency {
        return Err(CurrencyMismatch(before.currency, after.currency));
    }
    Ok(match after.amount.cmp(&before.amount) {
        std::cmp::Ordering::Equal => QuoteOutcome::Unchanged,
        std::cmp::Ordering::Less => QuoteOutcome::Cheaper,
        std::cmp::Ordering::Greater => QuoteOutcome::Dearer,
    })
}

/// SHA-256, hex, over everything a person agrees to: suppliers, their offers, contents and prices. A yes to one hash
/// is no yes to another.
pub fn quote_hash(option: &TripOption) -> String {
    let mut hasher = Sha256::new();
    for leg in &option.legs {
        let content = serde_json::to_string(&leg.content).unwrap_or_default();
        for part in [
            leg.supplier.as_str(),
            leg.id.as_str(),
            &content,
            &leg.total.to_string(),
        ] {
            hasher.update(part.as_bytes());
            hasher.update([0x1f]);
        }
    }
    hasher.update(option.total.to_string().as_bytes());
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_has_its_outcome() {
        let cases = [
            (Quoted::Stands(Money::euros(100)), QuoteOutcome::Unchanged),
            (Quoted::Stands(Money::euros(99)), QuoteOutcome::Cheaper),
            (Quoted::Stands(Money::euros(101)), QuoteOutcome::Dearer),
            (Quoted::Gone, QuoteOutcome::Gone),
        ];
        for (quoted, expected) in cases {
            assert_eq!(compare(Money::euros(100), &quoted), Ok(expected));
        }
        let dollars = Quoted::Stands(Money::zero(iso_currency::Currency::USD));
        assert!(compare(Money::euros(100), &dollars).is_err());
    }
}
