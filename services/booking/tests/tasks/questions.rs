//! Claiming, asking, settling, quoting: what people are asked, and that asking twice asks once.

use events_schema::approval::{ApprovalLevel, Silence};
use events_schema::booking::{
    ApprovalGrantedBySilence, ApprovalRequested, ApprovalVoided, OfferRequoted, OptionsPresented,
    QuoteOutcome,
};
use events_schema::gateway::OptionSelected;
use events_schema::ids::{DecisionId, EmployeeId, OptionId};
use events_schema::rows::DecisionState;
use events_schema::samples;
use events_schema::state::BookingState;
use sample_supplier::Scenario;
use serde_json::{Value, json};
use tokio::time::{Duration, advance};

use crate::desk::{Desk, MINE};

impl Desk {
    /// Up to the choice of an option.
    pub async fn chosen(option: &str) -> Self {
        let desk = Self::new().await;
        desk.task("claim", json!({ "event": "OptionsRanked" }))
            .await
            .unwrap();
        desk.task("present_options", json!({ "round": 1 })).await.unwrap();
        desk.select(option).await;
        desk
    }

    pub async fn select(&self, option: &str) {
        let event = OptionSelected {
            option: OptionId::new(option),
            ..event::<OptionSelected>()
        };
        self.command(BookingState::OptionSelected, &event).await;
    }

    pub async fn requote(&self, option: &str, quote: u32) -> Value {
        let more = json!({ "option": option, "quote": quote, "approved": false });
        self.task("requote", more).await.unwrap()
    }
}

fn event<E: events_schema::event::Event>() -> E {
    E::example()
}

