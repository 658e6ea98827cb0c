//! load → decide → save → emit, for both reactions.

use std::sync::Arc;

use async_trait::async_trait;
use events_schema::compliance::{PlanAccepted, PlanRejected};
use events_schema::envelope::{Envelope, Meta, Recorded};
use events_schema::event::Event;
use events_schema::gateway::BookingRequested;
use events_schema::ids::BookingId;
use events_schema::planner::PlanProposed;
use events_schema::policy::PolicyRetrieved;
use events_schema::rows::JournalRow;
use events_schema::search::OffersFound;
use events_schema::state::BookingState;
use events_schema::trip::TripPlan;
use jiff::tz::TimeZone;
use lambda_host::delivery::live_event;
use lambda_host::history::{History, newest};
use lambda_host::{
    ConfigError, Deadlines, Due, Function, HandlerError, Invocation, Live, Next, Runtime, Transitions,
};
use serde_json::Value;

use crate::decide::{Case, OptionsDecision, PlanDecision, Traveller, decide_options, decide_plan};
use crate::offers::Offers;
use crate::options;
use crate::policies::Policies;
use crate::policy::PinnedPolicy;

const CONSUMER: &str = "compliance";

/// Reacts to `PlanProposed` and `OffersFound`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let transitions = Transitions::from_runtime(runtime)?;
    Ok(Arc::new(Compliance {
        history: transitions.history(),
        transitions,
        deadlines: Deadlines::from_settings(runtime)?,
        policies: Policies::from_runtime(runtime)?,
        offers: Offers::new(
            aws_sdk_dynamodb::Client::new(&runtime.aws),
            runtime.setting("OFFERS_TABLE")?,
        ),
        options_table: runtime.setting("OPTIONS_TABLE")?.into(),
    }))
}

struct Compliance {
    transitions: Transitions,
    history: History,
    deadlines: Deadlines,
    policies: Policies,
    offers: Offers,
    options_table: String,
}

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("the booking's history has no {0}")]
    Missing(&'static str),
    #[error("{0} is no booking's event")]
    NoBooking(String),
    #[error("compliance does not react to {0}")]
    OtherEvent(String),
}

/// What a booking's history says that both decisions need.
struct Loaded {
    policy: PinnedPolicy,
    traveller: Traveller,
    plan: TripPlan,
    revision: u32,
}

impl Loaded {
    fn case(&self) -> Case<'_> {
        Case {
            policy: &self.policy,
            traveller: self.traveller,
            plan: &self.plan,
            revision: self.revision,
        }
    }
}

#[async_trait]
impl Function for Compliance {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some((event, live)) = live_event(payload)? else {
            return Ok(Value::Null);
        };
        match event.detail_type.as_str() {
            PlanProposed::NAME => self.on_plan_proposed(&live, &event).await?,
            OffersFound::NAME => self.on_offers_found(&live, &event).await?,
            other => return Err(LoadError::OtherEvent(other.into()).into()),
        }
        Ok(Value::Null)
    }
}

impl Compliance {
    async fn on_plan_proposed(&self, live: &Live, event: &Recorded) -> Result<(), HandlerError> {
        let proposed = event.read::<PlanProposed>()?;
        let meta = &proposed.meta;
        self.transitions
            .react(
                live,
                CONSUMER,
                meta,
                &[BookingState::PlanProposed],
                |_| async move {
                    let loaded = self.load::<PlanProposed>(meta, |proposed| proposed.plan).await?;
                    Ok(Some(match decide_plan(loaded.case()) {
                        PlanDecision::Accepted(accepted) => {
                            self.next(BookingState::PlanAccepted, &accepted)?
                        }
                        PlanDecision::Rejected(rejected) => self.rejected(&rejected)?,
                    }))
                },
            )
            .await?;
        Ok(())
    }

    async fn on_offers_found(&self, live: &Live, event: &Recorded) -> Result<(), HandlerError> {
        let found = event.read::<OffersFound>()?;
        let meta = &found.meta;
        let booking: BookingId = meta
            .aggregate_id
            .as_str()
            .parse()
            .map_err(|_| LoadError::NoBooking(meta.aggregate_id.to_string()))?;
        self.transitions
            .react(
                live,
                CONSUMER,
                meta,
                &[BookingState::OffersFound],
                |_| async move {
                    let loaded = self.load::<PlanAccepted>(meta, |accepted| accepted.plan).await?;
                    let offers = self.offers.of(booking, meta.occurred_at).await?;
                    let (options, event) = match decide_options(loaded.case(), &offers) {
                        OptionsDecision::Ranked(options, event) => (options, event),
                        OptionsDecision::Rejected(rejected) => return Ok(Some(self.rejected(&rejected)?)),
                    };
                    let mut next = self.next(BookingState::OptionsRanked, &event)?;
                    for put in options::puts(&self.options_table, booking, &options, meta.occurred_at)? {
                        next = next.with(put);
                    }
                    Ok(Some(next))
                },
            )
            .await?;
        Ok(())
    }

    /// `E` is the event whose plan is judged.
    async fn load<E: Event>(&self, meta: &Meta, plan: fn(E) -> TripPlan) -> Result<Loaded, HandlerError> {
        let rows = self.history.all(&meta.aggregate_id).await?;
        let requested: Envelope<BookingRequested> = required(&rows)?;
        let retrieved: Envelope<PolicyRetrieved> = required(&rows)?;
        let proposed: Envelope<PlanProposed> = required(&rows)?;
        let judged: Envelope<E> = required(&rows)?;
        let version = self.policies.version(&retrieved.data.version).await?;
        let traveller = &requested.data.traveller;
        // An unknown zone only shifts the day the request counts from.
        let zone = TimeZone::get(&traveller.zone).unwrap_or(TimeZone::UTC);
        Ok(Loaded {
            policy: PinnedPolicy::new(version.rules, &version.clauses, &retrieved.data),
            traveller: Traveller {
                level: traveller.level,
                requested_on: requested.meta.occurred_at.to_zoned(zone).date(),
            },
            plan: plan(judged.data),
            revision: proposed.data.revision,
        })
    }

    fn rejected(&self, rejected: &PlanRejected) -> Result<Next, serde_json::Error> {
        self.next(BookingState::PlanRejected, rejected)
    }

    fn next<E: Event>(&self, state: BookingState, event: &E) -> Result<Next, serde_json::Error> {
        Next::to(state, Due::In(self.deadlines.automated_step), event)
    }
}

fn required<E: Event>(rows: &[JournalRow]) -> Result<Envelope<E>, HandlerError> {
    Ok(newest::<E>(rows)?.ok_or(LoadError::Missing(E::NAME))?)
}
