//! Stays of the stand-in: a search, rates, quotes, bookings.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::stand_in::{
    Answer, Kept, Refused, StandIn, check_metadata, created, not_found, ok, page, require,
};
use crate::suite::Day;

pub fn routes() -> Router<Arc<StandIn>> {
    Router::new()
        .route("/stays/search", post(search))
        .route("/stays/search_results/{id}/actions/fetch_all_rates", post(rates))
        .route("/stays/quotes", post(quote))
        .route("/stays/quotes/{id}", get(read_quote))
        .route("/stays/bookings", post(book).get(list))
        .route("/stays/bookings/{id}", get(read))
        .route("/stays/bookings/{id}/actions/cancel", post(cancel))
}

type Stand = State<Arc<StandIn>>;
const HOTELS: [(&str, u8); 4] = [
    ("Harbour Inn", 3),
    ("Old Post", 4),
    ("Quiet Rooms", 2),
    ("Grand Example", 5),
];

async fn search(State(stand_in): Stand, Json(body): Json<Value>) -> Answer {
    let data = &body["data"];
    require(
        data,
        &["check_in_date", "check_out_date", "rooms", "guests", "location"],
    )?;
    let around = &data["location"]["geographic_coordinates"];
    let (latitude, longitude) = (around["latitude"].as_f64(), around["longitude"].as_f64());
    let (Some(latitude), Some(longitude)) = (latitude, longitude) else {
        return Err(Refused(
            422, "validation_error", "validation_required", "A place is missing",
        ));
    };
    let mut kept = stand_in.kept();
    let mut results = Vec::new();
    let hotels = if kept.day == Day::Empty {
        &HOTELS[..0]
    } else {
        &HOTELS[..]
    };
    for (nth, (name, rating)) in hotels.iter().enumerate() {
        let cents = (9_000 + 2_450 * nth as i64) * data["rooms"].as_i64().unwrap_or(1) * 2;
        let away = nth as f64 / 100.0;
        let accommodation = json!({
            "id": kept.id("acc"), "name": name, "rating": rating,
            "location": {
                "geographic_coordinates": {"latitude": latitude + away, "longitude": longitude - away},
                "address": {"city_name": "Lisbon", "country_code": "PT"},
            },
            "rooms": [],
        });
        let result = json!({
            "id": kept.id("srr"), "check_in_date": data["check_in_date"], "check_out_date": data["check_out_date"],
            "rooms": data["rooms"], "accommodation": accommodation,
            "cheapest_rate_total_amount": format!("{}.{:02}", cents / 100, cents % 100),
            "cheapest_rate_currency": "EUR", "expires_at": "2026-11-21T09:20:00Z",
        });
        let id = result["id"].as_str().unwrap_or_default().to_owned();
        kept.results.insert(id, result.clone());
        results.push(result);
    }
    ok(json!({"results": results, "created_at": "2026-11-21T09:00:00Z"}))
}

/// A rate that is gone when bought, and a dearer one that can be given back; one more that only a card can pay.
async fn rates(State(stand_in): Stand, Path(id): Path<String>) -> Answer {
    let mut kept = stand_in.kept();
    let mut result = kept.results.get(&id).cloned().ok_or_else(not_found)?;
    let base: rust_decimal::Decimal = result["cheapest_rate_total_amount"]
        .as_str()
        .and_then(|amount| amount.parse().ok())
        .expect("an amount");
    let mut rates = Vec::new();
    for (percent, free, method) in [
        (100, false, "balance"),
        (120, true, "balance"),
        (90, true, "card"),
    ] {
        let total = (base * rust_decimal::Decimal::new(percent, 2)).round_dp(2);
        let timeline = match free {
            true => json!([
                {"before": "2026-12-01T12:00:00Z", "refund_amount": format!("{total:.2}"), "currency": "EUR"},
                {"before": "2026-12-02T12:00:00Z", "refund_amount": "50.00", "currency": "EUR"},
            ]),
            false => json!([]),
        };
        let rate = json!({
            "id": kept.id("rat"), "total_amount": format!("{total:.2}"), "total_currency": "EUR",
            "tax_amount": "12.40", "tax_currency": "EUR", "base_amount": null, "fee_amount": null,
            "due_at_accommodation_amount": "8.00", "due_at_accommodation_currency": "EUR",
            "payment_type": "pay_now", "payment_method": method, "quantity_available": 5,
            "board_type": "breakfast", "cancellation_timeline": timeline, "conditions": [],
        });
        let mut kept_rate = rate.clone();
        kept_rate["accommodation"] = result["accommodation"].clone();
        kept.rates
            .insert(rate["id"].as_str().unwrap_or_default().to_owned(), kept_rate);
        rates.push(rate);
    }
    result["accommodation"]["rooms"] = json!([{"name": "Double room", "beds": [], "rates": rates}]);
    ok(result)
}

