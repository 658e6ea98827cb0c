//! Reserving, buying, capturing, and undoing what was bought.

use std::time::Duration;

use events_schema::problem::ErrorCode;
use events_schema::socket::{FrameBody, Verdict};

use super::ledger::Money::{Captured, Held, Released, Untouched};
use super::story::{Story, is_step};
use super::{PLAIN, Path, walk};
use crate::end_to_end::people::is_confirmation_request;

pub fn paths() -> Vec<Path> {
    let undone = &[
        "sojourn.booking BudgetReserved",
        "sojourn.booking LegBooked",
        "sojourn.booking LegBookingFailed",
        "sojourn.booking LegCancelled",
        "sojourn.booking BudgetReleased",
        "sojourn.booking BookingFailed",
    ];
    vec![
        Path {
            when: "the budget does not cover it",
            walk: walk!(budget_exceeded),
            ends: "BookingFailed",
            shows: &["purchase_confirmed", "failed BUDGET_EXCEEDED"],
            audit: &[
                "sample-traveller-1 PurchaseConfirmed",
                "sojourn.booking BookingFailed",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "The budget of CC-100 does not cover …. Nothing was bought. Any travel manager can raise \
                it; once that is done, send the request again.",
            ..PLAIN
        },
        Path {
            when: "the hotel refuses after the flight is booked: the flight is undone",
            walk: walk!(hotel_refuses),
            ends: "BookingFailed",
            shows: &[
                "leg_booked", "leg_booking_failed", "leg_cancelled", "budget_released",
                "failed OFFER_EXPIRED",
            ],
            audit: undone,
            money: Released,
            orders: (0, 1),
            says: "The supplier would not book this offer as it was quoted. Nothing was charged; please ask \
                again.",
            ..PLAIN
        },
        Path {
            when: "the price changes in the moment of booking",
            walk: walk!(price_changes),
            ends: "BookingFailed",
            shows: &[
                "leg_booked", "leg_booking_failed", "leg_cancelled", "failed PRICE_CHANGED",
            ],
            audit: undone,
            money: Released,
            orders: (0, 1),
            says: "The price changed while this was being booked. Nothing was charged; please ask again to \
                see today's price.",
            ..PLAIN
        },
        Path {
            when: "the price rises while it is held: bought at the price that was confirmed",
            walk: walk!(held_price),
            ends: "BookingConfirmed",
            shows: &["purchase_confirmation_requested", "confirmed"],
            audit: &[
                "sojourn.booking BudgetReserved",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "the hotel refuses, and the flight cannot be undone",
            walk: walk!(undo_fails),
            ends: "BookingNeedsAttention",
            shows: &["leg_booked", "leg_booking_failed", "needs_attention"],
            audit: &[
                "sojourn.booking LegBooked",
                "sojourn.booking LegBookingFailed",
                "sojourn.booking BookingNeedsAttention",
            ],
            money: Held,
            orders: (1, 0),
            says: "A travel manager takes care of this booking: … at … could not be cancelled",
            ..PLAIN
        },
        Path {
            when: "the supplier's answer is lost, the order is there",
            walk: walk!(answer_lost),
            ends: "BookingConfirmed",
            shows: &["leg_booked", "leg_booked", "confirmed"],
            audit: &[
                "sojourn.booking LegBooked",
                "sojourn.booking LegBooked",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "the supplier books after our time-out: found by its key, kept",
            walk: walk!(booked_late),
            ends: "BookingConfirmed",
            shows: &["leg_booked", "leg_outcome_unknown", "leg_booked", "confirmed"],
            audit: &[
                "sojourn.booking LegBooked",
                "sojourn.booking LegOutcomeUnknown",
                "sojourn.booking LegBooked",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "the supplier never says whether it booked: a person finds out",
            walk: walk!(never_known),
            ends: "BookingNeedsAttention",
            shows: &[
                "leg_outcome_unknown", "leg_booking_failed", "leg_cancelled", "needs_attention",
            ],
            audit: &[
                "sojourn.booking LegOutcomeUnknown",
                "sojourn.booking LegBookingFailed",
                "sojourn.booking LegCancelled",
                "sojourn.booking BookingNeedsAttention",
            ],
            money: Held,
            orders: (0, 1),
            says: "A travel manager takes care of this booking: … did not say whether it booked the order \
                with key …",
            ..PLAIN
        },
        Path {
            when: "called off while the last leg is being booked: it is finished, then undone",
            walk: walk!(called_off_during_the_last_leg),
            ends: "BookingCancelled",
            shows: &[
                "leg_booked", "cancel_requested", "leg_booked", "leg_cancelled", "leg_cancelled", "cancelled",
            ],
            audit: &[
                "sample-traveller-1 CancelRequested",
                "sojourn.booking LegBooked",
                "sojourn.booking LegCancelled",
                "sojourn.booking LegCancelled",
                "sojourn.booking BudgetReleased",
                "sojourn.booking BookingCancelled",
            ],
            money: Released,
            orders: (0, 2),
            says: "The booking is cancelled. Nothing is held or owed. 2 parts that had been booked were \
                undone.",
            ..PLAIN
        },
        Path {
            when: "called off once everything is paid for: too late for this lifecycle",
            walk: walk!(called_off_too_late),
            ends: "BookingConfirmed",
            shows: &["budget_captured", "confirmed"],
            audit: &[
                "sojourn.booking BudgetCaptured",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
    ]
}

/// Confirms, and lets the supplier have a bad day from that moment on.
async fn confirm_into(story: &mut Story, scenario: &str) {
    let asked = story.until_confirmation().await;
    story.scenario(scenario);
    story.traveller.confirm(&asked, Verdict::Yes);
}

async fn budget_exceeded(story: &mut Story) {
    let asked = story.until_confirmation().await;
    story.set_available("1").await;
    story.traveller.confirm(&asked, Verdict::Yes);
    story.end().await;
}

async fn hotel_refuses(story: &mut Story) {
    confirm_into(story, "stay-rejected").await;
    story.end().await;
}

async fn price_changes(story: &mut Story) {
    story.options_seen().await;
    story.scenario("no-holds");
    story.choose_again(true);
    let asked = story.traveller.until(is_confirmation_request).await;
    story.scenario("stay-price-up");
    story.traveller.confirm(&asked, Verdict::Yes);
    story.end().await;
}

async fn held_price(story: &mut Story) {
    confirm_into(story, "price-up").await;
    story.end().await;
}

async fn undo_fails(story: &mut Story) {
    confirm_into(story, "nothing-undone").await;
    story.end().await;
}

async fn answer_lost(story: &mut Story) {
    confirm_into(story, "order-answer-lost").await;
    story.end().await;
}

async fn booked_late(story: &mut Story) {
    confirm_into(story, "order-late").await;
    story.end().await;
}

async fn never_known(story: &mut Story) {
    confirm_into(story, "stay-order-fails").await;
    story.end().await;
}

async fn called_off_during_the_last_leg(story: &mut Story) {
    confirm_into(story, "slow").await;
    story.traveller.until(is_step("leg_booked")).await;
    // The order for the stay is on its way by now, and takes three seconds.
    story.wait(Duration::from_secs(1)).await;
    story.cancel();
    story.end().await;
}

async fn called_off_too_late(story: &mut Story) {
    story.until_confirmation().await;
    story.confirm_last();
    story.traveller.until(is_step("budget_captured")).await;
    story.cancel();
    let mut ended = false;
    loop {
        let next = story
            .traveller
            .until(|body| {
                body.is_final() || matches!(body, FrameBody::Error { .. } | FrameBody::Accepted { .. })
            })
            .await;
        match next.body {
            FrameBody::Error { code, .. } => {
                assert_eq!(code, ErrorCode::Conflict);
                story.raced = true;
                break;
            }
            // Confirmed a moment before: the wish began a cancellation of its own, which asks first and is left alone.
            FrameBody::Accepted { action, .. } if action == "cancel_booking" => break,
            FrameBody::Accepted { .. } => {}
            _ => ended = true,
        }
    }
    if !ended {
        story.end().await;
    }
}
