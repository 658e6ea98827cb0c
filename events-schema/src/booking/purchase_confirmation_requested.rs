use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{DecisionId, OptionId};
use crate::money::Money;
use crate::samples;

/// Everything is approved and quoted; the traveller has the last word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PurchaseConfirmationRequested {
    pub decision: DecisionId,
    pub option: OptionId,
    pub total: Money,
    pub quote_hash: String,
    pub deadline_at: Timestamp,
}

impl Event for PurchaseConfirmationRequested {
    const NAME: &'static str = "PurchaseConfirmationRequested";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            decision: samples::decision("confirm#1"),
            option: samples::option(),
            total: samples::total(),
            quote_hash: samples::hash(),
            deadline_at: samples::later(),
        }
    }
}
