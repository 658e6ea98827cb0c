//! The `Events` of SAM functions and state machines: each stands for a rule, a schedule, a mapping or a bucket's
//! notification that SAM would make.

use std::time::Duration;

use serde_json::Value;

use super::intrinsics::text;
use super::names::bus_name;
use super::properties::Properties;
use super::{BucketNotification, Loader, MappingResource, Reason, RuleResource, TargetResource};

/// Batch sizes where a mapping names none: Lambda's defaults.
const STREAM_BATCH: usize = 100;
const QUEUE_BATCH: usize = 10;
/// The highest `ParallelizationFactor` that Lambda takes.
const MOST_AT_ONCE: usize = 10;

impl Loader<'_> {
    /// `owner_arn` is the function or machine that the event reaches.
    pub(super) fn read_events(&mut self, owner: &str, owner_arn: &str, events: Value) -> Result<(), Reason> {
        let Value::Object(events) = events else {
            return Ok(());
        };
        for (name, event) in events {
            let logical_id = format!("{owner}{name}");
            let kind = event["Type"].as_str().unwrap_or_default();
            let mut properties = Properties::new(owner, kind, event["Properties"].clone())?;
            let at = |reason: Reason| format!("event {name}: {reason}");
            match kind {
                "EventBridgeRule" | "CloudWatchEvent" => {
                    let rule = self
                        .implied_rule(&logical_id, owner_arn, &mut properties)
                        .map_err(at)?;
                    self.template.rules.push(rule);
                }
                "Schedule" | "ScheduleV2" => {
                    let rule = self
                        .implied_schedule(&logical_id, owner_arn, kind, &mut properties)
                        .map_err(at)?;
                    self.template.rules.push(rule);
                }
                "DynamoDB" => {
                    let source = properties.required_text("Stream").map_err(at)?;
                    self.template
                        .mappings
                        .push(mapping(&logical_id, source, owner_arn, &mut properties).map_err(at)?);
                }
                "SQS" => {
                    let source = properties.required_text("Queue").map_err(at)?;
                    self.template
                        .mappings
                        .push(mapping(&logical_id, source, owner_arn, &mut properties).map_err(at)?);
                }
                "S3" => self.read_bucket_event(owner_arn, &mut properties).map_err(at)?,
                other => {
                    return Err(at(format!(
                        "the local cloud does not offer events of type {other}"
                    )));
                }
            }
            properties.finish(&format!("Events.{name}."), &mut self.template.ignored);
        }
        Ok(())
    }

    fn implied_rule(
        &self,
        logical_id: &str,
        arn: &str,
        properties: &mut Properties,
    ) -> Result<RuleResource, Reason> {
        let pattern = properties.take("Pattern");
        if !pattern.is_object() {
            return Err("has no Pattern".into());
        }
        let bus = properties
            .text("EventBusName")
            .map_or_else(|| "default".into(), |b| bus_name(&b));
        properties.skip(&["RuleName"]);
        Ok(RuleResource {
            logical_id: logical_id.into(),
            name: self.resolver.names.physical(logical_id),
            bus,
            description: properties.text("Description"),
            pattern: Some(pattern),
            schedule: None,
            timezone: None,
            enabled: properties.text("State").is_none_or(|s| s != "DISABLED"),
            targets: vec![self.implied_target(logical_id, arn, properties)?],
            implied: true,
            has_role: false,
        })
    }

    fn implied_schedule(
        &self,
        logical_id: &str,
        arn: &str,
        kind: &str,
        properties: &mut Properties,
    ) -> Result<RuleResource, Reason> {
        let schedule = match properties.text("Schedule") {
            Some(schedule) => schedule,
            None => properties.required_text("ScheduleExpression")?,
        };
        properties.skip(&["Name"]);
        let has_role = kind == "ScheduleV2";
        let disabled = properties.text("State").is_some_and(|s| s == "DISABLED")
            || properties.flag("Enabled")? == Some(false);
        Ok(RuleResource {
            logical_id: logical_id.into(),
            name: self.resolver.names.physical(logical_id),
            bus: "default".into(),
            description: properties.text("Description"),
            pattern: None,
            schedule: Some(schedule),
            timezone: properties.text("ScheduleExpressionTimezone"),
            enabled: !disabled,
            targets: vec![self.implied_target(logical_id, arn, properties)?],
            implied: true,
            has_role,
        })
    }

    fn implied_target(
        &self,
        logical_id: &str,
        arn: &str,
        properties: &mut Properties,
    ) -> Result<TargetResource, Reason> {
        let mut named = properties.nested("Target")?;
        let id = named.text("Id").unwrap_or_else(|| format!("{logical_id}Target"));
        properties.absorb("Target", named);
        let mut target = target(id, arn.into(), properties)?;
        // SAM can make the queue itself; ours are written out, so a `Type: SQS` without an ARN is refused.
        let mut dead_letters = properties.nested("DeadLetterConfig")?;
        if !dead_letters.is_empty() {
            dead_letters.skip(&["QueueLogicalId"]);
            target.dlq_arn = Some(
                dead_letters
                    .required_text("Arn")
                    .map_err(|e| format!("DeadLetterConfig {e}"))?,
            );
        }
        properties.absorb("DeadLetterConfig", dead_letters);
        Ok(target)
    }

    fn read_bucket_event(&mut self, function_arn: &str, properties: &mut Properties) -> Result<(), Reason> {
        let bucket = properties.required_text("Bucket")?;
        let events = properties.texts("Events")?;
        let mut notification = BucketNotification {
            bucket: bucket.clone(),
            function_arn: function_arn.into(),
            events,
            prefix: None,
            suffix: None,
        };
        let filter = properties.take("Filter");
        for rule in filter["S3Key"]["Rules"].as_array().into_iter().flatten() {
            let value = Some(text(&rule["Value"]));
            match text(&rule["Name"]).to_ascii_lowercase().as_str() {
                "prefix" => notification.prefix = value,
                "suffix" => notification.suffix = value,
                other => return Err(format!("Filter has the unknown rule {other}")),
            }
        }
        self.bucket_notifications(&bucket, notification);
        Ok(())
    }
}

