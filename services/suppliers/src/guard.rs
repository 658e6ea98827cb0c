//! A supplier with its breaker, for those who buy: what is worth nothing from one that is down is not asked of it.
//!
//! Undoing, giving back and looking up are: whoever bought something must be able to ask what became of it, however ill
//! the supplier is. They are not counted either, so that repeated undoing does not keep a breaker open. Searches are
//! counted by `search`, which alone knows when it has the whole of an answer.

use std::sync::Arc;

use async_trait::async_trait;
use events_schema::evidence::Evidence;
use events_schema::ids::SupplierId;
use events_schema::rows::PassengerRow;
use events_schema::trip::{FlightWish, Offer, StayWish};
use jiff::Timestamp;

use crate::breaker::{Admission, Outcome};
use crate::error::SupplierError;
use crate::health::Health;
use crate::notice::{Notice, NoticeError, ScheduleChange};
use crate::port::{BookRequest, Cancellation, CancellationTerms, Order, Supplier};

pub struct Guarded {
    pub supplier: Arc<dyn Supplier>,
    pub health: Health,
}

/// The source of an error, where the supplier was not asked at all.
#[derive(Debug, thiserror::Error)]
#[error("it has failed again and again and is left alone until {until}")]
pub struct LeftAlone {
    pub until: Timestamp,
}

impl Guarded {
    async fn asked<T>(
        &self,
        call: impl Future<Output = Result<T, SupplierError>> + Send,
    ) -> Result<T, SupplierError> {
        let id = self.supplier.id();
        let admission = self.health.admit(id).await;
        if let Admission::Refused { until } = admission {
            return Err(SupplierError::unavailable(LeftAlone { until }));
        }
        let result = call.await;
        self.health.record(id, admission, Outcome::of(&result)).await;
        result
    }
}

#[async_trait]
impl Supplier for Guarded {
    fn id(&self) -> &SupplierId {
        self.supplier.id()
    }

    async fn search_flights(&self, wish: &FlightWish, travellers: u8) -> Result<Vec<Offer>, SupplierError> {
        self.supplier.search_flights(wish, travellers).await
    }

    async fn search_stays(&self, wish: &StayWish, travellers: u8) -> Result<Vec<Offer>, SupplierError> {
        self.supplier.search_stays(wish, travellers).await
    }

    async fn quote(&self, offer: &Offer) -> Result<Offer, SupplierError> {
        self.asked(self.supplier.quote(offer)).await
    }

    async fn hold(&self, offer: &Offer, passengers: &[PassengerRow]) -> Result<Offer, SupplierError> {
        self.asked(self.supplier.hold(offer, passengers)).await
    }

    async fn release(&self, offer: &Offer) -> Result<(), SupplierError> {
        self.supplier.release(offer).await
    }

    async fn cancellation_terms(&self, reference: &str) -> Result<CancellationTerms, SupplierError> {
        self.supplier.cancellation_terms(reference).await
    }

    async fn book(&self, request: BookRequest<'_>) -> Result<Order, SupplierError> {
        self.asked(self.supplier.book(request)).await
    }

    async fn cancel(&self, reference: &str) -> Result<Cancellation, SupplierError> {
        self.supplier.cancel(reference).await
    }

    async fn evidence(&self, idempotency_key: &str) -> Result<Vec<Evidence>, SupplierError> {
        self.supplier.evidence(idempotency_key).await
    }

    async fn look_up(&self, idempotency_key: &str) -> Result<Option<Order>, SupplierError> {
        self.supplier.look_up(idempotency_key).await
    }

    async fn look_up_purchase(&self, request: BookRequest<'_>) -> Result<Option<Order>, SupplierError> {
        self.supplier.look_up_purchase(request).await
    }

    async fn understand(&self, notice: &Notice<'_>) -> Result<Vec<ScheduleChange>, NoticeError> {
        self.supplier.understand(notice).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn methods(source: &str) -> BTreeSet<&str> {
        let lines = source
            .lines()
            .filter_map(|line| line.trim().strip_prefix("async fn "));
        lines.filter_map(|line| line.split(['(', '<']).next()).collect()
    }

    /// What the port does by default it would do in place of the adapter.
    #[test]
    fn every_question_reaches_the_adapter() {
        let (port, guard) = (
            methods(include_str!("port.rs")),
            methods(include_str!("guard.rs")),
        );
        let left: Vec<_> = port.difference(&guard).collect();
        assert!(
            !port.is_empty() && left.is_empty(),
            "left to the default: {left:?}"
        );
    }
}
