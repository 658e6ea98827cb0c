//! The API. Errors are `{"error": {"code", "message"}}`; see [`Failure`] for the codes and their status.

use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use events_schema::money::Money;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::Supplier;
use crate::failure::Failure;
use crate::inventory::{OfferKey, Priced};
use crate::orders::{NewOrder, Placed};
use crate::scenario::{OrderingFault, Scenario};
use crate::wire::{
    Content, FlightSearch, Kind, Offer, Offers, Order, OrderRequest, OrderStatus, StaySearch, Terms,
};

const NOTICE: &str = "Sample data: these flights, hotels and prices are fictional.";
/// Longer than a client waits for an answer, shorter than it goes on looking for the order.
const LATE: Duration = Duration::from_secs(90);
/// Longer than any client waits: the answer of a lost order.
const NEVER: Duration = Duration::from_secs(120);

/// The whole API, to be served on a socket or called in process.
pub fn router(supplier: Supplier) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/flights/search", post(search_flights))
        .route("/stays/search", post(search_stays))
        .route("/offers/{id}/quote", post(quote))
        .route("/offers/{id}/hold", post(hold))
        .route("/offers/{id}/release", post(release))
        .route("/orders", post(place_order).get(find_order))
        .route("/orders/{reference}", get(read_order))
        .route("/orders/{reference}/cancel", post(cancel_order))
        .route("/orders/{reference}/cancellation", get(cancellation_terms))
        .route("/scenario", get(read_scenario).post(set_scenario))
        .with_state(supplier)
}

async fn health() -> Json<serde_json::Value> {
    Json(json!({"status": "ok", "notice": NOTICE}))
}

