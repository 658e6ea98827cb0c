//! Flights of the stand-in: offer requests, offers, orders, payments, cancellations.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use events_schema::place::IataCode;
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};
use serde_json::{Value, json};

use super::stand_in::{
    Answer, Kept, Refused, StandIn, check_metadata, created, not_found, ok, page, require,
};
use crate::suite::Day;

pub fn routes() -> Router<Arc<StandIn>> {
    Router::new()
        .route("/air/offer_requests", post(search))
        .route("/air/offers", get(list_offers))
        .route("/air/offers/{id}", get(read_offer))
        .route("/air/orders", post(order).get(list_orders))
        .route("/air/orders/{id}", get(read_order).patch(change_order))
        .route("/air/payments", post(pay))
        .route("/air/order_cancellations", post(ask_to_cancel))
        .route("/air/order_cancellations/{id}/actions/confirm", post(cancel))
}

type Stand = State<Arc<StandIn>>;
type Params = Query<BTreeMap<String, String>>;

async fn search(State(stand_in): Stand, Query(query): Params, Json(body): Json<Value>) -> Answer {
    let data = &body["data"];
    require(data, &["slices", "passengers", "cabin_class"])?;
    let timeout: u32 = query
        .get("supplier_timeout")
        .map_or(Ok(20_000), |text| text.parse())
        .unwrap_or(0);
    if query.get("return_offers").map(String::as_str) != Some("false") || !(2_000..=60_000).contains(&timeout)
    {
        return Err(Refused(
            422, "validation_error", "validation_inclusion", "A parameter is not valid",
        ));
    }
    let mut kept = stand_in.kept();
    let request = kept.id("orq");
    let mut offers = Vec::new();
    let fares = if kept.day == Day::Empty { 0 } else { 5 };
    for nth in 0..fares {
        if nth == 2 && data["max_connections"] == 0 {
            continue;
        }
        let id = kept.id("off");
        let passengers: Vec<_> = data["passengers"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|wanted| {
                assert_eq!(wanted["type"], "adult");
                json!({"id": kept.id("pas"), "type": "adult", "age": null})
            })
            .collect();
        let offer = offer(&id, nth, data, passengers);
        kept.offers.insert(id.clone(), offer);
        offers.push(id);
    }
    kept.searches.insert(request.clone(), offers);
    created(json!({"id": request, "live_mode": false}))
}

/// The nth fare of a search: the third changes planes, the fourth must be paid at once, the fifth can be given back.
fn offer(id: &str, nth: i64, data: &Value, passengers: Vec<Value>) -> Value {
    let slices: Vec<_> = data["slices"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|slice| json!({"segments": segments(slice, nth, &data["cabin_class"], &passengers)}))
        .collect();
    let people = passengers.len() as i64;
    let amount = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
    let refund = match nth {
        4 => json!({"allowed": true, "penalty_amount": "40.00", "penalty_currency": "EUR"}),
        _ => json!({"allowed": false, "penalty_amount": null, "penalty_currency": null}),
    };
    json!({
        "id": id, "live_mode": false,
        "total_amount": amount((11_020 + 2_500 * nth) * people), "total_currency": "EUR",
        "tax_amount": amount(4_080 * people), "tax_currency": "EUR",
        "expires_at": "2026-11-21T09:30:00.123456Z",
        "slices": slices, "passengers": passengers,
        "owner": {"name": "Duffel Airways", "iata_code": "ZZ"},
        "payment_requirements": {
            "requires_instant_payment": nth == 3,
            "payment_required_by": "2026-11-24T09:00:00Z", "price_guarantee_expires_at": "2026-11-23T09:00:00Z",
        },
        "conditions": {"refund_before_departure": refund, "change_before_departure": null},
        "passenger_identity_documents_required": false,
        "allowed_passenger_identity_document_types": [],
    })
}

fn segments(slice: &Value, nth: i64, cabin: &Value, passengers: &[Value]) -> Vec<Value> {
    let airport = |code: &Value| {
        let code: IataCode = code.as_str().and_then(|code| code.parse().ok()).expect("a code");
        let place = places::by_code(code).expect("a place");
        places::airport(place.airports[0]).expect("an airport")
    };
    let (from, to) = (airport(&slice["origin"]), airport(&slice["destination"]));
    let via = airport(&json!("FRA"));
    let stops = if nth == 2 {
        vec![from, via, to]
    } else {
        vec![from, to]
    };
    let on: Date = slice["departure_date"]
        .as_str()
        .and_then(|date| date.parse().ok())
        .expect("a date");
    let mut at: jiff::Zoned = on
        .at(7 + i8::try_from(nth).unwrap_or(0) * 2, 25, 0, 0)
        .in_tz(from.zone)
        .expect("a time");
    let mut flown = Vec::new();
    for pair in stops.windows(2) {
        let minutes = 40 + (places::great_circle_km(pair[0], pair[1]) / 13.0) as i64;
        let lands = (&at + SignedDuration::from_mins(minutes))
            .in_tz(pair[1].zone)
            .expect("a time");
        let place = |airport: &places::Airport| {
            json!({
                "type": "airport", "iata_code": airport.iata, "name": airport.name, "time_zone": airport.zone,
                "city_name": airport.city, "latitude": airport.latitude, "longitude": airport.longitude,
            })
        };
        let local = |time: DateTime| time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let seats: Vec<_> = passengers
            .iter()
            .map(|passenger| json!({"passenger_id": passenger["id"], "cabin_class": cabin}))
            .collect();
        flown.push(json!({
            "origin": place(pair[0]), "destination": place(pair[1]),
            "departing_at": local(at.datetime()), "arriving_at": local(lands.datetime()),
            "duration": format!("PT{minutes}M"), "passengers": seats,
            "marketing_carrier": {"name": "Duffel Airways", "iata_code": "ZZ"},
            "marketing_carrier_flight_number": format!("{}", 100 + nth * 10 + flown.len() as i64),
            "operating_carrier": {"name": "Duffel Airways", "iata_code": "ZZ"},
        }));
        at = &lands + 1.hour();
    }
    flown
}

