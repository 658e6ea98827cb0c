//! Replays from the archive, begun and watched. Only to the rules of the read model that welcomes them: whatever else is
//! on the bus hears nothing, and could do nothing about it.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{Replay, ReplayDestination};
use events_schema::ids::ActionId;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Frame, FrameBody, ReplayEntry};
use jiff::Timestamp;
use lambda_host::door::{CommandError, Refusal, answer};
use lambda_host::{ConfigError, HandlerError, Live, Runtime};

/// More than anybody looks back at.
const MOST: usize = 20;
const NO_SPAN: &str = "A replay needs a beginning before its end, and an end that has passed.";

pub struct Replays {
    eventbridge: Client,
    archive: String,
    bus: String,
    read_model: String,
}

impl Replays {
    /// Settings: the ARNs `ARCHIVE_ARN`, `BUS_ARN` and `READ_MODEL_ARN`, of the function that may be replayed to.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            eventbridge: Client::new(&runtime.aws),
            archive: runtime.setting("ARCHIVE_ARN")?.into(),
            bus: runtime.setting("BUS_ARN")?.into(),
            read_model: runtime.setting("READ_MODEL_ARN")?.into(),
        })
    }

    /// Those of our archive, the newest first. EventBridge gives them in no order, for ninety days.
    pub async fn frame(&self) -> Result<Frame, HandlerError> {
        let mut replays = Vec::new();
        let mut token = None;
        loop {
            let page = self.eventbridge.list_replays().event_source_arn(&self.archive);
            let page = page.set_next_token(token).send().await?;
            replays.extend(page.replays().iter().filter_map(entry));
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        replays.sort_by_key(|replay: &ReplayEntry| std::cmp::Reverse(replay.started_at));
        replays.truncate(MOST);
        Ok(answer::alone(FrameBody::Replays { replays }))
    }

    /// The same action again is the same replay.
    pub async fn start(
        &self,
        _live: &Live,
        action: &ActionId,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        if from >= to || to > now {
            return Err(Refusal::new(ErrorCode::InvalidRequest, NO_SPAN).into());
        }
        let destination = ReplayDestination::builder()
            .arn(&self.bus)
            .set_filter_arns(Some(self.rules().await?))
            .build()?;
        let started = self
            .eventbridge
            .start_replay()
            .replay_name(name(action))
            .event_source_arn(&self.archive)
            .event_start_time(DateTime::from_millis(from.as_millisecond()))
            .event_end_time(DateTime::from_millis(to.as_millisecond()))
            .destination(destination)
            .send()
            .await;
        match started.map_err(|error| error.into_service_error()) {
            Ok(_) => Ok(()),
            Err(error) if error.is_resource_already_exists_exception() => Ok(()),
            Err(error) if error.is_limit_exceeded_exception() => {
                Err(Refusal::conflict("Ten replays run at once at most. Wait for one to end.").into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn rules(&self) -> Result<Vec<String>, HandlerError> {
        // The bus's name is the last part of its ARN, and a rule's ARN has it in the same place.
        let (before, bus) = self.bus.rsplit_once(":event-bus/").unwrap_or(("", &self.bus));
        let named = self
            .eventbridge
            .list_rule_names_by_target()
            .target_arn(&self.read_model)
            .event_bus_name(bus)
            .send()
            .await?;
        let names = named.rule_names().iter();
        Ok(names.map(|name| format!("{before}:rule/{bus}/{name}")).collect())
    }
}

/// Replays are named in 64 letters of few kinds.
fn name(action: &ActionId) -> String {
    let kept = action
        .as_str()
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-');
    format!("page-{}", kept.take(59).collect::<String>())
}

fn entry(replay: &Replay) -> Option<ReplayEntry> {
    let at = |time: Option<&DateTime>| Timestamp::from_second(time?.secs()).ok();
    Some(ReplayEntry {
        name: replay.replay_name()?.into(),
        state: replay.state()?.as_str().into(),
        from: at(replay.event_start_time())?,
        to: at(replay.event_end_time())?,
        reached: at(replay.event_last_replayed_time()),
        started_at: at(replay.replay_start_time()),
        reason: replay.state_reason().map(str::to_owned),
    })
}
