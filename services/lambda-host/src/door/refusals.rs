//! Refused attempts as facts: a history of its own per person, in Journal and on the bus, for the audit. Who was not
//! even let in is nobody we know: those attempts share one history.

use events_schema::gateway::AccessRefused;
use events_schema::ids::{AggregateId, EmployeeId};
use serde_json::Value;

use crate::error::HandlerError;
use crate::facts::{Facts, NewFact};
use crate::live::Live;
use crate::runtime::{ConfigError, Runtime};

/// A person's attempts on several devices at once compete for the next sequence.
const ATTEMPTS: u32 = 5;
/// Where attempts of nobody we know are kept.
const NOBODY: &str = "$connect";

pub struct Refusals(Facts);

impl Refusals {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Facts::from_runtime(runtime).map(Self)
    }

    /// `under`: the client's id of what was tried.
    pub async fn record(
        &self,
        live: &Live,
        by: Option<&EmployeeId>,
        under: &str,
        event: &AccessRefused,
    ) -> Result<(), HandlerError> {
        let aggregate = AggregateId::new(by.map_or(NOBODY, EmployeeId::as_str));
        for _ in 0..ATTEMPTS {
            let sequence = self.0.sequence(&aggregate).await? + 1;
            let fact = NewFact {
                aggregate: &aggregate,
                sequence,
                employee: by,
                // Trying again is another attempt: the sequence keeps the two apart.
                cause_key: format!("refused:{under}#{sequence}"),
                result: Value::Null,
                event,
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
