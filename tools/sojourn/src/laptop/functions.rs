//! The code behind the template's functions: the same `function(&Runtime)` that each `bootstrap` binary runs.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use lambda_host::http::Traced;
use lambda_host::{ConfigError, Function, Runtime, steps};
use local_cloud::clock::Clock;
use local_cloud::functions::FunctionSpec;
use local_cloud::ports::{FunctionCode, FunctionError, Invocation};
use serde_json::Value;

use super::{LocalHttp, foreign};

type Build = fn(&Runtime) -> Result<Arc<dyn Function>, ConfigError>;

/// By logical id, in the order of the flow. All but the first are what deploys: that one also takes the local issuer.
const FUNCTIONS: &[(&str, Build)] = &[
    ("GatewayAuthorizerFunction", gateway::authorizer::for_any_issuer),
    ("GatewayConnectFunction", gateway::connect::function),
    ("GatewayDisconnectFunction", gateway::disconnect::function),
    ("GatewayMessageFunction", gateway::message::function),
    ("PeopleFunction", people::function),
    ("PolicyDeskFunction", policy::desk),
    ("PolicyIngestFunction", policy::ingest),
    ("PolicyRetrieveFunction", policy::retrieve),
    ("PlannerFunction", planner::function),
    ("ComplianceFunction", compliance::function),
    ("SearchFunction", search::function),
    ("SchedulesFunction", schedules::function),
    ("BookingTaskFunction", booking::task),
    ("BookingWakeFunction", booking::wake),
    ("BookingCloseFunction", booking::close),
    ("BookingAttentionFunction", booking::attention),
    ("AuditFunction", audit::bookings::function),
    ("AuditFactsFunction", audit::facts::function),
    ("AuditReceiptsFunction", audit::receipts::function),
    ("AuditReconciliationFunction", audit::reconcile::function),
    ("AuditExplorerFunction", audit::explorer::function),
    ("ProgressFunction", progress::function),
    ("InsightsFunction", insights::function),
    ("NoticesFunction", notices::function),
    ("WebhooksFunction", webhooks::function),
    ("SweeperFunction", sweeper::function),
    ("HeartbeatFunction", heartbeat::function),
];

/// Finds the function's code, ours or a foreign program's, or says that there is none.
pub(super) fn provider(
    clock: Clock,
    http: Arc<LocalHttp>,
    endpoint_url: Option<String>,
) -> impl Fn(&FunctionSpec) -> Result<Arc<dyn FunctionCode>, String> + Send + Sync {
    move |spec| {
        let Some((_, build)) = FUNCTIONS.iter().find(|(name, _)| *name == spec.logical_id) else {
            let endpoint_url = endpoint_url
                .as_deref()
                .ok_or("only the functions of Sojourn's own template run without an endpoint to call")?;
            return foreign::process(spec, endpoint_url, clock);
        };
        let runtime = Runtime {
            aws: spec.sdk_config.clone(),
            settings: spec.environment.clone(),
            clock: Arc::new(CloudClock(clock)),
            http: Arc::new(Traced(http.clone())),
        };
        let function = build(&runtime).map_err(|error| error.to_string())?;
        let name = spec.logical_id.clone();
        Ok(Arc::new(Hosted {
            name,
            function,
            clock,
        }) as Arc<dyn FunctionCode>)
    }
}

/// One function's own code with a runtime of the caller's.
pub fn function(logical_id: &str, runtime: &Runtime) -> Option<Result<Arc<dyn Function>, ConfigError>> {
    let known = FUNCTIONS.iter().find(|(name, _)| *name == logical_id);
    known.map(|(_, build)| build(runtime))
}

/// The code behind one function, which reaches others over the network only. For whoever runs the rest as binaries: the
/// authorizer's binary takes no local issuer.
pub fn in_process(spec: &FunctionSpec, clock: Clock) -> Result<Arc<dyn FunctionCode>, String> {
    provider(clock, Arc::new(LocalHttp::new()), None)(spec)
}

/// The cloud's clock, as functions see it.
pub(super) struct CloudClock(pub Clock);

impl lambda_host::Clock for CloudClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

struct Hosted {
    name: String,
    function: Arc<dyn Function>,
    clock: Clock,
}

#[async_trait]
impl FunctionCode for Hosted {
    async fn invoke(&self, invocation: Invocation) -> Result<Value, FunctionError> {
        let context = lambda_host::Invocation {
            request_id: invocation.request_id,
            deadline: self.clock.now() + invocation.timeout,
        };
        let answer = steps::invoke(self.function.as_ref(), &self.name, invocation.payload, &context).await;
        answer.map_err(|error| FunctionError {
            error_type: error.error_type.clone(),
            message: error.report(),
        })
    }
}
