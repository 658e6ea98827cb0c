//! What a booking leaves in the log: a line for every step, and one trace through them all.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};

use events_schema::ids::AggregateId;
use events_schema::socket::{FrameBody, Verdict};
use lambda_host::logs::{Format, dispatch};
use lambda_host::trace::TraceContext;
use serde_json::Value;

use super::listening::listen;
use super::people::{Person, is_confirmation_request, is_options};
use super::trips::LISBON;
use super::world::World;

/// Whoever had a part in a booking that went well.
const FUNCTIONS: &[&str] = &[
    "AuditFunction", "AuditReceiptsFunction", "BookingTaskFunction", "BookingWakeFunction",
    "ComplianceFunction", "GatewayMessageFunction", "InsightsFunction", "NoticesFunction", "PlannerFunction",
    "PolicyRetrieveFunction", "ProgressFunction", "SearchFunction",
];

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no panic while writing")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic while writing").clone()).expect("text")
    }

    /// Lines about steps of the booking.
    fn steps_of(&self, booking: &str) -> Vec<Value> {
        let lines = self.text();
        let all = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("a JSON document"));
        all.filter(|line| line["message"] == "step" && line["booking"] == booking)
            .collect()
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_is_a_line_of_one_trace() {
    let lines = Lines::default();
    let writer = lines.clone();
    let logged = dispatch(Format::Json, "info", move || writer.clone());
    let _listening = listen(&logged);
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::Confirmed { .. }), "{end:?}");
    world.laptop.cloud.idle().await;

    let steps = lines.steps_of(&booking.to_string());
    let of = |member: &str| -> BTreeSet<String> {
        let values = steps.iter().filter_map(|step| step[member].as_str());
        values.map(str::to_owned).collect()
    };
    assert_eq!(
        of("function"),
        FUNCTIONS.iter().map(|name| (*name).to_owned()).collect()
    );
    let aggregate = AggregateId::from(booking);
    let trace = TraceContext::of_first_event(&aggregate).trace_id();
    assert_eq!(of("trace_id"), BTreeSet::from([trace]), "one trace");
    let spans: BTreeSet<_> = of("span_id");
    for step in &steps {
        assert!(step["ms"].is_u64() && step["timestamp"].is_string(), "{step}");
        assert!(step["outcome"].is_string() && step["cause"].is_string(), "{step}");
        assert!(step["span_id"].is_string(), "{step}");
    }
    let mut said = BTreeSet::new();
    let mut names = BTreeSet::new();
    for row in world.journal(booking).await {
        let recorded = row.recorded().expect("an event");
        said.insert(TraceContext::of_meta(&recorded.detail.meta).span_id());
        names.insert(row.event_type);
    }
    let unknown: Vec<_> = of("parent_id").difference(&said).cloned().collect();
    assert!(
        unknown.is_empty(),
        "every parent is an event of the booking: {unknown:?}"
    );
    assert!(spans.is_disjoint(&said), "a step's span is its own");
    let silent: Vec<_> = names.difference(&of("outcome")).cloned().collect();
    assert!(silent.is_empty(), "events that no step says it made: {silent:?}");
    let text = lines.text();
    assert!(!text.contains(LISBON), "what people write stays out of the log");
}
