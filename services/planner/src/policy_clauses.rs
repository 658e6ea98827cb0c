//! Table PolicyClauses, read only: the policy's wording, which the policy service owns.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{ClauseId, PolicyVersion};
use events_schema::rows::ClauseRow;

pub struct PolicyClauses {
    dynamo: Client,
    table: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ClauseError {
    #[error("reading clause {clause} failed")]
    Read {
        clause: ClauseId,
        source: Box<aws_sdk_dynamodb::Error>,
    },
    #[error("clause {clause} does not have the shape of one")]
    Row {
        clause: ClauseId,
        source: serde_dynamo::Error,
    },
}

impl PolicyClauses {
    pub fn new(dynamo: Client, table: impl Into<String>) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// The clauses that exist in this version, in the order asked for.
    pub async fn get(
        &self,
        version: &PolicyVersion,
        clauses: &[ClauseId],
    ) -> Result<Vec<ClauseRow>, ClauseError> {
        let mut rows = Vec::new();
        for clause in clauses {
            let answer = self
                .dynamo
                .get_item()
                .table_name(&self.table)
                .key("version", AttributeValue::S(version.to_string()))
                .key("clauseId", AttributeValue::S(clause.to_string()))
                .send()
                .await
                .map_err(|error| ClauseError::Read {
                    clause: clause.clone(),
                    source: Box::new(error.into()),
                })?;
            let row = answer.item.map(serde_dynamo::from_item).transpose();
            rows.extend(row.map_err(|source| ClauseError::Row {
                clause: clause.clone(),
                source,
            })?);
        }
        Ok(rows)
    }
}
