use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::AggregateType;
use crate::event::{Event, Fate, Producer};
use crate::ids::PolicyVersion;
use crate::samples;

/// A document could not become a policy; the active one stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyIngestionFailed {
    pub version: PolicyVersion,
    pub document_hash: String,
    /// For the person who uploaded it, with what to do.
    pub reason: String,
}

impl Event for PolicyIngestionFailed {
    const NAME: &'static str = "PolicyIngestionFailed";
    const PRODUCER: Producer = Producer::Policy;
    const FATE: Fate = Fate::Recorded;
    const AGGREGATE: AggregateType = AggregateType::Policy;

    fn example() -> Self {
        Self {
            version: samples::policy_version(),
            document_hash: samples::hash(),
            reason: "rule hotel-cap-lisbon cites clause 9.9, which the document does not have".into(),
        }
    }
}
