use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::AggregateType;
use crate::event::{Event, Fate, Producer};
use crate::ids::PolicyVersion;
use crate::samples;

/// A document became clauses and rules; an administrator may activate it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyIngested {
    pub version: PolicyVersion,
    /// SHA-256 of the document, hex.
    pub document_hash: String,
    pub clauses: u32,
    pub rules: u32,
}

impl Event for PolicyIngested {
    const NAME: &'static str = "PolicyIngested";
    const PRODUCER: Producer = Producer::Policy;
    const FATE: Fate = Fate::Recorded;
    const AGGREGATE: AggregateType = AggregateType::Policy;

    fn example() -> Self {
        Self {
            version: samples::policy_version(),
            document_hash: samples::hash(),
            clauses: 21,
            rules: 14,
        }
    }
}
