//! What a reconciliation answers.

use events_schema::audit::{Discrepancy, DiscrepancyKind};
use events_schema::ids::AggregateId;
use serde::{Deserialize, Serialize};

use super::decide::{Finding, Remedy};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Histories whose records were compared.
    pub compared: usize,
    /// Still moving: compared once they are at rest.
    pub moving: usize,
    /// Not got to in the time there was: the next run begins elsewhere.
    pub left: usize,
    pub findings: Vec<Reported>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reported {
    pub aggregate_id: AggregateId,
    pub kind: DiscrepancyKind,
    pub sequence: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    pub evidence: String,
    pub outcome: Outcome,
    /// What was done, would be done, or why nothing is.
    pub says: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Repaired,
    /// By `--repair`, or the next scheduled run.
    Repairable,
    Harmless,
    /// Somebody has to look.
    Left,
}

impl Reported {
    /// Of a finding that nothing was done about.
    pub fn found(aggregate: &AggregateId, finding: &Finding) -> Self {
        let (outcome, says) = match &finding.remedy {
            Remedy::Restore(_) => (Outcome::Repairable, "the Journal row can be put back"),
            Remedy::CountBack { .. } => (Outcome::Repairable, "the head can be made to count what there is"),
            Remedy::Chain(_) => (
                Outcome::Repairable,
                "the audit row can be written again from Journal",
            ),
            Remedy::Publish => (Outcome::Repairable, "it can be published again from Journal"),
            Remedy::Harmless => (Outcome::Harmless, "consumers remember what they have seen"),
            Remedy::Leave(why) => (Outcome::Left, *why),
        };
        Self {
            aggregate_id: aggregate.clone(),
            kind: finding.kind,
            sequence: finding.sequence,
            event: finding.event.clone(),
            evidence: finding.evidence.clone(),
            outcome,
            says: says.into(),
        }
    }

    pub fn discrepancy(&self) -> Discrepancy {
        Discrepancy {
            kind: self.kind,
            sequence: self.sequence,
            event: self.event.clone(),
            evidence: self.evidence.clone(),
            left_because: self.says.clone(),
        }
    }
}
