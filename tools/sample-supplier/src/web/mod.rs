//! The pages: a search form, results, an offer, the passengers' form, a last look, the order, its cancellation, and an
//! order found again by the buyer's own reference. Rendered here, without a script; the same inventory and order book
//! as the API's.
//!
//! What pages say is also there as microdata, as on real suppliers' pages. A scenario can have a page redesigned.

mod forms;
mod html;
mod pages;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::Supplier;
use crate::failure::Failure;
use crate::scenario::Scenario;
use forms::Fields;

/// All below `/web`.
pub fn router(supplier: Supplier) -> Router {
    Router::new()
        .route("/web/", get(search_form))
        .route("/web/flights", get(flights))
        .route("/web/stays", get(stays))
        .route("/web/offers/{id}", get(offer))
        .route("/web/offers/{id}/hold", post(hold))
        .route("/web/offers/{id}/release", post(release))
        .route("/web/offers/{id}/passengers", get(passengers))
        .route("/web/review", post(review))
        .route("/web/orders", post(place_order).get(find_order))
        .route("/web/orders/{reference}", get(order))
        .route("/web/orders/{reference}/cancel", get(cancellation).post(cancel))
        .with_state(supplier)
}

/// A page, or the page that says what went wrong.
struct Shown(Result<Response, Failure>);

impl IntoResponse for Shown {
    fn into_response(self) -> Response {
        self.0.unwrap_or_else(|failure| {
            let (status, code) = failure.status_and_code();
            page(status, pages::refused(code, &failure.to_string()))
        })
    }
}

fn page(status: StatusCode, html: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, html).into_response()
}

fn ok(html: String) -> Response {
    page(StatusCode::OK, html)
}

/// Elsewhere after a form was sent, so that going back or reloading sends nothing twice.
fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}

async fn search_form(State(supplier): State<Supplier>) -> Response {
    let today = supplier.now().strftime("%Y-%m-%d").to_string();
    ok(pages::search_form(&today))
}

async fn flights(State(supplier): State<Supplier>, headers: HeaderMap, RawQuery(query): RawQuery) -> Shown {
    let found = async {
        let today = supplier.scenario_of(&headers)?;
        let search = Fields::of_query(query).flight_search()?;
        let offers = supplier.find_flights(&today, &search).await?;
        Ok(results(&today, "Flights", &offers))
    };
    Shown(found.await)
}

async fn stays(State(supplier): State<Supplier>, headers: HeaderMap, RawQuery(query): RawQuery) -> Shown {
    let found = async {
        let today = supplier.scenario_of(&headers)?;
        let search = Fields::of_query(query).stay_search()?;
        let offers = supplier.find_stays(&today, &search).await?;
        Ok(results(&today, "Hotels", &offers))
    };
    Shown(found.await)
}

fn results(today: &Scenario, title: &str, offers: &[crate::wire::Offer]) -> Response {
    match &today.moved_to {
        Some(elsewhere) => Redirect::to(elsewhere).into_response(),
        None => ok(pages::results(today, title, offers)),
    }
}

/// At its present price, which has an id of its own.
async fn offer(State(supplier): State<Supplier>, headers: HeaderMap, Path(id): Path<String>) -> Shown {
    let found = async {
        let today = supplier.scenario_of(&headers)?;
        let before = supplier.offer_of(&id)?;
        let offer = supplier.quote(&today, &id).await?;
        Ok(ok(pages::offer(&offer, before.total)))
    };
    Shown(found.await)
}

async fn hold(State(supplier): State<Supplier>, headers: HeaderMap, Path(id): Path<String>) -> Shown {
    let held = async {
        let today = supplier.scenario_of(&headers)?;
        supplier.hold(&today, &id).await?;
        Ok(see(&format!("/web/offers/{id}/passengers")))
    };
    Shown(held.await)
}

async fn release(State(supplier): State<Supplier>, headers: HeaderMap, Path(id): Path<String>) -> Shown {
    let released = async {
        let today = supplier.scenario_of(&headers)?;
        supplier.release(&today, &id).await?;
        Ok(see(&format!("/web/offers/{id}/passengers")))
    };
    Shown(released.await)
}

/// At the price its id has: what is held or ordered from here.
async fn passengers(State(supplier): State<Supplier>, headers: HeaderMap, Path(id): Path<String>) -> Shown {
    let asked = async {
        let today = supplier.scenario_of(&headers)?;
        let offer = supplier.offer_of(&id)?;
        Ok(ok(pages::passengers(&today, &offer)))
    };
    Shown(asked.await)
}

async fn review(State(supplier): State<Supplier>, body: Bytes) -> Shown {
    let shown = || {
        let fields = Fields::of_body(&body);
        let request = fields.order_request()?;
        let offer = supplier.offer_of(&request.offer)?;
        Ok(ok(pages::review(&offer, fields.get("key"), &request)))
    };
    Shown(shown())
}

/// Sending the form twice leads to the same order, and says so.
async fn place_order(State(supplier): State<Supplier>, headers: HeaderMap, body: Bytes) -> Shown {
    let placed = async {
        let today = supplier.scenario_of(&headers)?;
        let fields = Fields::of_body(&body);
        let request = fields.order_request()?;
        let sold = supplier.place_order(&today, fields.get("key"), &request).await?;
        let seen = if sold.is_new { "" } else { "?seen=before" };
        Ok(see(&format!("/web/orders/{}{seen}", sold.order.reference)))
    };
    Shown(placed.await)
}

async fn find_order(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Shown {
    let found = async {
        let today = supplier.scenario_of(&headers)?;
        let order = supplier
            .order_by_key(&today, Fields::of_query(query).get("key"))
            .await?;
        Ok(see(&format!("/web/orders/{}", order.reference)))
    };
    Shown(found.await)
}

async fn order(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(reference): Path<String>,
    RawQuery(query): RawQuery,
) -> Shown {
    let found = async {
        let today = supplier.scenario_of(&headers)?;
        let order = supplier.order_by_reference(&today, &reference).await?;
        let offer = supplier.offer_of(&order.offer)?;
        let was_there_before = Fields::of_query(query).get("seen") == "before";
        Ok(ok(pages::order(&today, &order, &offer, was_there_before)))
    };
    Shown(found.await)
}

async fn cancellation(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> Shown {
    let asked = async {
        let today = supplier.scenario_of(&headers)?;
        let order = supplier.order_by_reference(&today, &reference).await?;
        if order.refund.is_some() {
            return Ok(see(&format!("/web/orders/{reference}")));
        }
        let terms = supplier.cancellation_terms(&today, &reference).await?;
        Ok(ok(pages::cancellation(&order, &terms)))
    };
    Shown(asked.await)
}

async fn cancel(
    State(supplier): State<Supplier>,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> Shown {
    let cancelled = async {
        let today = supplier.scenario_of(&headers)?;
        supplier.cancel(&today, &reference).await?;
        Ok(see(&format!("/web/orders/{reference}")))
    };
    Shown(cancelled.await)
}
