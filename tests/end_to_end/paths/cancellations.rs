//! A confirmed trip is cancelled: a lifecycle of its own, at conditions shown first.

use std::time::Duration;

use events_schema::gateway::CancellationRequested;
use events_schema::ids::BookingId;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, Verdict};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::ledger::Money::{Captured, Refunded};
use super::story::{Story, is_step, kind, refusal};
use super::{PLAIN, Path, walk};

const MINUTE: Duration = Duration::from_secs(60);
/// A little more: within a day of booking everything comes back.
const DAY: Duration = Duration::from_secs(25 * 3600);

pub fn paths() -> Vec<Path> {
    vec![
        Path {
            when: "a confirmed trip is cancelled: refunded in full on the same day",
            walk: walk!(cancelled),
            ends: "BookingCancelled",
            shows: &[
                "cancellation_requested",
                "cancellation_confirmation_requested",
                "leg_cancelled",
                "leg_cancelled",
                "budget_refunded",
                "cancelled",
            ],
            audit: &[
                "sample-traveller-1 CancellationRequested",
                "sojourn.booking CancellationConfirmationRequested",
                "sample-traveller-1 CancellationConfirmed",
                "sojourn.booking LegCancelled",
                "sojourn.booking LegCancelled",
                "sojourn.booking BudgetRefunded",
                "sojourn.booking BookingCancelled",
            ],
            money: Refunded,
            orders: (0, 2),
            says: "The trip is cancelled. The suppliers give back … and keep ….",
            ..PLAIN
        },
        Path {
            when: "cancelled a day later: what the suppliers keep is shown before, and kept",
            walk: walk!(cancelled_at_a_fee),
            ends: "BookingCancelled",
            shows: &[
                "cancellation_confirmation_requested",
                "budget_refunded",
                "cancelled",
            ],
            audit: &[
                "sample-traveller-1 CancellationConfirmed",
                "sojourn.booking BookingCancelled",
            ],
            money: Refunded,
            orders: (0, 2),
            says: "The trip is cancelled. The suppliers give back … and keep ….",
            ..PLAIN
        },
        Path {
            when: "a budget in dollars: spent and refunded at the rate pinned on the booking",
            walk: walk!(in_dollars),
            ends: "BookingCancelled",
            shows: &[
                "confirmed",
                "cancellation_confirmation_requested",
                "budget_refunded",
                "cancelled",
            ],
            audit: &[
                "sample-traveller-1 CancellationConfirmed",
                "sojourn.booking BudgetRefunded",
                "sojourn.booking BookingCancelled",
            ],
            money: Refunded,
            orders: (0, 2),
            says: "The trip is cancelled. The suppliers give back … and keep ….",
            ..PLAIN
        },
        Path {
            when: "the conditions are seen, and the trip is kept",
            walk: walk!(kept),
            ends: "BookingKept",
            shows: &[
                "cancellation_confirmation_requested",
                "cancellation_declined",
                "kept",
            ],
            audit: &[
                "sample-traveller-1 CancellationDeclined",
                "sojourn.booking BookingKept",
            ],
            money: Captured,
            orders: (2, 0),
            says: "Nothing was cancelled. Your trip stands as it was booked.",
            ..PLAIN
        },
        Path {
            when: "the conditions are seen, and nobody answers; the yes comes too late",
            walk: walk!(not_answered),
            ends: "BookingExpired",
            shows: &["cancellation_confirmation_requested", "expired", "error TOO_LATE"],
            audit: &[
                "sojourn.booking CancellationConfirmationRequested",
                "sojourn.booking BookingExpired",
            ],
            money: Captured,
            orders: (2, 0),
            says: "The cancellation was not confirmed in time. Your trip stands as it was booked.",
            errors: &["error TOO_LATE"],
            // The first of them on a sign-in of half an hour ago.
            refused: 2,
        },
        Path {
            when: "cancelled from two devices and once more after it: one cancellation",
            walk: walk!(cancelled_twice),
            ends: "BookingCancelled",
            shows: &[
                "cancellation_confirmation_requested",
                "error CONFLICT",
                "cancelled",
                "error CONFLICT",
            ],
            audit: &[
                "sample-traveller-1 CancellationConfirmed",
                "sojourn.booking BookingCancelled",
            ],
            money: Refunded,
            orders: (0, 2),
            says: "The trip is cancelled. The suppliers give back … and keep ….",
            errors: &["error CONFLICT", "error CONFLICT"],
            refused: 2,
        },
        Path {
            when: "somebody else tries to cancel a confirmed trip",
            walk: walk!(somebody_else),
            ends: "BookingConfirmed",
            shows: &["confirmed"],
            audit: &["sojourn.booking BookingConfirmed"],
            money: Captured,
            orders: (2, 0),
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "the supplier lets nothing be cancelled: the trip stands",
            walk: walk!(not_possible),
            ends: "BookingFailed",
            shows: &["cancellation_requested", "failed TOO_LATE"],
            audit: &[
                "sample-traveller-1 CancellationRequested",
                "sojourn.booking BookingFailed",
            ],
            money: Captured,
            orders: (2, 0),
            says: "A supplier no longer lets this trip be cancelled here. It stands as it was booked; your \
                travel manager can talk to the supplier.",
            ..PLAIN
        },
        Path {
            when: "the supplier cannot be reached once the traveller said yes: the trip stands",
            walk: walk!(unreachable_while_cancelling),
            ends: "BookingFailed",
            shows: &["cancellation_confirmed", "failed SUPPLIER_UNAVAILABLE"],
            audit: &[
                "sample-traveller-1 CancellationConfirmed",
                "sojourn.booking BookingFailed",
            ],
            money: Captured,
            orders: (2, 0),
            says: "The trip could not be cancelled now. It stands as it was booked; please try again later.",
            ..PLAIN
        },
    ]
}

