//! One log line for every step: which function did what for which booking because of what, how it ended, how long it
//! took, and where in the booking's trace it stands. The same from a deployed binary and from the local cloud.
//!
//! Whoever learns what a step is about or what came of it says so here ([`about`], [`came_of_it`]); code in between
//! passes nothing on. What it must not do: decide anything, or fail.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use events_schema::envelope::{Meta, Recorded};
use events_schema::ids::{AggregateId, EventId};
use events_schema::rows::BookingRow;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use tracing::{Instrument, Span, field};

use crate::error::HandlerError;
use crate::function::{Function, Invocation};
use crate::trace::TraceContext;

tokio::task_local! {
    static STEP: Step;
}

/// The step under way.
#[derive(Clone)]
struct Step {
    function: Arc<str>,
    request_id: Arc<str>,
    known: Arc<Mutex<Known>>,
    /// Every line written meanwhile carries its fields.
    span: Span,
}

/// What is known of a step by now.
#[derive(Default)]
struct Known {
    cause: Option<String>,
    event: Option<EventId>,
    booking: Option<AggregateId>,
    parent: Option<TraceContext>,
    here: Option<TraceContext>,
    outcome: Option<String>,
}

/// Calls `function`, which is named `name`, and writes the line.
pub async fn invoke(
    function: &dyn Function,
    name: &str,
    payload: Value,
    invocation: &Invocation,
) -> Result<Value, HandlerError> {
    let step = Step::new(name.into(), invocation.request_id.as_str().into());
    step.read(&payload);
    step.run(function.call(payload, invocation)).await
}

/// A step within a step: one record of a batch, about the booking whose head it is.
pub async fn part<T>(
    head: &BookingRow,
    work: impl Future<Output = Result<T, HandlerError>>,
) -> Result<T, HandlerError> {
    let Ok(outer) = STEP.try_with(Step::clone) else {
        return work.await;
    };
    let step = Step::new(outer.function, outer.request_id);
    step.known().cause = Some(head.last_event.name.clone());
    step.known().event = Some(head.last_event.event_id);
    let parent = TraceContext::of_event(head.correlation_id, head.last_event.event_id);
    step.about(&head.booking_id.into(), Some(parent));
    step.run(work).await
}

/// The step is about this booking, whose newest event is `newest`. What the step was called with says more.
pub(crate) fn about(aggregate: &AggregateId, newest: Option<EventId>) {
    let parent = newest.map(|event| TraceContext::of_event(EventId::of(aggregate, 1), event));
    // Outside an invocation nobody writes a line.
    let _ = STEP.try_with(|step| step.about(aggregate, parent));
}

/// What came of the step: an event's name, or why there was none. The last word stands.
pub fn came_of_it(outcome: impl Into<String>) {
    let _ = STEP.try_with(|step| step.known().outcome = Some(outcome.into()));
}

/// For the `traceparent` header of what the step calls; `None` if it belongs to no trace.
pub fn traceparent() -> Option<String> {
    STEP.try_with(|step| step.known().here.map(|here| here.to_string()))
        .ok()?
}

