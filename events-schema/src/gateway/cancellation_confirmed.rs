use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::DecisionId;
use crate::samples;

/// The traveller saw what the suppliers give back and what they keep, and wants the trip cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancellationConfirmed {
    pub decision: DecisionId,
    /// Hash of the conditions that were on the traveller's screen.
    pub quote_hash: String,
}

impl Event for CancellationConfirmed {
    const NAME: &'static str = "CancellationConfirmed";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            decision: samples::decision("cancel#1"),
            quote_hash: samples::hash(),
        }
    }
}
