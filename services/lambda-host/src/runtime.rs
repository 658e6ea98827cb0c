//! What the outside world gives a function: clients' configuration, settings, a clock and HTTP. Everything ambient
//! comes in here, so that a simulation can bring its own.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use aws_types::SdkConfig;
use jiff::Timestamp;

use crate::http::HttpClient;

#[derive(Clone)]
pub struct Runtime {
    /// For making the AWS clients a function needs; it carries the function's own credentials.
    pub aws: SdkConfig,
    /// The function's environment as `template.yaml` sets it.
    pub settings: BTreeMap<String, String>,
    pub clock: Arc<dyn Clock>,
    pub http: Arc<dyn HttpClient>,
}

pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("the setting {0} is missing from the function's environment")]
    Missing(String),
    #[error("the setting {name} cannot be read as {wanted}: {reason}")]
    Invalid {
        name: String,
        wanted: &'static str,
        reason: String,
    },
}

impl Runtime {
    pub fn setting(&self, name: &str) -> Result<&str, ConfigError> {
        self.settings
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| ConfigError::Missing(name.into()))
    }

    /// A setting with a default: absent is fine, unreadable is not.
    pub fn setting_or<T>(&self, name: &str, default: T) -> Result<T, ConfigError>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        match self.settings.get(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|error: T::Err| ConfigError::Invalid {
                name: name.into(),
                wanted: std::any::type_name::<T>(),
                reason: error.to_string(),
            }),
        }
    }
}

/// The machine's clock, for `main` only.
#[cfg(feature = "lambda")]
pub struct SystemClock;

#[cfg(feature = "lambda")]
impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the real clock on AWS"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
