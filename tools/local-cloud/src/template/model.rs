//! A template as data: what each emulated service is to be started with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dynamodb::TableSpec;
use crate::functions::AsyncConfig;
use crate::iam::Statement;

#[derive(Clone, Debug, Default)]
pub struct Template {
    pub description: Option<String>,
    pub parameters: Vec<(String, String)>,
    pub functions: Vec<FunctionResource>,
    pub machines: Vec<MachineResource>,
    pub buses: Vec<BusResource>,
    pub rules: Vec<RuleResource>,
    pub archives: Vec<ArchiveResource>,
    pub tables: Vec<TableSpec>,
    pub queues: Vec<QueueResource>,
    pub buckets: Vec<BucketResource>,
    pub apis: Vec<ApiResource>,
    pub mappings: Vec<MappingResource>,
    /// By ARN.
    pub roles: BTreeMap<String, RoleResource>,
    /// Statements of `AWS::IAM::ManagedPolicy` by ARN.
    pub managed_policies: BTreeMap<String, Vec<Statement>>,
    /// Who besides roles may reach functions and queues (`AWS::Lambda::Permission`, queue and bus policies).
    pub permissions: Vec<Permission>,
    pub outputs: Vec<Output>,
    /// Every resource, as CloudFormation lists them.
    pub resources: Vec<ResourceSummary>,
    pub ignored: Vec<Ignored>,
}

#[derive(Clone, Debug)]
pub struct FunctionResource {
    pub logical_id: String,
    pub name: String,
    pub arn: String,
    /// `Metadata: BuildProperties: Binary`, else the logical id.
    pub binary: String,
    pub runtime: Option<String>,
    pub handler: Option<String>,
    /// `CodeUri`, as a folder beside the template.
    pub code: PathBuf,
    pub timeout: Duration,
    pub memory_mb: u32,
    pub environment: BTreeMap<String, String>,
    pub grants: Grants,
    /// ARN of a role the template names instead of letting SAM make one.
    pub role_arn: Option<String>,
    pub asynchronous: AsyncConfig,
}

#[derive(Clone, Debug)]
pub struct MachineResource {
    pub logical_id: String,
    pub name: String,
    pub arn: String,
    /// Amazon States Language, substitutions done.
    pub definition: String,
    pub role_arn: String,
    pub grants: Grants,
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub struct BusResource {
    pub logical_id: String,
    pub name: String,
    pub description: Option<String>,
}

#[derive(Clone, Debug)]
pub struct RuleResource {
    pub logical_id: String,
    pub name: String,
    /// The bus's name.
    pub bus: String,
    pub description: Option<String>,
    pub pattern: Option<Value>,
    pub schedule: Option<String>,
    pub timezone: Option<String>,
    pub enabled: bool,
    pub targets: Vec<TargetResource>,
    /// SAM makes the permissions of the rules it implies; a plain rule needs its own.
    pub implied: bool,
    /// EventBridge Scheduler reaches targets and queues with a role; rules are let in by what they reach.
    pub has_role: bool,
}

#[derive(Clone, Debug)]
pub struct TargetResource {
    pub id: String,
    pub arn: String,
    pub input: Option<String>,
    pub input_path: Option<String>,
    /// Paths by name, and the template.
    pub input_transformer: Option<(BTreeMap<String, String>, String)>,
    pub max_attempts: Option<u32>,
    pub max_age: Option<Duration>,
    pub dlq_arn: Option<String>,
    pub role_arn: Option<String>,
}

#[derive(Clone, Debug)]
pub struct ArchiveResource {
    pub logical_id: String,
    pub name: String,
    pub bus: String,
    pub description: Option<String>,
    pub pattern: Option<Value>,
    pub retention_days: u32,
}

#[derive(Clone, Debug)]
pub struct QueueResource {
    pub logical_id: String,
    pub name: String,
    pub arn: String,
    pub visibility_timeout: Option<Duration>,
    pub delay: Option<Duration>,
    pub retention: Option<Duration>,
    pub receive_wait: Option<Duration>,
    pub max_message_bytes: Option<usize>,
    /// ARN of the dead-letter queue and how often a message is received before it goes there.
    pub redrive: Option<(String, u32)>,
}

#[derive(Clone, Debug)]
pub struct BucketResource {
    pub logical_id: String,
    pub name: String,
    pub event_bridge: bool,
    /// Functions that SAM's `S3` events name.
    pub notifications: Vec<BucketNotification>,
}

#[derive(Clone, Debug)]
pub struct BucketNotification {
    pub bucket: String,
    pub function_arn: String,
    /// `s3:ObjectCreated:*` and the like.
    pub events: Vec<String>,
    pub prefix: Option<String>,
    pub suffix: Option<String>,
}

/// A WebSocket API with its one stage.
#[derive(Clone, Debug)]
pub struct ApiResource {
    pub logical_id: String,
    pub api_id: String,
    pub name: String,
    pub stage: String,
    pub stage_variables: BTreeMap<String, String>,
    pub route_selection_expression: String,
    pub routes: Vec<RouteResource>,
}

#[derive(Clone, Debug)]
pub struct RouteResource {
    pub key: String,
    pub function_arn: String,
    pub authorizer: Option<AuthorizerResource>,
    /// Whether the function's answer is sent back to the client.
    pub responds: bool,
    pub timeout: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizerResource {
    pub name: String,
    pub function_arn: String,
    /// `route.request.header.Sec-WebSocket-Protocol` and the like; all must be present.
    pub identity_sources: Vec<String>,
}

/// A function fed from a stream or queue (`AWS::Lambda::EventSourceMapping`).
#[derive(Clone, Debug)]
pub struct MappingResource {
    pub logical_id: String,
    pub source_arn: String,
    pub function_arn: String,
    pub enabled: bool,
    pub batch_size: usize,
    pub batching_window: Duration,
    /// `ParallelizationFactor`, 1 to 10; of a queue 1.
    pub batches_at_once: usize,
    /// Patterns of which a record must match one; none: all records.
    pub filters: Vec<Value>,
    /// `None`: until the record expires.
    pub max_retries: Option<u32>,
    pub max_record_age: Option<Duration>,
    pub bisect: bool,
    pub reports_item_failures: bool,
    pub on_failure: Option<String>,
    /// `TRIM_HORIZON` rather than `LATEST`.
    pub from_oldest: bool,
}

#[derive(Clone, Debug, Default)]
pub struct RoleResource {
    pub logical_id: String,
    pub arn: String,
    pub grants: Grants,
}

/// What a function, machine or role may do.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    pub statements: Vec<Statement>,
    /// ARNs of managed policies not looked up yet; empty in a loaded template.
    pub(super) managed: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// ARN of the function or queue.
    pub resource: String,
    /// `events.amazonaws.com`, `apigateway.amazonaws.com` …
    pub principal: String,
    /// Wildcards allowed; `None`: any.
    pub source_arn: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceSummary {
    pub logical_id: String,
    pub kind: String,
    pub physical_id: String,
}

/// Something the template says and the local cloud does not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ignored {
    pub logical_id: String,
    /// The resource's type.
    pub kind: String,
    /// `None`: the resource as a whole.
    pub property: Option<String>,
    pub why: String,
}

impl Ignored {
    /// The reason given for a property that the local cloud has never heard of: perhaps a slip of the pen.
    pub const UNKNOWN: &'static str = "unknown here, or without effect";

    pub fn is_unknown(&self) -> bool {
        self.why == Self::UNKNOWN
    }
}
