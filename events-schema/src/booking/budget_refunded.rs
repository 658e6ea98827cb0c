use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::CostCentre;
use crate::money::Money;
use crate::samples;

/// What suppliers gave back for a cancelled trip is in the budget again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetRefunded {
    pub cost_centre: CostCentre,
    pub amount: Money,
}

impl Event for BudgetRefunded {
    const NAME: &'static str = "BudgetRefunded";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            cost_centre: samples::cost_centre(),
            amount: samples::total(),
        }
    }
}
