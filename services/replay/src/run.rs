//! Replays from Journal: looked at beforehand, started, run, paused, gone on with, cancelled.

mod course;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use events_schema::ids::AggregateId;
use events_schema::rows::JournalRow;
use jiff::Timestamp;
use lambda_host::Clock;
use serde::Serialize;
use serde_json::Value;

use crate::event::{Place, fenced};
use crate::journal::{Journal, Selection};
use crate::ledger::{Ledger, State, Ticket};
use crate::rules::{self, Patterns, Rule, Selects};
use crate::{ReplayError, Stack};

/// Who takes a replayed event: the function with this ARN, waited for.
#[async_trait]
pub trait Consumers: Send + Sync {
    /// Once it is done with the event; else why it failed.
    async fn give(&self, function: &str, event: &Value) -> Result<(), String>;
}

/// What somebody wants replayed.
#[derive(Clone, Debug)]
pub struct Request {
    /// Letters, digits, `.`, `-`, `_`, at most 64, as EventBridge has it.
    pub name: String,
    pub selection: Selection,
    /// Rules or consumers by name; none: all that welcome replays.
    pub to: Vec<String>,
    /// An EventBridge pattern that narrows what the rules select.
    pub pattern: Option<Value>,
    /// Deliveries a second, at most.
    pub per_second: Option<u32>,
}

/// What a replay would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Events that at least one rule would get.
    pub events: u64,
    /// Bookings and whatever else they belong to.
    pub aggregates: usize,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// Every rule that would fire, and how often.
    pub fires: BTreeMap<String, u64>,
    /// Rules of the bus that get nothing: they do not welcome replays, or were not chosen.
    pub silent: usize,
}

impl Preview {
    pub fn deliveries(&self) -> u64 {
        self.fires.values().sum()
    }
}

pub struct Replays {
    pub stack: Stack,
    pub clock: Arc<dyn Clock>,
    pub patterns: Patterns,
}

/// What is needed to know who gets which event.
struct Audience {
    rules: Vec<(Rule, Selects)>,
    narrowed: Option<Selects>,
    replay: String,
    place: Place,
}

impl Audience {
    fn of(rules: Vec<Rule>, request: &Request, patterns: Patterns) -> Result<Self, ReplayError> {
        let unreadable = |whose: &str, why: String| ReplayError::Refused(format!("{whose}: {why}"));
        let place = rules.first().map(|rule| Place::of(&rule.arn));
        let read = |rule: Rule| match patterns(&rule.pattern) {
            Ok(selects) => Ok((rule, selects)),
            Err(why) => Err(unreadable(&rule.name, why)),
        };
        let narrowed = request.pattern.as_ref().map(patterns).transpose();
        Ok(Self {
            place: place.ok_or_else(|| ReplayError::Refused("no rule welcomes replays".into()))?,
            rules: rules.into_iter().map(read).collect::<Result<_, _>>()?,
            narrowed: narrowed.map_err(|why| unreadable("the pattern", why))?,
            replay: request.name.clone(),
        })
    }

    /// All that any of the rules may select.
    fn types(&self) -> Vec<String> {
        let types = self.rules.iter().flat_map(|(rule, _)| rule.types());
        types
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// The event as it would be delivered, and the rules it would be delivered by.
    fn of_event(&self, row: &JournalRow) -> Result<(Value, Vec<&Rule>), ReplayError> {
        let event = fenced(row, &self.replay, &self.place)?;
        if self.narrowed.as_ref().is_some_and(|selects| !selects(&event)) {
            return Ok((event, Vec::new()));
        }
        let fire = self.rules.iter().filter(|(_, selects)| selects(&event));
        let fire = fire.map(|(rule, _)| rule).collect();
        Ok((event, fire))
    }
}

impl Replays {
    pub async fn preview(&self, request: &Request) -> Result<Preview, ReplayError> {
        let all = rules::all(&self.stack).await?;
        let rules = rules::chosen(&all, &request.to)?;
        let mut preview = Preview {
            silent: all.len() - rules.len(),
            ..Preview::default()
        };
        let audience = Audience::of(rules, request, self.patterns)?;
        let mut aggregates: BTreeSet<AggregateId> = BTreeSet::new();
        let journal = Journal::of(&self.stack);
        let types = audience.types();
        let mut events = journal
            .events(&request.selection, &types, None, course::PORTION)
            .await?;
        while let Some(portion) = events.next().await? {
            for row in portion.rows {
                let (_, fire) = audience.of_event(&row)?;
                if fire.is_empty() {
                    continue;
                }
                preview.events += 1;
                for rule in fire {
                    *preview.fires.entry(rule.name.clone()).or_default() += 1;
                }
                let at = Some(row.occurred_at);
                preview.first = preview.first.min(at).or(at);
                preview.last = preview.last.max(at);
                aggregates.insert(row.aggregate_id);
            }
        }
        preview.aggregates = aggregates.len();
        Ok(preview)
    }

