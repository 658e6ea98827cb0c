//! The whole cloud: a template's resources started over one data directory and connected with each other.
//!
//! Parts know only ports; this is where each port gets its implementation. Start order: what stores (DynamoDB,
//! queues), what computes (Lambda, Step Functions), what carries (EventBridge, S3's announcements), and only then
//! the loops that set things moving, so that nothing left over from the last run is delivered into a gap.

mod configs;
mod integrations;
#[cfg(test)]
mod integrations_tests;
mod publishers;
mod targets;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_types::SdkConfig;
use axum::Router;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::connector;
use crate::dynamodb::{self, DynamoDb};
use crate::edge::kms::Kms;
use crate::edge::s3::{Buckets, S3Error};
use crate::edge::ses::Ses;
use crate::edge::sqs::{Queues, SqsError};
use crate::edge::sts::Sts;
use crate::edge::websocket::{self, WebSocketApi};
use crate::endpoint::{ACCOUNT, Endpoint};
use crate::events::{self, EventsService};
use crate::functions::{CodeProvider, Function, Lambda};
use crate::iam::Policies;
use crate::ports::SharedTargets;
use crate::states::{self, StatesService};
use crate::store::Store;
use crate::stream_mappings::{MappingError, Mappings, Surroundings};
use crate::template::{LoadOptions, Template, TemplateError};
use crate::wire::AwsService;
use integrations::CloudIntegrations;
use publishers::{BucketEvents, ExecutionEvents};
use targets::CloudTargets;

pub struct Options {
    pub template: PathBuf,
    /// Everything the cloud keeps; created if missing, used by one process at a time.
    pub data_dir: PathBuf,
    pub clock: Clock,
    /// Decides ids, jitter and whatever else AWS leaves to chance.
    pub seed: u64,
    pub region: String,
    pub stack_name: String,
    pub parameters: BTreeMap<String, String>,
    /// Values for parameters that the template may declare; not declaring one is no mistake.
    pub offered_parameters: BTreeMap<String, String>,
    /// Scheme and host of queue URLs: where the endpoint is served, or anything if only in-process clients use it.
    pub base_url: String,
    /// Answers `bedrock` calls.
    pub bedrock: Option<Arc<dyn AwsService>>,
    /// Further services, by their signing names.
    pub services: Vec<Arc<dyn AwsService>>,
    /// Further stacks, which may put rules on the first one's buses.
    pub beside: Vec<Beside>,
}

/// A stack beside the first one.
#[derive(Clone, Debug)]
pub struct Beside {
    pub template: PathBuf,
    pub stack_name: String,
    /// Values for parameters that its template may declare.
    pub parameters: BTreeMap<String, String>,
}

impl Options {
    /// The defaults: region `eu-west-1`, stack `sojourn`, in-process clients only, no model.
    pub fn new(template: impl Into<PathBuf>, data_dir: impl Into<PathBuf>, clock: Clock, seed: u64) -> Self {
        let load = LoadOptions::default();
        Self {
            template: template.into(),
            data_dir: data_dir.into(),
            clock,
            seed,
            region: load.region,
            stack_name: load.stack_name,
            parameters: load.parameters,
            offered_parameters: load.offered_parameters,
            base_url: load.base_url,
            bedrock: None,
            services: Vec::new(),
            beside: Vec::new(),
        }
    }
}

