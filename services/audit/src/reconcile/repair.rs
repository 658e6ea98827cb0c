//! Putting right what a finding says how to. Every write is conditional on what was found: whoever was faster wins, and
//! doing it twice changes nothing.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::audit::{Discrepancy, DiscrepancyFound};
use events_schema::ids::AggregateId;
use events_schema::rows::JournalRow;
use lambda_host::facts::{Facts, NewFact};
use lambda_host::head::BookingKey;
use lambda_host::publish::Publisher;
use lambda_host::{ConfigError, HandlerError, Live, Runtime};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::decide::{Finding, Records, Remedy};
use crate::log::AuditLog;

pub struct Workshop {
    dynamo: Client,
    bookings: String,
    journal: String,
    log: AuditLog,
    publisher: Publisher,
    facts: Facts,
}

impl Workshop {
    /// Settings: `BOOKINGS_TABLE`, `JOURNAL_TABLE`, `AUDIT_LOG_TABLE`, `BUS_NAME`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        let eventbridge = aws_sdk_eventbridge::Client::new(&runtime.aws);
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            bookings: runtime.setting("BOOKINGS_TABLE")?.into(),
            journal: runtime.setting("JOURNAL_TABLE")?.into(),
            log: AuditLog::from_runtime(runtime)?,
            publisher: Publisher::new(eventbridge, runtime.setting("BUS_NAME")?),
            facts: Facts::from_runtime(runtime)?,
        })
    }

    /// What was done, in words; `None` for what cannot be, or need not.
    pub async fn repair(
        &self,
        live: &Live,
        records: &Records,
        head: Option<&BookingKey>,
        finding: &Finding,
    ) -> Result<Option<&'static str>, HandlerError> {
        match &finding.remedy {
            Remedy::Harmless | Remedy::Leave(_) => Ok(None),
            Remedy::Restore(row) => {
                self.restore(live, row).await?;
                Ok(Some(
                    "the Journal row was put back, word for word as the bus received it",
                ))
            }
            Remedy::CountBack { from, to } => {
                let key = head.ok_or_else(|| HandlerError::named("NoHead", "the head is gone"))?;
                self.count_back(live, key, *from, *to).await?;
                Ok(Some("the head counts what there is again"))
            }
            Remedy::Chain(row) => {
                self.log.append(row).await?;
                Ok(Some(
                    "the audit row was written again from Journal, and the chain holds",
                ))
            }
            Remedy::Publish => {
                let row = records
                    .journal
                    .iter()
                    .find(|row| row.sequence == finding.sequence);
                let row = row.ok_or_else(|| HandlerError::named("NoJournalRow", "nothing to publish"))?;
                self.publisher.publish(live, &[row.recorded()?]).await?;
                Ok(Some("published again from Journal"))
            }
        }
    }

    async fn restore(&self, _live: &Live, row: &JournalRow) -> Result<(), HandlerError> {
        self.dynamo
            .put_item()
            .table_name(&self.journal)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .condition_expression("attribute_not_exists(aggregateId)")
            .send()
            .await?;
        Ok(())
    }

    async fn count_back(
        &self,
        _live: &Live,
        key: &BookingKey,
        from: u64,
        to: u64,
    ) -> Result<(), HandlerError> {
        let number = |number: u64| AttributeValue::N(number.to_string());
        self.dynamo
            .update_item()
            .table_name(&self.bookings)
            .set_key(Some(key.attributes()))
            .update_expression("SET #sequence = :to")
            .condition_expression("#sequence = :from")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":from", number(from))
            .expression_attribute_values(":to", number(to))
            .send()
            .await?;
        Ok(())
    }

    /// Announces what is left, once: looking again finds the same, and says nothing new.
    pub async fn announce(
        &self,
        live: &Live,
        about: &AggregateId,
        left: Vec<Discrepancy>,
    ) -> Result<(), HandlerError> {
        let event = DiscrepancyFound {
            about: about.clone(),
            discrepancies: left,
        };
        let aggregate = AggregateId::records_of(about);
        let cause_key = format!(
            "audit:{}",
            hex::encode(Sha256::digest(serde_json::to_string(&event)?))
        );
        loop {
            let newest = self.facts.newest(&aggregate, 1).await?;
            if newest.first().is_some_and(|row| row.cause_key == cause_key) {
                return Ok(());
            }
            let fact = NewFact {
                aggregate: &aggregate,
                sequence: newest.first().map_or(0, |row| row.sequence) + 1,
                employee: None,
                cause_key: cause_key.clone(),
                result: Value::Null,
                event: &event,
                writes: Vec::new(),
            };
            if self.facts.record(live, fact).await? {
                return Ok(());
            }
        }
    }
}
