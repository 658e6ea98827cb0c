use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::DecisionId;
use crate::money::Money;
use crate::samples;

/// The traveller said: buy it, at this price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PurchaseConfirmed {
    pub decision: DecisionId,
    /// Hash of the offers and prices that were on the traveller's screen.
    pub quote_hash: String,
    pub total: Money,
}

impl Event for PurchaseConfirmed {
    const NAME: &'static str = "PurchaseConfirmed";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            decision: samples::decision("confirm#1"),
            quote_hash: samples::hash(),
            total: samples::total(),
        }
    }
}
