use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::DecisionId;
use crate::samples;

/// The traveller decided not to buy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PurchaseDeclined {
    pub decision: DecisionId,
}

impl Event for PurchaseDeclined {
    const NAME: &'static str = "PurchaseDeclined";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            decision: samples::decision("confirm#1"),
        }
    }
}
