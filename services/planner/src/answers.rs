//! What models answered, kept by reference for as long as the archive, so that history can be run again without a
//! model. An answer repeats the traveller's words: it is sealed with their key, as the words are.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use events_schema::ids::TextRef;
use events_schema::rows::TextRow;
use lambda_host::vault::{Vault, VaultError};
use lambda_host::{ConfigError, Runtime};

pub struct Answers {
    table: String,
    vault: Vault,
}

#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error("a row could not be written as an item")]
    Row(#[from] serde_dynamo::Error),
    #[error("a write is incomplete")]
    Build(#[from] BuildError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Answers {
    /// Settings: `PLANNER_ANSWERS_TABLE`, and those of [`Vault`].
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            table: runtime.setting("PLANNER_ANSWERS_TABLE")?.into(),
            vault: Vault::from_runtime(runtime)?,
        })
    }

    /// Writes an answer as part of a transition.
    pub async fn keep(&self, row: &TextRow) -> Result<TransactWriteItem, AnswerError> {
        let place = place(&row.text_ref);
        let sealed = TextRow {
            text: self.vault.seal(&row.employee_id, &place, &row.text).await?,
            ..row.clone()
        };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(sealed)?))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// Whoever reads an answer opens it as sealed here.
pub fn place(answer: &TextRef) -> String {
    format!("plannerAnswers#{answer}")
}