async fn search_flights(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Offers>, Failure> {
    let search: FlightSearch = parsed(&body)?;
    let scenario = supplier.admit(&headers, Kind::Flights).await?;
    let inner = &supplier.inner;
    let offers = inner
        .inventory
        .flights(&search, supplier.now(), inner.config.offer_lifetime)?;
    Ok(answer(offers, &scenario))
}

async fn search_stays(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Offers>, Failure> {
    let search: StaySearch = parsed(&body)?;
    let scenario = supplier.admit(&headers, Kind::Stays).await?;
    let inner = &supplier.inner;
    let offers = inner
        .inventory
        .stays(&search, supplier.now(), inner.config.offer_lifetime)?;
    Ok(answer(offers, &scenario))
}

/// The offer at its present price, under a new id: the one to hold or to order.
async fn quote(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Offer>, Failure> {
    let key = offer_key(&id)?;
    let scenario = supplier.admit(&headers, key.kind()).await?;
    let inner = &supplier.inner;
    if let Some(until) = supplier.held(&id)? {
        let mut offer = supplier.offer(&key)?;
        offer.expires_at = until;
        return Ok(Json(offer));
    }
    supplier.check_on_sale(&key, &scenario)?;
    let priced = Priced {
        at: supplier.now(),
        change_percent: scenario.price_change_percent,
    };
    let key = key.priced_again(priced);
    inner
        .inventory
        .offer(&key, inner.config.offer_lifetime)
        .map(Json)
        .ok_or(Failure::NotFound("offer"))
}

/// Keeps the offer's price and place until the returned `expires_at`, without payment.
async fn hold(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Offer>, Failure> {
    let key = offer_key(&id)?;
    let scenario = supplier.admit(&headers, key.kind()).await?;
    if scenario.holding_rejected {
        return Err(Failure::Rejected);
    }
    let mut offer = supplier.offer(&key)?;
    if supplier.held(&id)?.is_none() {
        supplier.check_on_sale(&key, &scenario)?;
        supplier.check_price_stands(&key, &scenario, &offer)?;
    }
    let begins = supplier
        .inner
        .inventory
        .begins(&key)
        .ok_or(Failure::NotFound("offer"))?;
    let until = (supplier.now() + supplier.inner.config.hold_lifetime).min(begins);
    offer.expires_at = supplier.inner.orders.hold(&id, until)?;
    Ok(Json(offer))
}

/// Gives a hold back; harmless where nothing is held.
async fn release(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<serde_json::Value>, Failure> {
    let key = offer_key(&id)?;
    supplier.admit(&headers, key.kind()).await?;
    supplier.inner.orders.release(&id)?;
    Ok(Json(json!({})))
}

/// Buys. The header `Idempotency-Key` names the purchase: sent again, it answers with the order it made.
async fn place_order(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Order>), Failure> {
    let key = idempotency_key(&headers)?;
    let request: OrderRequest = parsed(&body)?;
    let offer = offer_key(&request.offer)?;
    let scenario = supplier.admit(&headers, offer.kind()).await?;
    let orders = &supplier.inner.orders;
    // An order made before answers whatever has happened to its offer, or to us, since.
    let fault = if orders.by_key(key)?.is_none() {
        let fault = supplier.ordering_fault(&scenario);
        match fault {
            OrderingFault::Fails => return Err(Failure::Broken),
            OrderingFault::Rejected => return Err(Failure::Rejected),
            OrderingFault::None | OrderingFault::AnswerLost | OrderingFault::MadeLate => {}
        }
        supplier.check_sellable(&offer, &request, &scenario)?;
        fault
    } else {
        OrderingFault::None
    };
    let body_hash = hex::encode(Sha256::digest(&body));
    let new = NewOrder {
        key,
        body_hash: &body_hash,
        offer: &request.offer,
        total: request.total,
        at: supplier.now(),
    };
    if fault == OrderingFault::MadeLate {
        return Err(supplier.place_late(&new).await);
    }
    let placed = orders.place(&new)?;
    // Bought is more than held.
    orders.release(&request.offer)?;
    if fault == OrderingFault::AnswerLost {
        tokio::time::sleep(NEVER).await;
        return Err(Failure::Lost);
    }
    match placed {
        Placed::New(order) => Ok((StatusCode::CREATED, Json(order))),
        Placed::Before(order) => Ok((StatusCode::OK, Json(order))),
        Placed::KeyTaken => Err(Failure::KeyTaken),
    }
}

#[derive(Deserialize)]
struct ByKey {
    key: String,
}

async fn find_order(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Query(query): Query<ByKey>,
) -> Result<Json<Order>, Failure> {
    supplier.admit_any(&headers).await?;
    supplier
        .inner
        .orders
        .by_key(&query.key)?
        .map(Json)
        .ok_or(Failure::NotFound("order"))
}

async fn read_order(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> Result<Json<Order>, Failure> {
    supplier.admit_any(&headers).await?;
    supplier
        .inner
        .orders
        .by_reference(&reference)?
        .map(Json)
        .ok_or(Failure::NotFound("order"))
}

/// Undoes an order by its offer's conditions; sent again, it answers the same.
async fn cancel_order(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> Result<Json<Order>, Failure> {
    let (order, scenario) = supplier.order(&headers, &reference).await?;
    if order.status == OrderStatus::Cancelled {
        return Ok(Json(order));
    }
    if scenario.cancelling_rejected {
        return Err(Failure::Rejected);
    }
    let refund = supplier.refund(&order)?;
    supplier
        .inner
        .orders
        .cancel(&reference, refund)?
        .map(Json)
        .ok_or(Failure::NotFound("order"))
}

/// What cancelling would give back now, by the offer's conditions.
async fn cancellation_terms(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> Result<Json<Terms>, Failure> {
    let (order, scenario) = supplier.order(&headers, &reference).await?;
    if scenario.cancelling_rejected {
        return Err(Failure::Rejected);
    }
    let refund = match order.refund {
        Some(refund) => refund,
        None => supplier.refund(&order)?,
    };
    let paid = order.total;
    Ok(Json(Terms { paid, refund }))
}

async fn read_scenario(State(supplier): State<Supplier>) -> Json<Scenario> {
    Json(supplier.scenario())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    scenario: String,
}

/// `{"scenario": "price-up"}` or a spelt-out [`Scenario`].
async fn set_scenario(State(supplier): State<Supplier>, body: Bytes) -> Result<Json<Scenario>, Failure> {
    let scenario = match serde_json::from_slice::<Named>(&body) {
        Ok(named) => named_scenario(&named.scenario)?,
        Err(_) => parsed(&body)?,
    };
    supplier.set_scenario(scenario.clone());
    Ok(Json(scenario))
}

impl Supplier {
    /// Applies what hits every request about `kind`, and returns the rest of the scenario.
    async fn admit(&self, headers: &HeaderMap, kind: Kind) -> Result<Scenario, Failure> {
        let scenario = self.scenario_of(headers)?.for_kind(kind);
        endure(&scenario).await?;
        Ok(scenario)
    }

    async fn admit_any(&self, headers: &HeaderMap) -> Result<(), Failure> {
        endure(&self.scenario_of(headers)?).await
    }

    fn scenario_of(&self, headers: &HeaderMap) -> Result<Scenario, Failure> {
        match headers.get("x-scenario") {
            Some(name) => named_scenario(name.to_str().unwrap_or_default()),
            None => Ok(self.scenario()),
        }
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
    async fn order(&self, headers: &HeaderMap, reference: &str) -> Result<(Order, Scenario), Failure> {
        let scenario = self.scenario_of(headers)?;
        let order = self.inner.orders.by_reference(reference)?;
        let kind = match &order {
            Some(order) => offer_key(&order.offer)?.kind(),
            None => Kind::Flights,
        };
        let scenario = scenario.for_kind(kind);
        endure(&scenario).await?;
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

fn answer(offers: Vec<Offer>, scenario: &Scenario) -> Json<Offers> {
    let offers = if scenario.empty { Vec::new() } else { offers };
    Json(Offers {
        notice: NOTICE.into(),
        offers,
    })
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::BadRequest(error.to_string()))
}

fn offer_key(id: &str) -> Result<OfferKey, Failure> {
    id.parse().map_err(|_| Failure::NotFound("offer"))
}

fn named_scenario(name: &str) -> Result<Scenario, Failure> {
    name.parse()
        .map_err(|error: crate::scenario::UnknownScenario| Failure::BadRequest(error.to_string()))
}

fn idempotency_key(headers: &HeaderMap) -> Result<&str, Failure> {
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .unwrap_or_default();
    if (1..=200).contains(&key.len()) {
        Ok(key)
    } else {
        Err(Failure::BadRequest("Idempotency-Key: 1 to 200 characters".into()))
    }
}
