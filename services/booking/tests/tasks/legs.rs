//! Buying and undoing, through crashes and a supplier that cannot be reached.

use booking::tables::LegState::{
    self, Booked, Cancelled, Intended, NotCancellable, NotReached, Refused, Unconfirmed, Unknown,
};
use booking::tables::{Intent, LegRow};
use events_schema::booking::{
    BookingConfirmed, BookingFailed, BookingNeedsAttention, LegBookingFailed, LegCancelled, LegOutcomeUnknown,
};
use events_schema::event::Event;
use events_schema::state::BookingState;
use events_schema::sweeper::BookingOverdue;
use lambda_host::HandlerError;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::network::State;

impl Desk {
    /// Up to the reserved budget.
    async fn reserved() -> Self {
        let desk = Self::confirmed().await;
        desk.reserve().await;
        desk.network.seen();
        desk
    }

    pub async fn book(&self, leg: u32) -> Result<Value, HandlerError> {
        self.task("book_leg", book(leg)).await
    }

    async fn undo(&self) -> Value {
        self.task("undo_leg", json!({})).await.unwrap()
    }

    async fn states(&self) -> Vec<LegState> {
        self.legs().await.into_iter().map(|leg| leg.state).collect()
    }
}

fn book(leg: u32) -> Value {
    json!({ "option": "1-a", "leg": leg, "quote": 1 })
}

#[tokio::test(start_paused = true)]
async fn a_trip_that_comes_true() {
    let desk = Desk::reserved().await;
    assert_eq!(
        desk.book(0).await.unwrap(),
        json!({ "outcome": "booked", "remaining": 1 })
    );
    assert_eq!(
        desk.book(1).await.unwrap(),
        json!({ "outcome": "booked", "remaining": 0 })
    );
    assert_eq!(
        desk.book(1).await.unwrap(),
        json!({ "outcome": "booked", "remaining": 0 }),
        "asked again"
    );
    assert_eq!(desk.network.seen(), ["POST /orders", "POST /orders"]);
    desk.task("capture_budget", json!({})).await.unwrap();
    desk.task("confirm", json!({ "option": "1-a" })).await.unwrap();
    let (confirmed, option) = (
        desk.last_event::<BookingConfirmed>().await,
        desk.option("1-a").await,
    );
    let references: Vec<_> = confirmed
        .legs
        .iter()
        .map(|leg| Some(leg.reference.clone()))
        .collect();
    assert_eq!(
        references,
        desk.legs()
            .await
            .into_iter()
            .map(|leg| leg.reference)
            .collect::<Vec<_>>()
    );
    assert_eq!((confirmed.total, confirmed.taxes), (option.total, option.taxes));
    assert_eq!(
        confirmed
            .legs
            .iter()
            .map(|leg| leg.total.amount)
            .sum::<rust_decimal::Decimal>(),
        option.total.amount
    );
    assert_eq!(desk.head().await.state, BookingState::Confirmed);
    let late = desk.task("undo_leg", json!({})).await.unwrap_err();
    assert_eq!(late.error_type, "Superseded", "what came true is not undone");
}

/// Killed after the supplier had booked and before we knew: the second try finds the order instead of a second one.
#[tokio::test(start_paused = true)]
async fn killed_while_booking_it_has_booked_once() {
    let desk = Desk::reserved().await;
    desk.network.set(State::Deaf);
    desk.crash("book_leg", book(0)).await;
    assert_eq!(desk.states().await, [Intended]);
    desk.network.set(State::Up);
    assert_eq!(desk.book(0).await.unwrap()["outcome"], "booked");
    assert_eq!(desk.network.seen(), ["POST /orders", "GET /orders"]);
}

/// The same, and nobody comes again: undoing finds the order too.
#[tokio::test(start_paused = true)]
async fn killed_while_booking_it_is_undone() {
    let desk = Desk::reserved().await;
    desk.book(0).await.unwrap();
    desk.network.set(State::Deaf);
    desk.crash("book_leg", book(1)).await;
    desk.network.set(State::Up);
    assert_eq!(desk.undo().await, json!({ "outcome": "undone", "leg": 1 }));
    assert_eq!(desk.undo().await, json!({ "outcome": "undone", "leg": 0 }));
    assert_eq!(desk.states().await, [Cancelled, Cancelled]);
}