fn quoted(kept: &Kept, quote: &str, rate: &str) -> Result<Value, Refused> {
    let rate = kept.rates.get(rate).ok_or_else(not_found)?;
    kept.still_there("rate_unavailable")?;
    Ok(json!({
        "id": quote, "total_amount": kept.today(&rate["total_amount"]), "total_currency": rate["total_currency"],
        "tax_amount": rate["tax_amount"], "tax_currency": "EUR", "accommodation": rate["accommodation"],
    }))
}

async fn quote(State(stand_in): Stand, Json(body): Json<Value>) -> Answer {
    let rate = body["data"]["rate_id"].as_str().unwrap_or_default().to_owned();
    let mut kept = stand_in.kept();
    let id = kept.id("quo");
    let quote = quoted(&kept, &id, &rate)?;
    kept.quotes.insert(id, rate);
    created(quote)
}

async fn read_quote(State(stand_in): Stand, Path(id): Path<String>) -> Answer {
    let kept = stand_in.kept();
    let rate = kept.quotes.get(&id).ok_or_else(not_found)?;
    ok(quoted(&kept, &id, rate)?)
}

async fn book(State(stand_in): Stand, Json(body): Json<Value>) -> Answer {
    let data = &body["data"];
    require(data, &["quote_id", "guests", "email", "phone_number"])?;
    check_metadata(&data["metadata"])?;
    let mut kept = stand_in.kept();
    kept.sell()?;
    let quote = data["quote_id"].as_str().unwrap_or_default();
    let rate = kept.quotes.get(quote).cloned().ok_or_else(not_found)?;
    kept.still_there("rate_unavailable")?;
    let rate = kept.rates[&rate].clone();
    let mut accommodation = rate["accommodation"].clone();
    accommodation["rooms"] = json!([{"name": "Double room", "rates": [rate]}]);
    let booking = json!({
        "id": kept.id("bok"), "reference": null, "status": "confirmed", "cancelled_at": null,
        "confirmed_at": "2026-11-21T09:00:00Z", "accommodation": accommodation, "metadata": data["metadata"],
    });
    kept.bookings.push(booking.clone());
    kept.sold(booking)
}

async fn list(State(stand_in): Stand, Query(query): Query<BTreeMap<String, String>>) -> Answer {
    page(&stand_in.kept().bookings, &query)
}

fn find<'a>(kept: &'a mut Kept, id: &str) -> Result<&'a mut Value, Refused> {
    kept.bookings
        .iter_mut()
        .find(|booking| booking["id"] == id)
        .ok_or_else(not_found)
}

async fn read(State(stand_in): Stand, Path(id): Path<String>) -> Answer {
    let mut kept = stand_in.kept();
    let booking = find(&mut kept, &id)?.clone();
    ok(booking)
}

async fn cancel(State(stand_in): Stand, Path(id): Path<String>) -> Answer {
    let mut kept = stand_in.kept();
    let booking = find(&mut kept, &id)?;
    booking["status"] = json!("cancelled");
    booking["cancelled_at"] = json!("2026-11-21T09:00:00Z");
    let booking = booking.clone();
    ok(booking)
}
