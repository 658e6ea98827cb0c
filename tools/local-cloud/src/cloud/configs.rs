//! A template's resources as each service's own configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use super::Options;
use crate::clock::Clock;
use crate::connector::sdk_config;
use crate::edge::cloudformation::{Stack, StackOutput, StackResource};
use crate::edge::s3::{BucketConfig, S3Config};
use crate::edge::sqs::{QueueConfig, Redrive, SqsConfig};
use crate::edge::websocket::{Authorizer, Limits, Route, WebSocketConfig};
use crate::endpoint::{ACCOUNT, Endpoint};
use crate::events::{Archive, Bus, EventsConfig, RetryPolicy, Rule, Target, TargetInput};
use crate::functions::FunctionSpec;
use crate::states::{Machine, StatesConfig};
use crate::stream_mappings::{MappingConfig, Source};
use crate::template::{ApiResource, FunctionResource, QueueResource, RuleResource, TargetResource, Template};

pub(super) fn function(
    resource: &FunctionResource,
    clock: Clock,
    region: &str,
    endpoint: &Endpoint,
) -> FunctionSpec {
    let mut environment = resource.environment.clone();
    let own = [
        ("AWS_REGION", region.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", resource.name.clone()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", resource.memory_mb.to_string()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_string()),
    ];
    environment.extend(own.map(|(name, value)| (name.to_string(), value)));
    FunctionSpec {
        logical_id: resource.logical_id.clone(),
        name: resource.name.clone(),
        arn: resource.arn.clone(),
        binary: resource.binary.clone(),
        runtime: resource.runtime.clone(),
        handler: resource.handler.clone(),
        code: resource.code.clone(),
        timeout: resource.timeout,
        memory_mb: resource.memory_mb,
        environment,
        sdk_config: sdk_config(endpoint, clock, region, &resource.logical_id),
    }
}

/// The ARNs of the template's KMS keys.
pub(super) fn keys(template: &Template, region: &str) -> BTreeSet<String> {
    let keys = template.resources.iter().filter(|r| r.kind == "AWS::KMS::Key");
    keys.map(|key| format!("arn:aws:kms:{region}:{ACCOUNT}:key/{}", key.physical_id))
        .collect()
}

/// What the template's e-mail may be sent from.
pub(super) fn identities(template: &Template) -> Vec<String> {
    let identities = template
        .resources
        .iter()
        .filter(|resource| resource.kind == "AWS::SES::EmailIdentity");
    identities.map(|identity| identity.physical_id.clone()).collect()
}

pub(super) fn queues(template: &Template, region: &str, base_url: &str) -> SqsConfig {
    SqsConfig {
        region: region.into(),
        account: ACCOUNT.into(),
        base_url: base_url.trim_end_matches('/').into(),
        queues: template.queues.iter().map(queue).collect(),
    }
}

fn queue(resource: &QueueResource) -> QueueConfig {
    let mut queue = QueueConfig::named(&resource.name);
    let settings = [
        (&mut queue.visibility_timeout, resource.visibility_timeout),
        (&mut queue.delay, resource.delay),
        (&mut queue.retention, resource.retention),
        (&mut queue.receive_wait, resource.receive_wait),
    ];
    for (setting, given) in settings {
        *setting = given.unwrap_or(*setting);
    }
    queue.max_message_bytes = resource.max_message_bytes.unwrap_or(queue.max_message_bytes);
    queue.redrive = resource.redrive.as_ref().map(|(arn, max_receive_count)| Redrive {
        dead_letter_queue: arn.rsplit(':').next().unwrap_or(arn).to_string(),
        max_receive_count: *max_receive_count,
    });
    queue
}

pub(super) fn buckets(template: &Template, region: &str, folder: PathBuf) -> S3Config {
    let bucket = |b: &crate::template::BucketResource| BucketConfig {
        name: b.name.clone(),
        // Notifications of functions travel the same way; `publishers` tells them apart.
        event_bridge: b.event_bridge || !b.notifications.is_empty(),
    };
    let buckets = template.buckets.iter().map(bucket).collect();
    S3Config {
        region: region.into(),
        account: ACCOUNT.into(),
        folder,
        buckets,
    }
}

pub(super) fn machines(template: &Template, region: &str, seed: u64) -> StatesConfig {
    let machine = |m: &crate::template::MachineResource| Machine {
        logical_id: m.logical_id.clone(),
        name: m.name.clone(),
        definition: m.definition.clone(),
        role_arn: m.role_arn.clone(),
        tags: m.tags.clone().into_iter().collect(),
    };
    let machines = template.machines.iter().map(machine).collect();
    StatesConfig {
        account: ACCOUNT.into(),
        region: region.into(),
        machines,
        seed,
    }
}

