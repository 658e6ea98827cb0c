//! The API. Errors are `{"error": {"code", "message"}}`; see [`Failure`] for the codes and their status.

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::Supplier;
use crate::failure::Failure;
use crate::scenario::Scenario;
use crate::wire::{FlightSearch, Offer, Offers, Order, OrderRequest, StaySearch, Terms};

pub const NOTICE: &str = "Sample data: these flights, hotels and prices are fictional.";

/// The whole API and the pages, to be served on a socket or called in process.
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
        .with_state(supplier.clone())
        .merge(crate::web::router(supplier))
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
    let today = supplier.scenario_of(&headers)?;
    supplier.find_flights(&today, &search).await.map(answer)
}

async fn search_stays(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Offers>, Failure> {
    let search: StaySearch = parsed(&body)?;
    let today = supplier.scenario_of(&headers)?;
    supplier.find_stays(&today, &search).await.map(answer)
}

async fn quote(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Offer>, Failure> {
    let today = supplier.scenario_of(&headers)?;
    supplier.quote(&today, &id).await.map(Json)
}

async fn hold(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Offer>, Failure> {
    let today = supplier.scenario_of(&headers)?;
    supplier.hold(&today, &id).await.map(Json)
}

async fn release(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<serde_json::Value>, Failure> {
    let today = supplier.scenario_of(&headers)?;
    supplier.release(&today, &id).await?;
    Ok(Json(json!({})))
}

/// The header `Idempotency-Key` names the purchase.
async fn place_order(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Order>), Failure> {
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .unwrap_or_default();
    let request: OrderRequest = parsed(&body)?;
    let today = supplier.scenario_of(&headers)?;
    let sold = supplier.place_order(&today, key, &request).await?;
    let status = if sold.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(sold.order)))
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
    let today = supplier.scenario_of(&headers)?;
    supplier.order_by_key(&today, &query.key).await.map(Json)
}

async fn read_order(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> Result<Json<Order>, Failure> {
    let today = supplier.scenario_of(&headers)?;
    supplier.order_by_reference(&today, &reference).await.map(Json)
}

async fn cancel_order(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> Result<Json<Order>, Failure> {
    let today = supplier.scenario_of(&headers)?;
    supplier.cancel(&today, &reference).await.map(Json)
}

async fn cancellation_terms(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> Result<Json<Terms>, Failure> {
    let today = supplier.scenario_of(&headers)?;
    supplier.cancellation_terms(&today, &reference).await.map(Json)
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
    /// Of this request alone, by its header, or of everybody.
    pub(crate) fn scenario_of(&self, headers: &HeaderMap) -> Result<Scenario, Failure> {
        match headers.get("x-scenario") {
            Some(name) => named_scenario(name.to_str().unwrap_or_default()),
            None => Ok(self.scenario()),
        }
    }
}

fn answer(offers: Vec<Offer>) -> Json<Offers> {
    Json(Offers {
        notice: NOTICE.into(),
        offers,
    })
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::BadRequest(error.to_string()))
}

fn named_scenario(name: &str) -> Result<Scenario, Failure> {
    name.parse()
        .map_err(|error: crate::scenario::UnknownScenario| Failure::BadRequest(error.to_string()))
}
