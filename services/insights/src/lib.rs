//! What travel managers look at: facts about bookings, and sums over them.
//!
//! A fact is keyed by booking and sequence, so a redelivered event rewrites its own row. Sums are a pure, commutative
//! function of the facts ([`summary`]), never counters: the order and number of deliveries cannot change them, and a
//! replay rebuilds the same rows byte for byte. This is the one consumer whose rules let replays in, so it asks for no
//! [`lambda_host::Live`] and can have no effect but its rows.

mod fact;
mod facts;
mod summary;

use std::sync::Arc;

use async_trait::async_trait;
use lambda_host::delivery::Delivery;
use lambda_host::{ConfigError, Function, HandlerError, Invocation, Runtime};
use serde_json::Value;

pub use fact::{Fact, FactKind};
pub use summary::{Spend, Summary, SummaryError, summary};

use facts::Facts;

/// Setting: `INSIGHTS_TABLE`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Insights(Facts::from_runtime(runtime)?)))
}

struct Insights(Facts);

#[async_trait]
impl Function for Insights {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let delivery = Delivery::read(payload)?;
        if let Some(fact) = Fact::of(&delivery.event)? {
            self.0.put(&fact).await?;
        }
        Ok(Value::Null)
    }
}
