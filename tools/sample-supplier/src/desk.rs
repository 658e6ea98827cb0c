//! What the supplier does for whoever asks, over the API or on its pages: one order book, one set of rules.

use std::time::Duration;

use events_schema::money::Money;
use sha2::{Digest, Sha256};

use crate::Supplier;
use crate::failure::Failure;
use crate::inventory::{OfferKey, Priced};
use crate::orders::{NewOrder, Placed};
use crate::scenario::{OrderingFault, Scenario};
use crate::wire::{Content, FlightSearch, Kind, Offer, Order, OrderRequest, OrderStatus, StaySearch, Terms};

/// Longer than a client waits for an answer, shorter than it goes on looking for the order.
const LATE: Duration = Duration::from_secs(90);
/// Longer than any client waits: the answer of a lost order.
const NEVER: Duration = Duration::from_secs(120);

/// An order, and whether this very request made it.
pub struct Sold {
    pub order: Order,
    pub is_new: bool,
}

impl Supplier {
    pub async fn find_flights(&self, today: &Scenario, search: &FlightSearch) -> Result<Vec<Offer>, Failure> {
        let scenario = endured(today, Kind::Flights).await?;
        let lifetime = self.inner.config.offer_lifetime;
        let offers = self.inner.inventory.flights(search, self.now(), lifetime)?;
        Ok(if scenario.empty { Vec::new() } else { offers })
    }

    pub async fn find_stays(&self, today: &Scenario, search: &StaySearch) -> Result<Vec<Offer>, Failure> {
        let scenario = endured(today, Kind::Stays).await?;
        let lifetime = self.inner.config.offer_lifetime;
        let offers = self.inner.inventory.stays(search, self.now(), lifetime)?;
        Ok(if scenario.empty { Vec::new() } else { offers })
    }

    /// The offer at its present price, under a new id: the one to hold or to order.
    pub async fn quote(&self, today: &Scenario, id: &str) -> Result<Offer, Failure> {
        let key = offer_key(id)?;
        let scenario = endured(today, key.kind()).await?;
        if self.held(id)?.is_some() {
            return self.offer_of(id);
        }
        self.check_on_sale(&key, &scenario)?;
        let priced = Priced {
            at: self.now(),
            change_percent: scenario.price_change_percent,
        };
        self.offer(&key.priced_again(priced))
    }

    /// The offer as its id has it, at whatever price that was; good for as long as it is held, if it is.
    pub fn offer_of(&self, id: &str) -> Result<Offer, Failure> {
        let offer = self.offer(&offer_key(id)?)?;
        let expires_at = self.held(id)?.unwrap_or(offer.expires_at);
        Ok(Offer { expires_at, ..offer })
    }

    /// Keeps the offer's price and place until the returned `expires_at`, without payment.
    pub async fn hold(&self, today: &Scenario, id: &str) -> Result<Offer, Failure> {
        let key = offer_key(id)?;
        let scenario = endured(today, key.kind()).await?;
        if scenario.holding_rejected {
            return Err(Failure::Rejected);
        }
        let mut offer = self.offer(&key)?;
        if self.held(id)?.is_none() {
            self.check_on_sale(&key, &scenario)?;
            self.check_price_stands(&key, &scenario, &offer)?;
        }
        let begins = self
            .inner
            .inventory
            .begins(&key)
            .ok_or(Failure::NotFound("offer"))?;
        let until = (self.now() + self.inner.config.hold_lifetime).min(begins);
        offer.expires_at = self.inner.orders.hold(id, until)?;
        Ok(offer)
    }

    /// Gives a hold back; harmless where nothing is held.
    pub async fn release(&self, today: &Scenario, id: &str) -> Result<(), Failure> {
        endured(today, offer_key(id)?.kind()).await?;
        Ok(self.inner.orders.release(id)?)
    }