    /// Checks it, counts it and writes it down; [`Replays::run`] then delivers.
    pub async fn start(&self, request: &Request) -> Result<Ticket, ReplayError> {
        check_name(&request.name)?;
        let rules = rules::chosen(&rules::all(&self.stack).await?, &request.to)?;
        let preview = self.preview(request).await?;
        let ticket = Ticket {
            replay_name: request.name.clone(),
            state: State::Running,
            selection: request.selection.clone(),
            rules: rules.into_iter().map(|rule| rule.name).collect(),
            pattern: request.pattern.as_ref().map(Value::to_string),
            per_second: request.per_second,
            total: preview.deliveries(),
            delivered: 0,
            behind: None,
            runner: 1,
            started_at: self.clock.now(),
            ended_at: None,
            why: None,
        };
        self.ledger().open(&ticket).await?;
        Ok(ticket)
    }

    /// Delivers until all is delivered, a consumer keeps failing, or somebody pauses or cancels; `watch` sees every
    /// portion. What was under way when it stopped may come twice, which every consumer is made for.
    pub async fn run(
        &self,
        ticket: Ticket,
        consumers: &dyn Consumers,
        watch: &mut (dyn FnMut(&Ticket) + Send),
    ) -> Result<Ticket, ReplayError> {
        let request = Request {
            name: ticket.replay_name.clone(),
            selection: ticket.selection.clone(),
            to: ticket.rules.clone(),
            pattern: ticket.pattern.as_deref().map(serde_json::from_str).transpose()?,
            per_second: ticket.per_second,
        };
        // Asked again: a rule may have changed its mind since the start.
        let rules = rules::chosen(&rules::all(&self.stack).await?, &request.to)?;
        let audience = Audience::of(rules, &request, self.patterns)?;
        course::run(self, ticket, &audience, consumers, watch).await
    }

    pub async fn read(&self, name: &str) -> Result<Option<Ticket>, ReplayError> {
        self.ledger().read(name).await
    }

    /// The newest first.
    pub async fn all(&self) -> Result<Vec<Ticket>, ReplayError> {
        self.ledger().all().await
    }

    pub async fn pause(&self, name: &str) -> Result<(), ReplayError> {
        self.ask(name, &[State::Running], State::Paused).await
    }

    pub async fn cancel(&self, name: &str) -> Result<(), ReplayError> {
        let open = [State::Running, State::Paused, State::Failed];
        self.ask(name, &open, State::Cancelled).await
    }

    /// Takes over one that stands: paused, failed, or left by a runner that is no more. [`Replays::run`] goes on with it,
    /// at this rate from now on if there is one (deliveries a second, at most), else at the one it had.
    pub async fn resume(&self, name: &str, per_second: Option<u32>) -> Result<Ticket, ReplayError> {
        let mut ticket = self.known(name).await?;
        if ticket.state.ended() {
            return Err(refused(name, ticket.state));
        }
        let (from, runner) = (ticket.state, ticket.runner);
        ticket.state = State::Running;
        ticket.runner += 1;
        ticket.why = None;
        ticket.per_second = per_second.or(ticket.per_second);
        match self.ledger().replace(&ticket, from, runner).await? {
            true => Ok(ticket),
            false => Err(ReplayError::Refused(format!(
                "{name} was taken up by somebody else just now"
            ))),
        }
    }

    async fn ask(&self, name: &str, from: &[State], to: State) -> Result<(), ReplayError> {
        if self.ledger().ask(name, from, to).await? {
            return Ok(());
        }
        Err(refused(name, self.known(name).await?.state))
    }

    async fn known(&self, name: &str) -> Result<Ticket, ReplayError> {
        let found = self.read(name).await?;
        found.ok_or_else(|| ReplayError::Refused(format!("there is no replay {name}")))
    }

    fn ledger(&self) -> Ledger<'_> {
        Ledger { stack: &self.stack }
    }
}

fn refused(name: &str, state: State) -> ReplayError {
    ReplayError::Refused(format!("{name} is {}", state.name()))
}

fn check_name(name: &str) -> Result<(), ReplayError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match (1..=64).contains(&name.len()) && name.chars().all(fits) {
        true => Ok(()),
        false => Err(ReplayError::Refused(format!(
            "{name:?} is no name for a replay: letters, digits and . - _, at most 64"
        ))),
    }
}
