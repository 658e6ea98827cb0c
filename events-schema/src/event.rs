//! What makes a type an event.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::envelope::AggregateType;

/// A fact that one service announces. Implemented by the types in the producers' modules, one file each.
pub trait Event:
    Serialize + DeserializeOwned + JsonSchema + Clone + PartialEq + std::fmt::Debug + Send + Sync
{
    /// The detail-type: a past-tense name.
    const NAME: &'static str;
    const PRODUCER: Producer;
    /// Raised by a breaking change; the old version stays readable through [`Event::upcast`].
    const VERSION: u32 = 1;
    const AGGREGATE: AggregateType = AggregateType::Booking;
    const FATE: Fate;
    /// The versions before [`Event::VERSION`], oldest first.
    const EARLIER: &'static [Earlier] = &[];

    /// Brings data written as `version` to the shape of the present one.
    fn upcast(_version: u32, data: Value) -> Value {
        data
    }

    /// A plausible instance: committed under `examples/`, used by contract tests and the catalogue.
    fn example() -> Self;
}

/// A version that is no longer published, and is read through [`Event::upcast`] for as long as it may come.
///
/// A recorded event of it is kept in `events-schema/earlier/NAME.vVERSION.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub version: u32,
    /// When the next version took its place: `2026-11-26`.
    pub replaced_on: jiff::civil::Date,
    /// What changed then, in a sentence.
    pub change: &'static str,
}

impl Earlier {
    /// How long a replaced version stays readable: as long as the archive keeps what was said in it.
    pub const SUPPORT_DAYS: i64 = 400;

    pub fn readable_until(self) -> jiff::civil::Date {
        self.replaced_on
            .saturating_add(jiff::Span::new().days(Self::SUPPORT_DAYS))
    }
}

/// The one service that publishes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Producer {
    Gateway,
    Policy,
    Planner,
    Compliance,
    Search,
    Booking,
    Sweeper,
    People,
    Schedules,
    Audit,
}

impl Producer {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Policy => "policy",
            Self::Planner => "planner",
            Self::Compliance => "compliance",
            Self::Search => "search",
            Self::Booking => "booking",
            Self::Sweeper => "sweeper",
            Self::People => "people",
            Self::Schedules => "schedules",
            Self::Audit => "audit",
        }
    }

    /// The EventBridge source: `sojourn.gateway`.
    pub fn source(self) -> String {
        format!("sojourn.{}", self.name())
    }
}

/// What becomes of an event on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// At least one rule in `rules/` hands it to a service of ours.
    Reacted,
    /// Ends a lifecycle: exactly one per booking.
    Terminal,
    /// A fact for the record and for subscribers; none of our services need react.
    Recorded,
}