    /// Buys. `key` names the purchase: sent again, it answers with the order it made.
    pub async fn place_order(
        &self,
        today: &Scenario,
        key: &str,
        request: &OrderRequest,
    ) -> Result<Sold, Failure> {
        if !(1..=200).contains(&key.len()) {
            return Err(Failure::BadRequest("idempotency key: 1 to 200 characters".into()));
        }
        let offer = offer_key(&request.offer)?;
        let scenario = endured(today, offer.kind()).await?;
        let orders = &self.inner.orders;
        // An order made before answers whatever has happened to its offer, or to us, since.
        let fault = if orders.by_key(key)?.is_none() {
            let fault = self.ordering_fault(&scenario);
            match fault {
                OrderingFault::Fails => return Err(Failure::Broken),
                OrderingFault::Rejected => return Err(Failure::Rejected),
                OrderingFault::None | OrderingFault::AnswerLost | OrderingFault::MadeLate => {}
            }
            self.check_sellable(&offer, request, &scenario)?;
            fault
        } else {
            OrderingFault::None
        };
        let body_hash = fingerprint(request);
        let new = NewOrder {
            key,
            body_hash: &body_hash,
            offer: &request.offer,
            total: request.total,
            at: self.now(),
        };
        if fault == OrderingFault::MadeLate {
            return Err(self.place_late(&new).await);
        }
        let placed = orders.place(&new)?;
        // Bought is more than held.
        orders.release(&request.offer)?;
        if fault == OrderingFault::AnswerLost {
            tokio::time::sleep(NEVER).await;
            return Err(Failure::Lost);
        }
        let (order, is_new) = match placed {
            Placed::New(order) => (order, true),
            Placed::Before(order) => (order, false),
            Placed::KeyTaken => return Err(Failure::KeyTaken),
        };
        Ok(Sold { order, is_new })
    }

    pub async fn order_by_key(&self, today: &Scenario, key: &str) -> Result<Order, Failure> {
        endure(today).await?;
        self.inner.orders.by_key(key)?.ok_or(Failure::NotFound("order"))
    }

    pub async fn order_by_reference(&self, today: &Scenario, reference: &str) -> Result<Order, Failure> {
        endure(today).await?;
        self.inner
            .orders
            .by_reference(reference)?
            .ok_or(Failure::NotFound("order"))
    }

    /// Undoes an order by its offer's conditions; sent again, it answers the same.
    pub async fn cancel(&self, today: &Scenario, reference: &str) -> Result<Order, Failure> {
        let (order, scenario) = self.order(today, reference).await?;
        if order.status == OrderStatus::Cancelled {
            return Ok(order);
        }
        if scenario.cancelling_rejected {
            return Err(Failure::Rejected);
        }
        let refund = self.refund(&order)?;
        self.inner
            .orders
            .cancel(reference, refund)?
            .ok_or(Failure::NotFound("order"))
    }

    /// What cancelling would give back now, by the offer's conditions.
    pub async fn cancellation_terms(&self, today: &Scenario, reference: &str) -> Result<Terms, Failure> {
        let (order, scenario) = self.order(today, reference).await?;
        if scenario.cancelling_rejected {
            return Err(Failure::Rejected);
        }
        let refund = match order.refund {
            Some(refund) => refund,
            None => self.refund(&order)?,
        };
        let paid = order.total;
        Ok(Terms { paid, refund })
    }

    /// Goes on by itself when the client has hung up, as a real supplier's system does.
    async fn place_late(&self, new: &NewOrder<'_>) -> Failure {
        let (supplier, at) = (self.clone(), new.at);
        let [key, body_hash, offer] = [new.key, new.body_hash, new.offer].map(str::to_owned);
        let total = new.total;
        tokio::spawn(async move {
            tokio::time::sleep(LATE).await;
            let late = NewOrder {
                key: &key,
                body_hash: &body_hash,
                offer: &offer,
                total,
                at,
            };
            // Nobody is left to be told if it fails.
            let orders = &supplier.inner.orders;
            let _ = orders.place(&late).and_then(|_| orders.release(&offer));
        });
        tokio::time::sleep(NEVER).await;
        Failure::Lost
    }

    /// The order, once the scenario has been endured that affects its kind.
    async fn order(&self, today: &Scenario, reference: &str) -> Result<(Order, Scenario), Failure> {
        let order = self.inner.orders.by_reference(reference)?;
        let kind = match &order {
            Some(order) => offer_key(&order.offer)?.kind(),
            None => Kind::Flights,
        };
        let scenario = endured(today, kind).await?;
        Ok((order.ok_or(Failure::NotFound("order"))?, scenario))
    }

