//! Running one reaction again: the function's own code, in the past that it reacted in.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use bytes::Bytes;
use events_schema::catalogue::AnyEvent;
use events_schema::ids::EventId;
use events_schema::planner::{PlannedBy, PlanningRecord};
use events_schema::rows::{JournalRow, LastEvent, TextRow};
use events_schema::state::BookingState;
use jiff::{SignedDuration, Timestamp};
use lambda_host::head::{self, BookingKey};
use lambda_host::http::{HttpClient, HttpError};
use lambda_host::vault::Vault;
use lambda_host::{Invocation, Runtime};
use local_cloud::template::{LoadOptions, Template};
use serde_json::{Value, json};

use super::fence::{Answer, Fence, Scene};
use crate::commands::connection::Connection;
use crate::commands::replay::dump::item;
use crate::commands::up::repository;
use crate::commands::{CommandError, outside};
use crate::laptop;

/// Who reacts, as causes in Journal name them, and the function that does. Search is not among them: what it says is
/// what suppliers answered.
const REACTIONS: &[(&str, &str)] = &[
    ("policy", "PolicyRetrieveFunction"),
    ("planner", "PlannerFunction"),
    ("compliance", "ComplianceFunction"),
    ("booking-close", "BookingCloseFunction"),
];
/// More than any reaction needs, on a clock that stands.
const TIME_LEFT: SignedDuration = SignedDuration::from_mins(5);

pub struct Rerun {
    aws: aws_types::SdkConfig,
    /// Each function's settings.
    settings: BTreeMap<String, BTreeMap<String, String>>,
}

/// What came of running one again.
pub struct Said {
    /// Event and state, nothing, or why it failed.
    pub outcome: Result<Option<(Value, Value)>, String>,
    pub withheld: Vec<String>,
}

struct Then(Timestamp);

impl lambda_host::Clock for Then {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Suppliers are not asked again.
struct Nobody;

#[async_trait]
impl HttpClient for Nobody {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        Err(HttpError::Connect {
            host: request.uri().host().unwrap_or_default().to_owned(),
            source: "withheld: this is history".into(),
        })
    }
}

impl Rerun {
    pub fn new(connection: &Connection) -> Result<Self, CommandError> {
        let mut options = LoadOptions::default();
        // As the local cloud has it unless it is told of a model: clauses are found by their words.
        options
            .offered_parameters
            .insert("EmbeddingModelId".into(), "none".into());
        let template = Template::load(&repository().join("template.yaml"), &options)?;
        let settings = template.functions.into_iter();
        Ok(Self {
            aws: outside::sdk_config(&connection.running),
            settings: settings
                .map(|function| (function.logical_id, function.environment))
                .collect(),
        })
    }

    /// The function that said the event at `index`, if it was one that can be run again.
    pub fn reaction(&self, rows: &[JournalRow], index: usize) -> Option<&'static str> {
        let before = rows.get(index.checked_sub(1)?)?;
        let (consumer, cause) = rows[index].cause_key.rsplit_once(':')?;
        let reacted = cause == EventId::of(&before.aggregate_id, before.sequence).to_string();
        let known = REACTIONS.iter().find(|(name, _)| *name == consumer);
        known.filter(|_| reacted).map(|(_, function)| *function)
    }

    pub async fn run(&self, function: &str, rows: &[JournalRow], index: usize) -> Result<Said, CommandError> {
        let (before, then) = (&rows[index - 1], &rows[index]);
        let fence = Fence::new(outside::connector());
        let mut runtime = Runtime {
            aws: self.aws.clone(),
            settings: self.settings.get(function).cloned().unwrap_or_default(),
            clock: Arc::new(Then(then.occurred_at)),
            http: Arc::new(Nobody),
        };
        let scene = scene(&runtime, before, then).await?;
        *fence.scene.lock().map_err(|_| "a panic")? = scene;
        // From here on the function has no other way out.
        let fenced = self
            .aws
            .to_builder()
            .http_client(SharedHttpClient::new(fence.clone()));
        runtime.aws = fenced.build();
        let code =
            laptop::function(function, &runtime).ok_or_else(|| format!("there is no {function}"))??;
        let invocation = Invocation {
            request_id: "history".into(),
            deadline: then.occurred_at + TIME_LEFT,
        };
        let answer = code.call(live(before)?, &invocation).await;
        let scene = std::mem::take(&mut *fence.scene.lock().map_err(|_| "a panic")?);
        let outcome = match answer {
            Err(error) if scene.written.is_none() => Err(error.report()),
            _ => Ok(written(&scene)),
        };
        Ok(Said {
            outcome,
            withheld: scene.withheld,
        })
    }
}

