//! Reading and steering: the shapes that AWS's describe and list operations answer with.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Inner;
use super::api::internal;
use super::catalog::{ActiveArchive, ActiveRule, Route};
use super::config::{Bus, TargetInput};
use super::envelope::epoch_seconds;
use super::journal;
use crate::pattern::{MAX_FILTER_PATTERN, Pattern};
use crate::wire::AwsError;

/// Every parameter of the operations below; each uses its own.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Query {
    pub(super) name: Option<String>,
    pub(super) rule: Option<String>,
    pub(super) archive_name: Option<String>,
    pub(super) replay_name: Option<String>,
    pub(super) event_bus_name: Option<String>,
    pub(super) event_source_arn: Option<String>,
    pub(super) name_prefix: Option<String>,
    pub(super) state: Option<String>,
    pub(super) target_arn: Option<String>,
    pub(super) event_pattern: Option<String>,
    pub(super) event: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

impl Query {
    pub(super) fn prefixes(&self, name: &str) -> bool {
        self.name_prefix
            .as_ref()
            .is_none_or(|prefix| name.starts_with(prefix.as_str()))
    }

    /// One page of `items` under `member`. The token is the position of the next page's first item.
    pub(super) fn page(&self, member: &str, items: Vec<Value>) -> Result<Value, AwsError> {
        let start = match &self.next_token {
            None => 0,
            Some(token) => token.parse().map_err(|_| invalid("NextToken is not valid."))?,
        };
        let limit = self.limit.unwrap_or(100);
        if !(1..=100).contains(&limit) {
            return Err(invalid("Limit must be from 1 to 100."));
        }
        let total = items.len();
        let page: Vec<Value> = items.into_iter().skip(start).take(limit).collect();
        let mut answer = Map::from_iter([(member.to_owned(), Value::from(page))]);
        if start + limit < total {
            answer.insert("NextToken".into(), (start + limit).to_string().into());
        }
        Ok(Value::Object(answer))
    }
}

impl Inner {
    pub(super) fn describe_rule(&self, query: &Query) -> Result<Value, AwsError> {
        let rule = self.find_rule(query, query.name.as_deref())?;
        let mut answer = rule_shape(rule);
        answer["CreatedBy"] = self.catalog.account.as_str().into();
        Ok(answer)
    }

    pub(super) fn list_rules(&self, query: &Query) -> Result<Value, AwsError> {
        let bus = self.find_bus(query.event_bus_name.as_deref())?;
        let rules = self
            .catalog
            .rules_of(&bus.name)
            .filter(|rule| query.prefixes(&rule.config.name));
        query.page("Rules", rules.map(rule_shape).collect())
    }

    pub(super) fn list_targets(&self, query: &Query) -> Result<Value, AwsError> {
        let rule = self.find_rule(query, query.rule.as_deref())?;
        query.page(
            "Targets",
            rule.routes.iter().map(|route| target_shape(route)).collect(),
        )
    }

    pub(super) fn list_rule_names(&self, query: &Query) -> Result<Value, AwsError> {
        let bus = self.find_bus(query.event_bus_name.as_deref())?;
        let arn = query.target_arn.as_deref().ok_or_else(|| missing("TargetArn"))?;
        let aims = |rule: &&ActiveRule| rule.routes.iter().any(|route| route.target.arn == arn);
        let names = self
            .catalog
            .rules_of(&bus.name)
            .filter(aims)
            .map(|rule| rule.config.name.as_str().into());
        query.page("RuleNames", names.collect())
    }

    pub(super) fn switch_rule(&self, query: &Query, enabled: bool) -> Result<Value, AwsError> {
        let rule = self.find_rule(query, query.name.as_deref())?;
        journal::set_rule_state(&self.store.lock(), &rule.key, enabled).map_err(internal)?;
        rule.enable(enabled);
        Ok(json!({}))
    }

    pub(super) fn describe_bus(&self, query: &Query) -> Result<Value, AwsError> {
        let bus = self.find_bus(query.name.as_deref())?;
        self.bus_shape(bus)
    }

    pub(super) fn list_buses(&self, query: &Query) -> Result<Value, AwsError> {
        let buses = self
            .catalog
            .buses
            .values()
            .filter(|bus| query.prefixes(&bus.name));
        query.page(
            "EventBuses",
            buses.map(|bus| self.bus_shape(bus)).collect::<Result<_, _>>()?,
        )
    }

    pub(super) fn describe_archive(&self, query: &Query) -> Result<Value, AwsError> {
        let name = query
            .archive_name
            .as_deref()
            .ok_or_else(|| missing("ArchiveName"))?;
        let archive = self.catalog.archives.get(name).ok_or_else(|| no_archive(name))?;
        let mut answer = self.archive_shape(archive)?;
        answer["ArchiveArn"] = archive.arn.as_str().into();
        put(&mut answer, "Description", archive.config.description.as_deref());
        put(
            &mut answer,
            "EventPattern",
            archive.pattern.as_ref().map(Pattern::text),
        );
        Ok(answer)
    }

    pub(super) fn list_archives(&self, query: &Query) -> Result<Value, AwsError> {
        let wanted = |archive: &&ActiveArchive| {
            query.prefixes(&archive.config.name)
                && query.state.as_ref().is_none_or(|state| state == "ENABLED")
                && query
                    .event_source_arn
                    .as_ref()
                    .is_none_or(|arn| *arn == self.catalog.bus_arn(&archive.config.bus))
        };
        let archives = self.catalog.archives.values().filter(wanted);
        query.page(
            "Archives",
            archives
                .map(|archive| self.archive_shape(archive))
                .collect::<Result<_, _>>()?,
        )
    }