/// Killed before anything was sent: that the supplier knows nothing is no proof, so a person looks.
#[tokio::test(start_paused = true)]
async fn an_intent_nobody_can_explain_is_left_to_a_person() {
    let desk = Desk::reserved().await;
    desk.network.set(State::Deaf);
    desk.supplier.set_scenario("order-fails".parse().unwrap());
    desk.crash("book_leg", book(0)).await;
    desk.network.set(State::Up);
    assert_eq!(desk.undo().await, json!({ "outcome": "left", "leg": 0 }));
    assert_eq!(desk.undo().await, json!({ "outcome": "none" }));
    let released = desk.task("release_budget", json!({})).await.unwrap();
    assert_eq!(
        released,
        json!({ "outcome": "nothing" }),
        "the money may be needed"
    );
    desk.end("INTERNAL").await;
    let open = desk.last_event::<BookingNeedsAttention>().await;
    assert_eq!(open.legs, [0]);
    assert_eq!(open.reserved, Some(desk.option("1-a").await.total));
}

/// What was never sent leaves nothing open.
#[tokio::test(start_paused = true)]
async fn a_supplier_out_of_reach_has_booked_nothing() {
    let desk = Desk::reserved().await;
    desk.network.set(State::Cut);
    for _ in 0..2 {
        assert_eq!(desk.book(0).await.unwrap_err().error_type, "SupplierUnavailable");
        assert_eq!(desk.states().await, [NotReached]);
    }
    assert_eq!(desk.undo().await, json!({ "outcome": "none" }));
    assert_eq!(
        desk.task("release_budget", json!({})).await.unwrap(),
        json!({ "outcome": "released" })
    );
    desk.end("SUPPLIER_UNAVAILABLE").await;
    assert_eq!(
        desk.last_event::<BookingFailed>().await.during,
        BookingState::BudgetReserved
    );
}

#[tokio::test(start_paused = true)]
async fn within_reach_again_it_is_booked() {
    let desk = Desk::reserved().await;
    desk.network.set(State::Cut);
    desk.book(0).await.unwrap_err();
    desk.network.set(State::Up);
    assert_eq!(desk.book(0).await.unwrap()["outcome"], "booked");
    assert_eq!(desk.network.seen(), ["POST /orders"]);
}

/// The answer is lost, then found by its key or not.
#[tokio::test(start_paused = true)]
async fn an_answer_that_got_lost_is_looked_up_before_it_is_called_unknown() {
    for (scenario, outcome, state) in [
        ("order-answer-lost", "booked", Booked),
        ("order-fails", "unknown", Unconfirmed),
    ] {
        let desk = Desk::reserved().await;
        desk.supplier.set_scenario(scenario.parse().unwrap());
        for _ in 0..2 {
            assert_eq!(desk.book(0).await.unwrap()["outcome"], outcome, "{scenario}");
        }
        assert_eq!(desk.states().await, [state]);
        assert_eq!(
            desk.network.seen(),
            ["POST /orders", "GET /orders"],
            "never ordered a second time"
        );
    }
}

