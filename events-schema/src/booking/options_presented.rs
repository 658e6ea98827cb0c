use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{DecisionId, OptionId};
use crate::samples;

/// The traveller may choose, until the deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptionsPresented {
    pub decision: DecisionId,
    /// Best first; bodies in the Options table.
    pub options: Vec<OptionId>,
    /// From 1; again after a quote fell through.
    pub round: u32,
    pub deadline_at: Timestamp,
}

impl Event for OptionsPresented {
    const NAME: &'static str = "OptionsPresented";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            decision: samples::decision("choose#1"),
            options: vec![samples::option()],
            round: 1,
            deadline_at: samples::later(),
        }
    }
}
