//! Every sentence that progress, endings and waits show people: the one place to translate.

use events_schema::booking::{
    ApprovalVoided, AttentionResolved, BookingCancelled, LegOutcome, OfferRequoted, QuoteOutcome,
};
use events_schema::money::Money;
use events_schema::planner::PlannedBy;
use events_schema::search::{OffersFound, SupplierAnswer, SupplierOutcome};
use events_schema::state::BookingState;
use events_schema::trip::TripPlan;
use jiff::civil::Date;
use lambda_host::counted::counted;

pub const ATTENTION_OVERDUE: &str = "The travel managers were reminded of this booking.";
pub const REQUESTED: &str = "Request received. Looking at what the policy says.";
pub const POLICY_FOUND: &str = "The policy's clauses for this trip are at hand. Planning.";
pub const POLICY_SILENT: &str =
    "The policy says nothing about this trip, so its strict defaults apply. Planning.";
pub const CLARIFIED: &str = "Thank you. Planning with your answer.";
pub const PLAN_ACCEPTED: &str = "The plan fits the policy. Asking suppliers.";
pub const PLAN_REJECTED: &str = "The plan does not fit the policy. Planning again.";
pub const PLANNING_FAILED: &str = "No plan could be made of the request.";
pub const ANSWER_READY: &str = "The answer is ready.";
const NO_OFFERS: &str = "No supplier has anything for this plan.";
const SEARCH_FAILED: &str = "No supplier answered.";
pub const PURCHASE_CONFIRMED: &str = "You confirmed the purchase. Booking now.";
pub const PURCHASE_DECLINED: &str = "You decided not to buy.";
pub const CANCEL_REQUESTED: &str = "Cancelling. What is under way stops at the next safe point.";
pub const OVERDUE: &str = "This takes longer than it should. It is being looked after.";
pub const NEWER: &str = "A further step is done.";
pub const ANSWER_GONE: &str = "The words of this answer are no longer kept.";
pub const CANCELLED: &str = "The booking is cancelled. Nothing is held or owed.";
pub const CANCELLATION_REQUESTED: &str = "Asking the suppliers what cancelling this trip gives back.";
pub const CANCELLATION_CONFIRMED: &str = "Cancelling the trip with the suppliers.";
pub const CANCELLATION_DECLINED: &str = "You keep the trip.";
pub const KEPT: &str = "Nothing was cancelled. Your trip stands as it was booked.";
pub const BUDGET_RELEASED: &str = "What was set aside in the budget is free again.";

pub fn planned(plan: &TripPlan, by: PlannedBy) -> String {
    let travellers = counted(plan.travellers, "traveller", "travellers");
    let by = match by {
        PlannedBy::Model => "",
        PlannedBy::Rules => " (planned by rules)",
    };
    format!("Understood as: {}; {travellers}{by}.", trip(plan))
}

fn trip(plan: &TripPlan) -> String {
    let flight = plan.flight.as_ref().map(|flight| {
        let back = flight
            .return_on
            .map_or(", one way".into(), |date| format!(", back {}", day(date)));
        let (from, to) = (&flight.origin.city, &flight.destination.city);
        format!("flight {from} to {to} on {}{back}", day(flight.depart_on))
    });
    let stay = plan.stay.as_ref().map(|stay| {
        format!(
            "stay in {} from {} to {}",
            stay.place.city,
            day(stay.check_in),
            day(stay.check_out)
        )
    });
    let parts: Vec<_> = flight.into_iter().chain(stay).collect();
    parts.join(", ")
}

