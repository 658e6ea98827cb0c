//! Takes the booking for this execution: a fresh one from nobody, a stuck one from the execution that has it.

use events_schema::event::Event;
use events_schema::gateway::{CancellationRequested, OptionSelected};
use events_schema::rows::BookingRow;
use events_schema::state::BookingState;
use events_schema::sweeper::BookingOverdue;
use lambda_host::HandlerError;
use lambda_host::history::newest;
use serde_json::{Value, json};

use super::Step;
use crate::close::overdue;
use crate::decide::{Ending, EndingKind};

/// `event`: what started the execution. Answers whether it has the booking now, and where it begins.
pub(super) async fn claim(step: &Step<'_>, event: &str) -> Result<Value, HandlerError> {
    if event == BookingOverdue::NAME {
        return take_over(step).await;
    }
    let (state, begin) = match event == CancellationRequested::NAME {
        true => (BookingState::CancellationRequested, "cancellation"),
        false => (BookingState::OptionsRanked, "present"),
    };
    let claimed = step
        .deps
        .transitions
        .claim(&step.live, &step.key, &step.execution, state)
        .await?;
    Ok(json!({"claimed": claimed, "begin": begin}))
}

/// The sweeper found the booking past its due time: whoever has it has died or hangs. What it bought is undone here,
/// unless everything is paid for already: then the trip comes true. A booking that no execution has, and one that was
/// overdue before, is ended by `booking/close`.
async fn take_over(step: &Step<'_>) -> Result<Value, HandlerError> {
    let not_ours = json!({"claimed": false});
    let Some(head) = step.deps.transitions.head(&step.key).await? else {
        return Ok(not_ours);
    };
    let stuck = !head.state.is_terminal() && head.last_event.name == BookingOverdue::NAME;
    let Some(from) = head.execution_id.clone().filter(|_| stuck) else {
        return Ok(not_ours);
    };
    let taken = step
        .deps
        .transitions
        .take_over(&step.live, &step.key, &from, &step.execution, head.sequence)
        .await?;
    if !taken {
        return Ok(not_ours);
    }
    tracing::warn!(booking = %step.booking(), %from, "taken over");
    begin(step, &head).await
}

async fn begin(step: &Step<'_>, head: &BookingRow) -> Result<Value, HandlerError> {
    // The traveller said yes, and nothing is cancelled yet: the conditions are looked at once more, and it goes on.
    if head.state == BookingState::CancellationConfirmed {
        return Ok(json!({"claimed": true, "begin": "cancellation"}));
    }
    if head.state != BookingState::BudgetCaptured {
        return Ok(json!({"claimed": true, "begin": "undo", "ending": overdue(head)}));
    }
    let aggregate = step.booking().into();
    let history = step.deps.transitions.history().all(&aggregate).await?;
    let chosen = newest::<OptionSelected>(&history)?.map(|event| event.data.option);
    Ok(match chosen {
        Some(option) => json!({"claimed": true, "begin": "confirm", "option": option}),
        None => {
            let ending = Ending {
                kind: EndingKind::NeedsAttention,
                ..overdue(head)
            };
            json!({"claimed": true, "begin": "undo", "ending": ending})
        }
    })
}
