//! Identifiers, a type for each, so that none can stand where another is meant.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Namespace of every UUIDv5 Sojourn derives; derived once, never changed: ids must come out the same for ever.
const NAMESPACE: Uuid = Uuid::from_u128(0x5a1d_6f0e_8c52_5b1e_9f3b_7d1c_50a0_2026);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id that `parts` always give, in this order.
            pub fn derived(parts: &[&str]) -> Self {
                // The unit separator cannot occur in an id, so ("a", "bc") and ("ab", "c") stay apart.
                Self(Uuid::new_v5(&NAMESPACE, parts.join("\u{1f}").as_bytes()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(#[schemars(length(min = 1, max = 200))] String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

uuid_id!(
    /// One lifecycle of one request. Derived from employee and request id: the same request twice is one booking.
    BookingId
);
uuid_id!(
    /// Derived from aggregate and sequence: publishing an event again gives the same id.
    EventId
);
text_id!(
    /// Who someone is for the company: the subject of the identity provider's token, never a name.
    EmployeeId
);
text_id!(
    /// What an event belongs to: a booking's id, a policy version, an employee.
    AggregateId
);
text_id!(
    /// The client's id for one command; the same one twice is one command.
    ActionId
);
text_id!(
    /// API Gateway's id of one WebSocket connection.
    ConnectionId
);
text_id!(CostCentre);
text_id!(
    /// One ingested document, by the time it was uploaded and its content: `2026-11-20T09-00-00Z-1f3a9c`.
    PolicyVersion
);
text_id!(
    /// A clause within one policy version, by its number in the document: `4.2`.
    ClauseId
);
text_id!(
    /// A typed rule within one policy version: `hotel-cap-lisbon`.
    RuleId
);
text_id!(
    /// A supplier by its configured name: `sample-api`.
    SupplierId
);
text_id!(
    /// One priced offer of one supplier within a booking.
    OfferId
);
text_id!(
    /// One combination of offers shown to the traveller.
    OptionId
);
text_id!(
    /// The ARN of the state machine execution that claimed a booking.
    ExecutionId
);
text_id!(
    /// Points to a row of PrivateText: words of a person, erasable, never in an event.
    TextRef
);
text_id!(
    /// One wait for one person: the step and its round, `choose#1`, `approve#1.2`, `confirm#1`.
    DecisionId
);

impl From<BookingId> for AggregateId {
    fn from(id: BookingId) -> Self {
        Self(id.to_string())
    }
}

impl AggregateId {
    /// The list of all people is one aggregate: whoever changes it does so to what they have seen of it.
    pub fn directory() -> Self {
        Self("directory#people".into())
    }

    /// What a supplier sold us, by its own reference.
    pub fn order(supplier: &SupplierId, reference: &str) -> Self {
        Self(format!("order#{supplier}#{reference}"))
    }

    pub fn budget(centre: &CostCentre) -> Self {
        Self(format!("budget#{centre}"))
    }

    /// What the records of another aggregate say against each other.
    pub fn records_of(other: &AggregateId) -> Self {
        Self(format!("records#{other}"))
    }
}

impl BookingId {
    pub fn of_request(employee: &EmployeeId, request: &ActionId) -> Self {
        Self::derived(&["booking", employee.as_str(), request.as_str()])
    }
}

impl EventId {
    /// Its 128 bits.
    pub fn as_u128(self) -> u128 {
        self.0.as_u128()
    }

    pub fn of(aggregate: &AggregateId, sequence: u64) -> Self {
        Self::derived(&["event", aggregate.as_str(), &sequence.to_string()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_depends_on_where_its_parts_end() {
        assert_eq!(BookingId::derived(&["a", "bc"]), BookingId::derived(&["a", "bc"]));
        assert_ne!(BookingId::derived(&["a", "bc"]), BookingId::derived(&["ab", "c"]));
    }
}
