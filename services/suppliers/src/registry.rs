//! Which suppliers there are: the setting `SUPPLIERS`, a JSON list.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use events_schema::ids::SupplierId;
use http::Uri;
use lambda_host::http::HttpClient;
use lambda_host::{ConfigError, Live, Runtime};
use serde::Deserialize;

use crate::port::Supplier;
use crate::sample_api::SampleApi;

/// One entry of `SUPPLIERS`, a shape for each kind of adapter.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Entry {
    SampleApi {
        name: String,
        url: String,
        #[serde(default = "default_timeout_s")]
        timeout_s: u64,
    },
}

fn default_timeout_s() -> u64 {
    20
}

/// The configured suppliers, by name.
#[derive(Clone)]
pub struct Registry {
    suppliers: BTreeMap<SupplierId, Arc<dyn Supplier>>,
}

#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error("SUPPLIERS is not a list of suppliers")]
    Malformed(#[from] serde_json::Error),
    #[error("the supplier {name} has no usable url: {url}")]
    Url { name: String, url: String },
    #[error("two suppliers are called {0}")]
    Twice(SupplierId),
    #[error("no supplier is called {0}")]
    Unknown(SupplierId),
}

impl Registry {
    pub fn new(suppliers: impl IntoIterator<Item = Arc<dyn Supplier>>) -> Result<Self, RegistryError> {
        let mut by_name = BTreeMap::new();
        for supplier in suppliers {
            let name = supplier.id().clone();
            if by_name.insert(name.clone(), supplier).is_some() {
                return Err(RegistryError::Twice(name));
            }
        }
        Ok(Self { suppliers: by_name })
    }

    /// Reads `[{"name": "sample-api", "kind": "sample-api", "url": "http://127.0.0.1:8790"}]`.
    pub fn parse(json: &str, http: &Arc<dyn HttpClient>) -> Result<Self, RegistryError> {
        let entries: Vec<Entry> = serde_json::from_str(json)?;
        let made: Result<Vec<_>, _> = entries
            .into_iter()
            .map(|entry| make(entry, http.clone()))
            .collect();
        Self::new(made?)
    }

    /// Setting: `SUPPLIERS`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Self::parse(runtime.setting("SUPPLIERS")?, &runtime.http).map_err(|error| ConfigError::Invalid {
            name: "SUPPLIERS".into(),
            wanted: "a list of suppliers",
            reason: OneLine(&error).to_string(),
        })
    }

    /// All of them, in the order of their names. A replay has no [`Live`] and so reaches none.
    pub fn all(&self, _live: &Live) -> Vec<Arc<dyn Supplier>> {
        self.suppliers.values().cloned().collect()
    }

    pub fn get(&self, _live: &Live, name: &SupplierId) -> Result<Arc<dyn Supplier>, RegistryError> {
        self.suppliers
            .get(name)
            .cloned()
            .ok_or_else(|| RegistryError::Unknown(name.clone()))
    }
}

fn make(entry: Entry, http: Arc<dyn HttpClient>) -> Result<Arc<dyn Supplier>, RegistryError> {
    match entry {
        Entry::SampleApi { name, url, timeout_s } => {
            let Some(base) = url
                .trim_end_matches('/')
                .parse::<Uri>()
                .ok()
                .filter(|uri| uri.host().is_some())
            else {
                return Err(RegistryError::Url { name, url });
            };
            let limit = Duration::from_secs(timeout_s);
            Ok(Arc::new(SampleApi::new(SupplierId::new(name), base, http, limit)))
        }
    }
}

/// An error with its source in one line: configuration errors carry text.
struct OneLine<'a>(&'a RegistryError);

impl std::fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)?;
        std::error::Error::source(self.0).map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}
