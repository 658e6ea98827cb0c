//! What a supplier can do, in our words.

use async_trait::async_trait;
use events_schema::evidence::Evidence;
use events_schema::ids::SupplierId;
use events_schema::money::Money;
use events_schema::rows::PassengerRow;
use events_schema::trip::{FlightWish, Offer, StayWish};

use crate::error::SupplierError;
use crate::notice::{Notice, NoticeError, ScheduleChange};

/// One supplier. A [`Registry`](crate::Registry) hands it out only to live invocations, so nothing here is reached by
/// a replay. Every method ends within the adapter's own time limit; a caller may set a shorter one for searches, which
/// are harmless to abandon, and must not for `book` and `cancel`, which are not.
#[async_trait]
pub trait Supplier: Send + Sync {
    fn id(&self) -> &SupplierId;

    /// Offers for the flight and the way back, cheapest first; economy where the wish names no cabin. Dates, times,
    /// number of stops and travellers are kept to; a cap on the price is not the supplier's business. Empty if there is
    /// nothing.
    async fn search_flights(&self, wish: &FlightWish, travellers: u8) -> Result<Vec<Offer>, SupplierError>;

    /// Offers for a room per traveller, cheapest first. Empty if there is nothing.
    async fn search_stays(&self, wish: &StayWish, travellers: u8) -> Result<Vec<Offer>, SupplierError>;

    /// The same offer (same `id`, same content) at the price it has now, good until its new `expires_at`. Only the
    /// returned one can be held or booked. `Gone` if it cannot be had any more.
    async fn quote(&self, offer: &Offer) -> Result<Offer, SupplierError>;

    /// Keeps price and place without payment until the returned `expires_at`; only the returned offer is the held one.
    /// `passengers` are those known by now, perhaps none: `Rejected` if it cannot be held, or not without knowing more.
    async fn hold(&self, offer: &Offer, passengers: &[PassengerRow]) -> Result<Offer, SupplierError>;

    /// Gives back what [`hold`](Supplier::hold) keeps; harmless for an offer that is not held. Where a supplier cannot
    /// be told, a hold lapses by itself.
    async fn release(&self, _offer: &Offer) -> Result<(), SupplierError> {
        Ok(())
    }

    /// What cancelling the order now would give back. `Rejected` or `Gone` where it cannot be cancelled.
    async fn cancellation_terms(&self, _reference: &str) -> Result<CancellationTerms, SupplierError> {
        Err(SupplierError::Rejected {
            reason: "this supplier does not say what a cancellation costs".into(),
        })
    }

    /// Buys. The same key again is the same order.
    async fn book(&self, request: BookRequest<'_>) -> Result<Order, SupplierError>;

    /// Undoes an order by its reference, as far as its conditions allow. Again is harmless and has the same answer.
    async fn cancel(&self, reference: &str) -> Result<Cancellation, SupplierError>;

    /// What was kept to show how a purchase went, by its key; nothing where nobody was looking on.
    async fn evidence(&self, _idempotency_key: &str) -> Result<Vec<Evidence>, SupplierError> {
        Ok(Vec::new())
    }

    /// The order a key made, if it made one. Asked however ill the supplier is.
    async fn look_up(&self, idempotency_key: &str) -> Result<Option<Order>, SupplierError>;

    /// The same, where the caller still has the offer it wanted to buy: some suppliers find an order faster by it.
    async fn look_up_purchase(&self, request: BookRequest<'_>) -> Result<Option<Order>, SupplierError> {
        self.look_up(request.idempotency_key).await
    }

    /// What a notice of this supplier's says, if it is genuine.
    async fn understand(&self, _notice: &Notice<'_>) -> Result<Vec<ScheduleChange>, NoticeError> {
        Err(NoticeError::None)
    }
}

#[derive(Clone, Copy, Debug)]
pub struct BookRequest<'a> {
    /// As quoted last; its `total` is what we agree to pay.
    pub offer: &'a Offer,
    /// `bookingId#leg#round`.
    pub idempotency_key: &'a str,
    /// One for each traveller of a flight, the first being the lead.
    pub passengers: &'a [PassengerRow],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// As a traveller would quote it.
    pub reference: String,
    pub total: Money,
    /// It existed and was undone.
    pub cancelled: bool,
}

/// A supplier's conditions for cancelling an order at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancellationTerms {
    pub paid: Money,
    /// What would come back; the rest is the fee.
    pub refund: Money,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    pub refund: Money,
}