impl Story {
    /// A confirmed trip, and the conditions at which it could be cancelled.
    async fn conditions(&mut self) -> Frame {
        self.book().await;
        self.ask_for_conditions().await
    }

    async fn ask_for_conditions(&mut self) -> Frame {
        self.cancel();
        let asked = self
            .traveller
            .until(is_step("cancellation_confirmation_requested"))
            .await;
        self.cancellation = asked.booking_id;
        assert_ne!(asked.booking_id, Some(self.booking), "a lifecycle of its own");
        asked
    }

    fn answer(&mut self, asked: &Frame, decision: Verdict) {
        let FrameBody::CancellationConfirmationRequested {
            decision_id,
            nonce,
            quote_hash,
            ..
        } = &asked.body
        else {
            panic!("no conditions: {asked:?}")
        };
        let command = Command::ConfirmCancellation {
            action_id: self.traveller.action(),
            booking_id: asked.booking_id.expect("a booking"),
            decision_id: decision_id.clone(),
            nonce: nonce.clone(),
            quote_hash: quote_hash.clone(),
            decision,
        };
        self.traveller.send(&command);
    }

    /// The confirmed lifecycle is what it was; the other names it.
    async fn check_link(&self) {
        let names = self.world.event_names(self.booking).await;
        assert_eq!(
            names.last().map(String::as_str),
            Some("BookingConfirmed"),
            "it stays untouched"
        );
        let cancellation = self.cancellation.expect("a cancellation");
        let first = self.world.journal(cancellation).await.remove(0);
        let event = first
            .recorded()
            .expect("an event")
            .read::<CancellationRequested>();
        assert_eq!(
            event.expect("its first event").data.previous_booking,
            self.booking
        );
        assert_eq!(
            self.world.head(cancellation).await.previous_booking,
            Some(self.booking)
        );
    }
}

async fn cancelled(story: &mut Story) {
    let asked = story.conditions().await;
    let FrameBody::CancellationConfirmationRequested {
        paid,
        refund,
        fee,
        legs,
        ..
    } = &asked.body
    else {
        unreachable!("just matched")
    };
    assert_eq!((paid, legs.len()), (refund, 2));
    assert!(fee.amount.is_zero());
    story.answer(&asked, Verdict::Yes);
    let FrameBody::Cancelled {
        previous_booking,
        refund: back,
        legs_undone,
        ..
    } = story.end().await
    else {
        panic!("not cancelled")
    };
    assert_eq!(
        (previous_booking, back, legs_undone),
        (Some(story.booking), Some(*refund), 2)
    );
    story.check_link().await;
}

