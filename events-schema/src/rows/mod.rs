//! Rows of DynamoDB tables that more than one service may read, each owned and written by one of them.
//! Instants that DynamoDB must compare or expire by are epoch seconds; all others are RFC 3339.

mod booking;
mod clause;
mod connection;
mod decision;
mod frame;
mod journal;
mod offer;
mod option;
mod person;
mod policy;
mod text;

pub use booking::{BookingRow, LastEvent};
pub use clause::{Bytes, ClauseRow, Vector};
pub use connection::ConnectionRow;
pub use decision::{DecisionAnswer, DecisionKind, DecisionRow, DecisionState};
pub use frame::FrameRow;
pub use journal::JournalRow;
pub use offer::OfferRow;
pub use option::OptionRow;
pub use person::{PassengerRow, PersonRow};
pub use policy::{
    ActivePolicyRow, AdvanceBand, Drafter, ExceptionKind, FlightTime, LegKind, MonthDay, OverageBand,
    PolicyRow, PolicyRules, PolicyState, Reach, Rule, RuleDraft, RuleKind, Season, StrictDefaults,
};
pub use text::TextRow;
