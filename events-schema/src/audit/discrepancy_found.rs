use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::AggregateType;
use crate::event::{Event, Fate, Producer};
use crate::ids::AggregateId;
use crate::samples;

/// Head, Journal, audit trail and what the bus received do not tell the same history, and nothing that is left says
/// which of them is right: somebody has to look. What could be repaired is not in here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiscrepancyFound {
    /// Whose history it is: a booking, a person, a budget.
    pub about: AggregateId,
    #[schemars(length(min = 1))]
    pub discrepancies: Vec<Discrepancy>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Discrepancy {
    pub kind: DiscrepancyKind,
    /// The place in the history.
    pub sequence: u64,
    /// The event's name, where any record has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// What each record says, in words.
    pub evidence: String,
    /// Why it was left as it is.
    pub left_because: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscrepancyKind {
    /// Journal has no row where another record has one.
    JournalMissing,
    /// The audit trail has no row for what Journal has.
    AuditMissing,
    /// The audit trail's row is of another event than Journal's, or breaks the chain.
    AuditDiffers,
    /// The bus, and so the archive, never received the event.
    NotReceived,
    /// The bus received something else under this place than Journal has.
    ReceivedDiffers,
    /// The bus received an event that Journal knows nothing of.
    NotJournalled,
    /// The bus received the same event more than once: consumers remember what they have seen.
    SaidAgain,
    /// The booking's head counts more events than there are.
    HeadAhead,
    /// Journal goes on behind the booking's head.
    HeadBehind,
    /// There is a history and no head.
    HeadMissing,
}

impl Event for DiscrepancyFound {
    const NAME: &'static str = "DiscrepancyFound";
    const PRODUCER: Producer = Producer::Audit;
    const AGGREGATE: AggregateType = AggregateType::Records;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            about: samples::booking().into(),
            discrepancies: vec![Discrepancy {
                kind: DiscrepancyKind::NotJournalled,
                sequence: 9,
                event: Some("BookingConfirmed".into()),
                evidence: "the bus received BookingConfirmed at 9; the booking's newest event is 8".into(),
                left_because: "what was said cannot be unsaid".into(),
            }],
        }
    }
}
