use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::search::SupplierAnswer;

/// No supplier answered: not the same as nothing being available.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchFailed {
    pub suppliers: Vec<SupplierAnswer>,
    pub reason: String,
}

impl Event for SearchFailed {
    const NAME: &'static str = "SearchFailed";
    const PRODUCER: Producer = Producer::Search;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            suppliers: vec![SupplierAnswer::example()],
            reason: "no supplier answered within 8 s".into(),
        }
    }
}
