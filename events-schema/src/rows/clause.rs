use serde::{Deserialize, Serialize};

use crate::ids::{ClauseId, PolicyVersion};

/// One clause as the document words it. Table PolicyClauses, key (version, clauseId); owned by `policy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClauseRow {
    pub version: PolicyVersion,
    pub clause_id: ClauseId,
    /// The heading it stands under: `4 Hotels`.
    pub section: String,
    /// In documents that have pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    pub text: String,
}
