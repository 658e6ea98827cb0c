use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::PolicyVersion;
use crate::samples;
use crate::trip::TripPlan;

/// The plan breaks no rule that can be judged before prices are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanAccepted {
    pub plan: TripPlan,
    pub policy: PolicyVersion,
}

impl Event for PlanAccepted {
    const NAME: &'static str = "PlanAccepted";
    const PRODUCER: Producer = Producer::Compliance;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            plan: samples::plan(),
            policy: samples::policy_version(),
        }
    }
}
