//! Events and states put together: an event stands under the state of the machine in which it was said, else under
//! the event that it follows from. Does no I/O.

use std::collections::BTreeMap;

use events_schema::ids::EventId;
use events_schema::rows::JournalRow;
use jiff::{SignedDuration, Timestamp};
use lambda_host::trace::TraceContext;

use super::machine::{Run, State};

/// One line of the tree; in order from top to bottom.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    pub depth: usize,
    pub kind: Kind,
    pub name: String,
    /// Who said it or let it be said, and what went wrong.
    pub by: String,
    pub at: Timestamp,
    /// An event: since what it reacts to. A state or an execution: until it was left.
    pub took: Option<SignedDuration>,
    /// Span ids of the trace.
    pub id: String,
    pub parent: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Event,
    Execution,
    State,
}

/// An event of the booking.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub at: Timestamp,
    name: String,
    source: String,
    cause: Cause,
    id: EventId,
    /// Itself for the first.
    follows: EventId,
    trace: TraceContext,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    Reaction,
    Task,
    Sweep,
    /// Whose.
    Command(String),
}

impl Said {
    pub fn read(row: &JournalRow) -> Result<Self, serde_json::Error> {
        let recorded = row.recorded()?;
        let meta = &recorded.detail.meta;
        let who = row.cause_key.split(':').next().unwrap_or_default();
        let reaction = row.cause_key.ends_with(&meta.causation_id.to_string());
        let cause = match who {
            "arn" => Cause::Task,
            "sweeper" => Cause::Sweep,
            _ if reaction => Cause::Reaction,
            person => Cause::Command(person.to_owned()),
        };
        Ok(Self {
            at: row.occurred_at,
            name: row.event_type.clone(),
            source: recorded.source.clone(),
            cause,
            id: meta.event_id,
            follows: meta.causation_id,
            trace: TraceContext::of_meta(meta),
        })
    }

    fn by(&self) -> String {
        match &self.cause {
            Cause::Command(person) => format!("{}, by {person}", self.source),
            Cause::Sweep => format!("{}, overdue", self.source),
            Cause::Reaction | Cause::Task => self.source.clone(),
        }
    }
}

/// A place in the tree: an event, an execution, or a state of one, by their positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Event(usize),
    Run(usize),
    State(usize, usize),
}

/// Depth first. An event that alone follows from another stands below it without being indented.
pub(super) fn spans(said: &[Said], runs: &[Run]) -> Vec<Span> {
    let mut below: BTreeMap<Option<Place>, Vec<Place>> = BTreeMap::new();
    for (number, run) in runs.iter().enumerate() {
        let starter = said
            .iter()
            .rposition(|event| event.at <= run.started && event.cause != Cause::Task);
        below
            .entry(starter.map(Place::Event))
            .or_default()
            .push(Place::Run(number));
        let states = (0..run.states.len()).map(|state| Place::State(number, state));
        below.entry(Some(Place::Run(number))).or_default().extend(states);
    }
    for (number, event) in said.iter().enumerate() {
        let parent = state_of(event, runs).or_else(|| follows(said, number));
        below.entry(parent).or_default().push(Place::Event(number));
    }
    let mut tree = Tree {
        said,
        runs,
        below,
        spans: Vec::new(),
    };
    tree.walk(None, 0);
    tree.spans
}

/// The state in which it was said. Reactions run beside the machine, whatever state it is in.
fn state_of(event: &Said, runs: &[Run]) -> Option<Place> {
    if event.cause == Cause::Reaction {
        return None;
    }
    let during = |state: &State| state.entered <= event.at && state.left.is_none_or(|left| event.at <= left);
    let found =
        |(number, run): (usize, &Run)| Some(Place::State(number, run.states.iter().rposition(during)?));
    runs.iter().enumerate().rev().find_map(found)
}

fn follows(said: &[Said], number: usize) -> Option<Place> {
    let event = &said[number];
    said[..number]
        .iter()
        .position(|other| other.id == event.follows)
        .map(Place::Event)
}

struct Tree<'a> {
    said: &'a [Said],
    runs: &'a [Run],
    below: BTreeMap<Option<Place>, Vec<Place>>,
    spans: Vec<Span>,
}

