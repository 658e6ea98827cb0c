//! Duffel: flights and stays of real airlines and hotels. How an answer is read is in [`answers`]; the JSON is in
//! [`wire`]; [`flights`] and [`stays`] are the two things it sells, [`handle`] tells them apart.

mod answers;
mod api;
mod flights;
mod handle;
mod notices;
mod offers;
mod orders;
mod passengers;
mod rooms;
mod secret;
mod stays;
mod wire;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use events_schema::ids::SupplierId;
use events_schema::rows::PassengerRow;
use events_schema::trip::{FlightWish, Offer, StayWish};
use lambda_host::Runtime;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use api::Api;
use handle::{Handle, Reference};
use secret::Secret;

use crate::error::SupplierError;
use crate::notice::{Notice, NoticeError, ScheduleChange};
use crate::port::{BookRequest, Cancellation, CancellationTerms, Order, Supplier};
use crate::registry::{Entry, RegistryError};

/// `{"name": "duffel", "kind": "duffel", "token_secret": "sojourn/duffel-token"}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Name or ARN of the Secrets Manager secret that holds the access token, and nothing else.
    token_secret: String,
    /// The same for the key that webhooks are signed with; without it, none is believed.
    webhook_secret: Option<String>,
    #[serde(default = "public_api")]
    url: String,
    /// What is sold through it: an account may have one and not the other.
    #[serde(default = "yes")]
    flights: bool,
    #[serde(default = "yes")]
    stays: bool,
}

fn public_api() -> String {
    "https://api.duffel.com".into()
}

fn yes() -> bool {
    true
}

pub(crate) fn make(entry: &Entry, runtime: &Runtime) -> Result<Arc<dyn Supplier>, RegistryError> {
    let settings: Settings = entry.own()?;
    let secrets = aws_sdk_secretsmanager::Client::new(&runtime.aws);
    Ok(Arc::new(Duffel {
        id: entry.id(),
        api: Api {
            base: entry.address(&settings.url)?,
            http: runtime.http.clone(),
            limit: entry.limit(),
            clock: runtime.clock.clone(),
            token: Secret::new(secrets.clone(), settings.token_secret),
            not_before: Mutex::default(),
        },
        sells_flights: settings.flights,
        sells_stays: settings.stays,
        webhook_key: settings.webhook_secret.map(|secret| Secret::new(secrets, secret)),
    }))
}

pub struct Duffel {
    id: SupplierId,
    api: Api,
    sells_flights: bool,
    sells_stays: bool,
    /// Signs what Duffel tells of its own accord.
    webhook_key: Option<Secret>,
}

#[async_trait]
impl Supplier for Duffel {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    async fn search_flights(&self, wish: &FlightWish, travellers: u8) -> Result<Vec<Offer>, SupplierError> {
        match self.sells_flights {
            true => flights::search(self, wish, travellers).await,
            false => Ok(Vec::new()),
        }
    }

    async fn search_stays(&self, wish: &StayWish, travellers: u8) -> Result<Vec<Offer>, SupplierError> {
        match self.sells_stays {
            true => stays::search(self, wish, travellers).await,
            false => Ok(Vec::new()),
        }
    }

    async fn quote(&self, offer: &Offer) -> Result<Offer, SupplierError> {
        match handle(offer)? {
            Handle::Flight(id) => flights::quote(self, &id, offer).await,
            Handle::HeldFlight(id) => flights::quote_held(self, &id, offer).await,
            Handle::Rate(rate) | Handle::QuotedRate { rate, .. } => stays::quote(self, &rate, offer).await,
        }
    }

    async fn hold(&self, offer: &Offer, passengers: &[PassengerRow]) -> Result<Offer, SupplierError> {
        match handle(offer)? {
            Handle::Flight(id) => flights::hold(self, &id, offer, passengers).await,
            Handle::HeldFlight(id) => flights::quote_held(self, &id, offer).await,
            Handle::Rate(_) | Handle::QuotedRate { .. } => Err(SupplierError::Rejected {
                reason: "stays are not held".into(),
            }),
        }
    }

    async fn release(&self, offer: &Offer) -> Result<(), SupplierError> {
        match handle(offer)? {
            Handle::HeldFlight(id) => flights::release(self, &id).await,
            Handle::Flight(_) | Handle::Rate(_) | Handle::QuotedRate { .. } => Ok(()),
        }
    }

    async fn cancellation_terms(&self, reference: &str) -> Result<CancellationTerms, SupplierError> {
        let reference: Reference = reference.parse()?;
        match reference.is_stay() {
            true => stays::terms(self, &reference.id).await,
            false => orders::terms(&self.api, &reference.id).await,
        }
    }

    async fn book(&self, request: BookRequest<'_>) -> Result<Order, SupplierError> {
        match handle(request.offer)? {
            Handle::Flight(id) => flights::book(self, &id, request).await,
            Handle::HeldFlight(id) => flights::book_held(self, &id, request).await,
            Handle::Rate(rate) => stays::book_unquoted(self, &rate, request).await,
            Handle::QuotedRate { quote, .. } => stays::book(self, &quote, request).await,
        }
    }

    async fn cancel(&self, reference: &str) -> Result<Cancellation, SupplierError> {
        let reference: Reference = reference.parse()?;
        match reference.is_stay() {
            true => stays::cancel(self, &reference.id).await,
            false => orders::cancel_by_id(&self.api, &reference.id).await,
        }
    }

    async fn look_up(&self, idempotency_key: &str) -> Result<Option<Order>, SupplierError> {
        if self.sells_flights
            && let Some(order) = orders::by_key(&self.api, idempotency_key).await?
        {
            return Ok(Some(order));
        }
        match self.sells_stays {
            true => stays::by_key(self, idempotency_key).await,
            false => Ok(None),
        }
    }

    async fn understand(&self, notice: &Notice<'_>) -> Result<Vec<ScheduleChange>, NoticeError> {
        let key = self.webhook_key.as_ref().ok_or(NoticeError::None)?;
        let key = key
            .read(self.api.clock.now())
            .await
            .map_err(|error| NoticeError::Key(error.into()))?;
        notices::understand(self, key.as_bytes(), notice).await
    }

    async fn look_up_purchase(&self, request: BookRequest<'_>) -> Result<Option<Order>, SupplierError> {
        match handle(request.offer)? {
            Handle::Flight(id) => flights::find(self, &id, request.idempotency_key).await,
            Handle::HeldFlight(id) => flights::find_held(self, &id, request.idempotency_key).await,
            Handle::Rate(_) | Handle::QuotedRate { .. } => stays::by_key(self, request.idempotency_key).await,
        }
    }
}

fn handle(offer: &Offer) -> Result<Handle, SupplierError> {
    offer
        .supplier_offer
        .parse()
        .map_err(|error: handle::NotOurs| SupplierError::Rejected {
            reason: error.to_string(),
        })
}

fn gone(reason: &str) -> SupplierError {
    SupplierError::Gone {
        reason: reason.into(),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the answer says something that we have no words for")]
struct NoWords;

fn not_understood() -> SupplierError {
    SupplierError::unavailable(NoWords)
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
