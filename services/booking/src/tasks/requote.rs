//! Asks suppliers whether every leg of the option still stands at its price, and writes back what they say.

use events_schema::approval::{ApprovalLevel, ApprovalReason};
use events_schema::booking::{OfferRequoted, QuoteOutcome};
use events_schema::ids::{ClauseId, OptionId, RuleId};
use events_schema::money::{CurrencyMismatch, Money};
use events_schema::option::TripOption;
use events_schema::rows::OptionRow;
use events_schema::state::BookingState::{ApprovalGranted, OptionSelected, Requoted};
use events_schema::trip::{LegContent, Offer};
use lambda_host::{Due, HandlerError, Next};
use serde_json::{Value, json};
use suppliers::SupplierError;

use super::hold::hold;
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
    let legal = [OptionSelected, Requoted, ApprovalGranted];
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
            let (option, held) = match (outcome, quoted) {
                (QuoteOutcome::Dearer, Some(option)) => (Some(check_again(option, before)), row.held.clone()),
                // People may take days: the price should still be there then.
                (_, Some(mut option)) => {
                    let held = hold(step, &row, &mut option).await?;
                    (Some(option), held)
                }
                (_, None) => (None, row.held.clone()),
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
                next = next.with(step.deps.options.write(&OptionRow { option, held, ..row })?);
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
            Ok(offer) if is_the_same(&offer, leg) => *leg = offer,
            Ok(_) => return Ok(None),
            // A supplier that says no will say it again: for the traveller that is the same as gone.
            Err(SupplierError::Gone { .. } | SupplierError::Rejected { .. }) => return Ok(None),
            Err(error) => return Err(supplier_failed(error)),
        }
    }
    Ok(summed(quoted, option)?)
}

/// Whether this is what was chosen. Another flight, room, cabin or another refund is something nobody chose or
/// approved, whatever it costs; a price for a night follows from the price.
fn is_the_same(now: &Offer, then: &Offer) -> bool {
    let content = |offer: &Offer| match offer.content.clone() {
        LegContent::Stay {
            hotel,
            stars,
            place,
            check_in,
            check_out,
            nights,
            rooms,
            distance_km,
            ..
        } => LegContent::Stay {
            hotel,
            stars,
            place,
            check_in,
            check_out,
            nights,
            rooms,
            per_night: Money::zero(offer.total.currency),
            distance_km,
        },
        flight => flight,
    };
    now.refundable == then.refundable && content(now) == content(then)
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

#[cfg(test)]
mod tests {
    use super::*;
    use events_schema::approval::{Silence, Verdict};
    use events_schema::samples;
    use iso_currency::Currency;
    use rust_decimal::Decimal;

    fn money(amount: i64, currency: Currency) -> Money {
        Money::new(Decimal::from(amount), currency)
    }

    fn option(legs: &[Money], total: Money, approvals: &[ApprovalLevel]) -> TripOption {
        let legs = legs.iter().map(|total| Offer {
            total: *total,
            taxes: Money::new(total.amount / Decimal::TEN, total.currency),
            ..samples::flight_offer()
        });
        TripOption {
            id: samples::option(),
            legs: legs.collect(),
            total,
            taxes: Money::zero(total.currency),
            verdict: Verdict {
                compliant: approvals.is_empty(),
                traces: vec![],
                approvals: approvals.to_vec(),
                reasons: approvals.iter().map(|_| ApprovalReason::example()).collect(),
                approval_sla_hours: 24,
                silence: Silence::Declines,
            },
            reason: "Within policy".into(),
        }
    }

    #[test]
    fn totals_follow_the_legs_only_where_no_rate_is_needed() {
        use Currency::{EUR, USD};
        let euros = |amount| money(amount, EUR);
        let cases: &[(&[Money], &[Money], Option<Money>)] = &[
            (
                &[euros(100), euros(50)],
                &[euros(100), euros(60)],
                Some(euros(160)),
            ),
            (&[euros(100)], &[euros(90)], Some(euros(90))),
            // Another currency at its old price: at the rate that compliance pinned, the total is what it was.
            (
                &[euros(100), money(50, USD)],
                &[euros(100), money(50, USD)],
                Some(euros(150)),
            ),
            // At another price: nobody here knows what that is in euros.
            (&[euros(100), money(50, USD)], &[euros(100), money(51, USD)], None),
            (&[euros(100), money(50, USD)], &[euros(99), money(50, USD)], None),
            // The supplier changed its currency.
            (&[euros(100)], &[money(100, USD)], None),
        ];
        for (before, now, expected) in cases {
            let before = option(before, euros(150), &[]);
            let quoted = TripOption {
                legs: option(now, euros(150), &[]).legs,
                ..before.clone()
            };
            let total = summed(quoted, &before).unwrap().map(|option| option.total);
            assert_eq!(total, *expected, "{now:?}");
        }
    }

    #[test]
    fn taxes_are_summed_with_the_total() {
        let legs = [Money::euros(100), Money::euros(50)];
        let before = option(&legs, Money::euros(150), &[]);
        let now = summed(before.clone(), &before).unwrap().unwrap();
        assert_eq!((now.total, now.taxes), (Money::euros(150), Money::euros(15)));
    }

    #[test]
    fn whoever_judged_the_old_price_does_not_speak_for_the_new_one() {
        let (old, new) = (Money::euros(100), Money::euros(120));
        let judged = check_again(option(&[new], new, &[]), old);
        assert_eq!(
            judged.verdict.approvals,
            [ApprovalLevel::L1],
            "within policy at the old price only"
        );
        assert!(!judged.verdict.compliant);
        assert_eq!(
            judged.verdict.reasons[0].reason,
            "the price rose from 100.00 EUR to 120.00 EUR after it was checked"
        );
        assert_eq!(judged.reason, "Now 120.00 EUR instead of 100.00 EUR");

        let finance = [ApprovalLevel::L1, ApprovalLevel::Finance];
        let judged = check_again(option(&[new], new, &finance), old);
        assert_eq!(
            judged.verdict.approvals, finance,
            "who had to be asked still has to"
        );
        assert_eq!(
            judged.verdict.reasons,
            [ApprovalReason::example(), ApprovalReason::example()]
        );
    }
}
