use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::EmployeeId;
use crate::samples;

/// A person settled what was open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttentionResolved {
    pub by: EmployeeId,
    /// What was done, in a sentence.
    pub resolution: String,
}

impl Event for AttentionResolved {
    const NAME: &'static str = "AttentionResolved";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            by: samples::approver(),
            resolution: "the hotel confirmed that nothing was booked".into(),
        }
    }
}
