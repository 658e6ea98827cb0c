//! Which suppliers there are: the setting `SUPPLIERS`, a JSON list.

mod entry;

use std::collections::BTreeMap;
use std::sync::Arc;

use events_schema::ids::SupplierId;
use lambda_host::{ConfigError, Live, Runtime};

pub use entry::Entry;

use crate::guard::Guarded;
use crate::health::Health;
use crate::kinds::KINDS;
use crate::limited::Limited;
use crate::port::Supplier;

/// The configured suppliers, by name. A replay has no [`Live`] and so reaches none.
///
/// ```
/// # use events_schema::ids::SupplierId;
/// # use lambda_host::Live;
/// # use suppliers::Registry;
/// fn reach(registry: &Registry, live: &Live, name: &SupplierId) {
///     registry.all(live);
///     registry.get(live, name).ok();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use events_schema::ids::SupplierId;
/// # use lambda_host::Live;
/// # use suppliers::Registry;
/// fn reach(registry: &Registry, live: &Live, name: &SupplierId) {
///     registry.all();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use events_schema::ids::SupplierId;
/// # use lambda_host::Live;
/// # use suppliers::Registry;
/// fn reach(registry: &Registry, live: &Live, name: &SupplierId) {
///     registry.get(name).ok();
/// }
/// ```
#[derive(Clone)]
pub struct Registry {
    suppliers: BTreeMap<SupplierId, Arc<dyn Supplier>>,
    health: Option<Health>,
}

#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error("SUPPLIERS is not a list of suppliers")]
    Malformed(#[from] serde_json::Error),
    #[error("the supplier {name} is of a kind that does not exist, {kind}; there are: {}", kinds().join(", "))]
    UnknownKind { name: String, kind: String },
    #[error("the supplier {name} is not described as its kind needs it")]
    Settings { name: String, source: serde_json::Error },
    #[error("the supplier {name} has no usable url: {url}")]
    Url { name: String, url: String },
    #[error("two suppliers are called {0}")]
    Twice(SupplierId),
    #[error("no supplier is called {0}")]
    Unknown(SupplierId),
}

/// The kinds of adapters there are.
pub fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|(kind, _)| *kind).collect()
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
        Ok(Self {
            suppliers: by_name,
            health: None,
        })
    }

    /// Reads `[{"name": "sample-api", "kind": "sample-api", "url": "http://127.0.0.1:8790"}]`.
    pub fn parse(json: &str, runtime: &Runtime) -> Result<Self, RegistryError> {
        let entries: Vec<Entry> = serde_json::from_str(json)?;
        let made: Result<Vec<_>, _> = entries.iter().map(|entry| make(entry, runtime)).collect();
        Self::new(made?)
    }

    /// Those who buy leave a supplier alone that failed again and again. Settings: `SUPPLIERS`, `SUPPLIER_HEALTH_TABLE`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self::unguarded(runtime)?.guarded(Health::from_runtime(runtime)?))
    }

    /// Asked whatever has happened to them. Setting: `SUPPLIERS`.
    pub fn unguarded(runtime: &Runtime) -> Result<Self, ConfigError> {
        Self::parse(runtime.setting("SUPPLIERS")?, runtime).map_err(|error| ConfigError::Invalid {
            name: "SUPPLIERS".into(),
            wanted: "a list of suppliers",
            reason: OneLine(&error).to_string(),
        })
    }

    pub fn guarded(mut self, health: Health) -> Self {
        self.health = Some(health);
        self
    }

    /// All of them, in the order of their names.
    /// Whoever asks them all keeps count itself: only it knows when it has the whole of an answer.
    pub fn all(&self, _live: &Live) -> Vec<Arc<dyn Supplier>> {
        self.suppliers.values().cloned().collect()
    }

    pub fn get(&self, _live: &Live, name: &SupplierId) -> Result<Arc<dyn Supplier>, RegistryError> {
        let found = self.suppliers.get(name).cloned();
        let supplier = found.ok_or_else(|| RegistryError::Unknown(name.clone()))?;
        Ok(match self.health.clone() {
            Some(health) => Arc::new(Guarded { supplier, health }),
            None => supplier,
        })
    }
}

fn make(entry: &Entry, runtime: &Runtime) -> Result<Arc<dyn Supplier>, RegistryError> {
    let Some((_, make)) = KINDS.iter().find(|(kind, _)| *kind == entry.kind) else {
        return Err(RegistryError::UnknownKind {
            name: entry.name.clone(),
            kind: entry.kind.clone(),
        });
    };
    let limited = Runtime {
        http: Arc::new(Limited::new(runtime.http.clone(), entry.concurrency)),
        ..runtime.clone()
    };
    make(entry, &limited)
}

/// An error with its source in one line: configuration errors carry text.
struct OneLine<'a>(&'a RegistryError);

impl std::fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)?;
        std::error::Error::source(self.0).map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}
