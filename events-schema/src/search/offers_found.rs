use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::SupplierId;

/// Suppliers made offers; their bodies are in the Offers table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OffersFound {
    pub flights: u32,
    pub stays: u32,
    pub suppliers: Vec<SupplierAnswer>,
}

impl Event for OffersFound {
    const NAME: &'static str = "OffersFound";
    const PRODUCER: Producer = Producer::Search;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            flights: 12,
            stays: 6,
            suppliers: vec![SupplierAnswer::example()],
        }
    }
}

/// What became of asking one supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupplierAnswer {
    pub supplier: SupplierId,
    pub outcome: SupplierOutcome,
    pub offers: u32,
    pub elapsed_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SupplierOutcome {
    Answered,
    TimedOut,
    Failed,
    /// Not asked: its circuit breaker is open.
    Skipped,
}

impl SupplierAnswer {
    pub fn example() -> Self {
        Self {
            supplier: SupplierId::new("sample-api"),
            outcome: SupplierOutcome::Answered,
            offers: 18,
            elapsed_ms: 240,
        }
    }
}
