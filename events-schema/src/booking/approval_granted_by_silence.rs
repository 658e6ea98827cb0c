use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{DecisionId, EmployeeId};
use crate::samples;

/// The approver's whole time passed without an answer, and the policy lets silence approve. Nobody said yes: that is
/// why it is no [`ApprovalGranted`](crate::gateway::ApprovalGranted).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalGrantedBySilence {
    pub decision: DecisionId,
    /// Who was asked and did not answer.
    pub approver: EmployeeId,
    /// Hash of the offers and prices that were asked about.
    pub quote_hash: String,
}

impl Event for ApprovalGrantedBySilence {
    const NAME: &'static str = "ApprovalGrantedBySilence";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            decision: samples::decision("approve#1.1"),
            approver: samples::approver(),
            quote_hash: samples::hash(),
        }
    }
}
