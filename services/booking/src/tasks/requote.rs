//! Asks suppliers whether every leg of the option still stands at its price, and writes back what they say.

use events_schema::approval::{ApprovalLevel, ApprovalReason};
use events_schema::booking::{OfferRequoted, QuoteOutcome};
use events_schema::ids::{ClauseId, OptionId, RuleId};
use events_schema::money::{CurrencyMismatch, Money};
use events_schema::option::TripOption;
use events_schema::rows::OptionRow;
use events_schema::state::BookingState::{ApprovalGranted, ApprovalPending, OptionSelected, Requoted};
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};
use suppliers::SupplierError;

use super::{Decided, Step, cancelled, supplier_failed};
use crate::decide::{Quoted, compare, quote_hash};

/// `approved` says that this is the quote after the approvals: one dearer than what was approved voids them, which
/// the state machine does by presenting the options again.
pub(super) async fn requote(
    step: &Step<'_>,
    option: &OptionId,
    quote: u32,
    approved: bool,
) -> Result<Value, HandlerError> {
    let row = step.option(option).await?;
    let legal = [OptionSelected, Requoted, ApprovalGranted, ApprovalPending];
    step.carry_out(format!("requote#{quote}"), &legal, |head| {
        let row = row.clone();
        async move {
            if head.cancel_requested {
                return Ok(cancelled());
            }
            let before = row.option.total;
            let quoted = quote_legs(step, &row.option).await?;
            let total = match &quoted {
                Some(option) => Quoted::Stands(option.total),
                None => Quoted::Gone,
            };
            let outcome = compare(before, &total)?;
            let option = match outcome {
                QuoteOutcome::Dearer => quoted.map(|option| check_again(option, before)),
                _ => quoted,
            };
            let hash = quote_hash(option.as_ref().unwrap_or(&row.option));
            let event = OfferRequoted {
                option: row.option_id.clone(),
                outcome,
                before,
                after: option.as_ref().map(|option| option.total),
                quote_hash: hash.clone(),
            };
            let needed = option.as_ref().map_or(0, |option| option.verdict.approvals.len());
            let answer = json!({
                "outcome": outcome, "quoteHash": hash, "approvalsNeeded": if approved { 0 } else { needed },
            });
            let mut next =
                Next::to(Requoted, Due::In(step.deps.deadlines.automated_step), &event)?.result(answer);
            if let Some(option) = option {
                next = next.with(step.deps.options.write(&OptionRow { option, ..row })?);
            }
            Ok(Decided::Go(next))
        }
    })
    .await
}

/// The option at today's prices; `None` when a leg is gone.
async fn quote_legs(step: &Step<'_>, option: &TripOption) -> Result<Option<TripOption>, HandlerError> {
    let mut quoted = option.clone();
    for leg in &mut quoted.legs {
        let supplier = step.deps.suppliers.get(&step.live, &leg.supplier)?;
        match supplier.quote(leg).await {
            Ok(offer) => *leg = offer,
            // A supplier that says no will say it again: for the traveller that is the same as gone.
            Err(SupplierError::Gone { .. } | SupplierError::Rejected { .. }) => return Ok(None),
            Err(error) => return Err(supplier_failed(error)),
        }
    }
    Ok(summed(quoted, option)?)
}

/// The option with the totals of its newly priced legs.
///
/// Legs may be priced in other currencies than the policy's, at a rate pinned by compliance. Unchanged, they are what
/// they were; changed, `None`: an amount nobody judged is not taken as is.
fn summed(mut quoted: TripOption, before: &TripOption) -> Result<Option<TripOption>, CurrencyMismatch> {
    let currency = before.total.currency;
    if quoted.legs.iter().all(|leg| leg.total.currency == currency) {
        let zero = Money::zero(currency);
        quoted.total = quoted
            .legs
            .iter()
            .try_fold(zero, |sum, leg| sum.checked_add(leg.total))?;
        quoted.taxes = quoted
            .legs
            .iter()
            .try_fold(zero, |sum, leg| sum.checked_add(leg.taxes))?;
        return Ok(Some(quoted));
    }
    let unchanged = quoted
        .legs
        .iter()
        .zip(&before.legs)
        .all(|(now, then)| now.total == then.total);
    Ok(unchanged.then_some(quoted))
}

/// A dearer option was judged at its old price. Rather than guess the new verdict, somebody looks at it.
fn check_again(mut option: TripOption, before: Money) -> TripOption {
    if option.verdict.approvals.is_empty() {
        let (rule, clause) = match option.verdict.traces.first() {
            Some(trace) => (trace.rule.clone(), trace.clause.clone()),
            None => (RuleId::new("price-change"), ClauseId::new("-")),
        };
        option.verdict.approvals = vec![ApprovalLevel::L1];
        option.verdict.compliant = false;
        option.verdict.reasons = vec![ApprovalReason {
            rule,
            clause,
            level: ApprovalLevel::L1,
            reason: format!(
                "the price rose from {before} to {} after it was checked",
                option.total
            ),
        }];
    }
    option.reason = format!("Now {} instead of {before}", option.total);
    option
}
