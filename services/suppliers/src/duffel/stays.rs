//! Stays: found, quoted, booked, undone. Nothing is held: a quote is for minutes.

use events_schema::money::Money;
use events_schema::trip::{LegContent, Offer, StayWish};
use futures_util::future::join_all;

use super::handle::{Handle, Reference};
use super::offers::money;
use super::orders::TooMany;
use super::rooms::{self, STANDS, comes_back};
use super::wire::air::Nothing;
use super::wire::stays::{self, Booking, Coordinates, Found, Location, Quote, SearchResult};
use super::wire::{KEY, Metadata, PAID};
use super::{Duffel, gone, not_understood, passengers};
use crate::effect::Effect;
use crate::error::SupplierError;
use crate::port::{BookRequest, Cancellation, CancellationTerms, Order};

/// Around the city's first airport: far enough to reach the city it serves.
const RADIUS_KM: u32 = 30;
/// A search says what each hotel costs at least; each one's rates are another question, so only the cheapest are asked.
const HOTELS: usize = 12;
const PAGES: usize = 25;
const PER_PAGE: usize = 200;

pub async fn search(duffel: &Duffel, wish: &StayWish, travellers: u8) -> Result<Vec<Offer>, SupplierError> {
    let Some(around) = wish
        .place
        .airports
        .first()
        .and_then(|code| places::airport(*code))
    else {
        return Ok(Vec::new());
    };
    let request = stays::Search {
        check_in_date: wish.check_in,
        check_out_date: wish.check_out,
        rooms: travellers,
        guests: (0..travellers)
            .map(|_| stays::WantedGuest { r#type: "adult" })
            .collect(),
        location: Location {
            radius: RADIUS_KM,
            geographic_coordinates: Coordinates {
                latitude: around.latitude,
                longitude: around.longitude,
            },
        },
    };
    let found: Found = duffel.api.post(Effect::None, "/stays/search", &request).await?;
    let centre = rooms::centre(&found.results);
    let mut hotels = found.results;
    hotels.sort_by_key(|result| {
        result
            .cheapest_rate_total_amount
            .unwrap_or(rust_decimal::Decimal::MAX)
    });
    hotels.truncate(HOTELS);
    let asked = hotels.iter().map(|result| rates(duffel, &result.id));
    let answers = join_all(asked).await;
    let mut offers = Vec::new();
    let mut last_error = None;
    for answer in answers {
        match answer {
            Ok(result) => {
                let now = duffel.api.clock.now();
                offers.extend(rooms::offers(&duffel.id, wish, travellers, &result, centre, now));
            }
            // Sold out since the search; others are not.
            Err(SupplierError::Gone { .. }) => {}
            Err(error) => last_error = Some(error),
        }
    }
    match last_error {
        Some(error) if offers.is_empty() => Err(error),
        _ => {
            offers.sort_by(|a, b| (a.total.amount, &a.id).cmp(&(b.total.amount, &b.id)));
            Ok(offers)
        }
    }
}

async fn rates(duffel: &Duffel, result: &str) -> Result<SearchResult, SupplierError> {
    let path = format!(
        "/stays/search_results/{}/actions/fetch_all_rates",
        super::escaped(result)
    );
    duffel.api.post(Effect::None, &path, &Nothing {}).await
}

/// The rate at the price it has now, ready to be booked.
pub async fn quote(duffel: &Duffel, rate: &str, before: &Offer) -> Result<Offer, SupplierError> {
    let request = stays::QuoteRequest { rate_id: rate };
    let quote: Quote = duffel.api.post(Effect::None, "/stays/quotes", &request).await?;
    let total = money(quote.total_amount, &quote.total_currency).ok_or_else(not_understood)?;
    let handle = Handle::QuotedRate {
        quote: quote.id,
        rate: rate.into(),
    };
    Ok(Offer {
        supplier_offer: handle.to_string(),
        content: repriced(&before.content, total)?,
        total,
        taxes: Money::new(quote.tax_amount.unwrap_or_default(), total.currency),
        expires_at: quote.expires_at.unwrap_or(duffel.api.clock.now() + STANDS),
        ..before.clone()
    })
}

fn repriced(content: &LegContent, total: Money) -> Result<LegContent, SupplierError> {
    let mut content = content.clone();
    if let LegContent::Stay {
        per_night,
        nights,
        rooms,
        ..
    } = &mut content
    {
        *per_night = rooms::per_night(total, *nights, *rooms).ok_or_else(not_understood)?;
    }
    Ok(content)
}

pub async fn book(duffel: &Duffel, quote: &str, request: BookRequest<'_>) -> Result<Order, SupplierError> {
    if let Some(order) = by_key(duffel, request.idempotency_key).await? {
        return Ok(order);
    }
    let now: Quote = duffel.api.get(&format!("/stays/quotes/{quote}")).await?;
    let total = request.offer.total;
    if money(now.total_amount, &now.total_currency) != Some(total) {
        return Err(SupplierError::PriceChanged);
    }
    let (lead, guests) = passengers::of_stay(request.passengers)?;
    let booking = stays::BookingRequest {
        quote_id: quote,
        guests,
        email: &lead.email,
        phone_number: &lead.phone,
        metadata: Metadata::from([
            (KEY.to_owned(), request.idempotency_key.to_owned()),
            (
                PAID.to_owned(),
                format!("{} {}", total.amount, total.currency.code()),
            ),
        ]),
    };
    match duffel
        .api
        .post::<Booking>(Effect::Buys, "/stays/bookings", &booking)
        .await
    {
        Ok(booking) => Ok(ours(&booking, total)),
        Err(error @ SupplierError::OutcomeUnknown { .. }) => by_key(duffel, request.idempotency_key)
            .await
            .ok()
            .flatten()
            .ok_or(error),
        Err(error) => Err(error),
    }
}

/// A rate that nobody quoted yet: quoted now, at what the caller agreed to or not at all.
pub async fn book_unquoted(
    duffel: &Duffel,
    rate: &str,
    request: BookRequest<'_>,
) -> Result<Order, SupplierError> {
    let quoted = quote(duffel, rate, request.offer).await?;
    if quoted.total != request.offer.total {
        return Err(SupplierError::PriceChanged);
    }
    match quoted.supplier_offer.parse() {
        Ok(Handle::QuotedRate { quote, .. }) => book(duffel, &quote, request).await,
        _ => Err(not_understood()),
    }
}

/// Bookings cannot be asked for by what we attached to them: they are looked through, page by page.
pub async fn by_key(duffel: &Duffel, key: &str) -> Result<Option<Order>, SupplierError> {
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let cursor = after
            .map(|after| format!("&after={}", super::escaped(&after)))
            .unwrap_or_default();
        let path = format!("/stays/bookings?limit={PER_PAGE}{cursor}");
        let page = duffel.api.page::<Booking>(&path).await?;
        let ours_of = |booking: &Booking| {
            let known = booking.metadata.as_ref()?.get(KEY)?;
            (known == key).then(|| paid(booking).map(|paid| ours(booking, paid)))
        };
        if let Some(order) = page.data.iter().find_map(ours_of) {
            return order.map(Some);
        }
        after = page.meta.and_then(|meta| meta.after);
        if after.is_none() {
            return Ok(None);
        }
    }
    Err(SupplierError::unavailable(TooMany))
}

pub async fn terms(duffel: &Duffel, id: &str) -> Result<CancellationTerms, SupplierError> {
    let booking = read(duffel, id).await?;
    let paid = paid(&booking)?;
    let at = booking.cancelled_at.unwrap_or(duffel.api.clock.now());
    let refund = refund(&booking, paid, at);
    Ok(CancellationTerms { paid, refund })
}

pub async fn cancel(duffel: &Duffel, id: &str) -> Result<Cancellation, SupplierError> {
    let before = read(duffel, id).await?;
    let booking = match before.cancelled_at {
        Some(_) => before,
        None => {
            let path = format!("/stays/bookings/{id}/actions/cancel");
            match duffel.api.post::<Booking>(Effect::Buys, &path, &Nothing {}).await {
                Ok(booking) => booking,
                Err(error @ SupplierError::OutcomeUnknown { .. }) => match read(duffel, id).await {
                    Ok(now) if now.cancelled_at.is_some() => now,
                    _ => return Err(error),
                },
                Err(error) => return Err(error),
            }
        }
    };
    let paid = paid(&booking)?;
    let at = booking.cancelled_at.unwrap_or(duffel.api.clock.now());
    Ok(Cancellation {
        refund: refund(&booking, paid, at),
    })
}

async fn read(duffel: &Duffel, id: &str) -> Result<Booking, SupplierError> {
    duffel.api.get(&format!("/stays/bookings/{id}")).await
}

/// By the conditions of the rate that was booked, which the booking repeats.
fn refund(booking: &Booking, paid: Money, at: jiff::Timestamp) -> Money {
    let rates = booking.accommodation.rooms.iter().flat_map(|room| &room.rates);
    let timelines = rates.map(|rate| rate.cancellation_timeline.as_slice());
    comes_back(timelines.into_iter().next().unwrap_or_default(), paid, at)
}

/// As we wrote it on the booking ourselves.
fn paid(booking: &Booking) -> Result<Money, SupplierError> {
    let written = booking.metadata.as_ref().and_then(|metadata| metadata.get(PAID));
    let (amount, currency) = written
        .and_then(|written| written.split_once(' '))
        .ok_or_else(|| gone("it is not ours"))?;
    let amount = amount.parse().map_err(|_| not_understood())?;
    money(amount, currency).ok_or_else(not_understood)
}

fn ours(booking: &Booking, total: Money) -> Order {
    let reference = Reference {
        shown: booking.reference.clone().unwrap_or_else(|| "stay".into()),
        id: booking.id.clone(),
    };
    Order {
        reference: reference.to_string(),
        total,
        cancelled: booking.cancelled_at.is_some() || booking.status == "cancelled",
    }
}
