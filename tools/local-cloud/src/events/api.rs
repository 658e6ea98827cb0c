//! The service as SDKs, the AWS CLI and boto3 see it: JSON in, JSON out, permissions per operation.

use async_trait::async_trait;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::catalog::name_fits;
use super::describe::{Query, invalid, missing, no_archive, put};
use super::envelope::epoch_seconds;
use super::put::PutEvents;
use super::replay::{self, Replay};
use super::{EventsService, Inner};
use crate::wire::{Access, AwsError, AwsService, Call, Protocol};

#[async_trait]
impl AwsService for EventsService {
    fn signing_name(&self) -> &'static str {
        "events"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson11
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let action = format!("events:{}", call.operation);
        let resources = self.inner.resources(call)?;
        Ok(resources
            .into_iter()
            .map(|resource| Access {
                action: action.clone(),
                resource,
            })
            .collect())
    }

    async fn call(&self, call: Call) -> Result<http::Response<Bytes>, AwsError> {
        let answer = self.inner.answer(&call)?;
        http::Response::builder()
            .header(http::header::CONTENT_TYPE, "application/x-amz-json-1.1")
            .body(Bytes::from(answer.to_string()))
            .map_err(internal)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartReplay {
    replay_name: String,
    description: Option<String>,
    event_source_arn: String,
    /// Seconds since 1970.
    event_start_time: f64,
    event_end_time: f64,
    destination: Value,
}

impl Inner {
    fn answer(&self, call: &Call) -> Result<Value, AwsError> {
        match call.operation.as_str() {
            "PutEvents" => return self.put_events(read(call)?),
            "StartReplay" => return self.start_replay(read(call)?),
            _ => {}
        }
        let query: Query = read(call)?;
        match call.operation.as_str() {
            "DescribeRule" => self.describe_rule(&query),
            "ListRules" => self.list_rules(&query),
            "ListTargetsByRule" => self.list_targets(&query),
            "ListRuleNamesByTarget" => self.list_rule_names(&query),
            "EnableRule" => self.switch_rule(&query, true),
            "DisableRule" => self.switch_rule(&query, false),
            "DescribeEventBus" => self.describe_bus(&query),
            "ListEventBuses" => self.list_buses(&query),
            "DescribeArchive" => self.describe_archive(&query),
            "ListArchives" => self.list_archives(&query),
            "DescribeReplay" => self.describe_replay(&query),
            "ListReplays" => self.list_replays(&query),
            "CancelReplay" => self.cancel_replay(&query),
            "TestEventPattern" => self.test_pattern(&query),
            other => Err(AwsError::not_offered("events", other)),
        }
    }

    /// The ARNs that IAM checks for a call.
    fn resources(&self, call: &Call) -> Result<Vec<String>, AwsError> {
        match call.operation.as_str() {
            "PutEvents" => {
                let request: PutEvents = read(call)?;
                return Ok(request
                    .buses(self)
                    .into_iter()
                    .map(|bus| self.catalog.bus_arn(bus))
                    .collect());
            }
            "StartReplay" => {
                let request: StartReplay = read(call)?;
                return Ok(vec![
                    self.catalog.replay_arn(&request.replay_name),
                    request.event_source_arn,
                ]);
            }
            _ => {}
        }
        let query: Query = read(call)?;
        let bus = self.catalog.bus_name(query.event_bus_name.as_deref());
        let rule = |name: &Option<String>| self.catalog.rule_arn(bus, name.as_deref().unwrap_or_default());
        Ok(vec![match call.operation.as_str() {
            "DescribeRule" | "EnableRule" | "DisableRule" => rule(&query.name),
            "ListTargetsByRule" => rule(&query.rule),
            "DescribeEventBus" => self.catalog.bus_arn(self.catalog.bus_name(query.name.as_deref())),
            "DescribeArchive" => self
                .catalog
                .archive_arn(query.archive_name.as_deref().unwrap_or_default()),
            "DescribeReplay" | "CancelReplay" => self
                .catalog
                .replay_arn(query.replay_name.as_deref().unwrap_or_default()),
            _ => "*".into(),
        }])
    }

    fn start_replay(&self, request: StartReplay) -> Result<Value, AwsError> {
        let replay = self.check_replay(&request)?;
        let connection = self.store.lock();
        if replay::get(&connection, &replay.name)
            .map_err(internal)?
            .is_some()
        {
            let message = format!("Replay {} already exists.", replay.name);
            return Err(AwsError::new("ResourceAlreadyExistsException", message));
        }
        if replay::active_count(&connection).map_err(internal)? >= replay::MAX_ACTIVE {
            let message = format!("No more than {} replays can run at once.", replay::MAX_ACTIVE);
            return Err(AwsError::new("LimitExceededException", message));
        }
        replay::insert(&connection, &replay).map_err(internal)?;
        self.active_replays.send_modify(|replays| *replays += 1);
        drop(connection);
        self.replay_wake.notify_one();
        Ok(json!({
            "ReplayArn": self.catalog.replay_arn(&replay.name),
            "State": replay.state,
            "ReplayStartTime": epoch_seconds(replay.started_at),
        }))
    }

    fn check_replay(&self, request: &StartReplay) -> Result<Replay, AwsError> {
        if !name_fits(&request.replay_name, 64) {
            return Err(invalid("ReplayName must be 1 to 64 of A-Z a-z 0-9 . - _"));
        }
        let archives = &self.catalog.archives;
        let Some(archive) = archives
            .values()
            .find(|archive| archive.arn == request.event_source_arn)
        else {
            let name = request.event_source_arn.rsplit('/').next().unwrap_or_default();
            return Err(no_archive(name));
        };
        if request.destination["Arn"] != self.catalog.bus_arn(&archive.config.bus).as_str() {
            let reason = "Cross event bus replay is not permitted.";
            return Err(invalid(&format!(
                "Parameter Destination.Arn is not valid. Reason: {reason}"
            )));
        }
        for arn in request.destination["FilterArns"].as_array().into_iter().flatten() {
            if !self
                .catalog
                .rules_of(&archive.config.bus)
                .any(|rule| *arn == rule.arn.as_str())
            {
                let reason = format!("{arn} is no rule of the event bus.");
                return Err(invalid(&format!(
                    "Parameter Destination.FilterArns is not valid. Reason: {reason}"
                )));
            }
        }
        let times = (
            millisecond(request.event_start_time),
            millisecond(request.event_end_time),
        );
        if times.0 >= times.1 {
            let reason = "EventStartTime must be before EventEndTime.";
            return Err(invalid(&format!(
                "Parameter EventEndTime is not valid. Reason: {reason}"
            )));
        }
        let now_ms = self.clock.now().as_millisecond();
        let archive = archive.config.name.clone();
        let mut replay = Replay::new(
            request.replay_name.clone(),
            archive,
            request.destination.clone(),
            times,
            now_ms,
        );
        replay.description = request.description.clone();
        Ok(replay)
    }

    fn describe_replay(&self, query: &Query) -> Result<Value, AwsError> {
        let replay = self.find_replay(query)?;
        let mut shape = self.replay_shape(&replay);
        shape["ReplayArn"] = self.catalog.replay_arn(&replay.name).into();
        put(&mut shape, "Description", replay.description.as_deref());
        shape["Destination"] = replay.destination;
        Ok(shape)
    }

    fn list_replays(&self, query: &Query) -> Result<Value, AwsError> {
        let replays = replay::list(&self.store.lock()).map_err(internal)?;
        let wanted = |replay: &&Replay| {
            query.prefixes(&replay.name)
                && query.state.as_ref().is_none_or(|state| *state == replay.state)
                && query
                    .event_source_arn
                    .as_ref()
                    .is_none_or(|arn| *arn == self.catalog.archive_arn(&replay.archive))
        };
        query.page(
            "Replays",
            replays
                .iter()
                .filter(wanted)
                .map(|replay| self.replay_shape(replay))
                .collect(),
        )
    }

    fn cancel_replay(&self, query: &Query) -> Result<Value, AwsError> {
        let replay = self.find_replay(query)?;
        if !replay.active() {
            let message = format!(
                "Replay {} is not in a valid state for this operation.",
                replay.name
            );
            return Err(AwsError::new("IllegalStatusException", message));
        }
        replay::set_state(&self.store.lock(), &replay.name, "CANCELLING", None, None).map_err(internal)?;
        self.replay_wake.notify_one();
        Ok(json!({"ReplayArn": self.catalog.replay_arn(&replay.name), "State": "CANCELLING"}))
    }

    fn find_replay(&self, query: &Query) -> Result<Replay, AwsError> {
        let name = query
            .replay_name
            .as_deref()
            .ok_or_else(|| missing("ReplayName"))?;
        let message = || format!("Replay {name} does not exist.");
        let replay = replay::get(&self.store.lock(), name).map_err(internal)?;
        replay.ok_or_else(|| AwsError::new("ResourceNotFoundException", message()))
    }

    fn replay_shape(&self, replay: &Replay) -> Value {
        let mut shape = json!({
            "ReplayName": replay.name,
            "EventSourceArn": self.catalog.archive_arn(&replay.archive),
            "State": replay.state,
            "EventStartTime": epoch_seconds(replay.from_time),
            "EventEndTime": epoch_seconds(replay.to_time),
            "ReplayStartTime": epoch_seconds(replay.started_at),
        });
        put(&mut shape, "StateReason", replay.state_reason.as_deref());
        if let Some(last) = replay.last_time {
            shape["EventLastReplayedTime"] = epoch_seconds(last);
        }
        if let Some(ended) = replay.ended_at {
            shape["ReplayEndTime"] = epoch_seconds(ended);
        }
        shape
    }
}

fn millisecond(seconds: f64) -> i64 {
    (seconds * 1_000.0).round() as i64
}

fn read<T: DeserializeOwned>(call: &Call) -> Result<T, AwsError> {
    let body: &[u8] = if call.body.is_empty() { b"{}" } else { &call.body };
    serde_json::from_slice(body).map_err(|error| AwsError::new("SerializationException", error.to_string()))
}

pub(super) fn internal(error: impl std::fmt::Display) -> AwsError {
    tracing::error!(%error, "the event service failed");
    AwsError::new("InternalException", "the local event service failed; see its log").with_status(500)
}
