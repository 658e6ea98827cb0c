use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::QuoteOutcome;
use crate::event::{Event, Fate, Producer};
use crate::ids::{EmployeeId, OptionId};
use crate::money::Money;
use crate::samples;

/// What was approved cannot be had any more as it was approved: the approvals count for nothing, and whatever the
/// traveller chooses next is asked about anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalVoided {
    pub option: OptionId,
    /// Whose approval it was, in the order they were asked; those who let it pass in silence too.
    pub approvers: Vec<EmployeeId>,
    /// `dearer` or `gone`.
    pub because: QuoteOutcome,
    /// What was approved.
    pub before: Money,
    /// What it costs now, unless gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Money>,
}

impl Event for ApprovalVoided {
    const NAME: &'static str = "ApprovalVoided";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            option: samples::option(),
            approvers: vec![samples::approver()],
            because: QuoteOutcome::Dearer,
            before: samples::total(),
            after: Some(Money::euros(512)),
        }
    }
}