impl Step {
    fn new(function: Arc<str>, request_id: Arc<str>) -> Self {
        // Of the highest level, so that whatever line is shown is shown with it.
        let span = tracing::error_span!(
            "step",
            function = &*function,
            booking = field::Empty,
            trace_id = field::Empty
        );
        Self {
            function,
            request_id,
            known: Arc::default(),
            span,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first to say what it is about is right: the payload knows the cause better than the head does.
    fn about(&self, aggregate: &AggregateId, parent: Option<TraceContext>) {
        let mut known = self.known();
        if known.booking.is_some() {
            if known.parent.is_none() && known.booking.as_ref() == Some(aggregate) {
                known.parent = parent;
            }
            return;
        }
        let trace = parent.unwrap_or_else(|| TraceContext::of_first_event(aggregate));
        let here = trace.at_step(&["step", &self.function, &self.request_id, aggregate.as_str()]);
        self.span.record("booking", field::display(aggregate));
        self.span.record("trace_id", here.trace_id());
        known.booking = Some(aggregate.clone());
        known.parent = parent;
        known.here = Some(here);
    }

    fn read(&self, payload: &Value) {
        match Called::read(payload) {
            Called::Event { name, meta } => {
                self.known().cause = Some(name);
                self.known().event = Some(meta.event_id);
                self.about(&meta.aggregate_id, Some(TraceContext::of_meta(&meta)));
            }
            Called::Task { name, booking } => {
                self.known().cause = Some(name);
                self.about(&booking, None);
            }
            Called::Other(name) => self.known().cause = name,
        }
    }

    async fn run<T>(self, work: impl Future<Output = Result<T, HandlerError>>) -> Result<T, HandlerError> {
        let began = Instant::now();
        let span = self.span.clone();
        let result = STEP.scope(self.clone(), work.instrument(span)).await;
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.write(result.as_ref().err(), ms);
        result
    }

    fn write(&self, error: Option<&HandlerError>, ms: u64) {
        let known = self.known();
        let function = &*self.function;
        let request = &*self.request_id;
        let booking = known.booking.as_ref().map(field::display);
        let cause = known.cause.as_deref();
        let event = known.event.as_ref().map(field::display);
        let trace_id = known.here.map(TraceContext::trace_id);
        let span_id = known.here.map(TraceContext::span_id);
        let parent_id = known.parent.map(TraceContext::span_id);
        // Of no booking are ticks, connections and batches, whose records have lines of their own.
        match (error, &known.booking) {
            // Logged once, here at the boundary.
            (Some(error), _) => {
                let outcome = error.error_type.as_str();
                let error = error.report();
                tracing::warn!(
                    function, booking, cause, event, outcome, ms, error, trace_id, span_id, parent_id,
                    request, "step failed"
                );
            }
            (None, Some(_)) => {
                let outcome = known.outcome.as_deref().unwrap_or("done");
                tracing::info!(
                    function, booking, cause, event, outcome, ms, trace_id, span_id, parent_id, request,
                    "step"
                );
            }
            (None, None) => {
                let outcome = known.outcome.as_deref().unwrap_or("done");
                tracing::debug!(function, cause, outcome, ms, request, "step");
            }
        }
    }
}

/// What a function was called with, as far as a log line tells.
enum Called {
    Event {
        name: String,
        meta: Box<Meta>,
    },
    /// By the state machine.
    Task {
        name: String,
        booking: AggregateId,
    },
    Other(Option<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    task: String,
    booking_id: AggregateId,
}

impl Called {
    fn read(payload: &Value) -> Self {
        if let Ok(meta) = Meta::deserialize(&payload["detail"]["meta"]) {
            let name = payload["detail-type"].as_str().unwrap_or_default().to_owned();
            return Self::Event {
                name,
                meta: Box::new(meta),
            };
        }
        if let Ok(Task { task, booking_id }) = Task::deserialize(payload) {
            return Self::Task {
                name: task,
                booking: booking_id,
            };
        }
        let socket = &payload["requestContext"]["routeKey"];
        let named = [&payload["detail-type"], socket]
            .into_iter()
            .find_map(Value::as_str);
        let batch = payload["Records"]
            .as_array()
            .map(|records| format!("batch of {}", records.len()));
        Self::Other(named.map(str::to_owned).or(batch))
    }
}

/// The event a transition made, or found made before.
pub(crate) fn announced(event: &Recorded, repeated: bool) {
    came_of_it(match repeated {
        false => event.detail_type.clone(),
        true => format!("{} again", event.detail_type),
    });
}

#[cfg(test)]
mod tests {
    //! What a step knows of itself, as those see it whom it calls. The lines themselves are tested with whole bookings.

    use async_trait::async_trait;
    use bytes::Bytes;
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::http::{HttpClient, HttpError, Traced};

    /// Answers with the `traceparent` it was asked with.
    struct Echo;

    #[async_trait]
    impl HttpClient for Echo {
        async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
            let carried = request
                .headers()
                .get("traceparent")
                .map(|value| value.as_bytes().to_vec());
            Ok(http::Response::new(Bytes::from(carried.unwrap_or_default())))
        }
    }

    /// Calls a supplier, and says what header came along.
    struct Calls {
        http: Traced,
        joins: Option<AggregateId>,
    }

    #[async_trait]
    impl Function for Calls {
        async fn call(&self, _: Value, _: &Invocation) -> Result<Value, HandlerError> {
            if let Some(booking) = &self.joins {
                about(booking, None);
            }
            let answer = self.http.send(http::Request::new(Bytes::new())).await?;
            Ok(json!(String::from_utf8(answer.into_body().to_vec())?))
        }
    }

    async fn header(payload: Value, joins: Option<&str>) -> String {
        let function = Calls {
            http: Traced(Arc::new(Echo)),
            joins: joins.map(AggregateId::new),
        };
        let invocation = Invocation {
            request_id: "r-1".into(),
            deadline: Timestamp::UNIX_EPOCH,
        };
        let answer = invoke(&function, "search", payload, &invocation).await;
        answer.expect("an answer").as_str().expect("text").to_owned()
    }

    fn first(booking: &str) -> TraceContext {
        TraceContext::of_first_event(&AggregateId::new(booking))
    }

    #[tokio::test]
    async fn what_a_step_calls_belongs_to_the_trace_of_the_event_it_was_given() {
        let text = include_str!("../../../events-schema/examples/PlanAccepted.json");
        let example: Value = serde_json::from_str(text).expect("JSON");
        let payload = json!({ "source": example["source"], "detail-type": "PlanAccepted", "detail": example["detail"] });
        let meta = Meta::deserialize(&payload["detail"]["meta"]).expect("an event's meta");
        let given = TraceContext::of_meta(&meta);
        let header = TraceContext::parse(&header(payload, None).await).expect("a traceparent");
        assert_eq!(header.trace_id(), given.trace_id());
        assert_ne!(header.span_id(), given.span_id(), "a span of its own");
    }

    #[tokio::test]
    async fn a_task_of_the_state_machine_and_a_command_join_their_bookings_trace() {
        let task = json!({ "task": "book_leg", "bookingId": "b-1", "employeeId": "e-1" });
        let of_task = TraceContext::parse(&header(task, None).await).expect("a traceparent");
        assert_eq!(of_task.trace_id(), first("b-1").trace_id());
        let command = json!({ "requestContext": { "routeKey": "$default" } });
        let of_command = TraceContext::parse(&header(command, Some("b-2")).await).expect("a traceparent");
        assert_eq!(of_command.trace_id(), first("b-2").trace_id());
    }

    #[tokio::test]
    async fn what_is_of_no_booking_belongs_to_no_trace() {
        assert_eq!(
            header(json!({ "detail-type": "Scheduled Event" }), None).await,
            ""
        );
    }
}
