//! One entry of `SUPPLIERS`: what every supplier has, and what only its kind needs.

use std::time::Duration;

use events_schema::ids::SupplierId;
use http::Uri;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::RegistryError;

#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// What offers, events and audit call the supplier.
    pub name: String,
    pub kind: String,
    /// For one request.
    #[serde(default = "twenty")]
    timeout_s: u64,
    /// How many requests may be under way at once, in one copy of a function.
    #[serde(default = "eight")]
    pub concurrency: usize,
    #[serde(flatten)]
    own: Map<String, Value>,
}

fn twenty() -> u64 {
    20
}

fn eight() -> usize {
    8
}

impl Entry {
    pub fn id(&self) -> SupplierId {
        SupplierId::new(self.name.clone())
    }

    pub fn limit(&self) -> Duration {
        Duration::from_secs(self.timeout_s)
    }

    /// What only this kind needs.
    pub fn own<Settings: DeserializeOwned>(&self) -> Result<Settings, RegistryError> {
        serde_json::from_value(Value::Object(self.own.clone())).map_err(|source| RegistryError::Settings {
            name: self.name.clone(),
            source,
        })
    }

    /// Where an API's paths begin.
    pub fn address(&self, url: &str) -> Result<Uri, RegistryError> {
        let parsed = url.trim_end_matches('/').parse::<Uri>().ok();
        parsed
            .filter(|uri| uri.host().is_some())
            .ok_or_else(|| RegistryError::Url {
                name: self.name.clone(),
                url: url.into(),
            })
    }
}
