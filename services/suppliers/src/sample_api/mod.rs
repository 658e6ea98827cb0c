//! The sample supplier over its HTTP API. How each answer is read is in [`answers`]; its JSON is in [`wire`].

mod answers;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use events_schema::ids::SupplierId;
use events_schema::rows::PassengerRow;
use events_schema::trip::{Cabin, FlightWish, LegContent, Offer, StayWish};
use http::{Method, Request, Uri};
use lambda_host::Runtime;
use lambda_host::http::HttpClient;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::effect::Effect;
use crate::error::SupplierError;
use crate::port::{BookRequest, Cancellation, CancellationTerms, Order, Supplier};
use crate::registry::{Entry, RegistryError};

/// `{"name": "sample-api", "kind": "sample-api", "url": "http://127.0.0.1:8790"}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: String,
}

pub(crate) fn make(entry: &Entry, runtime: &Runtime) -> Result<Arc<dyn Supplier>, RegistryError> {
    let Settings { url } = entry.own()?;
    let supplier = SampleApi::new(
        entry.id(),
        entry.address(&url)?,
        runtime.http.clone(),
        entry.limit(),
    );
    Ok(Arc::new(supplier))
}

pub struct SampleApi {
    id: SupplierId,
    base: Uri,
    http: Arc<dyn HttpClient>,
    limit: Duration,
}

impl SampleApi {
    /// `base` is where the API's paths begin; `limit` holds for one request.
    pub fn new(id: SupplierId, base: Uri, http: Arc<dyn HttpClient>, limit: Duration) -> Self {
        Self {
            id,
            base,
            http,
            limit,
        }
    }

    async fn send<Answer: DeserializeOwned>(
        &self,
        effect: Effect,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<Answer, SupplierError> {
        let request = request
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| SupplierError::Rejected {
                reason: error.to_string(),
            })?;
        let answer = effect.send(self.http.as_ref(), self.limit, request).await?;
        answers::read(effect, &answer)
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base.to_string().trim_end_matches('/')))
    }

    async fn post<Answer: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Answer, SupplierError> {
        self.send(Effect::None, self.request(Method::POST, path), json(body)?)
            .await
    }

    async fn about(&self, offer: &Offer, verb: &str) -> Result<Offer, SupplierError> {
        let path = format!("/offers/{}/{verb}", escaped(&offer.supplier_offer));
        let answer: wire::Offer = self
            .send(Effect::None, self.request(Method::POST, &path), Bytes::new())
            .await?;
        let LegContent::Stay { place, .. } = &offer.content else {
            return answers::offer(&self.id, answer, None).map(|now| Offer {
                id: offer.id.clone(),
                ..now
            });
        };
        answers::offer(&self.id, answer, Some(place)).map(|now| Offer {
            id: offer.id.clone(),
            ..now
        })
    }
}

#[async_trait]
impl Supplier for SampleApi {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    async fn search_flights(&self, wish: &FlightWish, travellers: u8) -> Result<Vec<Offer>, SupplierError> {
        let search = wire::FlightSearch {
            origins: &wish.origin.airports,
            destinations: &wish.destination.airports,
            depart_on: wish.depart_on,
            return_on: wish.return_on,
            cabin: wish.cabin.unwrap_or(Cabin::Economy),
            travellers,
            depart_after: wish.depart_after,
            arrive_before: wish.arrive_before,
            non_stop: wish.non_stop,
        };
        let found: wire::Offers = self.post("/flights/search", &search).await?;
        found
            .offers
            .into_iter()
            .map(|offer| answers::offer(&self.id, offer, None))
            .collect()
    }

    async fn search_stays(&self, wish: &StayWish, travellers: u8) -> Result<Vec<Offer>, SupplierError> {
        let (check_in, check_out) = (wish.check_in, wish.check_out);
        let search = wire::StaySearch {
            city: wish.place.code,
            check_in,
            check_out,
            rooms: travellers,
        };
        let found: wire::Offers = self.post("/stays/search", &search).await?;
        found
            .offers
            .into_iter()
            .map(|offer| answers::offer(&self.id, offer, Some(&wish.place)))
            .collect()
    }

    async fn quote(&self, offer: &Offer) -> Result<Offer, SupplierError> {
        self.about(offer, "quote").await
    }

    async fn hold(&self, offer: &Offer, _passengers: &[PassengerRow]) -> Result<Offer, SupplierError> {
        self.about(offer, "hold").await
    }

    async fn release(&self, offer: &Offer) -> Result<(), SupplierError> {
        let path = format!("/offers/{}/release", escaped(&offer.supplier_offer));
        let _: wire::Released = self
            .send(Effect::None, self.request(Method::POST, &path), Bytes::new())
            .await?;
        Ok(())
    }

    async fn cancellation_terms(&self, reference: &str) -> Result<CancellationTerms, SupplierError> {
        let http = self.request(
            Method::GET,
            &format!("/orders/{}/cancellation", escaped(reference)),
        );
        let terms: wire::Terms = self.send(Effect::None, http, Bytes::new()).await?;
        let wire::Terms { paid, refund } = terms;
        Ok(CancellationTerms { paid, refund })
    }

    async fn book(&self, request: BookRequest<'_>) -> Result<Order, SupplierError> {
        let passengers = request.passengers.iter().map(wire::Passenger::of).collect();
        let (offer, total) = (&request.offer.supplier_offer, request.offer.total);
        let body = json(&wire::OrderRequest {
            offer,
            total,
            passengers,
        })?;
        let http = self
            .request(Method::POST, "/orders")
            .header("Idempotency-Key", request.idempotency_key);
        self.send::<wire::Order>(Effect::Buys, http, body)
            .await
            .map(answers::order)
    }

    async fn cancel(&self, reference: &str) -> Result<Cancellation, SupplierError> {
        let http = self.request(Method::POST, &format!("/orders/{}/cancel", escaped(reference)));
        let order: wire::Order = self.send(Effect::Buys, http, Bytes::new()).await?;
        answers::cancellation(order)
    }

    async fn look_up(&self, idempotency_key: &str) -> Result<Option<Order>, SupplierError> {
        let http = self.request(Method::GET, &format!("/orders?key={}", escaped(idempotency_key)));
        match self.send::<wire::Order>(Effect::None, http, Bytes::new()).await {
            Ok(order) => Ok(Some(answers::order(order))),
            Err(SupplierError::Gone { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn json(body: &impl Serialize) -> Result<Bytes, SupplierError> {
    serde_json::to_vec(body)
        .map(Bytes::from)
        .map_err(|error| SupplierError::Rejected {
            reason: error.to_string(),
        })
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