/// The event as the bus carried it.
fn live(row: &JournalRow) -> Result<Value, CommandError> {
    let recorded: Value = serde_json::from_str(&row.event)?;
    Ok(json!({
        "source": recorded["source"],
        "detail-type": recorded["detailType"],
        "detail": recorded["detail"],
    }))
}

/// The event and the state of a transition's items.
fn written(scene: &Scene) -> Option<(Value, Value)> {
    let items = scene.written.as_ref()?.iter();
    let puts: Vec<_> = items.filter_map(|item| item.get("Put")).collect();
    let into = |table: &str| {
        puts.iter()
            .find(|put| put["TableName"] == table)
            .map(|put| &put["Item"])
    };
    let event = into(&scene.journal)?["event"]["S"].as_str()?;
    let state = into(&scene.bookings)?["state"]["S"].clone();
    Some((serde_json::from_str(event).ok()?, state))
}

async fn scene(runtime: &Runtime, before: &JournalRow, then: &JournalRow) -> Result<Scene, CommandError> {
    let dynamo = aws_sdk_dynamodb::Client::new(&runtime.aws);
    let bookings = runtime.setting("BOOKINGS_TABLE")?;
    let recorded = before.recorded()?;
    let key = BookingKey::of(&recorded.detail.meta).ok_or("an event of no booking")?;
    let head = head::read(&dynamo, bookings, &key).await?;
    let mut head = head.ok_or_else(|| format!("booking {} has no head", key.booking_id))?;
    head.state = state_after(&before.event_type).unwrap_or(head.state);
    head.sequence = before.sequence;
    head.execution_id = None;
    head.cancel_requested = before.event_type == "CancelRequested";
    head.sweeps = 0;
    head.last_event = LastEvent {
        event_id: recorded.detail.meta.event_id,
        name: before.event_type.clone(),
    };
    Ok(Scene {
        head: item(&serde_dynamo::to_item(&head)?),
        bookings: bookings.to_owned(),
        journal: runtime.setting("JOURNAL_TABLE")?.to_owned(),
        sequence: before.sequence,
        answer: answer(runtime, &dynamo, then).await?,
        ..Scene::default()
    })
}

/// Where a booking stands behind an event; states are named for what happened.
pub fn state_after(event: &str) -> Option<BookingState> {
    let named = match event {
        "ClarificationRequested" => "ClarificationPending",
        "ClarificationGiven" => "Clarified",
        "PolicyQuestionAnswered" => "Answered",
        other => other.strip_prefix("Booking").unwrap_or(other),
    };
    let mut words = String::new();
    for letter in named.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    serde_json::from_value(words.into()).ok()
}

/// What a model answered to what led to this event, opened by its person's key.
async fn answer(
    runtime: &Runtime,
    dynamo: &aws_sdk_dynamodb::Client,
    row: &JournalRow,
) -> Result<Option<Answer>, CommandError> {
    let Ok(AnyEvent::PlanProposed(event)) = AnyEvent::read(&row.recorded()?) else {
        return Ok(None);
    };
    let PlanningRecord {
        planned_by,
        input_tokens,
        output_tokens,
        answer,
        ..
    } = event.planning;
    let Some(kept) = answer else {
        return Ok(None);
    };
    let found = dynamo
        .get_item()
        .table_name(runtime.setting("PLANNER_ANSWERS_TABLE")?)
        .key(
            "ref",
            aws_sdk_dynamodb::types::AttributeValue::S(kept.to_string()),
        )
        .send()
        .await?;
    let Some(found) = found.item else {
        return Ok(None);
    };
    let sealed: TextRow = serde_dynamo::from_item(found)?;
    let vault = Vault::from_runtime(runtime)?;
    let place = planner::answers::place(&kept);
    let opened = vault.open(&sealed.employee_id, &place, &sealed.text).await?;
    Ok(opened.map(|draft| Answer {
        draft: draft.to_string(),
        by_rules: planned_by == PlannedBy::Rules,
        input_tokens,
        output_tokens,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_follow_from_events() {
        let cases = [
            ("BookingRequested", Some(BookingState::Requested)),
            ("PolicyRetrieved", Some(BookingState::PolicyRetrieved)),
            ("ClarificationGiven", Some(BookingState::Clarified)),
            ("PlanRejected", Some(BookingState::PlanRejected)),
            ("OffersFound", Some(BookingState::OffersFound)),
            ("BookingFailed", Some(BookingState::Failed)),
            ("PolicyQuestionAnswered", Some(BookingState::Answered)),
            ("PeopleChanged", None),
        ];
        for (event, expected) in cases {
            assert_eq!(state_after(event), expected, "{event}");
        }
    }
}
