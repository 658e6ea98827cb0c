use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::AggregateType;
use crate::event::{Event, Fate, Producer};
use crate::ids::{CostCentre, EmployeeId};
use crate::money::Money;
use crate::samples;

/// What a cost centre may spend, from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetSet {
    pub cost_centre: CostCentre,
    pub by: EmployeeId,
    pub limit: Money,
    /// Absent where none was set: until then the cost centre was not limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Money>,
}

impl Event for BudgetSet {
    const NAME: &'static str = "BudgetSet";
    const PRODUCER: Producer = Producer::People;
    const AGGREGATE: AggregateType = AggregateType::CostCentre;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            cost_centre: samples::cost_centre(),
            by: samples::approver(),
            limit: Money::euros(300_000),
            before: Some(Money::euros(250_000)),
        }
    }
}
