use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::DecisionId;
use crate::samples;

/// The traveller saw the suppliers' conditions and keeps the trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancellationDeclined {
    pub decision: DecisionId,
}

impl Event for CancellationDeclined {
    const NAME: &'static str = "CancellationDeclined";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            decision: samples::decision("cancel#1"),
        }
    }
}
