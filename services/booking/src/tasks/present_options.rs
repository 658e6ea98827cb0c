//! Opens the choice: again, with another round, when an offer fell through or got dearer.

use std::collections::BTreeSet;

use events_schema::booking::{OfferRequoted, OptionsPresented, QuoteOutcome};
use events_schema::compliance::OptionsRanked;
use events_schema::event::Event;
use events_schema::ids::{DecisionId, OptionId};
use events_schema::problem::ErrorCode;
use events_schema::rows::{DecisionKind, JournalRow};
use events_schema::state::BookingState::{OptionsPresented as Presented, OptionsRanked as Ranked, Requoted};
use lambda_host::history::newest;
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};

use super::hold::release_early;
use super::{Decided, Step, cancelled};

pub(super) async fn present_options(step: &Step<'_>, round: u32) -> Result<Value, HandlerError> {
    let history = step
        .deps
        .transitions
        .history()
        .all(&step.booking().into())
        .await?;
    let ranked = newest::<OptionsRanked>(&history)?
        .ok_or_else(|| HandlerError::named("NothingRanked", "the booking has no ranked options"))?;
    let options = still_offered(ranked.data.options, &history)?;
    if options.is_empty() {
        let reason = "Every option has been sold meanwhile. Please ask again, perhaps with other dates.";
        return Ok(json!({"outcome": "none_left", "code": ErrorCode::NoOffers, "reason": reason}));
    }
    if round > 1 {
        release_early(step).await;
    }
    step.carry_out(format!("present#{round}"), &[Ranked, Requoted], |head| {
        let options = options.clone();
        async move {
            if head.cancel_requested {
                return Ok(cancelled());
            }
            let deadline = step.deadline(step.deps.deadlines.choose);
            let decision = DecisionId::new(format!("choose#{round}"));
            let mut row = step.question(DecisionKind::Choose, decision.clone(), deadline, "");
            row.options = options.clone();
            let event = OptionsPresented {
                decision: decision.clone(),
                options,
                round,
                deadline_at: deadline,
            };
            let answer = json!({"outcome": "open", "decision": decision, "deadlineAt": deadline.as_second()});
            let next = Next::to(Presented, Due::At(step.overdue(deadline)), &event)?
                .round(round)
                .with(step.deps.decisions.open(&row)?)
                .result(answer);
            Ok(Decided::Go(next))
        }
    })
    .await
}

/// Without the options that a supplier said are gone: choosing them again would only lead here again.
fn still_offered(ranked: Vec<OptionId>, history: &[JournalRow]) -> Result<Vec<OptionId>, HandlerError> {
    let mut gone = BTreeSet::new();
    for row in history.iter().filter(|row| row.event_type == OfferRequoted::NAME) {
        let quote = row.recorded()?.read::<OfferRequoted>()?.data;
        if quote.outcome == QuoteOutcome::Gone {
            gone.insert(quote.option);
        }
    }
    Ok(ranked
        .into_iter()
        .filter(|option| !gone.contains(option))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::past::Past;

    #[test]
    fn only_what_is_gone_is_left_out() {
        let quoted = |option: &str, outcome| OfferRequoted {
            option: OptionId::new(option),
            outcome,
            ..OfferRequoted::example()
        };
        let past = Past::default()
            .then(OptionsRanked::example())
            .then(quoted("a", QuoteOutcome::Dearer))
            .then(quoted("b", QuoteOutcome::Gone))
            .then(quoted("c", QuoteOutcome::Cheaper));
        let ranked = ["a", "b", "c", "d"].map(OptionId::new).to_vec();
        let left = still_offered(ranked, &past.0).unwrap();
        assert_eq!(left, ["a", "c", "d"].map(OptionId::new));
    }
}
