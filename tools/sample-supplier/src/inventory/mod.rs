//! What is on offer. Everything follows from the seed and the question: nothing is stored, so an offer's id alone
//! brings the whole offer back after a restart.

use events_schema::money::Money;
use events_schema::place::IataCode;
use iso_currency::Currency;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::wire::Offer;

mod fares;
mod flights;
mod offer_key;
mod schedule;
mod stays;

pub use offer_key::{FareKind, OfferKey, Priced};

#[derive(Clone, Copy, Debug)]
pub struct Inventory {
    pub seed: u64,
}

/// Why a question has no answer, as opposed to an empty one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{0} is no place this supplier knows")]
    UnknownPlace(IataCode),
    #[error("{0}")]
    BadQuestion(&'static str),
}

impl Inventory {
    /// The offer an id stands for, at the price it had when the id was made; none if such a thing never existed.
    pub fn offer(&self, key: &OfferKey, lifetime: SignedDuration) -> Option<Offer> {
        match key {
            OfferKey::Flight(key) => self.flight_offer(key, lifetime),
            OfferKey::Stay(key) => self.stay_offer(key, lifetime),
        }
    }

    /// When the thing offered begins: it cannot be sold from then on.
    pub fn begins(&self, key: &OfferKey) -> Option<Timestamp> {
        match key {
            OfferKey::Flight(key) => self.departure(key),
            OfferKey::Stay(key) => self.check_in_time(key),
        }
    }

    /// Random numbers that depend on the seed and on `what`, and on nothing else.
    fn dice(&self, what: &str) -> fastrand::Rng {
        // FNV-1a: stable for ever, which the standard library's hashers do not promise.
        let hash = what.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        fastrand::Rng::with_seed(hash ^ self.seed)
    }
}

fn euros(cents: i64) -> Money {
    Money::new(Decimal::new(cents, 2), Currency::EUR)
}

/// `cents` changed to so many percent, rounded down to a cent.
fn percent(cents: i64, of: i64) -> i64 {
    cents * of / 100
}
