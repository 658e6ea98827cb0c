use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::CostCentre;
use crate::money::Money;
use crate::samples;

/// The total is set aside in the cost centre's budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetReserved {
    pub cost_centre: CostCentre,
    /// In the budget's currency.
    pub amount: Money,
    /// The total it was converted from, at the rate pinned on the booking; absent where they are in one currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
}

impl Event for BudgetReserved {
    const NAME: &'static str = "BudgetReserved";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            cost_centre: samples::cost_centre(),
            amount: samples::total(),
            price: None,
        }
    }
}
