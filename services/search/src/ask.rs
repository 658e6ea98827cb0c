//! Asking every supplier at once. A slow or broken one costs its own offers and nobody else's; one that failed again and
//! again is not asked.
//!
//! What a supplier did counts as a whole: one that answered about flights and was late about stays has not worked, though
//! its flights are shown.

use std::sync::Arc;
use std::time::Duration;

use events_schema::search::{SupplierAnswer, SupplierOutcome};
use events_schema::trip::{Offer, TripPlan};
use futures_util::future::{join, join_all};
use suppliers::{Admission, Health, Outcome, Supplier, SupplierError};
use tokio::time::Instant;

/// What suppliers said about one plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of the suppliers' names, each one's cheapest first, flights before stays.
    pub offers: Vec<Offer>,
    pub answers: Vec<SupplierAnswer>,
}

pub async fn ask_all(
    suppliers: &[Arc<dyn Supplier>],
    health: &Health,
    plan: &TripPlan,
    limit: Duration,
) -> Found {
    let mut found = Found::default();
    let asked = suppliers
        .iter()
        .map(|supplier| ask_if_well(supplier.as_ref(), health, plan, limit));
    for (offers, answer) in join_all(asked).await {
        found.offers.extend(offers);
        found.answers.push(answer);
    }
    found
}

async fn ask_if_well(
    supplier: &dyn Supplier,
    health: &Health,
    plan: &TripPlan,
    limit: Duration,
) -> (Vec<Offer>, SupplierAnswer) {
    let admission = health.admit(supplier.id()).await;
    if let Admission::Refused { until } = admission {
        tracing::info!(supplier = %supplier.id(), %until, "not asked: it failed again and again");
        let answer = SupplierAnswer {
            supplier: supplier.id().clone(),
            outcome: SupplierOutcome::Skipped,
            offers: 0,
            elapsed_ms: 0,
        };
        return (Vec::new(), answer);
    }
    let (offers, answer, counts) = ask(supplier, plan, limit).await;
    health.record(supplier.id(), admission, counts).await;
    (offers, answer)
}

async fn ask(
    supplier: &dyn Supplier,
    plan: &TripPlan,
    limit: Duration,
) -> (Vec<Offer>, SupplierAnswer, Outcome) {
    let asked_at = Instant::now();
    let flights = within(limit, async {
        match &plan.flight {
            Some(wish) => supplier.search_flights(wish, plan.travellers).await,
            None => Ok(Vec::new()),
        }
    });
    let stays = within(limit, async {
        match &plan.stay {
            Some(wish) => supplier.search_stays(wish, plan.travellers).await,
            None => Ok(Vec::new()),
        }
    });
    let (flights, stays) = join(flights, stays).await;
    let mut offers = Vec::new();
    let (mut outcome, mut counts) = (SupplierOutcome::Answered, Outcome::Worked);
    for part in [flights, stays] {
        let said = match part {
            Part::Offers(some) => {
                offers.extend(some);
                (SupplierOutcome::Answered, Outcome::Worked)
            }
            Part::TimedOut => (SupplierOutcome::TimedOut, Outcome::Failed),
            Part::Failed(error) => failed(supplier, &error),
        };
        outcome = worse(outcome, said.0);
        // A failure says more than silence, and silence more than half an answer.
        counts = match (counts, said.1) {
            (Outcome::Failed, _) | (_, Outcome::Failed) => Outcome::Failed,
            (Outcome::SaidNothing, _) | (_, Outcome::SaidNothing) => Outcome::SaidNothing,
            (Outcome::Worked, Outcome::Worked) => Outcome::Worked,
        };
    }
    let answer = SupplierAnswer {
        supplier: supplier.id().clone(),
        outcome,
        offers: u32::try_from(offers.len()).unwrap_or(u32::MAX),
        elapsed_ms: u64::try_from(asked_at.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    (offers, answer, counts)
}

/// A clear "no" is an answer: it has nothing for this plan. An outage says nothing at all.
fn failed(supplier: &dyn Supplier, error: &SupplierError) -> (SupplierOutcome, Outcome) {
    tracing::warn!(supplier = %supplier.id(), %error, source = error_source(error), "search failed");
    let counts = Outcome::of_error(error);
    match counts {
        Outcome::Worked => (SupplierOutcome::Answered, counts),
        _ if error.is_timeout() => (SupplierOutcome::TimedOut, counts),
        Outcome::Failed | Outcome::SaidNothing => (SupplierOutcome::Failed, counts),
    }
}

/// Late is said before broken: what was late may have been fine.
fn worse(one: SupplierOutcome, other: SupplierOutcome) -> SupplierOutcome {
    use SupplierOutcome::{Answered, Failed, TimedOut};
    match (one, other) {
        (TimedOut, _) | (_, TimedOut) => TimedOut,
        (Failed, _) | (_, Failed) => Failed,
        _ => Answered,
    }
}

enum Part {
    Offers(Vec<Offer>),
    TimedOut,
    Failed(SupplierError),
}

/// A search is harmless to abandon, so its limit is set here and not left to the adapter.
async fn within(limit: Duration, search: impl Future<Output = Result<Vec<Offer>, SupplierError>>) -> Part {
    match tokio::time::timeout(limit, search).await {
        Ok(Ok(offers)) => Part::Offers(offers),
        Ok(Err(error)) => Part::Failed(error),
        Err(_) => Part::TimedOut,
    }
}

fn error_source(error: &SupplierError) -> Option<String> {
    std::error::Error::source(error).map(ToString::to_string)
}

#[cfg(test)]
mod tests;
