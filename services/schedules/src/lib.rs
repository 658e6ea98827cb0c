//! schedules: what suppliers tell of their own accord about flights that are booked.
//!
//! A notice comes in over HTTPS, its supplier's adapter says whether it is genuine and reads back what changed, and each
//! change becomes one fact under the order ([`ScheduleChanged`]). It must not know any supplier's format, and it changes
//! no booking.

mod request;

use std::sync::Arc;

use async_trait::async_trait;
use events_schema::ids::{AggregateId, BookingId, SupplierId};
use events_schema::schedules::ScheduleChanged;
use lambda_host::facts::{Facts, NewFact};
use lambda_host::{ConfigError, Function, HandlerError, Invocation, Live, Runtime};
use serde_json::Value;
use suppliers::{Notice, NoticeError, Registry, ScheduleChange};

use request::{Request, answer};

/// Somebody else may record of the same order at the same time.
const ATTEMPTS: u32 = 3;

pub struct Schedules {
    suppliers: Registry,
    facts: Facts,
}

/// Settings: `SUPPLIERS`, `JOURNAL_TABLE`, `BUS_NAME`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let suppliers = Registry::unguarded(runtime)?;
    Ok(Arc::new(Schedules::new(suppliers, Facts::from_runtime(runtime)?)))
}

#[async_trait]
impl Function for Schedules {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some(live) = Live::of(&payload) else {
            return Ok(Value::Null);
        };
        let request: Request = serde_json::from_value(payload)?;
        let Some(body) = request.bytes().filter(|_| request.is_post()) else {
            return Ok(answer(400, "post a notice"));
        };
        let name = SupplierId::new(request.supplier());
        let Ok(supplier) = self.suppliers.get(&live, &name) else {
            return Ok(answer(404, "there is no such supplier"));
        };
        let notice = Notice {
            headers: &request.headers,
            body: &body,
        };
        match supplier.understand(&notice).await {
            Ok(changes) => {
                for change in changes {
                    self.record(&live, &name, change).await?;
                }
                Ok(answer(200, "thank you"))
            }
            Err(error) => Ok(refused(&name, &error)),
        }
    }
}

fn refused(supplier: &SupplierId, error: &NoticeError) -> Value {
    let source = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(%supplier, %error, source, "a notice is not taken");
    match error {
        NoticeError::NotGenuine(_) => answer(401, "it is not signed as it should be"),
        NoticeError::Unreadable(_) => answer(400, "it cannot be read"),
        NoticeError::None => answer(404, "this supplier sends no notices"),
        NoticeError::Supplier(_) | NoticeError::Key(_) => answer(503, "send it again later"),
    }
}

impl Schedules {
    pub fn new(suppliers: Registry, facts: Facts) -> Self {
        Self { suppliers, facts }
    }

    /// Once, however often it is told.
    async fn record(
        &self,
        live: &Live,
        supplier: &SupplierId,
        change: ScheduleChange,
    ) -> Result<(), HandlerError> {
        let Some((booking_id, leg)) = bought_for(&change.idempotency_key) else {
            tracing::warn!(%supplier, "an order under a key that is none of ours");
            return Ok(());
        };
        let order = AggregateId::order(supplier, &change.reference);
        let cause_key = format!("schedules#{}", change.change);
        let event = ScheduleChanged {
            booking_id,
            leg,
            supplier: supplier.clone(),
            reference: change.reference,
            change: change.change,
            before: change.before,
            after: change.after,
        };
        for _ in 0..ATTEMPTS {
            if self
                .facts
                .recorded_before(live, &order, &cause_key)
                .await?
                .is_some()
            {
                return Ok(());
            }
            let fact = NewFact {
                aggregate: &order,
                sequence: self.facts.sequence(&order).await? + 1,
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
        Err(HandlerError::named(
            "Contended",
            "others keep recording of the same order",
        ))
    }
}

/// `bookingId#leg#round`, the key a leg was bought under.
fn bought_for(key: &str) -> Option<(BookingId, u32)> {
    let mut parts = key.split('#');
    let booking = parts.next()?.parse().ok()?;
    let leg = parts.next()?.parse().ok()?;
    Some((booking, leg))
}

#[cfg(test)]
mod tests {
    use super::*;
    use events_schema::samples;

    #[test]
    fn a_key_says_which_leg_of_which_booking() {
        let booking = samples::booking();
        for (key, expected) in [
            (format!("{booking}#1#3"), Some((booking, 1))),
            (format!("{booking}#x#3"), None),
            (booking.to_string(), None),
            ("somebody else's".into(), None),
        ] {
            assert_eq!(bought_for(&key), expected, "{key}");
        }
    }
}
