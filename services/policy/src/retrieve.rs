//! A booking was requested: which policy it follows to its end, and which clauses bear on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use events_schema::gateway::BookingRequested;
use events_schema::ids::PolicyVersion;
use events_schema::policy::PolicyRetrieved;
use events_schema::rows::PolicyRules;
use events_schema::state::BookingState;
use events_schema::trip::{Cabin, TripFields};
use lambda_host::delivery::live_event;
use lambda_host::private_text::PrivateText;
use lambda_host::{
    ConfigError, Deadlines, Due, Function, HandlerError, Invocation, Next, Runtime, Transitions,
};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::library::{Edition, Library, LibraryError};
use crate::policies::{Policies, PoliciesError};

const CONSUMER: &str = "policy";
/// Versions kept in memory: the active one, and the one before it around a change.
const KEPT: usize = 2;

/// Reacts to `BookingRequested`.
pub fn retrieve(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Retrieve {
        transitions: Transitions::from_runtime(runtime)?,
        deadlines: Deadlines::from_settings(runtime)?,
        texts: PrivateText::from_runtime(runtime)?,
        policies: Policies::from_runtime(runtime)?,
        library: Library::from_runtime(runtime)?,
        known: Mutex::default(),
    }))
}

struct Retrieve {
    transitions: Transitions,
    deadlines: Deadlines,
    texts: PrivateText,
    policies: Policies,
    library: Library,
    known: Mutex<BTreeMap<PolicyVersion, Arc<Edition>>>,
}

#[derive(Debug, thiserror::Error)]
enum RetrieveError {
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error("the active policy version {0} is missing or has no rules")]
    Incomplete(PolicyVersion),
}

#[async_trait]
impl Function for Retrieve {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some((event, live)) = live_event(payload)? else {
            return Ok(Value::Null);
        };
        let requested = event.read::<BookingRequested>()?;
        let request = &requested.data;
        self.transitions
            .react(
                &live,
                CONSUMER,
                &requested.meta,
                &[BookingState::Requested],
                |_| async move {
                    let retrieved = self.find(request).await?;
                    let due = Due::In(self.deadlines.automated_step);
                    Ok(Some(Next::to(BookingState::PolicyRetrieved, due, &retrieved)?))
                },
            )
            .await?;
        Ok(Value::Null)
    }
}

impl Retrieve {
    async fn find(&self, request: &BookingRequested) -> Result<PolicyRetrieved, HandlerError> {
        let Some((edition, rules)) = self.active().await? else {
            let none = PolicyRules::none();
            return Ok(PolicyRetrieved {
                version: none.version,
                clauses: Vec::new(),
                silent: true,
                currency: none.currency,
                rates: none.rates,
            });
        };
        // Words that were erased meanwhile leave the structured wishes to search by.
        let mut words = self.texts.read(&request.text).await?.unwrap_or_default();
        if let Some(fields) = &request.fields {
            words.push(' ');
            words.push_str(&words_of(fields));
        }
        let found = self.library.find(&edition, &words).await;
        Ok(PolicyRetrieved {
            version: rules.version,
            clauses: found.clauses,
            silent: found.silent,
            currency: rules.currency,
            rates: rules.rates,
        })
    }

    /// The version that new bookings follow, with its rules.
    async fn active(&self) -> Result<Option<(Arc<Edition>, PolicyRules)>, RetrieveError> {
        let Some(active) = self.policies.active().await? else {
            return Ok(None);
        };
        let edition = self.edition(active.active_version).await?;
        let rules = edition.rules.clone();
        let rules = rules.ok_or_else(|| RetrieveError::Incomplete(edition.row.version.clone()))?;
        Ok(Some((edition, rules)))
    }

    async fn edition(&self, version: PolicyVersion) -> Result<Arc<Edition>, RetrieveError> {
        let mut known = self.known.lock().await;
        if let Some(found) = known.get(&version) {
            return Ok(found.clone());
        }
        let read = self.library.edition(&version).await?;
        let read = Arc::new(read.ok_or_else(|| RetrieveError::Incomplete(version.clone()))?);
        known.insert(version.clone(), read.clone());
        while known.len() > KEPT {
            // Not the one just read, even if an older version was activated again.
            let oldest = known.keys().find(|kept| **kept != version).cloned();
            let Some(oldest) = oldest else { break };
            known.remove(&oldest);
        }
        Ok(read)
    }
}

/// What structured wishes say, as words to search by.
fn words_of(fields: &TripFields) -> String {
    let mut words: Vec<&str> = Vec::new();
    words.extend(fields.origin.as_deref());
    words.extend(fields.destination.as_deref());
    if fields.flight == Some(true) || fields.depart_on.is_some() {
        words.push("flight fare");
    }
    if fields.stay == Some(true) || fields.max_per_night.is_some() {
        words.push("hotel");
    }
    words.extend(fields.cabin.map(|cabin| match cabin {
        Cabin::Economy => "economy cabin",
        Cabin::PremiumEconomy => "premium economy cabin",
        Cabin::Business => "business cabin",
        Cabin::First => "first cabin",
    }));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structured_wishes_are_searched_by_too() {
        let fields = TripFields {
            destination: Some("Lisbon".into()),
            cabin: Some(Cabin::Business),
            stay: Some(true),
            ..TripFields::default()
        };
        assert_eq!(words_of(&fields), "Lisbon hotel business cabin");
        assert_eq!(words_of(&TripFields::default()), "");
    }
}
