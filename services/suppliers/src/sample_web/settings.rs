//! The adapter from its entry in `SUPPLIERS`: where the pages are, and which browser visits them.

use std::sync::Arc;

use async_trait::async_trait;
use browser::{Browser, BrowserError, Bucket, Pictures, Tab};
use lambda_host::Runtime;
use serde::Deserialize;

use super::SampleWeb;
use crate::port::Supplier;
use crate::registry::{Entry, RegistryError};

/// Below which a bucket's lifecycle rule lets pictures expire.
const PREFIX: &str = "pages/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "chromium"), allow(dead_code, reason = "read, and refused"))]
struct Settings {
    /// Where the pages begin; the browser visits no other host.
    url: String,
    #[serde(default)]
    browser: Which,
    /// Browsers at once, in one copy of a function.
    #[serde(default = "two")]
    browsers: usize,
}

fn two() -> usize {
    2
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(not(feature = "chromium"), allow(dead_code, reason = "read, and refused"))]
enum Which {
    /// Of this machine: by its usual names, unless one is given.
    Chromium { program: Option<String> },
    /// Of AWS: the managed browser, unless one is named.
    Agentcore {
        #[serde(default = "managed")]
        id: String,
        /// Other than the region's own.
        endpoint: Option<String>,
    },
}

impl Default for Which {
    fn default() -> Self {
        Self::Chromium { program: None }
    }
}

fn managed() -> String {
    "aws.browser.v1".into()
}

/// A browser that is not there is said at once, in the log; the supplier then answers that it is not available, and all
/// others go on.
pub fn supplier(entry: &Entry, runtime: &Runtime) -> Result<Arc<dyn Supplier>, RegistryError> {
    let settings: Settings = entry.own()?;
    entry.address(&settings.url)?;
    let browser = driver(&settings, entry, runtime)?.unwrap_or_else(|missing| {
        tracing::warn!(supplier = %entry.name, "{missing}; this supplier will not be asked");
        Arc::new(Absent(missing))
    });
    let bucket = runtime
        .setting_or("EVIDENCE_BUCKET", String::new())
        .unwrap_or_default();
    let pictures = (!bucket.is_empty()).then(|| {
        Arc::new(Bucket {
            s3: aws_sdk_s3::Client::new(&runtime.aws),
            name: bucket,
            prefix: PREFIX.into(),
        }) as Arc<dyn Pictures>
    });
    Ok(Arc::new(SampleWeb::new(
        entry.id(),
        &settings.url,
        browser,
        pictures,
    )))
}

/// The browser, or why there is none.
type Found = Result<Arc<dyn Browser>, String>;

#[cfg(feature = "chromium")]
fn driver(settings: &Settings, entry: &Entry, runtime: &Runtime) -> Result<Found, RegistryError> {
    use browser::{AgentCore, Allowed, Chromium, Driver, Limits, Sessions};

    let limits = Limits::within(entry.limit());
    let sessions: Arc<dyn Sessions> = match &settings.browser {
        Which::Chromium { program } => match Chromium::find(program.as_deref()) {
            Ok(chromium) => Arc::new(chromium),
            Err(missing) => return Ok(Err(missing.to_string())),
        },
        Which::Agentcore { id, endpoint } => {
            let (Some(region), Some(credentials)) =
                (runtime.aws.region(), runtime.aws.credentials_provider())
            else {
                return Ok(Err("AgentCore needs a region and credentials".into()));
            };
            let usual = format!("https://bedrock-agentcore.{region}.amazonaws.com");
            let endpoint = entry.address(endpoint.as_deref().unwrap_or(&usual))?;
            let (http, clock) = (runtime.http.clone(), runtime.clock.clone());
            let time = limits.time;
            Arc::new(AgentCore::new(
                endpoint,
                region.as_ref(),
                id,
                credentials,
                http,
                clock,
                time,
            ))
        }
    };
    let allowed = Allowed::only([settings.url.as_str()]);
    Ok(Ok(Arc::new(Driver::new(
        sessions,
        allowed,
        limits,
        settings.browsers.max(1),
    ))))
}

#[cfg(not(feature = "chromium"))]
fn driver(_: &Settings, _: &Entry, _: &Runtime) -> Result<Found, RegistryError> {
    Ok(Err(
        "this program was built without a browser's driver: `cargo run --features chromium`".into(),
    ))
}

/// Stands for a browser that is not there.
struct Absent(String);

#[async_trait]
impl Browser for Absent {
    async fn open(&self) -> Result<Box<dyn Tab>, BrowserError> {
        Err(BrowserError::not_started(self.0.clone()))
    }
}
