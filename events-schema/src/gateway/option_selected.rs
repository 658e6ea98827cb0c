use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{DecisionId, OptionId};
use crate::money::Money;
use crate::samples;

/// The traveller chose one of the options presented. Price and content come from our record, never from the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptionSelected {
    pub decision: DecisionId,
    pub option: OptionId,
    /// As our record has it.
    pub total: Money,
}

impl Event for OptionSelected {
    const NAME: &'static str = "OptionSelected";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            decision: samples::decision("choose#1"),
            option: samples::option(),
            total: samples::total(),
        }
    }
}
