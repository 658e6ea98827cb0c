//! Table Passengers: what tickets need to know of people, sealed with the key of the person the details are about, or
//! (of a guest) of the traveller who gave them.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::EmployeeId;
use events_schema::rows::PassengerRow;

use crate::runtime::{ConfigError, Runtime};
use crate::vault::{Vault, VaultError};

/// Whose details they are, beside the sealed details.
const SUBJECT: &str = "subject";
const SEALED: &str = "sealed";
/// The `passenger` of an employee's own details.
pub const OWN: &str = "self";

#[derive(Clone)]
pub struct Passengers {
    dynamo: Client,
    table: String,
    vault: Vault,
}

/// A passenger's details, and under whose key they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub subject: EmployeeId,
    pub details: PassengerRow,
}

#[derive(Debug, thiserror::Error)]
pub enum PassengerError {
    #[error("reading Passengers failed")]
    Read(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a row of Passengers lacks {0}")]
    Row(&'static str),
    #[error("the details of a passenger are not readable as such")]
    Details(#[from] serde_json::Error),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Passengers {
    /// Settings: `PASSENGERS_TABLE`, and those of [`Vault`].
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            table: runtime.setting("PASSENGERS_TABLE")?.into(),
            vault: Vault::from_runtime(runtime)?,
        })
    }

    pub fn table(&self) -> &str {
        &self.table
    }

    /// Those kept for `owner` (a booking, or an employee), in order; erased ones are left out.
    pub async fn of(&self, owner: &str) -> Result<Vec<Kept>, PassengerError> {
        let mut kept = Vec::new();
        for item in self.items(owner).await? {
            // A tombstone.
            if item.contains_key("erasedAt") {
                continue;
            }
            let place = place(owner, &text(&item, "passenger")?);
            let subject = EmployeeId::new(text(&item, SUBJECT)?);
            if let Some(details) = self.vault.open(&subject, &place, &text(&item, SEALED)?).await? {
                let details = serde_json::from_str(&details)?;
                kept.push(Kept { subject, details });
            }
        }
        Ok(kept)
    }

    /// Whose details are kept for `owner`, in order. Nothing is opened for it.
    pub async fn subjects(&self, owner: &str) -> Result<Vec<EmployeeId>, PassengerError> {
        let items = self.items(owner).await?;
        items
            .iter()
            .filter(|item| item.contains_key(SUBJECT))
            .map(|item| Ok(EmployeeId::new(text(item, SUBJECT)?)))
            .collect()
    }

    async fn items(&self, owner: &str) -> Result<Vec<HashMap<String, AttributeValue>>, PassengerError> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.table)
            .key_condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", AttributeValue::S(owner.into()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| PassengerError::Read(Box::new(error.into())))?;
        Ok(answer.items.unwrap_or_default())
    }

    /// The item to write for `passenger` (`self`, or the position `0` to `8`) of `owner`.
    pub async fn item(
        &self,
        owner: &str,
        passenger: &str,
        kept: &Kept,
    ) -> Result<HashMap<String, AttributeValue>, PassengerError> {
        let details = serde_json::to_string(&kept.details)?;
        let sealed = self
            .vault
            .seal(&kept.subject, &place(owner, passenger), &details)
            .await?;
        let text = |value: &str| AttributeValue::S(value.into());
        Ok(HashMap::from([
            ("owner".into(), text(owner)),
            ("passenger".into(), text(passenger)),
            (SUBJECT.into(), text(kept.subject.as_str())),
            (SEALED.into(), text(&sealed)),
        ]))
    }
}

fn text(item: &HashMap<String, AttributeValue>, name: &'static str) -> Result<String, PassengerError> {
    let value = item.get(name).and_then(|value| value.as_s().ok());
    value.cloned().ok_or(PassengerError::Row(name))
}

fn place(owner: &str, passenger: &str) -> String {
    format!("passengers#{owner}#{passenger}")
}
