//! From an event to frames, each for one person. Pure: the same event and material always give the same frames.
//!
//! Every event of a booking gives its traveller exactly one frame: the sequence they see has no holes that are not
//! theirs. Approvers and delegates get a frame where they are asked, and where what they were asked is settled.

use events_schema::booking::{
    ApprovalRequested, CancellationConfirmationRequested, OptionsPresented, PurchaseConfirmationRequested,
};
use events_schema::catalogue::AnyEvent;
use events_schema::envelope::{Meta, Recorded};
use events_schema::ids::{DecisionId, EmployeeId};
use events_schema::socket::FrameBody;

use crate::material::Material;
use crate::texts;

#[derive(Clone, Debug, PartialEq)]
pub struct Addressed {
    pub to: EmployeeId,
    pub body: FrameBody,
}

pub fn render(event: &AnyEvent, meta: &Meta, traveller: &EmployeeId, material: &Material) -> Vec<Addressed> {
    let own = |body| {
        vec![Addressed {
            to: traveller.clone(),
            body,
        }]
    };
    match event {
        AnyEvent::ApprovalRequested(event) => approval_requested(event, meta, traveller, material),
        AnyEvent::ApprovalGranted(event) => {
            let by = (&event.approver, event.on_behalf_of.as_ref());
            approval_decided(&event.decision, Answer::Granted, by, traveller, material)
        }
        AnyEvent::ApprovalDeclined(event) => {
            let by = (&event.approver, event.on_behalf_of.as_ref());
            approval_decided(&event.decision, Answer::Declined, by, traveller, material)
        }
        AnyEvent::ApprovalGrantedBySilence(event) => {
            let by = (&event.approver, None);
            approval_decided(&event.decision, Answer::Silence, by, traveller, material)
        }
        AnyEvent::ApprovalVoided(event) => {
            let body = FrameBody::ApprovalVoided {
                message: texts::approval_voided(event),
                approvers: event.approvers.clone(),
                before: event.before,
                after: event.after,
            };
            everyone(traveller, event.approvers.iter(), body)
        }
        AnyEvent::BookingCancelled(_) | AnyEvent::BookingExpired(_) | AnyEvent::BookingFailed(_) => {
            let body = body(event, meta, material);
            let asked = material.pending_approval.as_ref();
            let approvers = asked.map(|asked| [Some(&asked.approver), asked.delegate.as_ref()]);
            everyone(traveller, approvers.into_iter().flatten().flatten(), body)
        }
        other => own(body(other, meta, material)),
    }
}

/// For an event newer than this build.
pub fn unknown(recorded: &Recorded, traveller: &EmployeeId) -> Addressed {
    let step = snake_case(&recorded.detail_type);
    Addressed {
        to: traveller.clone(),
        body: FrameBody::Progress {
            step,
            message: texts::NEWER.into(),
            at: recorded.detail.meta.occurred_at,
        },
    }
}

fn body(event: &AnyEvent, meta: &Meta, material: &Material) -> FrameBody {
    match event {
        AnyEvent::ClarificationRequested(event) => FrameBody::Clarification {
            questions: event.questions.clone(),
            round: event.round,
        },
        AnyEvent::OptionsPresented(event) => options(event, material),
        AnyEvent::PurchaseConfirmationRequested(event) => confirmation(event, meta, material),
        AnyEvent::BookingConfirmed(event) => FrameBody::Confirmed {
            legs: event.legs.clone(),
            total: event.total,
            taxes: event.taxes,
            exceptions: event.exceptions.clone(),
        },
        AnyEvent::BookingFailed(event) => FrameBody::Failed {
            code: event.code,
            message: event.reason.clone(),
            alternatives: event.alternatives.clone(),
        },
        AnyEvent::BookingCancelled(event) => FrameBody::Cancelled {
            message: texts::cancelled(event),
            legs_undone: event.legs_undone,
            previous_booking: event.previous_booking,
            refund: event.refund,
            fee: event.fee,
        },
        AnyEvent::BookingKept(event) => FrameBody::Kept {
            message: texts::KEPT.into(),
            previous_booking: event.previous_booking,
        },
        AnyEvent::CancellationConfirmationRequested(event) => cancellation(event, material),
        AnyEvent::BookingExpired(event) => FrameBody::Expired {
            message: texts::expired(event.waiting_in),
        },
        AnyEvent::BookingNeedsAttention(event) => FrameBody::NeedsAttention {
            message: texts::needs_attention(&event.reason),
        },
        AnyEvent::PolicyQuestionAnswered(event) => FrameBody::Answer {
            text: material.text.clone().unwrap_or_else(|| texts::ANSWER_GONE.into()),
            clauses: material.clauses.clone(),
            silent: event.silent,
        },
        other => {
            let (step, message) = step(other);
            FrameBody::Progress {
                step: step.into(),
                message,
                at: meta.occurred_at,
            }
        }
    }
}