pub(super) fn events(template: &Template, region: &str, seed: u64) -> EventsConfig {
    let bus = |b: &crate::template::BusResource| Bus {
        name: b.name.clone(),
        description: b.description.clone(),
    };
    let archive = |a: &crate::template::ArchiveResource| Archive {
        name: a.name.clone(),
        bus: a.bus.clone(),
        description: a.description.clone(),
        pattern: a.pattern.clone(),
        retention_days: a.retention_days,
    };
    EventsConfig {
        account: ACCOUNT.into(),
        region: region.into(),
        seed,
        buses: template.buses.iter().map(bus).collect(),
        rules: template.rules.iter().map(rule).collect(),
        archives: template.archives.iter().map(archive).collect(),
    }
}

fn rule(resource: &RuleResource) -> Rule {
    Rule {
        name: resource.name.clone(),
        bus: resource.bus.clone(),
        description: resource.description.clone(),
        pattern: resource.pattern.clone(),
        schedule: resource.schedule.clone(),
        timezone: resource.timezone.clone(),
        enabled: resource.enabled,
        targets: resource.targets.iter().map(target).collect(),
    }
}

fn target(resource: &TargetResource) -> Target {
    let input = match (&resource.input, &resource.input_path, &resource.input_transformer) {
        (Some(text), _, _) => TargetInput::Constant(text.clone()),
        (_, Some(path), _) => TargetInput::Path(path.clone()),
        (_, _, Some((paths, template))) => TargetInput::Transformer {
            paths: paths.clone(),
            template: template.clone(),
        },
        _ => TargetInput::Event,
    };
    let default = RetryPolicy::default();
    Target {
        id: resource.id.clone(),
        arn: resource.arn.clone(),
        input,
        retry: RetryPolicy {
            max_attempts: resource.max_attempts.unwrap_or(default.max_attempts),
            max_age: resource.max_age.unwrap_or(default.max_age),
        },
        dlq_arn: resource.dlq_arn.clone(),
        role_arn: resource.role_arn.clone(),
    }
}

pub(super) fn mappings(template: &Template) -> Vec<MappingConfig> {
    let mapping = |m: &crate::template::MappingResource| MappingConfig {
        id: m.logical_id.clone(),
        source: match m.source_arn.split_once(":table/") {
            Some((_, rest)) => Source::Stream {
                table: rest.split('/').next().unwrap_or(rest).to_string(),
                from_oldest: m.from_oldest,
            },
            None => Source::Queue {
                arn: m.source_arn.clone(),
            },
        },
        function_arn: m.function_arn.clone(),
        batch_size: m.batch_size,
        batching_window: m.batching_window,
        batches_at_once: m.batches_at_once,
        filters: m.filters.clone(),
        max_retries: m.max_retries,
        max_record_age: m.max_record_age,
        bisect: m.bisect,
        reports_item_failures: m.reports_item_failures,
        on_failure: m.on_failure.clone(),
    };
    template
        .mappings
        .iter()
        .filter(|m| m.enabled)
        .map(mapping)
        .collect()
}

pub(super) fn websocket(api: &ApiResource, region: &str) -> WebSocketConfig {
    let route = |r: &crate::template::RouteResource| {
        (
            r.key.clone(),
            Route {
                function: r.function_arn.clone(),
                responds: r.responds,
            },
        )
    };
    let authorizer = api
        .routes
        .iter()
        .find(|r| r.key == "$connect")
        .and_then(|r| r.authorizer.as_ref());
    let mut limits = Limits::default();
    // One per API here, the longest of its integrations'; a route's own function still has its own timeout.
    let longest: Option<Duration> = api.routes.iter().filter_map(|r| r.timeout).max();
    limits.integration_timeout = longest.unwrap_or(limits.integration_timeout);
    WebSocketConfig {
        api_id: api.api_id.clone(),
        region: region.into(),
        account: ACCOUNT.into(),
        stage: api.stage.clone(),
        domain_name: format!("{}.execute-api.{region}.amazonaws.com", api.api_id),
        route_selection_expression: api.route_selection_expression.clone(),
        routes: api.routes.iter().map(route).collect::<BTreeMap<_, _>>(),
        authorizer: authorizer.map(|a| Authorizer {
            function: a.function_arn.clone(),
            identity_sources: a.identity_sources.clone(),
        }),
        limits,
    }
}

pub(super) fn stack(template: &Template, options: &Options) -> Stack {
    let output = |o: &crate::template::Output| StackOutput {
        key: o.key.clone(),
        value: o.value.clone(),
        description: o.description.clone(),
    };
    let resource = |r: &crate::template::ResourceSummary| StackResource {
        logical_id: r.logical_id.clone(),
        physical_id: r.physical_id.clone(),
        resource_type: r.kind.clone(),
    };
    Stack {
        name: options.stack_name.clone(),
        region: options.region.clone(),
        account: ACCOUNT.into(),
        description: template.description.clone(),
        created: options.clock.now(),
        parameters: template.parameters.clone(),
        outputs: template.outputs.iter().map(output).collect(),
        resources: template.resources.iter().map(resource).collect(),
    }
}
