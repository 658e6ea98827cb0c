use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::AggregateType;
use crate::event::{Event, Fate, Producer};
use crate::ids::{BookingId, ConnectionId};
use crate::problem::ErrorCode;
use crate::samples;

/// Somebody tried what they may not, what was settled or never there, or to be somebody else: evidence for the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessRefused {
    pub code: ErrorCode,
    /// The action tried: `decide_approval`; `connect` where somebody was not let in.
    pub action: String,
    /// The booking it was aimed at, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<BookingId>,
    pub connection: ConnectionId,
    /// Of a token that was not good, of a command about what is settled, overdue or not there, or of a message that says
    /// who sends it: what is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Event for AccessRefused {
    const NAME: &'static str = "AccessRefused";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;
    const AGGREGATE: AggregateType = AggregateType::Person;

    fn example() -> Self {
        Self {
            code: ErrorCode::Forbidden,
            action: "decide_approval".into(),
            booking: Some(samples::booking()),
            connection: ConnectionId::new("L0SM9cOFvHcCIhw="),
            reason: None,
        }
    }
}
