//! Refused attempts as facts: a history of its own per person, in Journal and on the bus, for the audit.

use events_schema::gateway::AccessRefused;
use events_schema::ids::{ActionId, AggregateId};
use events_schema::problem::ErrorCode;
use serde_json::Value;

use super::attempt::Attempt;
use super::caller::Caller;
use crate::error::HandlerError;
use crate::facts::{Facts, NewFact};
use crate::live::Live;
use crate::runtime::{ConfigError, Runtime};

/// A person's attempts on several devices at once compete for the next sequence.
const ATTEMPTS: u32 = 5;

pub struct Refusals(Facts);

impl Refusals {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Facts::from_runtime(runtime).map(Self)
    }

    pub async fn record(
        &self,
        live: &Live,
        caller: &Caller,
        action_id: Option<&ActionId>,
        attempt: Attempt,
        code: ErrorCode,
    ) -> Result<(), HandlerError> {
        let event = AccessRefused {
            code,
            action: attempt.action,
            booking: attempt.booking,
            connection: caller.connection.clone(),
        };
        let aggregate = AggregateId::new(caller.employee.as_str());
        let action = action_id.map_or("unnamed", |id| id.as_str());
        for _ in 0..ATTEMPTS {
            let sequence = self.0.sequence(&aggregate).await? + 1;
            let fact = NewFact {
                aggregate: &aggregate,
                sequence,
                employee: Some(&caller.employee),
                // Trying again is another attempt: the sequence keeps the two apart.
                cause_key: format!("refused:{action}#{sequence}"),
                result: Value::Null,
                event: &event,
                writes: Vec::new(),
            };
            if self.0.record(live, fact).await? {
                return Ok(());
            }
        }
        Err(HandlerError::named(
            "Contended",
            "other refused attempts of the same person kept taking the next sequence",
        ))
    }
}
