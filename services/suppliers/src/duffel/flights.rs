//! Flights: found, priced, held, bought, undone.
//!
//! Buying is never sent twice. Before it is sent, the offer's orders are looked through for our key; when the answer is
//! lost or is a failure that promises nothing, they are looked through again, and only what is found there counts.

use events_schema::money::Money;
use events_schema::rows::PassengerRow;
use events_schema::trip::{Cabin, FlightWish, Offer};

use super::api::Api;
use super::handle::{Handle, Reference};
use super::offers::{fits, money, offer, payment};
use super::wire::air::{self, Between};
use super::wire::{KEY, Metadata, PAID};
use super::{Duffel, gone, not_understood, orders, passengers};
use crate::effect::Effect;
use crate::error::SupplierError;
use crate::port::{BookRequest, Order};

/// What airlines get to answer a search, in milliseconds: less than a search may take in all.
const AIRLINES_MS: u32 = 6_000;
/// The cheapest: more would only be scrolled past.
const AT_MOST: u32 = 50;

pub async fn search(duffel: &Duffel, wish: &FlightWish, travellers: u8) -> Result<Vec<Offer>, SupplierError> {
    let there = air::WantedSlice {
        origin: wish.origin.code,
        destination: wish.destination.code,
        departure_date: wish.depart_on,
        departure_time: wish.depart_after.map(Between::from),
        arrival_time: wish.arrive_before.map(Between::until),
    };
    let back = wish.return_on.map(|on| air::WantedSlice {
        origin: wish.destination.code,
        destination: wish.origin.code,
        departure_date: on,
        departure_time: None,
        arrival_time: None,
    });
    let request = air::OfferRequest {
        slices: [Some(there), back].into_iter().flatten().collect(),
        passengers: (0..travellers)
            .map(|_| air::WantedPassenger { r#type: "adult" })
            .collect(),
        cabin_class: wish.cabin.unwrap_or(Cabin::Economy),
        max_connections: wish.non_stop.then_some(0),
    };
    // The offers themselves can be megabytes: they are had by the page, cheapest first.
    let path = format!("/air/offer_requests?return_offers=false&supplier_timeout={AIRLINES_MS}");
    let made: air::MadeOfferRequest = duffel.api.post(Effect::None, &path, &request).await?;
    let path = format!(
        "/air/offers?offer_request_id={}&sort=total_amount&limit={AT_MOST}",
        made.id
    );
    let found = duffel.api.page::<air::Offer>(&path).await?.data;
    let understood: Vec<_> = found
        .iter()
        .filter_map(|found| offer(&duffel.id, found))
        .collect();
    if understood.is_empty() && !found.is_empty() {
        return Err(not_understood());
    }
    let mut offers: Vec<_> = understood.into_iter().filter(|offer| fits(wish, offer)).collect();
    offers.sort_by(|a, b| (a.total.amount, &a.id).cmp(&(b.total.amount, &b.id)));
    // The same flights under two fares that differ in nothing we tell apart: the cheaper stands for both.
    let mut seen = std::collections::BTreeSet::new();
    offers.retain(|offer| seen.insert(offer.id.clone()));
    Ok(offers)
}

/// The same flight at today's price. Duffel asks the airline again when a single offer is read.
pub async fn quote(duffel: &Duffel, id: &str, before: &Offer) -> Result<Offer, SupplierError> {
    let now = read_offer(&duffel.api, id).await?;
    let now = offer(&duffel.id, &now).ok_or_else(not_understood)?;
    Ok(Offer {
        id: before.id.clone(),
        ..now
    })
}

/// A held flight keeps its price; it is gone once it was given back, or bought.
pub async fn quote_held(duffel: &Duffel, id: &str, before: &Offer) -> Result<Offer, SupplierError> {
    let order: air::Order = duffel.api.get(&format!("/air/orders/{id}")).await?;
    held(before, &order)
}

pub async fn hold(
    duffel: &Duffel,
    id: &str,
    before: &Offer,
    rows: &[PassengerRow],
) -> Result<Offer, SupplierError> {
    // A hold that was tried before, and whose answer was lost, is the hold.
    let orders = orders::of_offer(&duffel.api, id).await?;
    if let Some(order) = orders
        .iter()
        .find(|order| order.payment_status.awaiting_payment && order.cancelled_at.is_none())
    {
        return held(before, order);
    }
    let now = read_offer(&duffel.api, id).await?;
    if now.payment_requirements.requires_instant_payment {
        return Err(SupplierError::Rejected {
            reason: "the airline wants to be paid at once".into(),
        });
    }
    agreed(before.total, now.total_amount, &now.total_currency)?;
    let request = air::OrderRequest {
        r#type: "hold",
        selected_offers: [id],
        passengers: passengers::of_flight(&now, rows)?,
        payments: Vec::new(),
        metadata: Metadata::new(),
    };
    // Without payment nothing is bought: a hold that nobody knows of lapses by itself.
    let order: air::Order = duffel.api.post(Effect::None, "/air/orders", &request).await?;
    held(before, &order)
}

fn held(before: &Offer, order: &air::Order) -> Result<Offer, SupplierError> {
    if order.cancelled_at.is_some() || !order.payment_status.awaiting_payment {
        return Err(gone("it is not held any more"));
    }
    let status = &order.payment_status;
    let until = [status.payment_required_by, status.price_guarantee_expires_at];
    Ok(Offer {
        supplier_offer: Handle::HeldFlight(order.id.clone()).to_string(),
        total: money(order.total_amount, &order.total_currency).ok_or_else(not_understood)?,
        expires_at: until.into_iter().flatten().min().ok_or_else(not_understood)?,
        ..before.clone()
    })
}

/// Gives a hold back; what was bought meanwhile stays bought.
pub async fn release(duffel: &Duffel, id: &str) -> Result<(), SupplierError> {
    let order: air::Order = duffel.api.get(&format!("/air/orders/{id}")).await?;
    if order.payment_status.awaiting_payment && order.cancelled_at.is_none() {
        orders::cancel(&duffel.api, &order).await?;
    }
    Ok(())
}

pub async fn book(duffel: &Duffel, id: &str, request: BookRequest<'_>) -> Result<Order, SupplierError> {
    if let Some(order) = find(duffel, id, request.idempotency_key).await? {
        return Ok(order);
    }
    let now = read_offer(&duffel.api, id).await?;
    agreed(request.offer.total, now.total_amount, &now.total_currency)?;
    let order = air::OrderRequest {
        r#type: "instant",
        selected_offers: [id],
        passengers: passengers::of_flight(&now, request.passengers)?,
        payments: vec![payment(request.offer.total)],
        metadata: metadata(&request),
    };
    match duffel
        .api
        .post::<air::Order>(Effect::Buys, "/air/orders", &order)
        .await
    {
        Ok(order) => bought(&order),
        Err(error @ SupplierError::OutcomeUnknown { .. }) => {
            // What cannot be looked up now stays unknown, and is looked up again by whoever asked.
            find(duffel, id, request.idempotency_key)
                .await
                .ok()
                .flatten()
                .ok_or(error)
        }
        Err(error) => Err(error),
    }
}

/// Pays for what is held.
pub async fn book_held(duffel: &Duffel, id: &str, request: BookRequest<'_>) -> Result<Order, SupplierError> {
    let path = format!("/air/orders/{id}");
    let order: air::Order = duffel.api.get(&path).await?;
    let known = order.metadata.as_ref().and_then(|metadata| metadata.get(KEY));
    if !order.payment_status.awaiting_payment && known.map(String::as_str) == Some(request.idempotency_key) {
        return orders::ours(&order);
    }
    if order.cancelled_at.is_some() || !order.payment_status.awaiting_payment {
        return Err(gone("it is not held any more"));
    }
    agreed(request.offer.total, order.total_amount, &order.total_currency)?;
    // The key first: whoever asks for it later must find what was paid for under it.
    let change = air::OrderChange {
        metadata: metadata(&request),
    };
    let _: air::Order = duffel.api.patch(&path, &change).await?;
    let paid = air::OrderPayment {
        order_id: id,
        payment: payment(request.offer.total),
    };
    let outcome = duffel
        .api
        .post::<air::MadePayment>(Effect::Buys, "/air/payments", &paid)
        .await;
    match outcome {
        Ok(_) => bought(&duffel.api.get(&path).await.map_err(SupplierError::unknown)?),
        Err(error @ SupplierError::OutcomeUnknown { .. }) => {
            match duffel.api.get::<air::Order>(&path).await {
                Ok(order) if !order.payment_status.awaiting_payment => bought(&order),
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// From here on something was bought, whatever we make of it.
fn bought(order: &air::Order) -> Result<Order, SupplierError> {
    orders::ours(order).map_err(SupplierError::unknown)
}

/// The order that the key made of this offer.
pub async fn find(duffel: &Duffel, offer: &str, key: &str) -> Result<Option<Order>, SupplierError> {
    let orders = orders::of_offer(&duffel.api, offer).await?;
    orders::bought_under(&orders, key).map(orders::ours).transpose()
}

/// The held order, if it was paid for under the key.
pub async fn find_held(duffel: &Duffel, id: &str, key: &str) -> Result<Option<Order>, SupplierError> {
    match duffel.api.get::<air::Order>(&format!("/air/orders/{id}")).await {
        Ok(order) => orders::bought_under(&[order], key).map(orders::ours).transpose(),
        Err(SupplierError::Gone { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn metadata(request: &BookRequest<'_>) -> Metadata {
    let total = request.offer.total;
    Metadata::from([
        (KEY.to_owned(), request.idempotency_key.to_owned()),
        (
            PAID.to_owned(),
            format!("{} {}", total.amount, total.currency.code()),
        ),
    ])
}

async fn read_offer(api: &Api, id: &str) -> Result<air::Offer, SupplierError> {
    api.get(&format!("/air/offers/{id}")).await
}

fn agreed(expected: Money, amount: rust_decimal::Decimal, currency: &str) -> Result<(), SupplierError> {
    match money(amount, currency) {
        Some(now) if now == expected => Ok(()),
        _ => Err(SupplierError::PriceChanged),
    }
}

/// As our orders are referred to.
pub fn reference(order: &air::Order) -> String {
    let reference = Reference {
        shown: order.booking_reference.clone(),
        id: order.id.clone(),
    };
    reference.to_string()
}
