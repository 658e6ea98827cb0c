//! What every request meets: headers, the rate limit, bad days; and what is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{air, stays};
use crate::suite::Day;

pub const TOKEN: &str = "duffel_test_hidden";
/// Tests' time stands still at 9:00:00; the window is a minute.
const RESET: &str = "Sat, 21 Nov 2026 09:01:00 GMT";

pub struct StandIn {
    state: Mutex<Kept>,
}

pub struct Kept {
    pub day: Day,
    pub token: String,
    /// The next sale is made, and answered with this.
    pub fail_after_selling: Option<u16>,
    pub ids: u64,
    pub asked: usize,
    pub asked_to_sell: usize,
    pub payments: usize,
    /// By id: offers, their searches, orders with the offer each was made of, and so on.
    pub searches: BTreeMap<String, Vec<String>>,
    pub offers: BTreeMap<String, Value>,
    pub orders: Vec<(String, Value)>,
    pub cancellations: BTreeMap<String, Value>,
    pub results: BTreeMap<String, Value>,
    pub rates: BTreeMap<String, Value>,
    pub quotes: BTreeMap<String, String>,
    pub bookings: Vec<Value>,
}

pub type Answer = Result<(StatusCode, Json<Value>), Refused>;

/// Status, type, code, title.
pub struct Refused(pub u16, pub &'static str, pub &'static str, pub &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, kind, code, title) = self;
        let body = json!({
            "errors": [{
                "type": kind, "title": title, "code": code,
                "message": format!("{title}. It was sent for Sam Sample, sam@example.com."),
                "documentation_url": "https://duffel.com/docs/api/overview/errors",
            }],
            "meta": {"status": status, "request_id": "FsTest"},
        });
        let status = StatusCode::from_u16(status).expect("a status");
        (status, Json(body)).into_response()
    }
}

pub fn not_found() -> Refused {
    Refused(404, "invalid_request_error", "not_found", "Resource not found")
}

pub fn created(data: Value) -> Answer {
    Ok((StatusCode::CREATED, Json(json!({"data": data}))))
}

pub fn ok(data: Value) -> Answer {
    Ok((StatusCode::OK, Json(json!({"data": data}))))
}

impl StandIn {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(Kept {
                day: Day::Good,
                token: TOKEN.into(),
                fail_after_selling: None,
                ids: 0,
                asked: 0,
                asked_to_sell: 0,
                payments: 0,
                searches: BTreeMap::new(),
                offers: BTreeMap::new(),
                orders: Vec::new(),
                cancellations: BTreeMap::new(),
                results: BTreeMap::new(),
                rates: BTreeMap::new(),
                quotes: BTreeMap::new(),
                bookings: Vec::new(),
            }),
        })
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().expect("no test died holding it")
    }

    pub fn set_day(&self, day: Day) {
        self.kept().day = day;
    }

    pub fn set_token(&self, token: &str) {
        self.kept().token = token.into();
    }

    pub fn fail_after_selling(&self, status: u16) {
        self.kept().fail_after_selling = Some(status);
    }

    pub fn asked(&self) -> usize {
        self.kept().asked
    }

    pub fn asked_to_sell(&self) -> usize {
        self.kept().asked_to_sell
    }

    pub fn payments(&self) -> usize {
        self.kept().payments
    }

    /// The airline flies the order's flights two hours later.
    pub fn airline_moves(&self, id: &str) {
        let mut kept = self.kept();
        let (offer, _) = kept
            .orders
            .iter()
            .find(|(_, order)| order["id"] == id)
            .expect("an order");
        let slices = kept.offers[offer]["slices"].clone();
        let mut changes = json!([{"id": "aic_1", "order_id": id, "removed": slices, "added": slices}]);
        let moved = &mut changes[0]["added"][0]["segments"][0];
        for member in ["departing_at", "arriving_at"] {
            let at: jiff::civil::DateTime = moved[member].as_str().expect("a time").parse().expect("a time");
            let later = at
                .checked_add(jiff::SignedDuration::from_hours(2))
                .expect("a time");
            moved[member] = later.strftime("%Y-%m-%dT%H:%M:%S").to_string().into();
        }
        let (_, order) = kept
            .orders
            .iter_mut()
            .find(|(_, order)| order["id"] == id)
            .expect("an order");
        order["airline_initiated_changes"] = changes;
    }

    pub fn live_orders(&self) -> usize {
        let kept = self.kept();
        let orders = kept.orders.iter().map(|(_, order)| order);
        let live = orders
            .chain(&kept.bookings)
            .filter(|order| order["cancelled_at"].is_null());
        live.count()
    }
}

impl Kept {
    pub fn id(&mut self, prefix: &str) -> String {
        self.ids += 1;
        format!("{prefix}_0000Test{}", self.ids)
    }

    /// An amount at today's price.
    pub fn today(&self, amount: &Value) -> String {
        let amount: rust_decimal::Decimal = amount
            .as_str()
            .expect("a decimal string")
            .parse()
            .expect("a number");
        let percent = if self.day == Day::Dearer { 110 } else { 100 };
        let priced = amount * rust_decimal::Decimal::new(percent, 2);
        format!("{:.2}", priced.round_dp(2))
    }