    pub(super) fn test_pattern(&self, query: &Query) -> Result<Value, AwsError> {
        let pattern = query
            .event_pattern
            .as_deref()
            .ok_or_else(|| missing("EventPattern"))?;
        let pattern = Pattern::parse_within(pattern, MAX_FILTER_PATTERN)
            .map_err(|error| AwsError::new("InvalidEventPatternException", error.to_string()))?;
        let event: Value = query
            .event
            .as_deref()
            .and_then(|event| serde_json::from_str(event).ok())
            .ok_or_else(|| invalid("Parameter Event is not valid. Reason: not a JSON object."))?;
        for field in [
            "id", "account", "source", "time", "region", "resources", "detail-type",
        ] {
            if event.get(field).is_none() {
                return Err(invalid(&format!(
                    "Parameter Event is not valid. Reason: {field} is missing."
                )));
            }
        }
        Ok(json!({"Result": pattern.matches(&event)}))
    }

    fn find_bus(&self, given: Option<&str>) -> Result<&Bus, AwsError> {
        let name = self.catalog.bus_name(given);
        let message = || format!("Event bus {name} does not exist.");
        self.catalog
            .buses
            .get(name)
            .ok_or_else(|| AwsError::new("ResourceNotFoundException", message()))
    }

    fn find_rule(&self, query: &Query, name: Option<&str>) -> Result<&ActiveRule, AwsError> {
        let bus = self.find_bus(query.event_bus_name.as_deref())?;
        let name = name.ok_or_else(|| missing("Name"))?;
        let message = || format!("Rule {name} does not exist on EventBus {}.", bus.name);
        self.catalog
            .rule(&bus.name, name)
            .ok_or_else(|| AwsError::new("ResourceNotFoundException", message()))
    }

    fn bus_shape(&self, bus: &Bus) -> Result<Value, AwsError> {
        let made_at = self.made_at("bus", &bus.name)?;
        let mut shape = json!({
            "Name": bus.name,
            "Arn": self.catalog.bus_arn(&bus.name),
            "CreationTime": made_at,
            "LastModifiedTime": made_at,
        });
        put(&mut shape, "Description", bus.description.as_deref());
        Ok(shape)
    }

    fn archive_shape(&self, archive: &ActiveArchive) -> Result<Value, AwsError> {
        let name = &archive.config.name;
        let (count, bytes) = journal::archive_size(&self.store.lock(), name).map_err(internal)?;
        Ok(json!({
            "ArchiveName": name,
            "EventSourceArn": self.catalog.bus_arn(&archive.config.bus),
            "State": "ENABLED",
            "RetentionDays": archive.config.retention_days,
            "SizeBytes": bytes,
            "EventCount": count,
            "CreationTime": self.made_at("archive", name)?,
        }))
    }

    fn made_at(&self, kind: &str, name: &str) -> Result<Value, AwsError> {
        let now_ms = self.clock.now().as_millisecond();
        journal::made_at(&self.store.lock(), kind, name, now_ms)
            .map(epoch_seconds)
            .map_err(internal)
    }
}

fn rule_shape(rule: &ActiveRule) -> Value {
    let mut shape = json!({
        "Name": rule.config.name,
        "Arn": rule.arn,
        "State": if rule.enabled() { "ENABLED" } else { "DISABLED" },
        "EventBusName": rule.config.bus,
    });
    put(
        &mut shape,
        "EventPattern",
        rule.pattern.as_ref().map(Pattern::text),
    );
    put(&mut shape, "ScheduleExpression", rule.config.schedule.as_deref());
    put(&mut shape, "Description", rule.config.description.as_deref());
    shape
}

fn target_shape(route: &Route) -> Value {
    let target = &route.target;
    let mut shape = json!({
        "Id": target.id,
        "Arn": target.arn,
        "RetryPolicy": {
            "MaximumRetryAttempts": target.retry.max_attempts,
            "MaximumEventAgeInSeconds": target.retry.max_age.as_secs(),
        },
    });
    put(&mut shape, "RoleArn", target.role_arn.as_deref());
    if let Some(arn) = &target.dlq_arn {
        shape["DeadLetterConfig"] = json!({"Arn": arn});
    }
    match &target.input {
        TargetInput::Event => {}
        TargetInput::Constant(text) => shape["Input"] = text.as_str().into(),
        TargetInput::Path(path) => shape["InputPath"] = path.as_str().into(),
        TargetInput::Transformer { paths, template } => {
            shape["InputTransformer"] = json!({"InputPathsMap": paths, "InputTemplate": template});
        }
    }
    shape
}

pub(super) fn put(shape: &mut Value, member: &str, value: Option<&str>) {
    if let Some(value) = value {
        shape[member] = value.into();
    }
}

pub(super) fn invalid(message: &str) -> AwsError {
    AwsError::new("ValidationException", message)
}

pub(super) fn missing(parameter: &str) -> AwsError {
    invalid(&format!(
        "Parameter {parameter} is not valid. Reason: {parameter} is a required argument."
    ))
}

pub(super) fn no_archive(name: &str) -> AwsError {
    AwsError::new(
        "ResourceNotFoundException",
        format!("Archive {name} does not exist."),
    )
}
