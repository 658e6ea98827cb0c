use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::AggregateType;
use crate::event::{Event, Fate, Producer};
use crate::ids::{EmployeeId, PolicyVersion};
use crate::samples;

/// New bookings follow this version from now on; running ones keep theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyActivated {
    pub version: PolicyVersion,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<PolicyVersion>,
    /// The administrator who decided it.
    pub by: EmployeeId,
}

impl Event for PolicyActivated {
    const NAME: &'static str = "PolicyActivated";
    const PRODUCER: Producer = Producer::Policy;
    const FATE: Fate = Fate::Recorded;
    const AGGREGATE: AggregateType = AggregateType::Policy;

    fn example() -> Self {
        Self {
            version: samples::policy_version(),
            replaces: None,
            by: samples::approver(),
        }
    }
}
