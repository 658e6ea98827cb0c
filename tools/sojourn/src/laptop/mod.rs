//! Sojourn whole on a laptop: the local cloud from the repository's own template, every function's real code in it,
//! the sample supplier beside it, a local identity provider, and seeded sample people and policy.
//!
//! The end-to-end tests start the very same thing; they only pass a clock that stands still.

mod embeddings;
pub mod foreign;
mod functions;
mod http;
mod identity;
mod model;
mod openai;
mod readings;
mod seed;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use events_schema::ids::EmployeeId;
use jiff::Timestamp;
use local_cloud::clock::Clock;
use local_cloud::cloud::{LocalCloud, Options, StartError};
use local_cloud::connector;

pub use functions::{function, in_process};
pub use http::LocalHttp;
pub use identity::{Identity, IdentityError};
pub use openai::OpenAiModel;
pub use seed::{SAMPLE_PEOPLE, SamplePerson, SeedError, person_named};

/// Where, in process, the sample of an embedding server answers.
const EMBEDDINGS_HOST: &str = "sample-embeddings.local";
/// Where, in process, the sample supplier answers.
const SUPPLIER_HOST: &str = "sample-supplier.local";
/// Where, in process, the identity provider publishes its keys; also the issuer of its tokens.
const IDENTITY_HOST: &str = "identity.local";
/// The web origin that local tokens are made for.
const AUTHORIZED_PARTY: &str = "http://sojourn.local";

pub struct LaptopOptions {
    /// The folder that holds `template.yaml`, `rules/` and `statemachine/`.
    pub repository: PathBuf,
    /// Another template to host instead of the repository's.
    pub template: Option<PathBuf>,
    /// Where everything that must survive is kept.
    pub data_dir: PathBuf,
    pub clock: Clock,
    /// Everything random follows from it.
    pub seed: u64,
    /// Where outside clients reach the endpoint, for the addresses the cloud hands out.
    pub endpoint_url: Option<String>,
    /// Where people open the page: links in e-mails begin with it.
    pub page_url: Option<String>,
    /// A model that plans; without one, rules do.
    pub model: Option<OpenAiModel>,
    /// A model that embeds clauses and questions; without one, words alone find clauses.
    pub embeddings: Option<OpenAiModel>,
    /// Where the sample supplier's pages are served: then it is asked through them, instead of through its API.
    pub sample_web: Option<String>,
    /// Folders of consumers to host beside our own services.
    pub consumers: Vec<PathBuf>,
}

/// What embeds in tests, by an API like any other's, in the place of the model that a deployment asks.
pub fn sample_embeddings() -> OpenAiModel {
    OpenAiModel {
        url: format!("http://{EMBEDDINGS_HOST}/v1"),
        name: "amazon.nova-2-multimodal-embeddings-v1:0".into(),
    }
}

pub struct Laptop {
    pub cloud: LocalCloud,
    pub identity: Identity,
    pub supplier: sample_supplier::Supplier,
    pub clock: Clock,
}

