//! What follows from how a request was understood. Pure: no I/O, no clock.

use events_schema::compliance::Violation;
use events_schema::envelope::Meta;
use events_schema::ids::TextRef;
use events_schema::planner::{ClarificationRequested, PlanProposed, PlanningFailed, PolicyAnswered};
use events_schema::rows::TextRow;
use events_schema::state::BookingState;
use lambda_host::{Deadlines, Due, Next};

use crate::check::Reading;
use crate::policy_answer;
use crate::request::Request;
use crate::revise::MOST_REVISIONS;
use crate::understand::Understood;

/// A traveller who was asked this often will not be understood.
pub const MOST_ROUNDS: u32 = 5;

/// The transition, and the rows its event refers to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub next: Next,
    pub writes: Vec<Write>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// To PlannerAnswers.
    Answer(TextRow),
    /// To PrivateText.
    Text(TextRow),
}

/// The first reading of a request, or one after an answer: a plan, questions, or the policy's words.
pub fn first(
    cause: &Meta,
    request: &Request,
    understood: Understood,
    deadlines: &Deadlines,
) -> Result<Decision, serde_json::Error> {
    let mut writes: Vec<Write> = kept_answer(cause, &understood).into_iter().collect();
    let next = match understood.reading {
        Reading::Plan(plan) => {
            let policy = request.history.policy.version.clone();
            let event = PlanProposed {
                plan,
                revision: 0,
                policy,
                planning: understood.record,
            };
            Next::to(
                BookingState::PlanProposed,
                Due::In(deadlines.automated_step),
                &event,
            )?
        }
        Reading::PolicyQuestion => {
            let (event, text) = policy_answered(cause, request);
            writes.push(Write::Text(text));
            Next::to(
                BookingState::PolicyAnswered,
                Due::In(deadlines.automated_step),
                &event,
            )?
        }
        Reading::Questions(_) if request.history.rounds >= MOST_ROUNDS => {
            let reason = "I asked several times and still do not understand the trip. \
                Please send a new request with places and days, for example: Berlin to Lisbon, 3-5 December.";
            failed(reason, 0, deadlines)?
        }
        Reading::Questions(questions) => {
            let event = ClarificationRequested {
                questions,
                round: request.history.rounds + 1,
            };
            Next::to(
                BookingState::ClarificationPending,
                Due::In(deadlines.clarification),
                &event,
            )?
        }
    };
    Ok(Decision { next, writes })
}

/// The change of a rejected plan; a plan that could not be changed fails.
pub fn revision(
    cause: &Meta,
    request: &Request,
    rejected: &events_schema::compliance::PlanRejected,
    understood: Understood,
    deadlines: &Deadlines,
) -> Result<Decision, serde_json::Error> {
    let writes = kept_answer(cause, &understood).into_iter().collect();
    let next = match understood.reading {
        Reading::Plan(plan) if plan != rejected.plan => {
            let policy = request.history.policy.version.clone();
            let event = PlanProposed {
                plan,
                revision: rejected.revision + 1,
                policy,
                planning: understood.record,
            };
            Next::to(
                BookingState::PlanProposed,
                Due::In(deadlines.automated_step),
                &event,
            )?
        }
        _ => failed(&why_not(rejected), rejected.revision, deadlines)?,
    };
    Ok(Decision { next, writes })
}

/// Whether a rejected plan may still be changed.
pub fn may_revise(revision: u32) -> bool {
    revision < MOST_REVISIONS
}

/// No plan that stands could be made, after as many changes as are allowed.
pub fn out_of_revisions(
    rejected: &events_schema::compliance::PlanRejected,
    deadlines: &Deadlines,
) -> Result<Decision, serde_json::Error> {
    Ok(Decision {
        next: failed(&why_not(rejected), rejected.revision, deadlines)?,
        writes: Vec::new(),
    })
}

/// The traveller's words were erased before they were read.
pub fn words_erased(deadlines: &Deadlines) -> Result<Decision, serde_json::Error> {
    let reason = "The words of this request were erased. Please send a new request.";
    Ok(Decision {
        next: failed(reason, 0, deadlines)?,
        writes: Vec::new(),
    })
}

fn failed(reason: &str, revision: u32, deadlines: &Deadlines) -> Result<Next, serde_json::Error> {
    let event = PlanningFailed {
        reason: reason.into(),
        revision,
    };
    Next::to(
        BookingState::PlanningFailed,
        Due::In(deadlines.automated_step),
        &event,
    )
}

/// What stands in the way: clauses by number, or the wishes themselves. Limits and fields are the policy's and ours,
/// so they may be shown.
fn why_not(rejected: &events_schema::compliance::PlanRejected) -> String {
    let each = |violation: &Violation| {
        let Violation {
            rule,
            clause,
            field,
            observed,
            limit,
        } = violation;
        match rule.as_str() {
            Violation::ASKED_FOR => format!("{}: you asked for {limit}; {observed}", in_words(field)),
            _ => format!("{field} is {observed}, clause {clause} allows {limit}"),
        }
    };
    let violations: Vec<String> = rejected.violations.iter().map(each).collect();
    format!(
        "The trip cannot be had as asked for: {}. Please ask within these limits.",
        violations.join("; ")
    )
}

/// A field of the plan as a traveller would name it.
fn in_words(field: &str) -> &str {
    match field {
        "stay" => "hotel",
        "stay.maxPerNight" => "price of the hotel a night",
        "flight.arriveBefore" => "time of arrival",
        "flight.departAfter" => "time of departure",
        "flight.nonStop" => "stops",
        "flight.maxTotal" => "price of the flight",
        "flight.cabin" => "cabin",
        other => other,
    }
}

fn policy_answered(cause: &Meta, request: &Request) -> (PolicyAnswered, TextRow) {
    let policy = &request.history.policy;
    let (quoted, text) = policy_answer::answer(&request.clauses, policy.silent);
    let text_ref = TextRef::new(format!("{}/answer-{}", cause.aggregate_id, cause.sequence));
    let event = PolicyAnswered {
        policy: policy.version.clone(),
        clauses: quoted.iter().map(|clause| clause.clause_id.clone()).collect(),
        silent: policy.silent || quoted.is_empty(),
        answer: text_ref.clone(),
    };
    (event, text_row(cause, text_ref, text))
}

fn kept_answer(cause: &Meta, understood: &Understood) -> Option<Write> {
    let text_ref = understood.record.answer.clone()?;
    Some(Write::Answer(text_row(
        cause,
        text_ref,
        understood.answer.clone()?,
    )))
}

fn text_row(cause: &Meta, text_ref: TextRef, text: String) -> TextRow {
    // Only bookings' events lead here, and they name whose booking it is.
    let employee_id = cause
        .employee_id
        .clone()
        .unwrap_or_else(|| events_schema::ids::EmployeeId::new("unknown"));
    TextRow {
        text_ref,
        employee_id,
        text,
    }
}
