//! search: what suppliers have for an accepted plan.
//!
//! An accepted plan comes in, every supplier is asked at once ([`ask`]), [`decide`] says what the answers amount to,
//! the offers are stored ([`offers`]) and the outcome is announced. When there is nothing, the nearest plans for which
//! there is something go with the news.
//!
//! It must not know policies or prices' limits: what may be bought is compliance's to judge, and buying is booking's.

pub mod ask;
pub mod decide;
mod offers;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use events_schema::compliance::PlanAccepted;
use events_schema::ids::BookingId;
use events_schema::search::{Alternative, NoOffersFound, OffersFound, SearchFailed, SupplierOutcome};
use events_schema::state::BookingState;
use events_schema::trip::TripPlan;
use lambda_host::delivery::live_event;
use lambda_host::runtime::Clock;
use lambda_host::{
    ConfigError, Deadlines, Due, Function, HandlerError, Invocation, Live, Next, Runtime, Transitions,
};
use serde_json::Value;
use suppliers::{Health, Registry, Supplier};

use crate::ask::{Found, ask_all};
use crate::decide::{Decision, alternatives, decide, nearby};
use crate::offers::Offers;

/// Names this consumer in cause keys; never changed.
const CONSUMER: &str = "search";

/// The search with everything it needs from outside.
pub struct Search {
    transitions: Transitions,
    offers: Offers,
    suppliers: Registry,
    health: Health,
    /// What one supplier gets to answer one plan.
    limit: Duration,
    deadlines: Deadlines,
    clock: Arc<dyn Clock>,
}

/// Settings: `SUPPLIERS`, `SUPPLIER_HEALTH_TABLE`, `OFFERS_TABLE`, `SUPPLIER_TIMEOUT_S` (8), and those of the transition protocol.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let dynamo = aws_sdk_dynamodb::Client::new(&runtime.aws);
    Ok(Arc::new(Search {
        transitions: Transitions::from_runtime(runtime)?,
        offers: Offers::new(dynamo, runtime.setting("OFFERS_TABLE")?),
        suppliers: Registry::from_runtime(runtime)?,
        health: Health::from_runtime(runtime)?,
        limit: Duration::from_secs(runtime.setting_or("SUPPLIER_TIMEOUT_S", 8)?),
        deadlines: Deadlines::from_settings(runtime)?,
        clock: runtime.clock.clone(),
    }))
}

#[async_trait]
impl Function for Search {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some((event, live)) = live_event(payload)? else {
            return Ok(Value::Null);
        };
        let accepted = event.read::<PlanAccepted>()?;
        let plan = &accepted.data.plan;
        let react = self.transitions.react(
            &live,
            CONSUMER,
            &accepted.meta,
            &[BookingState::PlanAccepted],
            |head| async move { self.search(&live, head.booking_id, plan).await.map(Some) },
        );
        react.await?;
        Ok(Value::Null)
    }
}

impl Search {
    /// Asks, stores what there is, and says what follows. Done twice it asks twice and stores the same offers again:
    /// their ids follow from their content.
    async fn search(&self, live: &Live, booking: BookingId, plan: &TripPlan) -> Result<Next, HandlerError> {
        let due = Due::In(self.deadlines.automated_step);
        let found = ask_all(&self.suppliers.all(live), &self.health, plan, self.limit).await;
        Ok(match decide(plan, &found, self.limit) {
            Decision::Found { flights, stays } => {
                // Before the event: whoever hears of the offers must be able to read them.
                self.offers.put(booking, &found.offers, self.clock.now()).await?;
                let event = OffersFound {
                    flights,
                    stays,
                    suppliers: found.answers,
                };
                Next::to(BookingState::OffersFound, due, &event)?
            }
            Decision::Nothing => {
                let alternatives = self.alternatives(live, plan, &found).await;
                let event = NoOffersFound {
                    suppliers: found.answers,
                    alternatives,
                };
                Next::to(BookingState::NoOffersFound, due, &event)?
            }
            Decision::Failed { reason } => {
                let event = SearchFailed {
                    suppliers: found.answers,
                    reason,
                };
                Next::to(BookingState::SearchFailed, due, &event)?
            }
        })
    }

    /// Of those who answered about the plan itself: who was late or broken is not asked four times more.
    async fn alternatives(&self, live: &Live, plan: &TripPlan, before: &Found) -> Vec<Alternative> {
        let candidates = nearby(plan, self.clock.now());
        let mut suppliers = self.suppliers.all(live);
        suppliers.retain(|supplier| answered(before, supplier.as_ref()));
        let asked = candidates
            .iter()
            .map(|candidate| ask_all(&suppliers, &self.health, &candidate.plan, self.limit));
        let found = futures_util::future::join_all(asked).await;
        alternatives(candidates, &found)
    }
}

fn answered(found: &Found, supplier: &dyn Supplier) -> bool {
    let mut answers = found.answers.iter();
    answers.any(|answer| &answer.supplier == supplier.id() && answer.outcome == SupplierOutcome::Answered)
}
