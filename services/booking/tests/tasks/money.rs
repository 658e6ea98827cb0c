//! Reserving, capturing, releasing: what is set aside, spent and left always adds up to the limit.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::booking::{BookingFailed, BudgetCaptured, BudgetReserved};
use events_schema::event::Event;
use events_schema::gateway::PurchaseConfirmed;
use events_schema::money::Money;
use events_schema::policy::PolicyRetrieved;
use events_schema::samples;
use events_schema::state::BookingState;
use events_schema::sweeper::BookingOverdue;
use iso_currency::Currency;
use rust_decimal::Decimal;
use serde_json::json;

use crate::desk::Desk;

impl Desk {
    /// Up to the confirmed purchase of `1-a`.
    pub async fn confirmed() -> Self {
        let desk = Self::chosen("1-a").await;
        let quote = desk.requote("1-a", 1).await;
        let more = json!({ "option": "1-a", "quote": 1, "quoteHash": quote["quoteHash"] });
        desk.task("request_confirmation", more).await.unwrap();
        desk.command(BookingState::PurchaseConfirmed, &PurchaseConfirmed::example())
            .await;
        desk
    }

    async fn limited_to(limit: Decimal) -> Self {
        let desk = Self::confirmed().await;
        let text = |text: &str| AttributeValue::S(text.into());
        let item = HashMap::from([
            ("costCentre".into(), text(samples::cost_centre().as_str())),
            ("entry".into(), text("limit")),
            ("available".into(), AttributeValue::N(limit.to_string())),
        ]);
        desk.put_item("BUDGETS_TABLE", item).await;
        desk
    }

    /// Available (without a limit: `None`), reserved, captured.
    async fn amounts(&self) -> (Option<Decimal>, Decimal, Decimal) {
        let key = [
            ("costCentre", samples::cost_centre().to_string()),
            ("entry", "limit".to_owned()),
        ];
        let item = self.item("BUDGETS_TABLE", &key).await.unwrap_or_default();
        let amount = |name| Some(item.get(name)?.as_n().unwrap().parse::<Decimal>().unwrap());
        (
            amount("available"),
            amount("reserved").unwrap_or_default(),
            amount("captured").unwrap_or_default(),
        )
    }

    pub async fn reserve(&self) -> serde_json::Value {
        self.task("reserve_budget", json!({ "option": "1-a" }))
            .await
            .unwrap()
    }

    pub async fn end(&self, code: &str) {
        let ending = json!({ "as": "failed", "code": code, "reason": "as tested" });
        self.task("end", json!({ "ending": ending })).await.unwrap();
    }
}

fn limit() -> Decimal {
    Decimal::from(5000)
}

#[tokio::test(start_paused = true)]
async fn what_is_captured_is_what_was_confirmed() {
    let desk = Desk::limited_to(limit()).await;
    let total = desk.option("1-a").await.total;
    for _ in 0..2 {
        assert_eq!(desk.reserve().await, json!({ "outcome": "reserved" }));
        assert_eq!(
            desk.amounts().await,
            (Some(limit() - total.amount), total.amount, Decimal::ZERO)
        );
    }
    assert_eq!(desk.last_event::<BudgetReserved>().await.amount, total);
    for leg in [0, 1] {
        desk.book(leg).await.unwrap();
    }
    for _ in 0..2 {
        let captured = desk.task("capture_budget", json!({})).await.unwrap();
        assert_eq!(captured, json!({ "outcome": "captured" }));
        assert_eq!(
            desk.amounts().await,
            (Some(limit() - total.amount), Decimal::ZERO, total.amount)
        );
    }
    assert_eq!(desk.last_event::<BudgetCaptured>().await.amount, total);
}

