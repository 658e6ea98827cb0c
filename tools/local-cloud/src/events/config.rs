//! What the template says about buses, rules, targets and archives, as plain data.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

/// Everything the event service is made from. The bus `default` exists without being named.
#[derive(Clone, Debug)]
pub struct EventsConfig {
    /// Twelve digits, as in ARNs.
    pub account: String,
    pub region: String,
    /// Feeds retry jitter, the order of replayed events within a minute, and event ids.
    pub seed: u64,
    pub buses: Vec<Bus>,
    pub rules: Vec<Rule>,
    pub archives: Vec<Archive>,
}

#[derive(Clone, Debug, Default)]
pub struct Bus {
    pub name: String,
    pub description: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub name: String,
    /// The bus's name, not its ARN.
    pub bus: String,
    pub description: Option<String>,
    pub pattern: Option<Value>,
    /// `rate(5 minutes)`, `cron(0 12 * * ? *)` or `at(2026-12-01T09:00:00)`.
    pub schedule: Option<String>,
    /// IANA name of the zone in which `cron` and `at` are read; UTC if absent, as for every rule on AWS.
    /// Only EventBridge Scheduler's schedules have one.
    pub timezone: Option<String>,
    pub enabled: bool,
    pub targets: Vec<Target>,
}

#[derive(Clone, Debug)]
pub struct Target {
    pub id: String,
    pub arn: String,
    pub input: TargetInput,
    pub retry: RetryPolicy,
    /// ARN of a standard queue that takes what could not be delivered.
    pub dlq_arn: Option<String>,
    pub role_arn: Option<String>,
}

/// What the target receives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TargetInput {
    /// The event as it is.
    #[default]
    Event,
    /// `Input`: this JSON text, whatever the event.
    Constant(String),
    /// `InputPath`: a part of the event, as `$.detail.order`.
    Path(String),
    /// `InputTransformer`: paths by variable name, and a template that uses them as `<name>`.
    Transformer {
        paths: BTreeMap<String, String>,
        template: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts after the first one; 0 to 185.
    pub max_attempts: u32,
    /// How old an event may get, counted from its acceptance; 60 s to 24 h.
    pub max_age: Duration,
}

impl Default for RetryPolicy {
    /// EventBridge's own: 185 retries within 24 hours.
    fn default() -> Self {
        Self {
            max_attempts: 185,
            max_age: Duration::from_secs(24 * 60 * 60),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Archive {
    pub name: String,
    /// The bus's name, not its ARN.
    pub bus: String,
    pub description: Option<String>,
    pub pattern: Option<Value>,
    /// 0 keeps events for ever.
    pub retention_days: u32,
}

/// The template asks for something EventBridge would refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{resource}: {reason}")]
pub struct ConfigError {
    /// `rule orders/on-paid`, `archive history` …
    pub resource: String,
    pub reason: String,
}
