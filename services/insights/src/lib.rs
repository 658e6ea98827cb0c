//! # insights: what travel costs, and how well the policy holds
//!
//! A read model of the bus. Each event that says something becomes one fact under (bookingId, sequence) ([`fact`],
//! pure); what is asked of the facts is computed from them ([`aggregate()`], pure, beside the row type in
//! events-schema, so that whoever may read the table computes the same). Since a fact is the same however
//! often and in whatever order its event arrives, replayed events are welcome: this is one of the few consumers whose
//! rules let them through, and a rebuilt table equals the old one byte for byte. Nothing here acts on the world.

pub mod fact;
pub mod facts;
pub mod whereabouts;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use lambda_host::delivery::Delivery;
use lambda_host::{ConfigError, Function, HandlerError, Invocation, Runtime};
use serde_json::Value;

pub use events_schema::insights::{Fact, FactRow, Outcome, Summary, aggregate};
pub use fact::{NotUnderstood, fact_of};
pub use facts::Facts;

struct Insights {
    facts: Facts,
}

/// Setting: `INSIGHTS_TABLE`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let facts = Facts::new(Client::new(&runtime.aws), runtime.setting("INSIGHTS_TABLE")?);
    Ok(Arc::new(Insights { facts }))
}

#[async_trait]
impl Function for Insights {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        // Live or replayed: the same fact.
        let Delivery { event, .. } = Delivery::read(payload)?;
        if let Some(row) = fact_of(&event)? {
            self.facts.keep(&row).await?;
        }
        Ok(Value::Null)
    }
}