/// Input, its transformations and the retry policy, which rules and schedules write alike.
pub(super) fn target(id: String, arn: String, properties: &mut Properties) -> Result<TargetResource, Reason> {
    let mut retry = properties.nested("RetryPolicy")?;
    let (max_attempts, max_age) = (
        retry.number("MaximumRetryAttempts")?,
        retry.seconds("MaximumEventAgeInSeconds")?,
    );
    properties.absorb("RetryPolicy", retry);
    let mut transformer = properties.nested("InputTransformer")?;
    let input_transformer = if transformer.is_empty() {
        None
    } else {
        Some((
            transformer.text_map("InputPathsMap")?,
            transformer.required_text("InputTemplate")?,
        ))
    };
    properties.absorb("InputTransformer", transformer);
    Ok(TargetResource {
        id,
        arn,
        input: properties.text("Input"),
        input_path: properties.text("InputPath"),
        input_transformer,
        max_attempts,
        max_age,
        dlq_arn: None,
        role_arn: None,
    })
}

/// The properties of `AWS::Lambda::EventSourceMapping`, which SAM's events share.
pub(super) fn mapping(
    logical_id: &str,
    source_arn: String,
    function_arn: &str,
    properties: &mut Properties,
) -> Result<MappingResource, Reason> {
    let is_stream = source_arn.contains(":dynamodb:");
    let from_oldest = match properties.text("StartingPosition").as_deref() {
        Some("TRIM_HORIZON") => true,
        Some("LATEST") => false,
        None if !is_stream => false,
        other => return Err(format!("StartingPosition is {other:?}: TRIM_HORIZON or LATEST")),
    };
    let batches_at_once = if is_stream {
        batches_at_once(properties)?
    } else {
        1
    };
    let reports = properties.texts("FunctionResponseTypes")?;
    let mut destinations = properties.nested("DestinationConfig")?;
    let mut on_failure = destinations.nested("OnFailure")?;
    let failure_arn = on_failure.text("Destination");
    on_failure.skip(&["Type"]);
    destinations.absorb("OnFailure", on_failure);
    properties.absorb("DestinationConfig", destinations);
    let mut criteria = properties.nested("FilterCriteria")?;
    let filters = criteria.list("Filters")?;
    properties.absorb("FilterCriteria", criteria);
    let unlimited = |n: Option<i64>| n.and_then(|n| u32::try_from(n).ok());
    Ok(MappingResource {
        logical_id: logical_id.into(),
        source_arn,
        function_arn: function_arn.into(),
        enabled: properties.flag("Enabled")?.unwrap_or(true),
        batch_size: properties.number("BatchSize")?.unwrap_or(if is_stream {
            STREAM_BATCH
        } else {
            QUEUE_BATCH
        }),
        batching_window: properties
            .seconds("MaximumBatchingWindowInSeconds")?
            .unwrap_or(Duration::ZERO),
        batches_at_once,
        filters: parsed_filters(&filters)?,
        max_retries: unlimited(properties.number("MaximumRetryAttempts")?),
        max_record_age: unlimited(properties.number("MaximumRecordAgeInSeconds")?)
            .map(|s| Duration::from_secs(s.into())),
        bisect: properties.flag("BisectBatchOnFunctionError")?.unwrap_or(false),
        reports_item_failures: reports.iter().any(|r| r == "ReportBatchItemFailures"),
        on_failure: failure_arn,
        from_oldest,
    })
}

fn batches_at_once(properties: &mut Properties) -> Result<usize, Reason> {
    let factor = properties.number("ParallelizationFactor")?.unwrap_or(1);
    if (1..=MOST_AT_ONCE).contains(&factor) {
        return Ok(factor);
    }
    Err(format!("ParallelizationFactor is {factor}: 1 to {MOST_AT_ONCE}"))
}

/// Each pattern is JSON in a string; SAM also takes it written out.
fn parsed_filters(filters: &[Value]) -> Result<Vec<Value>, Reason> {
    let parse = |filter: &Value| match &filter["Pattern"] {
        Value::String(json) => serde_json::from_str(json).map_err(|e| format!("FilterCriteria: {e}")),
        pattern => Ok(pattern.clone()),
    };
    filters.iter().map(parse).collect()
}
