use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::person::Role;
use crate::samples;

/// A booking has been waiting for a person's attention for longer than is allowed. Said again each time that long
/// passes without anybody resolving it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttentionOverdue {
    /// The role that should have seen to it.
    pub owner: Role,
    /// By when.
    pub due_at: Timestamp,
    /// The reminder after this one, unless it is resolved by then.
    pub next_at: Timestamp,
}

impl Event for AttentionOverdue {
    const NAME: &'static str = "AttentionOverdue";
    const PRODUCER: Producer = Producer::Sweeper;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            owner: Role::TravelManager,
            due_at: samples::now(),
            next_at: samples::later(),
        }
    }
}
