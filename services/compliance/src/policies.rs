//! Reading the policy version a booking is pinned to. A version never changes once a booking follows it, so the last
//! few are kept in memory.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{ClauseId, PolicyVersion};
use events_schema::rows::{ClauseRow, PolicyRow, PolicyRules};
use lambda_host::{ConfigError, Runtime};
use tokio::sync::Mutex;

const KEPT: usize = 4;

pub struct Policies {
    dynamo: Client,
    policies: String,
    clauses: String,
    known: Mutex<BTreeMap<PolicyVersion, Version>>,
}

/// The rules, and the clauses they quote.
#[derive(Clone)]
pub struct Version {
    pub rules: PolicyRules,
    pub clauses: Vec<ClauseRow>,
}

#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("reading the policy failed")]
    Read(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a row of Policies or PolicyClauses does not have the shape of one")]
    Row(#[from] serde_dynamo::Error),
    #[error("the rules of a policy version cannot be read")]
    Rules(#[from] serde_json::Error),
    #[error("policy version {0} has no rules")]
    Missing(PolicyVersion),
    #[error("a rule of policy version {version} cites clause {clause}, which the version does not have")]
    Uncited {
        version: PolicyVersion,
        clause: ClauseId,
    },
}

impl Policies {
    /// Settings: `POLICIES_TABLE`, `POLICY_CLAUSES_TABLE`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            policies: runtime.setting("POLICIES_TABLE")?.into(),
            clauses: runtime.setting("POLICY_CLAUSES_TABLE")?.into(),
            known: Mutex::default(),
        })
    }

    pub async fn version(&self, version: &PolicyVersion) -> Result<Version, PolicyError> {
        if version.as_str() == PolicyRules::NO_POLICY {
            return Ok(Version {
                rules: PolicyRules::none(),
                clauses: Vec::new(),
            });
        }
        let mut known = self.known.lock().await;
        if let Some(found) = known.get(version) {
            return Ok(found.clone());
        }
        let read = Version {
            rules: self.rules(version).await?,
            clauses: self.clauses(version).await?,
        };
        if let Some(clause) = uncited(&read.rules, &read.clauses) {
            let version = version.clone();
            return Err(PolicyError::Uncited { version, clause });
        }
        known.insert(version.clone(), read.clone());
        if known.len() > KEPT {
            known.pop_first();
        }
        Ok(read)
    }

    async fn rules(&self, version: &PolicyVersion) -> Result<PolicyRules, PolicyError> {
        let answer = self
            .dynamo
            .get_item()
            .table_name(&self.policies)
            .key("version", AttributeValue::S(version.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| PolicyError::Read(Box::new(error.into())))?;
        let row: Option<PolicyRow> = answer.item.map(serde_dynamo::from_item).transpose()?;
        let rules = row.and_then(|row| row.rules);
        let rules = rules.ok_or_else(|| PolicyError::Missing(version.clone()))?;
        Ok(serde_json::from_str(&rules)?)
    }

    async fn clauses(&self, version: &PolicyVersion) -> Result<Vec<ClauseRow>, PolicyError> {
        let mut pages = self
            .dynamo
            .query()
            .table_name(&self.clauses)
            .consistent_read(true)
            .key_condition_expression("version = :version")
            .expression_attribute_values(":version", AttributeValue::S(version.to_string()))
            .into_paginator()
            .items()
            .send();
        let mut rows = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| PolicyError::Read(Box::new(error.into())))?;
            rows.push(serde_dynamo::from_item(item)?);
        }
        Ok(rows)
    }
}

/// A clause that the rules cite and the version does not have: whoever was judged by it would be shown a quotation of
/// nothing.
fn uncited(rules: &PolicyRules, clauses: &[ClauseRow]) -> Option<ClauseId> {
    let cited = rules
        .rules
        .iter()
        .map(|rule| &rule.clause)
        .chain([&rules.strict.clause]);
    let missing = |clause: &&ClauseId| !clauses.iter().any(|known| known.clause_id == **clause);
    cited.filter(|clause| missing(clause)).min().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_must_cite_a_clause_of_its_own_version() {
        let rules = PolicyRules::none();
        assert_eq!(uncited(&rules, &[]), Some(ClauseId::new("0")));
        let clause = ClauseRow {
            version: rules.version.clone(),
            clause_id: ClauseId::new("0"),
            section: "1".into(),
            page: None,
            text: "Strict.".into(),
            vector: None,
            reading: None,
        };
        assert_eq!(uncited(&rules, &[clause]), None);
    }
}