impl Tree<'_> {
    fn walk(&mut self, parent: Option<Place>, depth: usize) {
        let children = self.below.remove(&parent).unwrap_or_default();
        let events = matches!(parent, None | Some(Place::Event(_)));
        let chain = events && matches!(children[..], [Place::Event(_)]);
        let depth = match (parent, chain) {
            (None, _) => 0,
            (Some(_), true) => depth,
            (Some(_), false) => depth + 1,
        };
        for child in children {
            let span = self.span(child, parent, depth);
            self.spans.push(span);
            self.walk(Some(child), depth);
        }
    }

    fn span(&self, place: Place, parent: Option<Place>, depth: usize) -> Span {
        let (kind, name, by, at, took) = match place {
            Place::Event(number) => {
                let event = &self.said[number];
                let cause = follows(self.said, number).filter(|_| event.cause == Cause::Reaction);
                let took = cause.map(|cause| event.at.duration_since(self.at(cause)));
                (Kind::Event, event.name.clone(), event.by(), event.at, took)
            }
            Place::Run(number) => {
                let run = &self.runs[number];
                let name = run.arn.rsplit(':').nth(1).unwrap_or_default().to_owned();
                let took = run.stopped.map(|at| at.duration_since(run.started));
                (Kind::Execution, name, run.status.clone(), run.started, took)
            }
            Place::State(number, state) => {
                let state = &self.runs[number].states[state];
                let took = state.left.map(|left| left.duration_since(state.entered));
                (
                    Kind::State,
                    state.name.clone(),
                    state.wrong.join("; "),
                    state.entered,
                    took,
                )
            }
        };
        Span {
            depth,
            kind,
            name,
            by,
            at,
            took,
            id: self.id(place),
            parent: parent.map(|parent| self.id(parent)),
        }
    }

    fn at(&self, place: Place) -> Timestamp {
        match place {
            Place::Event(number) => self.said[number].at,
            Place::Run(number) => self.runs[number].started,
            Place::State(number, state) => self.runs[number].states[state].entered,
        }
    }

    fn id(&self, place: Place) -> String {
        let Some(first) = self.said.first() else {
            return String::new();
        };
        match place {
            Place::Event(number) => self.said[number].trace.span_id(),
            Place::Run(number) => first.trace.at_step(&[&self.runs[number].arn]).span_id(),
            Place::State(number, state) => {
                let (run, state) = (&self.runs[number], state.to_string());
                first.trace.at_step(&[&run.arn, &state]).span_id()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    //! Which stands under which.

    use super::*;
    use events_schema::ids::AggregateId;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).expect("a time")
    }

    fn said(number: u64, follows: u64, ms: i64, name: &str, cause: Cause) -> Said {
        let booking = AggregateId::new("b-1");
        let (id, first) = (EventId::of(&booking, number), EventId::of(&booking, 1));
        Said {
            at: at(ms),
            name: name.into(),
            source: "sojourn.test".into(),
            cause,
            id,
            follows: EventId::of(&booking, follows),
            trace: TraceContext::of_event(first, id),
        }
    }

    fn state(name: &str, entered: i64, left: Option<i64>) -> State {
        State {
            name: name.into(),
            entered: at(entered),
            left: left.map(at),
            wrong: Vec::new(),
        }
    }

    #[test]
    fn events_stand_below_their_cause_or_the_state_they_were_said_in() {
        let person = || Cause::Command("somebody".into());
        let events = [
            said(1, 1, 0, "Requested", person()),
            said(2, 1, 10, "Ranked", Cause::Reaction),
            said(3, 2, 25, "Presented", Cause::Task),
            said(4, 3, 500, "Selected", person()),
            said(5, 4, 900, "Closed", Cause::Reaction),
        ];
        let run = Run {
            arn: "arn:aws:states:r:a:execution:booking:run-1".into(),
            status: "RUNNING".into(),
            started: at(15),
            stopped: None,
            states: vec![state("Present", 20, Some(30)), state("Await", 30, None)],
        };
        let spans = spans(&events, &[run]);
        let shown: Vec<_> = spans
            .iter()
            .map(|span| {
                (
                    span.depth,
                    span.name.as_str(),
                    span.took.map(|took| took.as_millis()),
                )
            })
            .collect();
        let expected = [
            (0, "Requested", None),
            (0, "Ranked", Some(10)),
            (1, "booking", None),
            (2, "Present", Some(10)),
            (3, "Presented", None),
            (2, "Await", None),
            (3, "Selected", None),
            (3, "Closed", Some(400)),
        ];
        assert_eq!(shown, expected);
        let ids: std::collections::BTreeSet<_> = spans.iter().map(|span| &span.id).collect();
        assert_eq!(ids.len(), spans.len(), "a span each");
        let orphan = spans[1..]
            .iter()
            .find(|span| !span.parent.as_ref().is_some_and(|id| ids.contains(id)));
        assert_eq!(orphan, None);
    }

    #[test]
    fn what_step_functions_forgot_leaves_the_events_under_their_causes() {
        let events = [
            said(1, 1, 0, "Requested", Cause::Reaction),
            said(2, 1, 10, "Presented", Cause::Task),
        ];
        let depths: Vec<_> = spans(&events, &[]).iter().map(|span| span.depth).collect();
        assert_eq!(depths, [0, 0]);
    }
}