fn scenario(name: &str) -> Scenario {
    name.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_execution_has_the_booking_however_often_they_ask() {
    let desk = Desk::new().await;
    let claim = async |execution| {
        desk.task_of(execution, "claim", json!({ "event": "OptionsRanked" }))
            .await
            .unwrap()
    };
    for (execution, claimed) in [(MINE, true), (MINE, true), ("execution-2", false), (MINE, true)] {
        assert_eq!(
            claim(execution).await,
            json!({ "claimed": claimed, "begin": "present" }),
            "{execution}"
        );
    }
    desk.task("present_options", json!({ "round": 1 })).await.unwrap();
    assert_eq!(
        claim(MINE).await,
        json!({ "claimed": true, "begin": "present" }),
        "also when the booking went on"
    );
    let other = desk
        .task_of("execution-2", "present_options", json!({ "round": 1 }))
        .await
        .unwrap_err();
    assert_eq!(other.error_type, "Superseded");
}

#[tokio::test(start_paused = true)]
async fn asked_twice_a_question_is_the_same_with_the_same_deadline() {
    let desk = Desk::new().await;
    desk.task("claim", json!({ "event": "OptionsRanked" }))
        .await
        .unwrap();
    let first = desk.task("present_options", json!({ "round": 1 })).await.unwrap();
    advance(Duration::from_secs(600)).await;
    assert_eq!(
        desk.task("present_options", json!({ "round": 1 })).await.unwrap(),
        first
    );
    let presented: OptionsPresented = desk.last_event().await;
    assert_eq!(presented.options, [OptionId::new("1-a"), OptionId::new("1-b")]);
    let row = desk
        .decisions()
        .read(samples::booking(), &DecisionId::new("choose#1"))
        .await
        .unwrap();
    let deadline = samples::now().as_second() + 2 * 3600;
    assert_eq!(first["deadlineAt"], deadline);
    assert_eq!((row.state, row.deadline_at), (DecisionState::Open, deadline));
    assert_eq!(presented.deadline_at.as_second(), deadline);
    assert_eq!(desk.history().await.len(), 4, "presented once");
}

#[tokio::test(start_paused = true)]
async fn a_row_is_settled_once_its_deadline_has_passed_and_not_before() {
    let desk = Desk::new().await;
    desk.task("claim", json!({ "event": "OptionsRanked" }))
        .await
        .unwrap();
    desk.task("present_options", json!({ "round": 1 })).await.unwrap();
    let settle = async || {
        desk.task("settle", json!({ "decision": "choose#1" }))
            .await
            .unwrap()
    };
    assert_eq!(settle().await, json!({ "outcome": "open" }));
    advance(Duration::from_secs(2 * 3600 - 1)).await;
    assert_eq!(settle().await, json!({ "outcome": "open" }));
    advance(Duration::from_secs(1)).await;
    assert_eq!(settle().await, json!({ "outcome": "timed_out" }));
    assert_eq!(settle().await, json!({ "outcome": "timed_out" }));
}

#[tokio::test(start_paused = true)]
async fn prices_are_asked_anew_and_written_down() {
    for (name, outcome, approvals) in [
        ("none", "unchanged", 0),
        ("price-down", "cheaper", 0),
        ("price-up", "dearer", 1),
        ("sold-out", "gone", 0),
    ] {
        let desk = Desk::chosen("1-a").await;
        let before = desk.option("1-a").await;
        desk.supplier.set_scenario(scenario(name));
        let answer = desk.requote("1-a", 1).await;
        assert_eq!(
            (&answer["outcome"], &answer["approvalsNeeded"]),
            (&json!(outcome), &json!(approvals)),
            "{name}"
        );
        assert_eq!(
            desk.requote("1-a", 1).await,
            answer,
            "asked again, the same quote"
        );
        let after = desk.option("1-a").await;
        let event: OfferRequoted = desk.last_event().await;
        assert_eq!(event.before, before.total);
        assert_eq!(event.after, (name != "sold-out").then_some(after.total));
        assert_eq!(
            answer["quoteHash"],
            booking::decide::quote_hash(&after),
            "what is shown is what is agreed to"
        );
        let legs = after.legs.iter().map(|leg| leg.total.amount).sum();
        assert_eq!(after.total.amount, legs);
        assert_eq!(after.total.amount < before.total.amount, name == "price-down");
        assert_eq!(after.total.amount > before.total.amount, name == "price-up");
    }
}

#[tokio::test(start_paused = true)]
async fn an_option_that_is_gone_is_not_offered_again() {
    let desk = Desk::chosen("1-a").await;
    desk.supplier.set_scenario(scenario("sold-out"));
    desk.requote("1-a", 1).await;
    desk.task("present_options", json!({ "round": 2 })).await.unwrap();
    let presented: OptionsPresented = desk.last_event().await;
    assert_eq!(presented.options, [OptionId::new("1-b")]);
    desk.select("1-b").await;
    desk.requote("1-b", 2).await;
    let answer = desk.task("present_options", json!({ "round": 3 })).await.unwrap();
    assert_eq!(
        (&answer["outcome"], &answer["code"]),
        (&json!("none_left"), &json!("NO_OFFERS"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_supplier_out_of_reach_has_a_name_the_machine_catches() {
    let desk = Desk::chosen("1-a").await;
    desk.network.set(crate::network::State::Cut);
    let more = json!({ "option": "1-a", "quote": 1, "approved": false });
    let error = desk.task("requote", more).await.unwrap_err();
    assert_eq!(error.error_type, "SupplierUnavailable");
}

#[tokio::test(start_paused = true)]
async fn approvers_are_asked_in_turn() {
    use ApprovalLevel::{Finance, L1, L2};
    let desk = Desk::chosen("1-a").await;
    desk.person(&EmployeeId::new("chief"), &[]).await;
    desk.needs_approval("1-a", &[L1, L2], Silence::Approves).await;
    let quote = desk.requote("1-a", 1).await;
    assert_eq!(quote["approvalsNeeded"], 2);
    let ask = async |step: u32| {
        let more = json!({ "option": "1-a", "quote": 1, "step": step, "quoteHash": quote["quoteHash"] });
        desk.task("request_approval", more).await.unwrap()
    };
    for (step, approver) in [(1, "boss"), (2, "chief")] {
        let answer = ask(step).await;
        assert_eq!(answer["decision"], format!("approve#1.{step}"));
        let asked: ApprovalRequested = desk.last_event().await;
        assert_eq!(
            (asked.approver, asked.step, asked.steps),
            (EmployeeId::new(approver), step, 2)
        );
        assert_eq!(
            asked.deadline_at.as_second(),
            answer["deadlineAt"].as_i64().unwrap()
        );
        assert_eq!(ask(step).await, answer, "asked again, nobody is asked twice");
        advance(Duration::from_secs(24 * 3600)).await;
        let settled = desk
            .task("settle", json!({ "decision": answer["decision"] }))
            .await
            .unwrap();
        assert_eq!(settled, json!({ "outcome": "yes", "bySilence": true }));
        let silent: ApprovalGrantedBySilence = desk.last_event().await;
        assert_eq!(silent.approver, EmployeeId::new(approver), "silence has a name");
        assert_eq!(desk.head().await.state, BookingState::ApprovalGranted);
        // People changes in between: who is asked about this quote was fixed with the first question.
        desk.person(&samples::employee(), &["somebody-else"]).await;
    }
    assert_eq!(ask(3).await, json!({ "outcome": "all_asked" }));
    desk.needs_approval("1-a", &[Finance], Silence::Declines).await;
    let more = json!({ "option": "1-a", "quote": 2, "step": 1, "quoteHash": quote["quoteHash"] });
    let answer = desk.task("request_approval", more).await.unwrap();
    assert_eq!(
        (&answer["outcome"], &answer["code"]),
        (&json!("no_approver"), &json!("APPROVAL_DECLINED"))
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_is_asked_next_is_not_asked_after_a_cancellation() {
    let approval = json!({ "option": "1-a", "quote": 1, "step": 1, "quoteHash": "h" });
    let confirmation = json!({ "option": "1-a", "quote": 1, "quoteHash": "h" });
    let quote = json!({ "option": "1-a", "quote": 2, "approved": false });
    let desk = Desk::chosen("1-a").await;
    desk.needs_approval("1-a", &[ApprovalLevel::L1], Silence::Declines)
        .await;
    desk.requote("1-a", 1).await;
    desk.cancel().await;
    let events = desk.history().await.len();
    for (task, more) in [
        ("present_options", json!({ "round": 2 })),
        ("request_approval", approval),
        ("request_confirmation", confirmation),
        ("requote", quote),
    ] {
        assert_eq!(
            desk.task(task, more).await.unwrap(),
            json!({ "outcome": "cancelled" }),
            "{task}"
        );
    }
    assert_eq!(desk.history().await.len(), events);
}

/// An answer and the end of the time meet: whoever wrote the row first wins, and the booking says the same.
#[tokio::test(start_paused = true)]
async fn silence_does_not_overrule_an_answer_that_came_in_time() {
    let desk = Desk::chosen("1-a").await;
    desk.needs_approval("1-a", &[ApprovalLevel::L1], Silence::Approves)
        .await;
    let quote = desk.requote("1-a", 1).await;
    let more = json!({ "option": "1-a", "quote": 1, "step": 1, "quoteHash": quote["quoteHash"] });
    desk.task("request_approval", more).await.unwrap();
    let decision = DecisionId::new("approve#1.1");
    advance(Duration::from_secs(24 * 3600)).await;
    desk.decisions()
        .time_out(samples::booking(), &decision, desk.clock.now())
        .await
        .unwrap();
    let events = desk.history().await.len();
    let settled = desk
        .task("settle", json!({ "decision": decision }))
        .await
        .unwrap();
    assert_eq!(settled["outcome"], "yes");
    assert_eq!(
        desk.history().await.len(),
        events,
        "the row was closed before: nothing is said twice"
    );
}

#[tokio::test(start_paused = true)]
async fn an_approval_is_void_once_what_was_approved_costs_more() {
    let desk = Desk::chosen("1-a").await;
    desk.needs_approval("1-a", &[ApprovalLevel::L1], Silence::Approves)
        .await;
    let approved = desk.option("1-a").await.total;
    desk.requote("1-a", 1).await;
    let more = json!({ "option": "1-a", "quote": 1, "step": 1, "quoteHash": "h" });
    desk.task("request_approval", more).await.unwrap();
    advance(Duration::from_secs(24 * 3600)).await;
    desk.task("settle", json!({ "decision": "approve#1.1" }))
        .await
        .unwrap();
    // The hold has lapsed by the time of the second quote.
    advance(Duration::from_secs(72 * 3600)).await;
    desk.supplier.set_scenario(scenario("price-up"));
    let more = json!({ "option": "1-a", "quote": 2, "approved": true });
    assert_eq!(desk.task("requote", more).await.unwrap()["outcome"], "dearer");
    let void = json!({ "option": "1-a", "quote": 2 });
    for _ in 0..2 {
        assert_eq!(
            desk.task("void_approval", void.clone()).await.unwrap(),
            json!({ "outcome": "voided" })
        );
    }
    let voided: ApprovalVoided = desk.last_event().await;
    assert_eq!((voided.because, voided.before), (QuoteOutcome::Dearer, approved));
    assert_eq!(voided.approvers, [EmployeeId::new("boss")]);
    desk.task("present_options", json!({ "round": 2 })).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_given_back_unless_it_is_bought() {
    let desk = Desk::chosen("1-a").await;
    desk.requote("1-a", 1).await;
    let holdable = desk
        .option("1-a")
        .await
        .legs
        .iter()
        .filter(|leg| leg.holdable)
        .count();
    assert!(holdable > 0, "the sample supplier holds flights");
    assert_eq!(desk.supplier.holds().unwrap().len(), holdable);
    for holds in [holdable, 0] {
        let released = desk.task("release_holds", json!({})).await.unwrap();
        assert_eq!(released, json!({ "outcome": "released", "holds": holds }));
        assert!(desk.supplier.holds().unwrap().is_empty());
    }
}