/// Steps that need no frame of their own kind: the step's name and a sentence.
fn step(event: &AnyEvent) -> (&'static str, String) {
    match event {
        AnyEvent::BookingRequested(_) => ("requested", texts::REQUESTED.into()),
        AnyEvent::PolicyRetrieved(event) if event.silent => ("policy_retrieved", texts::POLICY_SILENT.into()),
        AnyEvent::PolicyRetrieved(_) => ("policy_retrieved", texts::POLICY_FOUND.into()),
        AnyEvent::ClarificationGiven(_) => ("clarified", texts::CLARIFIED.into()),
        AnyEvent::PlanProposed(event) => (
            "plan_proposed",
            texts::planned(&event.plan, event.planning.planned_by),
        ),
        AnyEvent::PlanAccepted(_) => ("plan_accepted", texts::PLAN_ACCEPTED.into()),
        AnyEvent::PlanRejected(_) => ("plan_rejected", texts::PLAN_REJECTED.into()),
        AnyEvent::PlanningFailed(_) => ("planning_failed", texts::PLANNING_FAILED.into()),
        AnyEvent::PolicyAnswered(_) => ("policy_answered", texts::ANSWER_READY.into()),
        AnyEvent::OffersFound(event) => ("offers_found", texts::offers_found(event)),
        AnyEvent::NoOffersFound(event) => ("no_offers_found", texts::no_offers(&event.suppliers)),
        AnyEvent::SearchFailed(event) => ("search_failed", texts::search_failed(&event.suppliers)),
        AnyEvent::OptionsRanked(event) => (
            "options_ranked",
            texts::options_ranked(event.options.len(), event.compliant),
        ),
        AnyEvent::OptionSelected(event) => ("option_selected", texts::option_selected(event.total)),
        AnyEvent::OfferRequoted(event) => ("requoted", texts::requoted(event)),
        AnyEvent::PurchaseConfirmed(_) => ("purchase_confirmed", texts::PURCHASE_CONFIRMED.into()),
        AnyEvent::PurchaseDeclined(_) => ("purchase_declined", texts::PURCHASE_DECLINED.into()),
        AnyEvent::CancelRequested(_) => ("cancel_requested", texts::CANCEL_REQUESTED.into()),
        AnyEvent::CancellationRequested(_) => {
            ("cancellation_requested", texts::CANCELLATION_REQUESTED.into())
        }
        AnyEvent::CancellationConfirmed(_) => {
            ("cancellation_confirmed", texts::CANCELLATION_CONFIRMED.into())
        }
        AnyEvent::CancellationDeclined(_) => ("cancellation_declined", texts::CANCELLATION_DECLINED.into()),
        AnyEvent::BudgetRefunded(event) => ("budget_refunded", texts::budget_refunded(event.amount)),
        AnyEvent::BudgetReserved(event) => ("budget_reserved", texts::budget_reserved(event.amount)),
        AnyEvent::BudgetCaptured(event) => ("budget_captured", texts::budget_captured(event.amount)),
        AnyEvent::BudgetReleased(_) => ("budget_released", texts::BUDGET_RELEASED.into()),
        AnyEvent::LegBooked(event) => (
            "leg_booked",
            texts::leg_booked(event.leg.leg, &event.leg.reference),
        ),
        AnyEvent::LegOutcomeUnknown(event) => ("leg_outcome_unknown", texts::leg_outcome_unknown(event.leg)),
        AnyEvent::LegBookingFailed(event) => (
            "leg_booking_failed",
            texts::leg_failed(event.leg, event.outcome_unknown),
        ),
        AnyEvent::LegCancelled(event) => ("leg_cancelled", texts::leg_cancelled(event.leg)),
        AnyEvent::AttentionResolved(event) => ("attention_resolved", texts::resolved(event)),
        AnyEvent::AttentionOverdue(_) => ("attention_overdue", texts::ATTENTION_OVERDUE.into()),
        AnyEvent::BookingOverdue(_) => ("overdue", texts::OVERDUE.into()),
        // Frames of their own kind, or no events of a booking.
        _ => ("further", texts::NEWER.into()),
    }
}