/// `Thu 3 Dec`. Trips are at most a year ahead, so that the weekday says which one.
fn day(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

/// What was not asked for was not found either, and is not spoken of.
pub fn offers_found(event: &OffersFound) -> String {
    let found: Vec<_> = [
        (event.flights, "flight", "flights"),
        (event.stays, "stay", "stays"),
    ]
    .into_iter()
    .filter(|(count, _, _)| *count > 0)
    .map(|(count, one, more)| counted(count, one, more))
    .collect();
    let them = if event.flights + event.stays == 1 {
        "it"
    } else {
        "them"
    };
    format!(
        "Found {}. Comparing {them} with the policy.{}",
        found.join(" and "),
        silent(&event.suppliers)
    )
}

pub fn no_offers(suppliers: &[SupplierAnswer]) -> String {
    format!("{NO_OFFERS}{}", silent(suppliers))
}

pub fn search_failed(suppliers: &[SupplierAnswer]) -> String {
    format!("{SEARCH_FAILED}{}", silent(suppliers))
}

/// Who did not answer, and why not.
fn silent(suppliers: &[SupplierAnswer]) -> String {
    let sentences = suppliers.iter().filter_map(|answer| {
        let name = &answer.supplier;
        match answer.outcome {
            SupplierOutcome::Answered => None,
            SupplierOutcome::TimedOut => Some(format!(" {name} did not answer in time.")),
            SupplierOutcome::Failed => Some(format!(" {name} failed.")),
            SupplierOutcome::Skipped => Some(format!(
                " {name} is not asked for the moment, as it failed again and again."
            )),
        }
    });
    sentences.collect()
}

pub fn options_ranked(options: usize, compliant: u32) -> String {
    match (options, compliant) {
        (1, 0) => "1 option, not within policy.".into(),
        (1, _) => "1 option, within policy.".into(),
        (many, compliant) => format!("{many} options, {compliant} of them within policy."),
    }
}

pub fn option_selected(total: Money) -> String {
    format!("You chose an option for {total}. Checking that the price still stands.")
}

pub fn requoted(event: &OfferRequoted) -> String {
    match (event.outcome, event.after) {
        (QuoteOutcome::Unchanged, _) => "The price still stands.".into(),
        (QuoteOutcome::Cheaper, Some(after)) => format!("The price fell to {after}."),
        (QuoteOutcome::Dearer, Some(after)) => format!("The price rose from {} to {after}.", event.before),
        (QuoteOutcome::Gone, _) => "This option is no longer available.".into(),
        (QuoteOutcome::Cheaper | QuoteOutcome::Dearer, None) => "The price changed.".into(),
    }
}

pub fn budget_reserved(amount: Money) -> String {
    format!("{amount} is set aside in the budget.")
}

pub fn budget_captured(amount: Money) -> String {
    format!("{amount} is booked to the budget.")
}

pub fn approval_voided(event: &ApprovalVoided) -> String {
    match event.after {
        Some(after) => format!(
            "What was approved for {} costs {after} now, so the approval no longer counts. Choose again; what is beyond \
policy is asked about anew.",
            event.before
        ),
        None => "What was approved is no longer available, so the approval no longer counts. Choose again; what is \
beyond policy is asked about anew."
            .into(),
    }
}

pub fn leg_outcome_unknown(leg: u32) -> String {
    format!(
        "The supplier's answer for part {} was lost. Finding out what became of it.",
        leg + 1
    )
}

/// Legs count from 1 for people.
pub fn leg_booked(leg: u32, reference: &str) -> String {
    format!("Part {} is booked: {reference}.", leg + 1)
}

pub fn leg_failed(leg: u32, outcome_unknown: bool) -> String {
    match outcome_unknown {
        true => format!(
            "The supplier did not say whether part {} is booked. Undoing what was booked before.",
            leg + 1
        ),
        false => format!(
            "Part {} could not be booked. Undoing what was booked before.",
            leg + 1
        ),
    }
}

pub fn leg_cancelled(leg: u32) -> String {
    format!("Part {} is undone.", leg + 1)
}

pub fn cancelled(event: &BookingCancelled) -> String {
    if let (Some(refund), Some(fee)) = (event.refund, event.fee) {
        return format!("The trip is cancelled. The suppliers give back {refund} and keep {fee}.");
    }
    match event.legs_undone {
        0 => CANCELLED.into(),
        1 => format!("{CANCELLED} One part that had been booked was undone."),
        many => format!("{CANCELLED} {many} parts that had been booked were undone."),
    }
}

pub fn budget_refunded(amount: Money) -> String {
    format!("{amount} is in the budget again.")
}

pub fn expired(waiting_in: BookingState) -> String {
    if waiting_in == BookingState::CancellationPending {
        return "The cancellation was not confirmed in time. Your trip stands as it was booked.".into();
    }
    let what = match waiting_in {
        BookingState::ClarificationPending => "The question was not answered in time.",
        BookingState::OptionsPresented => "No option was chosen in time.",
        BookingState::ApprovalPending => "The approval was not given in time.",
        BookingState::ConfirmationPending => "The purchase was not confirmed in time.",
        _ => "The time for this booking ran out.",
    };
    format!("{what} Nothing is held. Request the trip again if you still need it.")
}

pub fn needs_attention(reason: &str) -> String {
    format!("A travel manager takes care of this booking: {reason}")
}

pub fn resolved(event: &AttentionResolved) -> String {
    let kept = event.legs.iter().filter(|leg| leg.outcome == LegOutcome::Kept);
    let kept: Vec<_> = kept.filter_map(|leg| leg.reference.as_deref()).collect();
    match kept.is_empty() {
        true => "A travel manager settled it: nothing is booked, and the money is free again.".into(),
        false => format!(
            "A travel manager settled it: {} stays booked.",
            kept.join(" and ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use events_schema::ids::SupplierId;
    use events_schema::samples;

    use super::*;

    #[test]
    fn who_did_not_answer_is_named() {
        use SupplierOutcome::{Answered, Failed, Skipped, TimedOut};
        let answers = [("a", Answered), ("b", TimedOut), ("c", Failed), ("d", Skipped)];
        let suppliers = answers.map(|(name, outcome)| SupplierAnswer {
            supplier: SupplierId::new(name),
            outcome,
            offers: 0,
            elapsed_ms: 1,
        });
        let event = OffersFound {
            flights: 2,
            stays: 1,
            suppliers: suppliers.to_vec(),
        };
        assert_eq!(
            offers_found(&event),
            "Found 2 flights and 1 stay. Comparing them with the policy. b did not answer in time. c failed. d is not \
asked for the moment, as it failed again and again."
        );
        assert_eq!(no_offers(&suppliers[..1]), NO_OFFERS);
        assert_eq!(search_failed(&suppliers[2..3]), "No supplier answered. c failed.");
    }

    #[test]
    fn only_what_was_asked_for_is_counted() {
        let cases = [
            (24, 0, "Found 24 flights. Comparing them with the policy."),
            (0, 7, "Found 7 stays. Comparing them with the policy."),
            (1, 0, "Found 1 flight. Comparing it with the policy."),
            (
                24,
                7,
                "Found 24 flights and 7 stays. Comparing them with the policy.",
            ),
        ];
        for (flights, stays, expected) in cases {
            let event = OffersFound {
                flights,
                stays,
                suppliers: Vec::new(),
            };
            assert_eq!(offers_found(&event), expected);
        }
    }

    #[test]
    fn one_option_is_not_spoken_of_as_many() {
        let cases = [
            (1, 0, "1 option, not within policy."),
            (1, 1, "1 option, within policy."),
            (6, 0, "6 options, 0 of them within policy."),
        ];
        for (options, compliant, expected) in cases {
            assert_eq!(options_ranked(options, compliant), expected);
        }
    }

    #[test]
    fn days_are_said_as_people_say_them() {
        let plan = samples::plan();
        let said = planned(&plan, PlannedBy::Rules);
        let year = plan.flight.expect("a flight").depart_on.year().to_string();
        assert!(!said.contains(&year), "{said}");
        assert!(said.contains("on Thu 3 Dec, back Sat 5 Dec"), "{said}");
    }
}