fn priced(kept: &Kept, offer: &Value) -> Value {
    let mut offer = offer.clone();
    offer["total_amount"] = kept.today(&offer["total_amount"]).into();
    offer
}

async fn list_offers(State(stand_in): Stand, Query(query): Params) -> Answer {
    let kept = stand_in.kept();
    let request = query.get("offer_request_id").ok_or_else(not_found)?;
    let ids = kept.searches.get(request).ok_or_else(not_found)?;
    let offers: Vec<_> = ids.iter().map(|id| priced(&kept, &kept.offers[id])).collect();
    assert_eq!(query.get("sort").map(String::as_str), Some("total_amount"));
    // All on one page: what is asked for is the first.
    Ok((
        axum::http::StatusCode::OK,
        Json(json!({"data": offers, "meta": {"after": null, "before": null, "limit": 50}})),
    ))
}

async fn read_offer(State(stand_in): Stand, Path(id): Path<String>) -> Answer {
    let kept = stand_in.kept();
    let offer = kept.offers.get(&id).ok_or_else(not_found)?;
    kept.still_there("offer_no_longer_available")?;
    ok(priced(&kept, offer))
}

async fn order(State(stand_in): Stand, Json(body): Json<Value>) -> Answer {
    let data = &body["data"];
    require(data, &["type", "selected_offers", "passengers"])?;
    check_metadata(&data["metadata"])?;
    let mut kept = stand_in.kept();
    let hold = data["type"] == "hold";
    if !hold {
        kept.sell()?;
    }
    let id = data["selected_offers"][0].as_str().unwrap_or_default().to_owned();
    let offer = kept.offers.get(&id).cloned().ok_or_else(not_found)?;
    kept.still_there("offer_no_longer_available")?;
    check_passengers(data, &offer)?;
    let offer = priced(&kept, &offer);
    if hold {
        if offer["payment_requirements"]["requires_instant_payment"] == true || !data["payments"].is_null() {
            return Err(Refused(
                422, "invalid_state_error", "invalid_order_create_type", "Cannot be held",
            ));
        }
    } else {
        check_payment(&data["payments"][0], &offer)?;
    }
    let order = json!({
        "id": kept.id("ord"), "booking_reference": format!("RZ{:04}", kept.ids), "live_mode": false,
        "total_amount": offer["total_amount"], "total_currency": offer["total_currency"],
        "payment_status": {
            "awaiting_payment": hold,
            "payment_required_by": hold.then_some("2026-11-24T09:00:00Z"),
            "price_guarantee_expires_at": hold.then_some("2026-11-23T09:00:00Z"),
        },
        "cancelled_at": null, "cancellation": null, "created_at": "2026-11-21T09:00:00Z",
        "conditions": offer["conditions"], "metadata": data["metadata"],
        "airline_initiated_changes": [],
    });
    kept.orders.push((id, order.clone()));
    match hold {
        true => created(order),
        false => kept.sold(order),
    }
}

fn check_passengers(data: &Value, offer: &Value) -> Result<(), Refused> {
    let given = data["passengers"].as_array().cloned().unwrap_or_default();
    let seats = offer["passengers"].as_array().cloned().unwrap_or_default();
    let ids = |list: &[Value]| {
        list.iter()
            .map(|passenger| passenger["id"].clone())
            .collect::<Vec<_>>()
    };
    if ids(&given) != ids(&seats) {
        return Err(Refused(
            422, "validation_error", "validation_inclusion", "Passengers do not match",
        ));
    }
    for passenger in &given {
        require(
            passenger,
            &[
                "title", "gender", "given_name", "family_name", "born_on", "email", "phone_number",
            ],
        )?;
        let listed =
            |member: &str, allowed: &[&str]| allowed.iter().any(|value| passenger[member] == **value);
        let phone = passenger["phone_number"].as_str().unwrap_or_default();
        let e164 = phone
            .strip_prefix('+')
            .is_some_and(|digits| digits.bytes().all(|c| c.is_ascii_digit()));
        let fine =
            listed("title", &["mr", "ms", "mrs", "miss", "dr"]) && listed("gender", &["m", "f"]) && e164;
        if !fine || !passenger["identity_documents"].is_null() {
            return Err(Refused(
                422, "validation_error", "validation_format", "A passenger's details",
            ));
        }
    }
    Ok(())
}