#[derive(Debug, thiserror::Error)]
pub enum LaptopError {
    #[error("the data directory {path} cannot be used")]
    DataDir { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error("the sample supplier cannot keep its orders in {}", path.display())]
    Supplier {
        path: PathBuf,
        source: sample_supplier::StoreError,
    },
    #[error(transparent)]
    Cloud(#[from] StartError),
    #[error("this is no consumer: {0}")]
    Consumer(String),
    #[error(transparent)]
    Seed(#[from] SeedError),
}

impl Laptop {
    /// Starts everything and, on first use of the data directory, seeds the samples. Progress goes to the log.
    pub async fn start(options: LaptopOptions) -> Result<Self, LaptopError> {
        let data_dir = &options.data_dir;
        std::fs::create_dir_all(data_dir).map_err(|source| LaptopError::DataDir {
            path: data_dir.clone(),
            source,
        })?;
        let identity = Identity::open(data_dir)?;
        let supplier = start_supplier(data_dir, options.clock)?;
        let outside = Arc::new(
            LocalHttp::new()
                .serve(EMBEDDINGS_HOST, embeddings::router())
                .serve(SUPPLIER_HOST, sample_supplier::router(supplier.clone()))
                .serve(IDENTITY_HOST, identity.router()),
        );
        let offered = parameters(&options);
        let template = options
            .template
            .unwrap_or_else(|| options.repository.join("template.yaml"));
        let mut hosted = Options::new(template, data_dir, options.clock, options.seed);
        // Another template need not have them.
        hosted.offered_parameters = offered;
        let bedrock = Arc::new(model::Bedrock {
            model: options.model,
            embeddings: options.embeddings,
            readings: readings::Readings::default(),
            http: outside.clone(),
        });
        hosted.bedrock = Some(bedrock.clone());
        if let Some(url) = &options.endpoint_url {
            hosted.base_url.clone_from(url);
        }
        for folder in &options.consumers {
            let bus = format!("{}-bus", hosted.stack_name);
            hosted
                .beside
                .push(foreign::beside(folder, &bus).map_err(LaptopError::Consumer)?);
        }
        let code = functions::provider(options.clock, outside.clone(), options.endpoint_url);
        let cloud = LocalCloud::start(hosted, &code).await?;
        outside.serve_aws(cloud.endpoint());
        let (endpoint, clock) = (cloud.endpoint().clone(), cloud.clock());
        let region = cloud
            .sdk_config("sojourn")
            .region()
            .map(ToString::to_string)
            .unwrap_or_default();
        let clients = move |caller: &str| connector::sdk_config(&endpoint, clock, &region, caller);
        bedrock.readings.connect(clients);
        seed::seed(&cloud, outside).await?;
        Ok(Self {
            cloud,
            identity,
            supplier,
            clock: options.clock,
        })
    }

    /// Whether the template hosted is Sojourn's, rather than another one.
    pub fn is_sojourn(&self) -> bool {
        let functions = &self.cloud.template().functions;
        functions
            .iter()
            .any(|function| function.logical_id == "GatewayMessageFunction")
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A session token for one of the sample people.
    pub fn token(&self, person: &SamplePerson) -> Result<String, IdentityError> {
        self.identity
            .token(&EmployeeId::new(person.employee), person.roles, self.now())
    }
}

fn start_supplier(data_dir: &Path, clock: Clock) -> Result<sample_supplier::Supplier, LaptopError> {
    let path = data_dir.join("sample-supplier.sqlite");
    let config = sample_supplier::Config {
        store: Some(path.clone()),
        ..Default::default()
    };
    sample_supplier::Supplier::new(config, Arc::new(move || clock.now()))
        .map_err(|source| LaptopError::Supplier { path, source })
}

/// The template's own default.
const SEARCH_TIMEOUT_S: u32 = 8;
/// How long pages may take to search: a browser is started for every look, and the machine may be busy.
const PAGES_TIMEOUT_S: u32 = 25;

/// What differs from a deployment: who signs tokens, where the page is, which suppliers are asked, and what embeds.
fn parameters(options: &LaptopOptions) -> std::collections::BTreeMap<String, String> {
    let suppliers = match &options.sample_web {
        Some(pages) => serde_json::json!([
            {"name": "sample-web", "kind": "sample-web", "url": pages, "timeout_s": PAGES_TIMEOUT_S}
        ]),
        None => serde_json::json!([
            {"name": "sample-api", "kind": "sample-api", "url": format!("http://{SUPPLIER_HOST}")}
        ]),
    };
    let search_s = if options.sample_web.is_some() {
        PAGES_TIMEOUT_S
    } else {
        SEARCH_TIMEOUT_S
    };
    [
        ("TokenIssuer", format!("http://{IDENTITY_HOST}")),
        (
            "TokenKeysUrl",
            format!("http://{IDENTITY_HOST}/.well-known/jwks.json"),
        ),
        ("TokenAuthorizedParties", AUTHORIZED_PARTY.into()),
        ("Suppliers", suppliers.to_string()),
        (
            "PageOrigin",
            options
                .page_url
                .clone()
                .unwrap_or_else(|| AUTHORIZED_PARTY.into()),
        ),
        (
            "EmbeddingModelId",
            options
                .embeddings
                .as_ref()
                .map_or_else(|| "none".into(), |model| model.name.clone()),
        ),
        ("SupplierTimeoutS", search_s.to_string()),
        ("WebhooksToLoopback", "true".into()),
        ("WebhooksFirstRetrySeconds", "2".into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
