use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::money::Money;
use crate::samples;
use crate::search::SupplierAnswer;
use crate::trip::TripPlan;

/// Suppliers answered, and none has anything for this plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoOffersFound {
    pub suppliers: Vec<SupplierAnswer>,
    /// The nearest things that do exist, best first.
    pub alternatives: Vec<Alternative>,
}

impl Event for NoOffersFound {
    const NAME: &'static str = "NoOffersFound";
    const PRODUCER: Producer = Producer::Search;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            suppliers: vec![SupplierAnswer::example()],
            alternatives: vec![Alternative::example()],
        }
    }
}

/// A plan close to the one asked for, for which there are offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alternative {
    /// One sentence: "A day earlier, from 212.40 EUR".
    pub summary: String,
    pub plan: TripPlan,
    pub from_total: Money,
}

impl Alternative {
    pub fn example() -> Self {
        Self {
            summary: "A day earlier, from 212.40 EUR".into(),
            plan: samples::plan(),
            from_total: samples::total(),
        }
    }
}
