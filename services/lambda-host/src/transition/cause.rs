//! Why a transition is asked for. The key identifies the cause across redeliveries, retries and double clicks.

use events_schema::envelope::Meta;
use events_schema::ids::{ActionId, EmployeeId, EventId, ExecutionId};
use events_schema::rows::BookingRow;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A service reacting to an event.
    Reaction {
        consumer: &'static str,
        event: EventId,
        sequence: u64,
    },
    /// A person's command, by the id their client gave it.
    Command { employee: EmployeeId, action: ActionId },
    /// A task of the state machine: `step` names task and round, `present#2`.
    Task { execution: ExecutionId, step: String },
    /// The sweeper found the booking past its due time, in epoch seconds.
    Sweep { due_at: i64 },
}

impl Cause {
    pub fn reaction(consumer: &'static str, event: &Meta) -> Self {
        Self::Reaction {
            consumer,
            event: event.event_id,
            sequence: event.sequence,
        }
    }

    pub fn key(&self) -> String {
        match self {
            Self::Reaction { consumer, event, .. } => format!("{consumer}:{event}"),
            Self::Command { employee, action } => format!("{employee}:{action}"),
            Self::Task { execution, step } => format!("{execution}:{step}"),
            Self::Sweep { due_at } => format!("sweeper:{due_at}"),
        }
    }

    /// Only the newest event may be reacted to: a redelivered old one must start nothing. A task acts only for the
    /// execution that holds the booking.
    pub(super) fn may_act_on(&self, head: &BookingRow) -> bool {
        match self {
            Self::Reaction { sequence, .. } => head.sequence == *sequence,
            Self::Command { .. } => true,
            Self::Task { execution, .. } => head.execution_id.as_ref() == Some(execution),
            // Who moved on meanwhile has another due time.
            Self::Sweep { due_at } => head.due_at == Some(*due_at),
        }
    }

    /// The event this one follows from.
    pub(super) fn causation(&self, head: Option<&BookingRow>) -> Option<EventId> {
        match self {
            Self::Reaction { event, .. } => Some(*event),
            _ => head.map(|head| head.last_event.event_id),
        }
    }
}