fn check_payment(payment: &Value, offer: &Value) -> Result<(), Refused> {
    let same = payment["amount"] == offer["total_amount"] && payment["currency"] == offer["total_currency"];
    match same && payment["type"] == "balance" {
        true => Ok(()),
        false => Err(Refused(
            422,
            "validation_error",
            "payment_amount_does_not_match_order_amount",
            "The payment does not match",
        )),
    }
}

async fn list_orders(State(stand_in): Stand, Query(query): Params) -> Answer {
    let kept = stand_in.kept();
    let wanted = kept
        .orders
        .iter()
        .filter(|(offer, _)| query.get("offer_id").is_none_or(|id| id == offer));
    let orders: Vec<_> = wanted.map(|(_, order)| order.clone()).collect();
    page(&orders, &query)
}

fn find<'a>(kept: &'a mut Kept, id: &str) -> Result<&'a mut Value, Refused> {
    let mut orders = kept.orders.iter_mut().map(|(_, order)| order);
    orders.find(|order| order["id"] == id).ok_or_else(not_found)
}

async fn read_order(State(stand_in): Stand, Path(id): Path<String>) -> Answer {
    let mut kept = stand_in.kept();
    let order = find(&mut kept, &id)?.clone();
    ok(order)
}

async fn change_order(State(stand_in): Stand, Path(id): Path<String>, Json(body): Json<Value>) -> Answer {
    check_metadata(&body["data"]["metadata"])?;
    let mut kept = stand_in.kept();
    let order = find(&mut kept, &id)?;
    order["metadata"] = body["data"]["metadata"].clone();
    let order = order.clone();
    ok(order)
}

async fn pay(State(stand_in): Stand, Json(body): Json<Value>) -> Answer {
    let data = &body["data"];
    require(data, &["order_id", "payment"])?;
    let mut kept = stand_in.kept();
    kept.sell()?;
    let id = data["order_id"].as_str().unwrap_or_default();
    let order = find(&mut kept, id)?;
    if order["payment_status"]["awaiting_payment"] != true || !order["cancelled_at"].is_null() {
        return Err(Refused(
            422, "invalid_state_error", "already_paid", "The order is already paid",
        ));
    }
    check_payment(&data["payment"], order)?;
    order["payment_status"] =
        json!({"awaiting_payment": false, "payment_required_by": null, "price_guarantee_expires_at": null});
    kept.payments += 1;
    let payment = json!({"id": kept.id("pay"), "order_id": id, "status": "succeeded", "type": "balance"});
    kept.sold(payment)
}

async fn ask_to_cancel(State(stand_in): Stand, Json(body): Json<Value>) -> Answer {
    let mut kept = stand_in.kept();
    let id = body["data"]["order_id"].as_str().unwrap_or_default().to_owned();
    let order = find(&mut kept, &id)?.clone();
    if !order["cancelled_at"].is_null() {
        return Err(Refused(
            422, "invalid_state_error", "already_cancelled", "Already cancelled",
        ));
    }
    let refund = &order["conditions"]["refund_before_departure"];
    let (amount, to) = if order["payment_status"]["awaiting_payment"] == true {
        ("0.00".into(), "awaiting_payment")
    } else if refund["allowed"] == true {
        let cents = |value: &Value| -> rust_decimal::Decimal {
            value.as_str().expect("text").parse().expect("a number")
        };
        let back = cents(&order["total_amount"]) - cents(&refund["penalty_amount"]);
        (back.to_string(), "balance")
    } else {
        ("0.00".into(), "balance")
    };
    let cancellation = json!({
        "id": kept.id("ore"), "order_id": id, "refund_amount": amount, "refund_currency": order["total_currency"],
        "refund_to": to, "confirmed_at": null, "expires_at": "2026-11-21T09:10:00Z",
    });
    let key = cancellation["id"].as_str().unwrap_or_default().to_owned();
    kept.cancellations.insert(key, cancellation.clone());
    created(cancellation)
}

async fn cancel(State(stand_in): Stand, Path(id): Path<String>) -> Answer {
    let mut kept = stand_in.kept();
    let mut cancellation = kept.cancellations.get(&id).cloned().ok_or_else(not_found)?;
    cancellation["confirmed_at"] = json!("2026-11-21T09:00:00Z");
    let order_id = cancellation["order_id"].as_str().unwrap_or_default().to_owned();
    let order = find(&mut kept, &order_id)?;
    if !order["cancelled_at"].is_null() {
        return Err(Refused(
            422, "invalid_state_error", "already_cancelled", "Already cancelled",
        ));
    }
    order["cancelled_at"] = json!("2026-11-21T09:00:00Z");
    order["cancellation"] = cancellation.clone();
    ok(cancellation)
}