/// Why the cloud does not start: always something a person can act on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("the data directory {} cannot be used", path.display())]
    DataDirectory { path: PathBuf, source: std::io::Error },
    #[error("the data directory {} is in use by another process", .0.display())]
    InUse(PathBuf),
    #[error("{} cannot be used: it is damaged, or the disk is full", path.display())]
    File { path: PathBuf, source: rusqlite::Error },
    #[error("the store cannot be used")]
    Store(#[from] rusqlite::Error),
    #[error("DynamoDB cannot start on {}", path.display())]
    DynamoDb {
        path: PathBuf,
        source: dynamodb::OpenError,
    },
    #[error("SQS cannot start")]
    Sqs(#[from] SqsError),
    #[error("S3 cannot start")]
    S3(#[from] S3Error),
    #[error("KMS cannot start")]
    Kms(#[source] std::io::Error),
    #[error("EventBridge cannot start")]
    Events(#[from] events::StartError),
    #[error("Step Functions cannot start")]
    States(#[from] states::StartError),
    #[error("event source mappings cannot start")]
    Mappings(#[from] MappingError),
    #[error("{0} has no code: {1}")]
    NoCode(String, String),
    #[error("the template has {0} WebSocket APIs; the local cloud serves one")]
    SeveralApis(usize),
}

/// A running cloud. It stops when dropped, as a killed process would: what is queued goes on at the next start.
pub struct LocalCloud {
    template: Template,
    endpoint: Endpoint,
    clock: Clock,
    region: String,
    parts: Parts,
    tasks: Vec<JoinHandle<()>>,
    _lock: File,
}

/// The services, for those who look behind the endpoint.
#[derive(Clone)]
pub struct Parts {
    pub dynamodb: Arc<DynamoDb>,
    pub lambda: Arc<Lambda>,
    pub queues: Arc<Queues>,
    pub buckets: Arc<Buckets>,
    pub events: Arc<EventsService>,
    pub states: Arc<StatesService>,
    pub mappings: Arc<Mappings>,
    pub ses: Arc<Ses>,
    /// Absent if the template has no WebSocket API.
    pub websocket: Option<Arc<WebSocketApi>>,
}

impl LocalCloud {
    /// Reads the template, opens the data directory, and takes up whatever the last run left there.
    ///
    /// `code` is asked once for each function. Seeds this thread's `fastrand`, from which SDK clients draw their
    /// invocation ids and retry jitter.
    pub async fn start(options: Options, code: &CodeProvider) -> Result<Self, StartError> {
        fastrand::seed(options.seed);
        let mut template = Template::load(&options.template, &load_options(&options))?;
        for beside in &options.beside {
            join(&mut template, beside, &options)?;
        }
        let lock = lock_directory(&options.data_dir)?;
        let endpoint = Endpoint::new(&options.region, options.seed);
        set_policies(&endpoint, &template);
        endpoint.hold();
        let parts = start_parts(&options, &template, &endpoint, code)?;
        register(&endpoint, &parts, &options, &template);
        let keys = configs::keys(&template, &options.region);
        let kms = Kms::open(&options.data_dir, options.clock, keys).map_err(StartError::Kms)?;
        endpoint.register(Arc::new(kms));
        endpoint.open();
        let mut tasks = vec![
            tokio::spawn(parts.dynamodb.clone().housekeeping()),
            tokio::spawn(parts.lambda.clone().run()),
        ];
        tasks.extend(parts.mappings.loops().into_iter().map(tokio::spawn));
        parts.buckets.resume_events().await?;
        Ok(Self {
            template,
            endpoint,
            clock: options.clock,
            region: options.region,
            parts,
            tasks,
            _lock: lock,
        })
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// For AWS clients that act as `caller`: a logical id of the template, or any other name for an outsider.
    pub fn sdk_config(&self, caller: &str) -> SdkConfig {
        connector::sdk_config(&self.endpoint, self.clock, &self.region, caller)
    }

    pub fn template(&self) -> &Template {
        &self.template
    }

    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The WebSocket API's stage, to be merged with other routes.
    pub fn websocket_router(&self) -> Router {
        self.parts
            .websocket
            .clone()
            .map(websocket::router)
            .unwrap_or_default()
    }

    /// Everything over HTTP: the WebSocket stage, and the AWS endpoint on every other path.
    pub fn router(&self) -> Router {
        self.websocket_router().merge(self.endpoint.router())
    }

    /// Serves [`router`](Self::router) until the listener fails or the future is dropped.
    pub async fn serve(&self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        axum::serve(listener, self.router()).await
    }

    /// Whether something is on its way: a delivery, invocation, record or message not finished, retries included.
    /// Executions that wait for a task token or a time, and schedules, do not count.
    pub fn is_idle(&self) -> bool {
        let p = &self.parts;
        p.lambda.pending() == 0 && p.events.pending() == 0 && p.mappings.pending() == 0 && !p.states.is_busy()
    }

    /// Waits until the cloud [is idle](Self::is_idle). Retries take the time they take, which a paused clock skips.
    pub async fn idle(&self) {
        let mut quiet = 0;
        let mut pause = Duration::from_millis(1);
        // Work passes from part to part between two looks, so one quiet look is not enough.
        while quiet < 3 {
            tokio::time::sleep(pause).await;
            if self.is_idle() {
                quiet += 1;
                pause = Duration::from_millis(1);
            } else {
                quiet = 0;
                pause = (pause * 2).min(Duration::from_millis(250));
            }
        }
    }

    /// Stops everything and waits for it, so that the data directory can be opened again.
    pub async fn shutdown(mut self) {
        self.stop();
        for task in std::mem::take(&mut self.tasks) {
            // Cancelled is what it should be.
            let _ = task.await;
        }
    }

    fn stop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.parts.events.shutdown();
        // Function code holds clients, clients the endpoint, the endpoint the services: here the circle is cut.
        self.endpoint.close();
    }
}

impl Drop for LocalCloud {
    fn drop(&mut self) {
        self.stop();
    }
}

fn load_options(options: &Options) -> LoadOptions {
    LoadOptions {
        stack_name: options.stack_name.clone(),
        region: options.region.clone(),
        parameters: options.parameters.clone(),
        offered_parameters: options.offered_parameters.clone(),
        base_url: options.base_url.clone(),
        other_buses: Vec::new(),
    }
}

fn join(template: &mut Template, beside: &Beside, options: &Options) -> Result<(), TemplateError> {
    let load = LoadOptions {
        stack_name: beside.stack_name.clone(),
        region: options.region.clone(),
        parameters: BTreeMap::new(),
        offered_parameters: beside.parameters.clone(),
        base_url: options.base_url.clone(),
        other_buses: template.buses.iter().map(|bus| bus.name.clone()).collect(),
    };
    let other = Template::load(&beside.template, &load)?;
    template.join(other).map_err(|(id, reason)| TemplateError {
        file: beside.template.clone(),
        logical_id: Some(id),
        reason,
    })
}

fn lock_directory(path: &PathBuf) -> Result<File, StartError> {
    let unusable = |source| StartError::DataDirectory {
        path: path.clone(),
        source,
    };
    std::fs::create_dir_all(path).map_err(unusable)?;
    let lock = File::create(path.join("lock")).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::InUse(path.clone())),
        Err(std::fs::TryLockError::Error(source)) => Err(unusable(source)),
    }
}

fn set_policies(endpoint: &Endpoint, template: &Template) {
    let functions = template.functions.iter().map(|f| (&f.logical_id, &f.grants));
    let machines = template.machines.iter().map(|m| (&m.logical_id, &m.grants));
    for (logical_id, grants) in functions.chain(machines) {
        endpoint.set_policies(logical_id, Policies::new(grants.statements.clone()));
    }
}

fn start_parts(
    options: &Options,
    template: &Template,
    endpoint: &Endpoint,
    code: &CodeProvider,
) -> Result<Parts, StartError> {
    let (clock, region, seed) = (options.clock, options.region.as_str(), options.seed);
    let path = options.data_dir.join("cloud.sqlite");
    let store = Store::open(&path).map_err(|source| StartError::File { path, source })?;
    let path = options.data_dir.join("dynamodb.sqlite");
    let dynamodb = DynamoDb::open(&path, clock, region, &template.tables)
        .map_err(|source| StartError::DynamoDb { path, source })?;
    let queues = Queues::new(
        configs::queues(template, region, &options.base_url),
        store.clone(),
        clock,
    )?;
    let late = Arc::new(CloudTargets::new(queues.clone()));
    let targets: SharedTargets = late.clone();

    let functions = functions(options, template, endpoint, code)?;
    let lambda = Lambda::open(functions, store.clone(), clock, targets.clone(), seed)?;
    late.set_lambda(&lambda);
    let observer = Arc::new(ExecutionEvents::new(late.clone()));
    let integrations = Arc::new(CloudIntegrations::new(endpoint.clone(), Arc::downgrade(&lambda)));
    let machines = configs::machines(template, region, seed);
    let states = StatesService::start(machines, store.clone(), clock, integrations, observer)?;
    late.set_states(&states);
    let events = EventsService::start(
        configs::events(template, region, seed),
        store.clone(),
        clock,
        targets.clone(),
    )?;
    late.set_events(&events);
    let announcements = Arc::new(BucketEvents::new(late, template));
    let buckets = configs::buckets(template, region, options.data_dir.join("s3"));
    let buckets = Buckets::new(buckets, store.clone(), clock, announcements)?;
    let identities = configs::identities(template);
    let ses = Ses::open(region, ACCOUNT, identities, store.clone(), clock)?;
    let around = Surroundings {
        dynamodb: dynamodb.clone(),
        queues: queues.clone(),
        functions: lambda.clone(),
        targets,
        store,
        clock,
    };
    let mappings = Mappings::open(configs::mappings(template), &around)?;
    let websocket = match template.apis.as_slice() {
        [] => None,
        [api] => Some(WebSocketApi::new(
            configs::websocket(api, region),
            lambda.clone(),
            clock,
            seed,
        )),
        several => return Err(StartError::SeveralApis(several.len())),
    };
    Ok(Parts {
        dynamodb,
        lambda,
        queues,
        buckets,
        events,
        states,
        mappings,
        ses: Arc::new(ses),
        websocket,
    })
}

/// Every function with its code; the first without is named and nothing starts.
fn functions(
    options: &Options,
    template: &Template,
    endpoint: &Endpoint,
    code: &CodeProvider,
) -> Result<Vec<Function>, StartError> {
    let with_code = |resource| {
        let spec = configs::function(resource, options.clock, &options.region, endpoint);
        let found = code(&spec).map_err(|why| StartError::NoCode(spec.logical_id.clone(), why))?;
        Ok(Function {
            spec,
            code: found,
            asynchronous: resource.asynchronous.clone(),
        })
    };
    template.functions.iter().map(with_code).collect()
}

fn register(endpoint: &Endpoint, parts: &Parts, options: &Options, template: &Template) {
    endpoint.register(parts.dynamodb.clone());
    endpoint.register_as("streams.dynamodb", parts.dynamodb.clone());
    endpoint.register(parts.lambda.clone());
    endpoint.register(parts.queues.clone());
    endpoint.register(parts.buckets.clone());
    endpoint.register(parts.events.clone());
    endpoint.register(parts.states.clone());
    endpoint.register(parts.ses.clone());
    if let Some(websocket) = &parts.websocket {
        endpoint.register(websocket.clone());
    }
    endpoint.register(Arc::new(configs::stack(template, options)));
    endpoint.register(Arc::new(Sts {
        account: ACCOUNT.into(),
    }));
    for service in options.bedrock.iter().chain(&options.services) {
        endpoint.register(service.clone());
    }
}