    pub fn still_there(&self, code: &'static str) -> Result<(), Refused> {
        match self.day {
            Day::SoldOut => Err(Refused(422, "invalid_state_error", code, "No longer available")),
            _ => Ok(()),
        }
    }

    /// Counts the attempt, and fails it on a bad day.
    pub fn sell(&mut self) -> Result<(), Refused> {
        self.asked_to_sell += 1;
        match self.day {
            Day::Declines => Err(Refused(
                422, "invalid_state_error", "insufficient_balance", "Insufficient balance",
            )),
            Day::FailsToSell => Err(Refused(
                500, "api_error", "internal_server_error", "Internal server error",
            )),
            _ => Ok(()),
        }
    }

    /// The answer to a sale that was made.
    pub fn sold(&mut self, data: Value) -> Answer {
        match self.fail_after_selling.take() {
            Some(202) => Ok((StatusCode::ACCEPTED, Json(json!({"data": {}})))),
            Some(status) => Err(Refused(
                status, "airline_error", "airline_unknown", "Unexpected airline error",
            )),
            None => created(data),
        }
    }
}

/// A page of a list, with the cursor of the next: short ones, so that clients must turn them.
pub fn page(all: &[Value], query: &BTreeMap<String, String>) -> Answer {
    const PER_PAGE: usize = 2;
    let limit = query.get("limit").map_or(Ok(50), |limit| limit.parse::<usize>());
    if !limit.is_ok_and(|limit| (1..=200).contains(&limit)) {
        return Err(Refused(
            422, "validation_error", "validation_inclusion", "Limit is not valid",
        ));
    }
    let start: usize = query
        .get("after")
        .map_or(0, |cursor| cursor.trim_start_matches("g2w=").parse().unwrap_or(0));
    let end = (start + PER_PAGE).min(all.len());
    let after = (end < all.len()).then(|| format!("g2w={end}"));
    let data = &all[start.min(end)..end];
    Ok((
        StatusCode::OK,
        Json(json!({"data": data, "meta": {"after": after, "before": null, "limit": 50}})),
    ))
}

pub fn router(stand_in: Arc<StandIn>) -> Router {
    let routes = air::routes().merge(stays::routes());
    let guarded = routes.layer(from_fn_with_state(stand_in.clone(), admit));
    guarded.with_state(stand_in)
}

async fn admit(State(stand_in): State<Arc<StandIn>>, request: Request, next: Next) -> Response {
    let refused = refusal(&stand_in, &request);
    let limited = stand_in.kept().day == Day::TooOften;
    let mut answer = match refused {
        Some(refused) => refused.into_response(),
        None => next.run(request).await,
    };
    let remaining = if limited { "0" } else { "3999" };
    for (name, value) in [
        ("x-request-id", "FsTest"),
        ("ratelimit-limit", "4000"),
        ("ratelimit-remaining", remaining),
        ("ratelimit-reset", RESET),
    ] {
        answer
            .headers_mut()
            .insert(name, value.parse().expect("a header"));
    }
    answer
}

fn refusal(stand_in: &StandIn, request: &Request) -> Option<Refused> {
    let mut kept = stand_in.kept();
    kept.asked += 1;
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let token = format!("Bearer {}", kept.token);
    if header("authorization") != Some(token.as_str()) {
        return Some(Refused(
            401,
            "authentication_error",
            "access_token_not_found",
            "The access token does not exist",
        ));
    }
    if header("duffel-version") != Some("v2") {
        return Some(Refused(
            400, "invalid_request_error", "unsupported_version", "Unsupported version",
        ));
    }
    if header("accept") != Some("application/json") || header("content-type") != Some("application/json") {
        return Some(Refused(
            406, "invalid_request_error", "not_acceptable", "Not acceptable",
        ));
    }
    match kept.day {
        Day::Down => Some(Refused(
            503, "api_error", "service_unavailable", "Service unavailable",
        )),
        Day::TooOften => Some(Refused(
            429, "rate_limit_error", "rate_limit_exceeded", "Rate limit exceeded",
        )),
        _ => None,
    }
}

/// The members that a request must have.
pub fn require(data: &Value, members: &[&str]) -> Result<(), Refused> {
    let missing = members.iter().any(|member| match &data[*member] {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    });
    match missing {
        true => Err(Refused(
            422, "validation_error", "validation_required", "A field is missing",
        )),
        false => Ok(()),
    }
}

/// At most 50 pairs of strings; keys of letters, digits, dashes and underscores.
pub fn check_metadata(metadata: &Value) -> Result<(), Refused> {
    let pairs = match metadata {
        Value::Null => return Ok(()),
        Value::Object(pairs) => pairs,
        _ => {
            return Err(Refused(
                422, "validation_error", "validation_type", "Metadata is a map",
            ));
        }
    };
    let fits = pairs.iter().all(|(key, value)| {
        let plain = key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        plain && key.len() <= 40 && value.as_str().is_some_and(|value| value.len() <= 500)
    });
    match fits && pairs.len() <= 50 {
        true => Ok(()),
        false => Err(Refused(
            422, "validation_error", "validation_format", "Metadata is not valid",
        )),
    }
}
