//! The words of a request, by reference.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::TextRef;
use events_schema::rows::TextRow;

#[derive(Clone)]
pub struct Texts {
    dynamo: Client,
    table: String,
}

#[derive(Debug, thiserror::Error)]
pub enum TextError {
    #[error("reading PrivateText failed")]
    Read(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a PrivateText row does not have the shape of one")]
    Row(#[from] serde_dynamo::Error),
}

impl Texts {
    pub fn new(dynamo: Client, table: &str) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// `None` once the words were erased.
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
        let row: Option<TextRow> = answer.item.map(serde_dynamo::from_item).transpose()?;
        Ok(row.map(|row| row.text))
    }
}