fn options(event: &OptionsPresented, material: &Material) -> FrameBody {
    FrameBody::Options {
        decision_id: event.decision.clone(),
        nonce: nonce(material),
        options: event
            .options
            .iter()
            .filter_map(|id| material.option(id))
            .cloned()
            .collect(),
        deadline_at: event.deadline_at,
    }
}

fn confirmation(event: &PurchaseConfirmationRequested, meta: &Meta, material: &Material) -> FrameBody {
    // Without the option's body there is nothing to confirm by: say that a step is done; the deadline ends it.
    let Some(option) = material.option(&event.option) else {
        return waiting("confirmation_requested", meta);
    };
    FrameBody::PurchaseConfirmationRequested {
        decision_id: event.decision.clone(),
        nonce: nonce(material),
        quote_hash: event.quote_hash.clone(),
        option: option.clone(),
        total: event.total,
        deadline_at: event.deadline_at,
    }
}

fn cancellation(event: &CancellationConfirmationRequested, material: &Material) -> FrameBody {
    FrameBody::CancellationConfirmationRequested {
        decision_id: event.decision.clone(),
        nonce: nonce(material),
        quote_hash: event.quote_hash.clone(),
        previous_booking: event.previous_booking,
        legs: event.legs.clone(),
        paid: event.paid,
        refund: event.refund,
        fee: event.fee,
        deadline_at: event.deadline_at,
    }
}

fn approval_requested(
    event: &ApprovalRequested,
    meta: &Meta,
    traveller: &EmployeeId,
    material: &Material,
) -> Vec<Addressed> {
    let Some(option) = material.option(&event.option) else {
        return vec![Addressed {
            to: traveller.clone(),
            body: waiting("approval_requested", meta),
        }];
    };
    let body = |nonce: String| FrameBody::ApprovalRequested {
        decision_id: event.decision.clone(),
        nonce,
        quote_hash: event.quote_hash.clone(),
        option: option.clone(),
        employee_id: traveller.clone(),
        approver: event.approver.clone(),
        step: event.step,
        steps: event.steps,
        reasons: event.reasons.clone(),
        total: event.total,
        deadline_at: event.deadline_at,
        silence: event.silence,
    };
    // The traveller sees whom they wait for, but gets nothing to answer with.
    let mut frames = vec![Addressed {
        to: traveller.clone(),
        body: body(String::new()),
    }];
    let asked = std::iter::once(&event.approver).chain(&event.delegate);
    for person in asked.filter(|person| *person != traveller) {
        frames.push(Addressed {
            to: person.clone(),
            body: body(nonce(material)),
        });
    }
    frames
}

#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Granted,
    Declined,
    Silence,
}

/// `by`: who decided, and for whom.
fn approval_decided(
    decision: &DecisionId,
    answer: Answer,
    (by, on_behalf_of): (&EmployeeId, Option<&EmployeeId>),
    traveller: &EmployeeId,
    material: &Material,
) -> Vec<Addressed> {
    let body = FrameBody::ApprovalDecided {
        decision_id: decision.clone(),
        granted: answer != Answer::Declined,
        by: by.clone(),
        on_behalf_of: on_behalf_of.cloned(),
        by_silence: answer == Answer::Silence,
    };
    let row = material.decision.as_ref();
    let asked = row.map(|row| [Some(&row.approver), row.delegate.as_ref()]);
    let others = std::iter::once(by).chain(asked.into_iter().flatten().flatten());
    everyone(traveller, others, body)
}

/// The same frame for all, once each, the traveller first.
fn everyone<'a>(
    traveller: &EmployeeId,
    others: impl Iterator<Item = &'a EmployeeId>,
    body: FrameBody,
) -> Vec<Addressed> {
    let mut people = vec![traveller.clone()];
    for person in others {
        if !people.contains(person) {
            people.push(person.clone());
        }
    }
    let addressed = |to| Addressed {
        to,
        body: body.clone(),
    };
    people.into_iter().map(addressed).collect()
}

fn nonce(material: &Material) -> String {
    material
        .decision
        .as_ref()
        .map(|row| row.nonce.clone())
        .unwrap_or_default()
}

fn waiting(step: &str, meta: &Meta) -> FrameBody {
    FrameBody::Progress {
        step: step.into(),
        message: texts::NEWER.into(),
        at: meta.occurred_at,
    }
}

/// `BookingRequested` to `booking_requested`.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests;
