//! The tables Policies and PolicyClauses.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use events_schema::ids::PolicyVersion;
use events_schema::rows::{ActivePolicyRow, ClauseRow, PolicyRow, PolicyState};
use lambda_host::condition::held;
use lambda_host::{ConfigError, Runtime};

#[derive(Clone)]
pub struct Policies {
    dynamo: Client,
    policies: String,
    clauses: String,
}

#[derive(Debug, thiserror::Error)]
pub enum PoliciesError {
    #[error("reading Policies failed")]
    Read(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("writing Policies failed")]
    Write(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a row of Policies or PolicyClauses does not have the shape of one")]
    Row(#[from] serde_dynamo::Error),
    #[error("a write to Policies is malformed")]
    Build(#[from] BuildError),
}

impl Policies {
    /// Settings: `POLICIES_TABLE`, `POLICY_CLAUSES_TABLE`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            policies: runtime.setting("POLICIES_TABLE")?.into(),
            clauses: runtime.setting("POLICY_CLAUSES_TABLE")?.into(),
        })
    }

    pub async fn row(&self, version: &PolicyVersion) -> Result<Option<PolicyRow>, PoliciesError> {
        let item = self.item(version.as_str()).await?;
        Ok(item.map(serde_dynamo::from_item).transpose()?)
    }

    /// The version that new bookings follow.
    pub async fn active(&self) -> Result<Option<ActivePolicyRow>, PoliciesError> {
        let item = self.item(ActivePolicyRow::KEY).await?;
        Ok(item.map(serde_dynamo::from_item).transpose()?)
    }

    /// All versions, oldest first. A scan: there are few, and only people ask.
    pub async fn versions(&self) -> Result<Vec<PolicyRow>, PoliciesError> {
        let mut pages = self
            .dynamo
            .scan()
            .table_name(&self.policies)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut rows: Vec<PolicyRow> = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| PoliciesError::Read(Box::new(error.into())))?;
            let pointer = matches!(item.get("version"), Some(AttributeValue::S(version)) if version == ActivePolicyRow::KEY);
            if !pointer {
                rows.push(serde_dynamo::from_item(item)?);
            }
        }
        rows.sort_by(|a, b| (a.uploaded_at, &a.version).cmp(&(b.uploaded_at, &b.version)));
        Ok(rows)
    }

    /// The clauses of one version, in the order of their numbers.
    pub async fn clauses(&self, version: &PolicyVersion) -> Result<Vec<ClauseRow>, PoliciesError> {
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
        let mut rows: Vec<ClauseRow> = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| PoliciesError::Read(Box::new(error.into())))?;
            rows.push(serde_dynamo::from_item(item)?);
        }
        // 4.10 comes after 4.9.
        rows.sort_by_key(|row| {
            let parts = row.clause_id.as_str().split('.');
            parts
                .map(|part| part.parse::<u32>().unwrap_or(u32::MAX))
                .collect::<Vec<_>>()
        });
        Ok(rows)
    }

    /// Announces a version that is to be uploaded. False if it was announced before.
    pub async fn announce(&self, row: &PolicyRow) -> Result<bool, PoliciesError> {
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.policies)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .condition_expression("attribute_not_exists(version)")
            .send()
            .await;
        held(outcome).map_err(|error| PoliciesError::Write(Box::new(error.into())))
    }

    /// Marks a version as being read. False if it has been read already, or is being read with another content: the
    /// address of an upload can be used twice, and what was read first stands.
    pub async fn begin(&self, row: &PolicyRow) -> Result<bool, PoliciesError> {
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.policies)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .condition_expression(
                "attribute_not_exists(version) OR #state = :pending OR (#state = :processing AND documentHash = :hash)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":hash", AttributeValue::S(row.document_hash.clone()))
            .expression_attribute_values(":pending", state(PolicyState::Pending))
            .expression_attribute_values(":processing", state(PolicyState::Processing))
            .send()
            .await;
        held(outcome).map_err(|error| PoliciesError::Write(Box::new(error.into())))
    }

    /// One by one: a policy has dozens of clauses, and writing one again changes nothing.
    pub async fn put_clauses(&self, rows: &[ClauseRow]) -> Result<(), PoliciesError> {
        for row in rows {
            self.dynamo
                .put_item()
                .table_name(&self.clauses)
                .set_item(Some(serde_dynamo::to_item(row)?))
                .send()
                .await
                .map_err(|error| PoliciesError::Write(Box::new(error.into())))?;
        }
        Ok(())
    }

    /// Writes a version's row anew, if it is still as it was read.
    pub fn change(&self, before: &PolicyRow, after: &PolicyRow) -> Result<TransactWriteItem, PoliciesError> {
        let put = Put::builder()
            .table_name(&self.policies)
            .set_item(Some(serde_dynamo::to_item(after)?))
            .condition_expression("#state = :state AND #sequence = :sequence")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":state", state(before.state))
            .expression_attribute_values(":sequence", AttributeValue::N(before.sequence.to_string()))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Points to another version, if the pointer is still as it was read.
    pub fn point(
        &self,
        before: Option<&ActivePolicyRow>,
        after: &ActivePolicyRow,
    ) -> Result<TransactWriteItem, PoliciesError> {
        let put = Put::builder()
            .table_name(&self.policies)
            .set_item(Some(serde_dynamo::to_item(after)?));
        let put = match before {
            None => put.condition_expression("attribute_not_exists(version)"),
            Some(before) => put
                .condition_expression("activeVersion = :before")
                .expression_attribute_values(":before", AttributeValue::S(before.active_version.to_string())),
        };
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    pub fn retire(&self, version: &PolicyVersion) -> Result<TransactWriteItem, PoliciesError> {
        let update = Update::builder()
            .table_name(&self.policies)
            .key("version", AttributeValue::S(version.to_string()))
            .update_expression("SET #state = :retired")
            .condition_expression("#state = :active")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":retired", state(PolicyState::Retired))
            .expression_attribute_values(":active", state(PolicyState::Active))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    async fn item(&self, version: &str) -> Result<Option<HashMap<String, AttributeValue>>, PoliciesError> {
        let answer = self
            .dynamo
            .get_item()
            .table_name(&self.policies)
            .key("version", AttributeValue::S(version.into()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| PoliciesError::Read(Box::new(error.into())))?;
        Ok(answer.item)
    }
}

fn state(state: PolicyState) -> AttributeValue {
    AttributeValue::S(state.as_str().into())
}