/// Nobody knew at first; found later, it is kept, or undone with the rest.
#[tokio::test(start_paused = true)]
async fn an_order_found_later_is_settled() {
    let reconcile = |last: bool| json!({ "option": "1-a", "leg": 1, "last": last });
    for kept in [true, false] {
        let desk = Desk::reserved().await;
        desk.book(0).await.unwrap();
        desk.supplier.set_scenario("order-late".parse().unwrap());
        assert_eq!(desk.book(1).await.unwrap(), json!({ "outcome": "unknown" }));
        let unknown: LegOutcomeUnknown = desk.last_event().await;
        assert_eq!(
            (unknown.leg, desk.head().await.state),
            (1, BookingState::LegBooked)
        );
        let answer = desk.task("reconcile_leg", reconcile(false)).await.unwrap();
        assert_eq!(answer, json!({ "outcome": "unknown" }));
        if kept {
            tokio::time::sleep(tokio::time::Duration::from_secs(120)).await;
            for _ in 0..2 {
                let answer = desk.task("reconcile_leg", reconcile(false)).await.unwrap();
                assert_eq!(answer, json!({ "outcome": "booked", "remaining": 0 }));
            }
            assert_eq!(desk.states().await, [Booked, Booked]);
            continue;
        }
        let answer = desk.task("reconcile_leg", reconcile(true)).await.unwrap();
        assert_eq!(answer["outcome"], "failed");
        assert!(desk.last_event::<LegBookingFailed>().await.outcome_unknown);
        tokio::time::sleep(tokio::time::Duration::from_secs(120)).await;
        assert_eq!(desk.undo().await, json!({ "outcome": "undone", "leg": 1 }));
        assert_eq!(desk.undo().await, json!({ "outcome": "undone", "leg": 0 }));
        assert_eq!(desk.states().await, [Cancelled, Cancelled]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_never_found_is_left_to_a_person() {
    let desk = Desk::reserved().await;
    desk.supplier.set_scenario("order-fails".parse().unwrap());
    desk.book(0).await.unwrap();
    let last = json!({ "option": "1-a", "leg": 0, "last": true });
    assert_eq!(
        desk.task("reconcile_leg", last).await.unwrap()["outcome"],
        "failed"
    );
    assert_eq!(desk.undo().await, json!({ "outcome": "left", "leg": 0 }));
    assert_eq!(desk.undo().await, json!({ "outcome": "none" }));
    assert_eq!(desk.states().await, [Unknown]);
    desk.end("SUPPLIER_UNAVAILABLE").await;
    assert_eq!(desk.last_event::<BookingNeedsAttention>().await.legs, [0]);
}

/// What a supplier refuses has its own code.
#[tokio::test(start_paused = true)]
async fn a_refusal_says_what_was_refused() {
    for (scenario, code) in [
        ("price-up", "PRICE_CHANGED"),
        ("sold-out", "OFFER_EXPIRED"),
        ("order-rejected", "OFFER_EXPIRED"),
    ] {
        let desk = Desk::reserved().await;
        desk.task("release_holds", json!({})).await.unwrap();
        desk.supplier.set_scenario(scenario.parse().unwrap());
        for _ in 0..2 {
            let answer = desk.book(0).await.unwrap();
            assert_eq!(
                (&answer["outcome"], &answer["code"]),
                (&json!("failed"), &json!(code)),
                "{scenario}"
            );
        }
        assert_eq!(desk.states().await, [Refused]);
    }
}

/// The booking was closed, taken over or called off between looking and asking: nothing is ordered.
#[tokio::test(start_paused = true)]
async fn closing_and_buying_never_both_go_through() {
    let desk = Desk::reserved().await;
    desk.command(BookingState::BudgetReserved, &BookingOverdue::example())
        .await;
    desk.network.seen();
    let taken = desk
        .task_of("execution-2", "claim", json!({ "event": "BookingOverdue" }))
        .await
        .unwrap();
    assert_eq!(
        (&taken["claimed"], &taken["begin"]),
        (&json!(true), &json!("undo"))
    );
    assert_eq!(desk.book(0).await.unwrap_err().error_type, "Superseded");
    let intent = LegRow {
        booking_id: events_schema::samples::booking(),
        leg: 0,
        supplier: events_schema::samples::flight_offer().supplier,
        offer: events_schema::samples::flight_offer().id,
        idempotency_key: "k".into(),
        state: Intended,
        reference: None,
        total: events_schema::samples::total(),
        refund: None,
        refusal: None,
        last_answer: None,
    };
    // As if it had looked a moment before.
    assert_eq!(desk.intend(intent).await, Intent::NotHeld);
    assert!(desk.states().await.is_empty() && desk.network.seen().is_empty());
}

/// Dead after the first leg: another execution undoes it. Dead after everything was paid for: the trip comes true.
#[tokio::test(start_paused = true)]
async fn what_a_dead_execution_left_is_taken_over() {
    for paid in [false, true] {
        let desk = Desk::reserved().await;
        desk.book(0).await.unwrap();
        if paid {
            desk.book(1).await.unwrap();
            desk.task("capture_budget", json!({})).await.unwrap();
        }
        let state = desk.head().await.state;
        desk.command(state, &BookingOverdue::example()).await;
        let events = desk.history().await.len();
        desk.close(&BookingOverdue::example()).await;
        assert_eq!(
            desk.history().await.len(),
            events,
            "the machine's to undo, not close's"
        );
        let other =
            async |task: &'static str, more: Value| desk.task_of("execution-2", task, more).await.unwrap();
        let begun = other("claim", json!({ "event": "BookingOverdue" })).await;
        assert_eq!(begun["claimed"], true);
        if paid {
            assert_eq!(
                (&begun["begin"], &begun["option"]),
                (&json!("confirm"), &json!("1-a"))
            );
            other("confirm", json!({ "option": "1-a" })).await;
            desk.last_event::<BookingConfirmed>().await;
        } else {
            assert_eq!(
                other("undo_leg", json!({})).await,
                json!({ "outcome": "undone", "leg": 0 })
            );
            other("end", json!({ "ending": begun["ending"] })).await;
            desk.last_event::<BookingFailed>().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_leg_that_is_refused_undoes_those_before_it_in_reverse() {
    let desk = Desk::reserved().await;
    desk.book(0).await.unwrap();
    desk.supplier.set_scenario("stay-rejected".parse().unwrap());
    let answer = desk.book(1).await.unwrap();
    assert_eq!(
        (&answer["outcome"], &answer["code"]),
        (&json!("failed"), &json!("OFFER_EXPIRED"))
    );
    let failed: LegBookingFailed = desk.last_event().await;
    assert!(!failed.outcome_unknown && failed.leg == 1);
    assert_eq!(desk.undo().await, json!({ "outcome": "undone", "leg": 0 }));
    assert_eq!(desk.last_event::<LegCancelled>().await.leg, 0);
    assert_eq!(desk.undo().await, json!({ "outcome": "none" }));
    assert_eq!(desk.states().await, [Cancelled, Refused]);
    desk.task("release_budget", json!({})).await.unwrap();
    desk.end("OFFER_EXPIRED").await;
    assert_eq!(
        desk.last_event::<BookingFailed>().await.during,
        BookingState::LegBookingFailed
    );
}

#[tokio::test(start_paused = true)]
async fn killed_while_undoing_it_is_undone_once() {
    let desk = Desk::reserved().await;
    desk.book(0).await.unwrap();
    desk.network.set(State::Deaf);
    desk.crash("undo_leg", json!({})).await;
    desk.network.set(State::Up);
    assert_eq!(desk.undo().await, json!({ "outcome": "undone", "leg": 0 }));
    assert_eq!(desk.undo().await, json!({ "outcome": "none" }));
    let names: Vec<_> = desk.history().await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.iter().filter(|name| *name == "LegCancelled").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_leg_given_up_is_left_and_the_others_are_undone() {
    let desk = Desk::reserved().await;
    desk.book(0).await.unwrap();
    desk.book(1).await.unwrap();
    desk.network.set(State::Cut);
    let error = desk.task("undo_leg", json!({})).await.unwrap_err();
    assert_eq!(error.error_type, "SupplierUnavailable");
    assert_eq!(
        desk.task("give_up_leg", json!({})).await.unwrap(),
        json!({ "outcome": "left", "leg": 1 })
    );
    desk.network.set(State::Up);
    assert_eq!(desk.undo().await, json!({ "outcome": "undone", "leg": 0 }));
    assert_eq!(desk.states().await, [Cancelled, NotCancellable]);
    desk.end("INTERNAL").await;
    assert_eq!(desk.last_event::<BookingNeedsAttention>().await.legs, [1]);
}

/// Another execution, or one whose booking was closed meanwhile, must neither buy nor cancel.
#[tokio::test(start_paused = true)]
async fn who_does_not_have_the_booking_does_not_reach_the_supplier() {
    let desk = Desk::reserved().await;
    desk.book(0).await.unwrap();
    desk.network.seen();
    for (task, more) in [
        ("undo_leg", json!({})),
        ("give_up_leg", json!({})),
        ("book_leg", book(1)),
    ] {
        let error = desk.task_of("execution-2", task, more).await.unwrap_err();
        assert_eq!(error.error_type, "Superseded", "{task}");
    }
    assert_eq!(
        (desk.network.seen(), desk.states().await),
        (Vec::<String>::new(), vec![Booked])
    );
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_between_two_legs_starts_no_other() {
    let desk = Desk::reserved().await;
    desk.book(0).await.unwrap();
    desk.cancel().await;
    desk.network.seen();
    assert_eq!(desk.book(1).await.unwrap(), json!({ "outcome": "cancelled" }));
    assert!(desk.network.seen().is_empty());
    assert_eq!(desk.states().await, [Booked]);
    desk.undo().await;
    let ending = json!({ "as": "cancelled", "code": "CONFLICT", "reason": "as tested" });
    desk.task("end", json!({ "ending": ending })).await.unwrap();
    let cancelled: events_schema::booking::BookingCancelled = desk.last_event().await;
    assert_eq!(
        (cancelled.during, cancelled.legs_undone),
        (BookingState::LegBooked, 1)
    );
}
