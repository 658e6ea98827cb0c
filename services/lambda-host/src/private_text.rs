//! Table PrivateText: people's own words, and answers written for them, sealed with the key of the person they are
//! about. Events refer to them.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, TransactWriteItem};
use events_schema::ids::{EmployeeId, TextRef};
use events_schema::rows::TextRow;

use crate::runtime::{ConfigError, Runtime};
use crate::vault::{Vault, VaultError};

#[derive(Clone)]
pub struct PrivateText {
    dynamo: Client,
    table: String,
    vault: Vault,
}

#[derive(Debug, thiserror::Error)]
pub enum TextError {
    #[error("reading PrivateText failed")]
    Read(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a PrivateText row does not have the shape of one")]
    Row(#[from] serde_dynamo::Error),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the write of a text is malformed")]
    Build(#[from] aws_sdk_dynamodb::error::BuildError),
}

impl PrivateText {
    /// Settings: `PRIVATE_TEXT_TABLE`, and those of [`Vault`].
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            table: runtime.setting("PRIVATE_TEXT_TABLE")?.into(),
            vault: Vault::from_runtime(runtime)?,
        })
    }

    /// The words; `None` if there are none, or their person was erased.
    pub async fn read(&self, text: &TextRef) -> Result<Option<String>, TextError> {
        let answer = self
            .dynamo
            .get_item()
            .table_name(&self.table)
            .key("ref", AttributeValue::S(text.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TextError::Read(Box::new(error.into())))?;
        let Some(item) = answer.item else { return Ok(None) };
        let row: TextRow = serde_dynamo::from_item(item)?;
        let opened = self.vault.open(&row.employee_id, &place(text), &row.text).await?;
        Ok(opened.map(|words| words.to_string()))
    }

    /// The words of one person, at most 100 of them, by where they are kept. What was erased is missing, and so is what
    /// the table was too busy to give: for lists, where a line without its words beats no list.
    pub async fn read_all(
        &self,
        person: &EmployeeId,
        texts: &[TextRef],
    ) -> Result<BTreeMap<TextRef, String>, TextError> {
        if texts.is_empty() {
            return Ok(BTreeMap::new());
        }
        let key = |text: &TextRef| HashMap::from([("ref".to_owned(), AttributeValue::S(text.to_string()))]);
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(texts.iter().map(key).collect()))
            .build()?;
        let answer = self
            .dynamo
            .batch_get_item()
            .request_items(&self.table, keys)
            .send()
            .await
            .map_err(|error| TextError::Read(Box::new(error.into())))?;
        let items = answer.responses.unwrap_or_default().remove(&self.table);
        let rows: Vec<TextRow> = serde_dynamo::from_items(items.unwrap_or_default())?;
        let sealed = rows
            .into_iter()
            .filter(|row| row.employee_id == *person)
            .map(|row| (place(&row.text_ref), row));
        let sealed: BTreeMap<_, _> = sealed.collect();
        let opened = self
            .vault
            .open_all(
                person,
                sealed
                    .iter()
                    .map(|(place, row)| (place.as_str(), row.text.as_str())),
            )
            .await?;
        let words = opened
            .unwrap_or_default()
            .into_iter()
            .map(|words| words.to_string());
        Ok(sealed.into_values().map(|row| row.text_ref).zip(words).collect())
    }

    /// Keeps words as part of a transition; written again, they are replaced by the same.
    pub async fn keep(&self, row: &TextRow) -> Result<TransactWriteItem, TextError> {
        let put = self.put(row).await?.build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Keeps words once: what an event's hash speaks of must never change under it.
    pub async fn keep_once(
        &self,
        text_ref: &TextRef,
        person: &EmployeeId,
        words: &str,
    ) -> Result<TransactWriteItem, TextError> {
        let row = TextRow {
            text_ref: text_ref.clone(),
            employee_id: person.clone(),
            text: words.into(),
        };
        let put = self
            .put(&row)
            .await?
            .condition_expression("attribute_not_exists(#ref)")
            .expression_attribute_names("#ref", "ref")
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    async fn put(&self, row: &TextRow) -> Result<aws_sdk_dynamodb::types::builders::PutBuilder, TextError> {
        let sealed = TextRow {
            text: self
                .vault
                .seal(&row.employee_id, &place(&row.text_ref), &row.text)
                .await?,
            ..row.clone()
        };
        Ok(Put::builder()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(sealed)?)))
    }
}

fn place(text: &TextRef) -> String {
    format!("privateText#{text}")
}
