use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{DecisionId, EmployeeId, TextRef};
use crate::samples;

/// An approver said no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalDeclined {
    pub decision: DecisionId,
    /// Who decided: the approver or their delegate.
    pub approver: EmployeeId,
    /// For whom a delegate decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<EmployeeId>,
    /// Hash of the offers and prices that were on the approver's screen.
    pub quote_hash: String,
    /// The approver's words, by reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<TextRef>,
}

impl Event for ApprovalDeclined {
    const NAME: &'static str = "ApprovalDeclined";
    const PRODUCER: Producer = Producer::Gateway;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            decision: samples::decision("approve#1.1"),
            approver: samples::approver(),
            on_behalf_of: None,
            quote_hash: samples::hash(),
            comment: None,
        }
    }
}
