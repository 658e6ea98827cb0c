use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};

/// No plan that stands could be made of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanningFailed {
    /// For the traveller, with what to do.
    pub reason: String,
    pub revision: u32,
}

impl Event for PlanningFailed {
    const NAME: &'static str = "PlanningFailed";
    const PRODUCER: Producer = Producer::Planner;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            reason: "two revisions did not satisfy the policy: ask for other dates or another cabin".into(),
            revision: 2,
        }
    }
}
