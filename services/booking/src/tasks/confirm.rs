//! The terminal event of a trip that came true.

use events_schema::approval::PolicyException;
use events_schema::booking::{BookingConfirmed, OptionsPresented};
use events_schema::compliance::{OptionsRanked, PlanAccepted};
use events_schema::event::Event;
use events_schema::gateway::{ApprovalGranted, BookingRequested};
use events_schema::ids::OptionId;
use events_schema::option::TripOption;
use events_schema::rows::JournalRow;
use events_schema::state::BookingState::{BudgetCaptured, Confirmed};
use events_schema::trip::BookedLeg;
use lambda_host::history::newest;
use lambda_host::{HandlerError, Next};
use serde_json::{Value, json};

use super::{Decided, Step};
use crate::tables::{LegRow, LegState};

pub(super) async fn confirm(step: &Step<'_>, option: &OptionId) -> Result<Value, HandlerError> {
    let option = step.option(option).await?.option;
    let history = step
        .deps
        .transitions
        .history()
        .all(&step.booking().into())
        .await?;
    let legs = step.deps.legs.all(step.booking()).await?;
    step.carry_out("confirmed".into(), &[BudgetCaptured], |head| {
        let event = confirmed(&option, &legs, &history, head.cost_centre);
        async move {
            let next = Next::terminal(Confirmed, &event?)?.result(json!({"outcome": "confirmed"}));
            Ok(Decided::Go(next))
        }
    })
    .await
}

fn confirmed(
    option: &TripOption,
    legs: &[LegRow],
    history: &[JournalRow],
    cost_centre: events_schema::ids::CostCentre,
) -> Result<BookingConfirmed, HandlerError> {
    let missing = |name: &str| HandlerError::named("HistoryIncomplete", format!("the history has no {name}"));
    let request = newest::<BookingRequested>(history)?.ok_or_else(|| missing(BookingRequested::NAME))?;
    let plan = newest::<PlanAccepted>(history)?.ok_or_else(|| missing(PlanAccepted::NAME))?;
    let ranked = newest::<OptionsRanked>(history)?.ok_or_else(|| missing(OptionsRanked::NAME))?;
    let approver = approver(history)?;
    let exceptions = option.verdict.reasons.iter().map(|reason| PolicyException {
        rule: reason.rule.clone(),
        clause: reason.clause.clone(),
        reason: reason.reason.clone(),
        approved_by: approver.as_ref().map(|granted| granted.approver.clone()),
        on_behalf_of: approver.as_ref().and_then(|granted| granted.on_behalf_of.clone()),
    });
    Ok(BookingConfirmed {
        option: option.id.clone(),
        legs: booked(option, legs),
        total: option.total,
        taxes: option.taxes,
        travellers: plan.data.plan.travellers,
        cost_centre,
        policy: ranked.data.policy,
        exceptions: exceptions.collect(),
        previous_booking: request.data.previous_booking,
    })
}

/// Who approved last since options were last presented; an approval before that is void.
fn approver(history: &[JournalRow]) -> Result<Option<ApprovalGranted>, HandlerError> {
    let presented = newest::<OptionsPresented>(history)?.map_or(0, |event| event.meta.sequence);
    let granted = newest::<ApprovalGranted>(history)?;
    Ok(granted
        .filter(|event| event.meta.sequence > presented)
        .map(|event| event.data))
}

fn booked(option: &TripOption, legs: &[LegRow]) -> Vec<BookedLeg> {
    let rows = legs.iter().filter(|row| row.state == LegState::Booked);
    rows.filter_map(|row| {
        let offer = option.legs.get(row.leg as usize)?;
        Some(BookedLeg {
            leg: row.leg,
            supplier: row.supplier.clone(),
            reference: row.reference.clone()?,
            content: offer.content.clone(),
            total: row.total,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::past::Past;
    use events_schema::approval::{ApprovalLevel, ApprovalReason, Silence, Verdict};
    use events_schema::ids::{EmployeeId, OfferId};
    use events_schema::samples;

    fn granted(approver: &str) -> ApprovalGranted {
        ApprovalGranted {
            approver: EmployeeId::new(approver),
            ..ApprovalGranted::example()
        }
    }

    fn past() -> Past {
        Past::default()
            .then(BookingRequested::example())
            .then(PlanAccepted::example())
            .then(OptionsRanked::example())
            .then(OptionsPresented::example())
    }

    fn option() -> TripOption {
        TripOption {
            id: samples::option(),
            legs: vec![samples::flight_offer(), samples::flight_offer()],
            total: samples::total(),
            taxes: samples::taxes(),
            verdict: Verdict {
                compliant: false,
                traces: vec![],
                approvals: vec![ApprovalLevel::L1],
                reasons: vec![ApprovalReason::example()],
                approval_sla_hours: 24,
                silence: Silence::Approves,
            },
            reason: "over the cap".into(),
        }
    }

    fn leg(leg: u32, state: LegState, reference: Option<&str>) -> LegRow {
        LegRow {
            booking_id: samples::booking(),
            leg,
            supplier: samples::flight_offer().supplier,
            offer: OfferId::new("f1"),
            idempotency_key: format!("key#{leg}"),
            state,
            reference: reference.map(str::to_owned),
            total: samples::flight_offer().total,
            refund: None,
            refusal: None,
            last_answer: None,
        }
    }

    #[test]
    fn an_exception_names_who_allowed_it() {
        let cases = [
            (past().then(granted("boss")), Some("boss")),
            (past().then(granted("boss")).then(granted("cfo")), Some("cfo")),
            // Nobody said yes: silence did.
            (past(), None),
            // Presented again, because it got dearer or was gone: the yes was to something else.
            (
                past().then(granted("boss")).then(OptionsPresented::example()),
                None,
            ),
            (
                past()
                    .then(granted("boss"))
                    .then(OptionsPresented::example())
                    .then(granted("cfo")),
                Some("cfo"),
            ),
        ];
        for (past, expected) in cases {
            let event = confirmed(&option(), &[], &past.0, samples::cost_centre()).unwrap();
            let by: Vec<_> = event
                .exceptions
                .iter()
                .map(|exception| exception.approved_by.clone())
                .collect();
            assert_eq!(by, [expected.map(EmployeeId::new)]);
            assert_eq!(event.exceptions[0].clause, ApprovalReason::example().clause);
        }
    }

    #[test]
    fn the_itinerary_is_what_was_booked() {
        let legs = [
            leg(0, LegState::Booked, Some("SMPL-1")),
            leg(1, LegState::Booked, Some("SMPL-2")),
            leg(2, LegState::Refused, None),
        ];
        let event = confirmed(&option(), &legs, &past().0, samples::cost_centre()).unwrap();
        let references: Vec<_> = event.legs.iter().map(|leg| leg.reference.as_str()).collect();
        assert_eq!(references, ["SMPL-1", "SMPL-2"]);
        assert_eq!((event.total, event.taxes), (samples::total(), samples::taxes()));
        assert_eq!(event.policy, samples::policy_version());
        assert_eq!(event.travellers, samples::plan().travellers);
    }

    #[test]
    fn a_history_with_a_hole_is_not_guessed_at() {
        let hole = Past::default()
            .then(BookingRequested::example())
            .then(OptionsRanked::example());
        let error = confirmed(&option(), &[], &hole.0, samples::cost_centre()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "HistoryIncomplete: the history has no PlanAccepted"
        );
    }
}
