//! What all copies of all functions know of suppliers' health: the table SupplierHealth.
//!
//! Two copies may find the same breaker half open at the same moment. Both read the same version; one writes the next
//! version and probes, the other's write is refused, and what it then reads says that somebody is probing. A table that
//! cannot be reached stops nobody: suppliers are then asked as if they were well.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::SupplierId;
use lambda_host::error::report;
use lambda_host::{Clock, ConfigError, Runtime};

use crate::breaker::{Admission, HealthRow, Outcome, admit, after, probing};

/// How often a change is made again to what somebody else changed meanwhile.
const ATTEMPTS: u32 = 5;

#[derive(Clone)]
pub struct Health {
    /// None: nobody keeps count, and everybody is asked.
    table: Option<Table>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Table {
    dynamo: Client,
    name: String,
}

#[derive(Debug, thiserror::Error)]
enum TableError {
    #[error("the health of a supplier cannot be read")]
    Read(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("the health of a supplier cannot be written")]
    Write(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("a row does not have the agreed shape")]
    Row(#[from] serde_dynamo::Error),
}

impl Health {
    /// Setting: `SUPPLIER_HEALTH_TABLE`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            table: Some(Table {
                dynamo: Client::new(&runtime.aws),
                name: runtime.setting("SUPPLIER_HEALTH_TABLE")?.into(),
            }),
            clock: runtime.clock.clone(),
        })
    }

    pub fn of_nobody(clock: Arc<dyn Clock>) -> Self {
        Self { table: None, clock }
    }

    /// Whether this supplier is asked now. What comes of it is [`record`](Self::record)ed.
    pub async fn admit(&self, supplier: &SupplierId) -> Admission {
        let Some(table) = &self.table else {
            return Admission::Pass;
        };
        match self.try_admit(table, supplier).await {
            Ok(admission) => admission,
            Err(error) => {
                tracing::warn!(%supplier, error = report(&error), "asked without knowing whether it works");
                Admission::Pass
            }
        }
    }

    async fn try_admit(&self, table: &Table, supplier: &SupplierId) -> Result<Admission, TableError> {
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            let row = table.read(supplier).await?;
            let admission = admit(row.as_ref(), now);
            let (Admission::Probe { until }, Some(row)) = (admission, row) else {
                return Ok(admission);
            };
            if table.write(&probing(&row, until, now)).await? {
                return Ok(admission);
            }
        }
        let until = self.clock.now();
        Ok(Admission::Refused { until })
    }

    pub async fn record(&self, supplier: &SupplierId, admission: Admission, outcome: Outcome) {
        let Some(table) = &self.table else {
            return;
        };
        if let Err(error) = self.try_record(table, supplier, admission, outcome).await {
            tracing::warn!(%supplier, error = report(&error), "what came of asking is not counted");
        }
    }

    async fn try_record(
        &self,
        table: &Table,
        supplier: &SupplierId,
        admission: Admission,
        outcome: Outcome,
    ) -> Result<(), TableError> {
        for _ in 0..ATTEMPTS {
            let row = table.read(supplier).await?;
            let Some(next) = after(supplier, row.as_ref(), admission, outcome, self.clock.now()) else {
                return Ok(());
            };
            if table.write(&next).await? {
                let opened = next.open_until.is_some() && next.probe_until.is_none();
                tracing::info!(%supplier, failures = next.failures, opened, "a supplier's health has changed");
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Table {
    async fn read(&self, supplier: &SupplierId) -> Result<Option<HealthRow>, TableError> {
        let answer = self
            .dynamo
            .get_item()
            .table_name(&self.name)
            .key("supplier", AttributeValue::S(supplier.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::Read(Box::new(error.into())))?;
        Ok(answer.item.map(serde_dynamo::from_item).transpose()?)
    }

    /// `false` if somebody else changed the row since it was read.
    async fn write(&self, row: &HealthRow) -> Result<bool, TableError> {
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.name)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .condition_expression("attribute_not_exists(supplier) OR version = :read")
            .expression_attribute_values(":read", AttributeValue::N((row.version - 1).to_string()))
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(true),
            Err(error) => match error.into_service_error() {
                PutItemError::ConditionalCheckFailedException(_) => Ok(false),
                other => Err(TableError::Write(Box::new(other.into()))),
            },
        }
    }
}
