//! The money of a path: what the budget says at its end, in its own amounts.

use std::fmt;

use events_schema::ids::BookingId;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::end_to_end::world::World;

/// Where the money of a booking ends up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Money {
    /// Nothing was ever set aside.
    Untouched,
    /// Set aside, and free again.
    Released,
    /// Spent: exactly the confirmed total.
    Captured,
    /// Still set aside, for a person to decide.
    Held,
    /// Spent, and given back as far as the suppliers did.
    Refunded,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untouched => "nothing reserved",
            Self::Released => "reserved, released",
            Self::Captured => "reserved, captured",
            Self::Held => "reserved, held",
            Self::Refunded => "captured, refunded",
        })
    }
}

/// The amounts beside the limit of the samples' cost centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ledger {
    pub available: Decimal,
    pub reserved: Decimal,
    pub captured: Decimal,
}

impl Ledger {
    pub async fn read(world: &World) -> Self {
        let rows = world.scan("BudgetsTable").await;
        let limit = rows.iter().find(|row| row["entry"] == "limit").expect("a limit");
        let amount = |name: &str| -> Decimal {
            let number = limit[name].to_string();
            number.parse().unwrap_or_else(|_| panic!("{name}: {number}"))
        };
        Self {
            available: amount("available"),
            reserved: amount("reserved"),
            captured: amount("captured"),
        }
    }

    /// What was moved since `before`, as the table's `expected` has it.
    pub fn check(self, before: Self, expected: Money, entries: &Entries, when: &str) {
        let (reserved, captured) = (self.reserved - before.reserved, self.captured - before.captured);
        let none = Decimal::ZERO;
        let states = (entries.booking.as_ref(), entries.cancellation.as_ref());
        let state = |entry: Option<&(String, Decimal)>| entry.map(|(state, _)| state.clone());
        let spent = before.available - self.available;
        assert_eq!(
            spent,
            reserved + captured,
            "{when}: what is not available is reserved or captured"
        );
        match expected {
            Money::Untouched => {
                assert_eq!(states.0, None, "{when}");
                assert_eq!((reserved, captured), (none, none), "{when}");
            }
            Money::Released => {
                assert_eq!(state(states.0).as_deref(), Some("released"), "{when}");
                assert_eq!((reserved, captured), (none, none), "{when}");
            }
            Money::Captured => {
                let (name, amount) = states.0.expect("an entry");
                assert_eq!((name.as_str(), states.1), ("captured", None), "{when}");
                assert_eq!((reserved, captured), (none, *amount), "{when}");
            }
            Money::Held => {
                let (name, amount) = states.0.expect("an entry");
                assert_eq!(name, "reserved", "{when}");
                assert_eq!((reserved, captured), (*amount, none), "{when}");
            }
            Money::Refunded => {
                let ((paid, amount), (back, refund)) =
                    (states.0.expect("an entry"), states.1.expect("a refund"));
                assert_eq!((paid.as_str(), back.as_str()), ("captured", "refunded"), "{when}");
                assert!(*refund > none && refund <= amount, "{when}: {refund} of {amount}");
                assert_eq!((reserved, captured), (none, amount - refund), "{when}");
            }
        }
    }
}

/// A booking's entry and that of its cancellation: state and amount.
pub struct Entries {
    pub booking: Option<(String, Decimal)>,
    pub cancellation: Option<(String, Decimal)>,
}

impl Entries {
    pub async fn read(world: &World, booking: BookingId, cancellation: Option<BookingId>) -> Self {
        let rows = world.scan("BudgetsTable").await;
        let entry = |id: BookingId| {
            let row = rows.iter().find(|row| row["entry"] == id.to_string())?;
            Some((
                text(&row["state"]),
                text(&row["amount"]["amount"]).parse().expect("an amount"),
            ))
        };
        Self {
            booking: entry(booking),
            cancellation: cancellation.and_then(entry),
        }
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}
