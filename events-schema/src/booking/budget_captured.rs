use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::CostCentre;
use crate::money::Money;
use crate::samples;

/// What was bought is spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetCaptured {
    pub cost_centre: CostCentre,
    /// In the budget's currency.
    pub amount: Money,
}

impl Event for BudgetCaptured {
    const NAME: &'static str = "BudgetCaptured";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            cost_centre: samples::cost_centre(),
            amount: samples::total(),
        }
    }
}
