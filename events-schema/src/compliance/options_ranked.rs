use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{OptionId, PolicyVersion};
use crate::money::Money;
use crate::samples;

/// Offers became options, judged and in order; their bodies are in the Options table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptionsRanked {
    pub policy: PolicyVersion,
    /// Best first.
    pub options: Vec<OptionId>,
    /// How many of them need no approval.
    pub compliant: u32,
    /// The lowest total among them.
    pub lowest_total: Money,
    /// The policy was silent: strict defaults were applied.
    pub strict_defaults: bool,
}

impl Event for OptionsRanked {
    const NAME: &'static str = "OptionsRanked";
    const PRODUCER: Producer = Producer::Compliance;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            policy: samples::policy_version(),
            options: vec![samples::option()],
            compliant: 1,
            lowest_total: samples::total(),
            strict_defaults: false,
        }
    }
}