    /// Everything within 24 hours or if flexible, otherwise a flight's taxes.
    fn refund(&self, order: &Order) -> Result<Money, Failure> {
        let key = offer_key(&order.offer)?;
        let offer = self.offer(&key)?;
        let now = self.now();
        if self
            .inner
            .inventory
            .begins(&key)
            .is_none_or(|begins| begins <= now)
        {
            return Err(Failure::TooLate);
        }
        let just_booked = now < order.created_at + jiff::SignedDuration::from_hours(24);
        Ok(match &offer.content {
            _ if offer.refundable || just_booked => order.total,
            Content::Flight { .. } => offer.taxes,
            Content::Stay { .. } => Money::zero(order.total.currency),
        })
    }

    /// The fault for this order, counting down how often it strikes.
    fn ordering_fault(&self, scenario: &Scenario) -> OrderingFault {
        let mut current = self
            .inner
            .scenario
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match (scenario.ordering_times, &mut current.ordering_times) {
            (Some(_), Some(0)) => OrderingFault::None,
            (Some(_), Some(times)) => {
                *times -= 1;
                scenario.ordering
            }
            _ => scenario.ordering,
        }
    }

    fn offer(&self, key: &OfferKey) -> Result<Offer, Failure> {
        self.inner
            .inventory
            .offer(key, self.inner.config.offer_lifetime)
            .ok_or(Failure::NotFound("offer"))
    }

    fn held(&self, id: &str) -> Result<Option<jiff::Timestamp>, Failure> {
        Ok(self
            .inner
            .orders
            .held_until(id)?
            .filter(|until| *until > self.now()))
    }

    fn check_on_sale(&self, key: &OfferKey, scenario: &Scenario) -> Result<(), Failure> {
        let begins = self
            .inner
            .inventory
            .begins(key)
            .ok_or(Failure::NotFound("offer"))?;
        if scenario.sold_out || begins <= self.now() {
            Err(Failure::SoldOut)
        } else {
            Ok(())
        }
    }

    fn check_price_stands(&self, key: &OfferKey, scenario: &Scenario, offer: &Offer) -> Result<(), Failure> {
        if offer.expires_at <= self.now() {
            return Err(Failure::OfferExpired);
        }
        let stands = key.priced().change_percent == scenario.price_change_percent;
        if stands {
            Ok(())
        } else {
            Err(Failure::PriceChanged)
        }
    }

    fn check_sellable(
        &self,
        key: &OfferKey,
        request: &OrderRequest,
        scenario: &Scenario,
    ) -> Result<(), Failure> {
        let offer = self.offer(key)?;
        if self.held(&request.offer)?.is_none() {
            self.check_on_sale(key, scenario)?;
            self.check_price_stands(key, scenario, &offer)?;
        }
        if offer.total != request.total {
            return Err(Failure::PriceChanged);
        }
        let enough = match offer.content {
            Content::Flight { travellers, .. } => request.passengers.len() == usize::from(travellers),
            Content::Stay { .. } => !request.passengers.is_empty(),
        };
        if enough {
            Ok(())
        } else {
            Err(Failure::BadRequest("passengers: one per traveller".into()))
        }
    }
}

/// What of the scenario affects a question about `kind`, once what hits every question has been endured.
async fn endured(today: &Scenario, kind: Kind) -> Result<Scenario, Failure> {
    let scenario = today.for_kind(kind);
    endure(&scenario).await?;
    Ok(scenario)
}

async fn endure(scenario: &Scenario) -> Result<(), Failure> {
    if scenario.slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(scenario.slow_ms)).await;
    }
    if scenario.unavailable {
        Err(Failure::Unavailable)
    } else {
        Ok(())
    }
}

fn offer_key(id: &str) -> Result<OfferKey, Failure> {
    id.parse().map_err(|_| Failure::NotFound("offer"))
}

/// SHA-256 of what is ordered and for whom: passengers are recognised, not kept.
fn fingerprint(request: &OrderRequest) -> String {
    hex::encode(Sha256::digest(serde_json::to_vec(request).unwrap_or_default()))
}
