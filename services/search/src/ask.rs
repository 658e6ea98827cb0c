//! Asking every supplier at once. A slow or broken one costs its own offers and nobody else's.

use std::sync::Arc;
use std::time::Duration;

use events_schema::search::{SupplierAnswer, SupplierOutcome};
use events_schema::trip::{Offer, TripPlan};
use futures_util::future::{join, join_all};
use suppliers::{Supplier, SupplierError};
use tokio::time::Instant;

/// What suppliers said about one plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of the suppliers' names, each one's cheapest first, flights before stays.
    pub offers: Vec<Offer>,
    pub answers: Vec<SupplierAnswer>,
}

pub async fn ask_all(suppliers: &[Arc<dyn Supplier>], plan: &TripPlan, limit: Duration) -> Found {
    let mut found = Found::default();
    for (offers, answer) in join_all(
        suppliers
            .iter()
            .map(|supplier| ask(supplier.as_ref(), plan, limit)),
    )
    .await
    {
        found.offers.extend(offers);
        found.answers.push(answer);
    }
    found
}

async fn ask(supplier: &dyn Supplier, plan: &TripPlan, limit: Duration) -> (Vec<Offer>, SupplierAnswer) {
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
    let mut outcome = SupplierOutcome::Answered;
    for part in [flights, stays] {
        match part {
            Part::Offers(some) => offers.extend(some),
            Part::TimedOut => outcome = SupplierOutcome::TimedOut,
            Part::Failed(error) => {
                tracing::warn!(supplier = %supplier.id(), %error, source = error_source(&error), "search failed");
                // A clear "no" is an answer: it has nothing for this plan. An outage says nothing at all.
                if error.is_outage() && outcome == SupplierOutcome::Answered {
                    outcome = SupplierOutcome::Failed;
                }
            }
        }
    }
    let answer = SupplierAnswer {
        supplier: supplier.id().clone(),
        outcome,
        offers: u32::try_from(offers.len()).unwrap_or(u32::MAX),
        elapsed_ms: u64::try_from(asked_at.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    (offers, answer)
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
