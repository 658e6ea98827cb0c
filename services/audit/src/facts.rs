//! The chains of what is no booking, from the bus: a person's refused attempts, the directory of people, a cost
//! centre's budget. Events arrive in any order and more than once: a chain is in the order of arrival, and Inbox sees
//! to once.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::TransactWriteItem;
use events_schema::catalogue::AnyEvent;
use events_schema::envelope::Recorded;
use lambda_host::delivery::live_event;
use lambda_host::inbox::{Inbox, InboxError};
use lambda_host::{ConfigError, Function, HandlerError, Invocation, Runtime};
use serde_json::Value;

use crate::chain::link;
use crate::entry::Entry;
use crate::log::AuditLog;

const CONSUMER: &str = "audit-facts";
/// Several attempts of one person compete for the end of their chain.
const ATTEMPTS: u32 = 5;

struct Facts {
    log: AuditLog,
    inbox: Inbox,
}

/// Settings: `AUDIT_LOG_TABLE`, `INBOX_TABLE`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Facts {
        log: AuditLog::from_runtime(runtime)?,
        inbox: Inbox::from_runtime(runtime)?,
    }))
}

#[async_trait]
impl Function for Facts {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some((recorded, _live)) = live_event(payload)? else {
            return Ok(Value::Null);
        };
        let chain = chain(&recorded)?;
        self.record(&chain, recorded).await?;
        Ok(Value::Null)
    }
}

/// Which chain it belongs to: the aggregate's own, and for refused attempts one beside whatever else is known of the
/// person. Any other event here is a wrong subscription: better dead-lettered than written down as what it is not.
pub(crate) fn chain(recorded: &Recorded) -> Result<String, HandlerError> {
    let aggregate = &recorded.detail.meta.aggregate_id;
    match AnyEvent::read(recorded)? {
        AnyEvent::AccessRefused(_) => Ok(format!("refused#{aggregate}")),
        AnyEvent::PeopleChanged(_) | AnyEvent::PersonErased(_) | AnyEvent::BudgetSet(_) => {
            Ok(aggregate.to_string())
        }
        _ => Err(HandlerError::named(
            "NoFact",
            format!("{} is kept elsewhere", recorded.detail_type),
        )),
    }
}

impl Facts {
    async fn record(&self, chain: &str, recorded: Recorded) -> Result<(), HandlerError> {
        let meta = recorded.detail.meta.clone();
        let text = serde_json::to_string(&recorded)?;
        for attempt in 1.. {
            let newest = self.log.newest(chain).await?;
            let position = newest.as_ref().map_or(0, |row| row.position()) + 1;
            let entry = Entry::of_event(recorded.clone(), &text);
            let row = link(chain, position, newest.as_ref(), entry)?;
            let write = TransactWriteItem::builder().put(self.log.put_new(&row)?).build();
            match self.inbox.apply(CONSUMER, "", &meta, vec![write]).await {
                Ok(_) => return Ok(()),
                Err(error) if attempt < ATTEMPTS && was_overtaken(&error) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Another attempt took the place in the chain: look for its end again.
fn was_overtaken(error: &InboxError) -> bool {
    let InboxError::Write(source) = error else {
        return false;
    };
    matches!(**source, aws_sdk_dynamodb::Error::TransactionCanceledException(_))
}