/// What the budget says of one lifecycle.
async fn entry(story: &Story, id: BookingId) -> Value {
    let rows = story.world.scan("BudgetsTable").await;
    let found = rows.into_iter().find(|row| row["entry"] == id.to_string());
    found.expect("an entry")
}

async fn in_dollars(story: &mut Story) {
    story.budget_in("USD").await;
    let asked = story.conditions().await;
    let paid = entry(story, story.booking).await;
    let amount = |money: &Value| {
        money["amount"]
            .as_str()
            .expect("text")
            .parse::<Decimal>()
            .expect("a number")
    };
    assert_eq!(
        (&paid["amount"]["currency"], &paid["price"]["currency"]),
        (&json!("USD"), &json!("EUR"))
    );
    // 0.92 euros to the dollar, as the sample policy has it.
    let dollars = (amount(&paid["price"]) / Decimal::new(92, 2)).round_dp(2);
    assert_eq!(amount(&paid["amount"]), dollars);
    story.answer(&asked, Verdict::Yes);
    let FrameBody::Cancelled {
        refund: Some(refund), ..
    } = story.end().await
    else {
        panic!("not cancelled")
    };
    assert_eq!(
        refund.amount,
        amount(&paid["price"]),
        "the traveller is told euros"
    );
    story.world.laptop.cloud.idle().await;
    let back = entry(story, story.cancellation.expect("a cancellation")).await;
    assert_eq!(
        back["amount"], paid["amount"],
        "nothing is lost between the currencies"
    );
}

async fn cancelled_at_a_fee(story: &mut Story) {
    story.book().await;
    story.wait(DAY).await;
    story.traveller = story.reconnected().await;
    let asked = story.ask_for_conditions().await;
    let FrameBody::CancellationConfirmationRequested {
        paid, refund, fee, ..
    } = &asked.body
    else {
        unreachable!("just matched")
    };
    assert!(!fee.amount.is_zero() && refund.amount + fee.amount == paid.amount);
    story.answer(&asked, Verdict::Yes);
    let FrameBody::Cancelled {
        fee: kept,
        refund: back,
        ..
    } = story.end().await
    else {
        panic!("not cancelled")
    };
    assert_eq!((kept, back), (Some(*fee), Some(*refund)), "as shown");
    story.check_link().await;
}

async fn kept(story: &mut Story) {
    let asked = story.conditions().await;
    story.answer(&asked, Verdict::No);
    assert_eq!(kind(&story.end().await), "kept");
    story.check_link().await;
}

async fn not_answered(story: &mut Story) {
    let asked = story.conditions().await;
    story.wait(31 * MINUTE).await;
    story.end().await;
    story.answer(&asked, Verdict::Yes);
    assert_eq!(refusal(&mut story.traveller).await, ErrorCode::TooLate);
    story.check_link().await;
}

async fn cancelled_twice(story: &mut Story) {
    let asked = story.conditions().await;
    story.cancel();
    assert_eq!(refusal(&mut story.traveller).await, ErrorCode::Conflict);
    story.answer(&asked, Verdict::Yes);
    story.end().await;
    story.cancel();
    assert_eq!(refusal(&mut story.traveller).await, ErrorCode::Conflict);
    story.check_link().await;
}

async fn somebody_else(story: &mut Story) {
    story.book().await;
    let mut other = story.person("manager").await;
    let action_id = other.action();
    let booking_id = story.booking;
    other.send(&Command::CancelBooking {
        action_id,
        booking_id,
    });
    assert!(matches!(
        refusal(&mut other).await,
        ErrorCode::Forbidden | ErrorCode::NotFound
    ));
    assert_eq!(
        story.world.scan("BookingsTable").await.len(),
        1,
        "nothing was begun"
    );
}

async fn not_possible(story: &mut Story) {
    story.book().await;
    story.scenario("cancel-rejected");
    story.cancel();
    let first = story.traveller.until(is_step("cancellation_requested")).await;
    story.cancellation = first.booking_id;
    story.end().await;
    story.check_link().await;
}

/// Nothing was cancelled yet when it became unreachable: the trip stands, whole.
async fn unreachable_while_cancelling(story: &mut Story) {
    let asked = story.conditions().await;
    story.scenario("unavailable");
    story.answer(&asked, Verdict::Yes);
    story.end().await;
    story.scenario("none");
    story.check_link().await;
}
