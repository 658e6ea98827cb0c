//! The terminal event of every other trip.

use lambda_host::HandlerError;
use serde_json::{Value, json};

use super::budget::refund_due;
use super::{Decided, Step, open_states};
use crate::close::{due, freed, terminal};
use crate::decide::Ending;

pub(super) async fn end(step: &Step<'_>, wished: &Ending) -> Result<Value, HandlerError> {
    let history = step
        .deps
        .transitions
        .history()
        .all(&step.booking().into())
        .await?;
    step.carry_out("end".into(), &open_states(), |head| {
        let history = &history;
        async move {
            let open = step.deps.decisions.close_open(step.booking()).await?;
            let legs = step.deps.legs.all(step.booking()).await?;
            let reservation = step
                .deps
                .budgets
                .of_booking(&head.cost_centre, step.booking())
                .await?;
            let mut next = terminal(wished, &head, &legs, reservation.as_ref(), history)?;
            next.due = due(next.state, &step.deps.deadlines);
            next.with.extend(open);
            if let Some((_, refund)) = refund_due(&step.deps.budgets, &head, &legs).await? {
                next.with.extend(refund);
            }
            next.with
                .extend(freed(&step.deps.budgets, next.state, reservation.as_ref()).await?);
            Ok(Decided::Go(next.result(json!({"outcome": "ended"}))))
        }
    })
    .await
}