#[tokio::test(start_paused = true)]
async fn what_is_released_is_there_again() {
    for limited in [true, false] {
        let desk = if limited {
            Desk::limited_to(limit()).await
        } else {
            Desk::confirmed().await
        };
        let before = desk.amounts().await;
        assert_eq!(desk.reserve().await["outcome"], "reserved");
        assert_ne!(desk.amounts().await, before);
        for _ in 0..2 {
            let released = desk.task("release_budget", json!({})).await.unwrap();
            assert_eq!(released, json!({ "outcome": "released" }));
            assert_eq!(desk.amounts().await, before, "limited: {limited}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_does_not_cover_it_stays_as_it_is() {
    let short = Decimal::ONE;
    let desk = Desk::limited_to(short).await;
    let answer = desk.reserve().await;
    assert_eq!(
        (&answer["outcome"], &answer["code"]),
        (&json!("exceeded"), &json!("BUDGET_EXCEEDED"))
    );
    assert_eq!(desk.amounts().await, (Some(short), Decimal::ZERO, Decimal::ZERO));
    assert_eq!(desk.head().await.state, BookingState::PurchaseConfirmed);
    desk.end("BUDGET_EXCEEDED").await;
    assert_eq!(
        desk.last_event::<BookingFailed>().await.during,
        BookingState::PurchaseConfirmed
    );
}

/// Exactly enough is enough.
#[tokio::test(start_paused = true)]
async fn a_budget_may_be_used_up() {
    let price = Desk::confirmed().await.option("1-a").await.total.amount;
    let desk = Desk::limited_to(price).await;
    assert_eq!(desk.reserve().await["outcome"], "reserved");
    assert_eq!(desk.amounts().await, (Some(Decimal::ZERO), price, Decimal::ZERO));
}

/// Releasing failed for good, or the machine died: whoever ends the booking frees the money with it.
#[tokio::test(start_paused = true)]
async fn no_booking_ends_with_money_set_aside() {
    for by_sweeper in [false, true] {
        let desk = Desk::limited_to(limit()).await;
        desk.reserve().await;
        match by_sweeper {
            // For the second time: whoever took it over is stuck as well.
            true => {
                for _ in 0..2 {
                    let state = desk.head().await.state;
                    desk.command(state, &BookingOverdue::example()).await;
                }
                desk.close(&BookingOverdue::example()).await
            }
            false => desk.end("INTERNAL").await,
        }
        assert_eq!(desk.head().await.state, BookingState::Failed);
        assert_eq!(
            desk.amounts().await,
            (Some(limit()), Decimal::ZERO, Decimal::ZERO),
            "sweeper: {by_sweeper}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_stops_the_money_before_it_is_spent() {
    let desk = Desk::limited_to(limit()).await;
    desk.reserve().await;
    desk.book(0).await.unwrap();
    desk.book(1).await.unwrap();
    desk.cancel().await;
    let answer = desk.task("capture_budget", json!({})).await.unwrap();
    assert_eq!(answer, json!({ "outcome": "cancelled" }));
    let (_, reserved, captured) = desk.amounts().await;
    assert!(!reserved.is_zero() && captured.is_zero());
}

impl Desk {
    /// A limit in dollars, and a policy that says what they are worth.
    async fn in_dollars(limit: Decimal) -> Self {
        let desk = Self::confirmed().await;
        let text = |text: &str| AttributeValue::S(text.into());
        let item = HashMap::from([
            ("costCentre".into(), text(samples::cost_centre().as_str())),
            ("entry".into(), text("limit")),
            ("available".into(), AttributeValue::N(limit.to_string())),
            ("currency".into(), text("USD")),
        ]);
        desk.put_item("BUDGETS_TABLE", item).await;
        desk.command(BookingState::PurchaseConfirmed, &PolicyRetrieved::example())
            .await;
        desk
    }
}

/// At the rate that the policy version pinned for this booking, from the first cent to the last.
#[tokio::test(start_paused = true)]
async fn a_budget_in_another_currency_is_charged_at_the_pinned_rate() {
    let desk = Desk::in_dollars(limit()).await;
    let total = desk.option("1-a").await.total;
    let dollars = Money::new(total.amount / Decimal::new(92, 2), Currency::USD).rounded();
    assert_eq!(desk.reserve().await, json!({ "outcome": "reserved" }));
    let event = desk.last_event::<BudgetReserved>().await;
    assert_eq!((event.amount, event.price), (dollars, Some(total)));
    let left = Some(limit() - dollars.amount);
    assert_eq!(desk.amounts().await, (left, dollars.amount, Decimal::ZERO));
    for leg in [0, 1] {
        desk.book(leg).await.unwrap();
    }
    desk.task("capture_budget", json!({})).await.unwrap();
    assert_eq!(desk.last_event::<BudgetCaptured>().await.amount, dollars);
    assert_eq!(desk.amounts().await, (left, Decimal::ZERO, dollars.amount));
    // As many dollars as it costs euros are too few.
    let short = Desk::in_dollars(total.amount).await;
    let answer = short.reserve().await;
    assert_eq!(answer["code"], "BUDGET_EXCEEDED");
    let reason = answer["reason"].as_str().unwrap();
    assert!(
        reason.contains(&total.to_string()) && reason.contains(&dollars.to_string()),
        "{reason}"
    );
}

/// Amounts of two currencies are never compared as if they were one.
#[tokio::test(start_paused = true)]
async fn a_budget_in_a_currency_without_a_rate_covers_nothing() {
    for (currency, outcome) in [("USD", "exceeded"), ("EUR", "reserved")] {
        let desk = Desk::limited_to(limit()).await;
        let text = |text: &str| AttributeValue::S(text.into());
        let item = HashMap::from([
            ("costCentre".into(), text(samples::cost_centre().as_str())),
            ("entry".into(), text("limit")),
            ("available".into(), AttributeValue::N(limit().to_string())),
            ("currency".into(), text(currency)),
        ]);
        desk.put_item("BUDGETS_TABLE", item).await;
        let answer = desk.reserve().await;
        assert_eq!(answer["outcome"], outcome, "{currency}");
        if outcome == "exceeded" {
            let reason = answer["reason"].as_str().unwrap();
            assert!(reason.contains("USD") && reason.contains("EUR"), "{reason}");
            assert_eq!(
                desk.amounts().await,
                (Some(limit()), Decimal::ZERO, Decimal::ZERO)
            );
        }
    }
}

/// The first booking says which money the cost centre counts in.
#[tokio::test(start_paused = true)]
async fn what_is_reserved_first_sets_the_currency() {
    let desk = Desk::confirmed().await;
    desk.reserve().await;
    let key = [
        ("costCentre", samples::cost_centre().to_string()),
        ("entry", "limit".to_owned()),
    ];
    let item = desk.item("BUDGETS_TABLE", &key).await.unwrap();
    assert_eq!(item["currency"], AttributeValue::S("EUR".into()));
}
