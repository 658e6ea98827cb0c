//! Answers in time, late, twice and from two devices, at each of the waits.

use std::time::Duration;

use events_schema::problem::ErrorCode;
use events_schema::socket::{FrameBody, Verdict};

use super::ledger::Money::{Captured, Untouched};
use super::story::{Story, is_step, listed, place, refusal};
use super::{PLAIN, Path, walk};
use crate::end_to_end::people::{Person, is_options};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

pub fn paths() -> Vec<Path> {
    vec![
        Path {
            when: "every answer comes in time, nobody needs to approve",
            walk: walk!(in_time),
            ends: "BookingConfirmed",
            shows: &[
                "options",
                "option_selected",
                "purchase_confirmation_requested",
                "budget_captured",
                "confirmed",
            ],
            audit: &[
                "sample-traveller-1 BookingRequested",
                "sojourn.booking OptionsPresented",
                "sample-traveller-1 OptionSelected",
                "sample-traveller-1 PurchaseConfirmed",
                "sojourn.booking BudgetReserved",
                "sojourn.booking LegBooked",
                "sojourn.booking BudgetCaptured",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "nobody chooses; the choice comes after the deadline",
            walk: walk!(choice_too_late),
            ends: "BookingExpired",
            shows: &["options", "expired", "error TOO_LATE"],
            audit: &[
                "sojourn.booking OptionsPresented",
                "sojourn.booking BookingExpired",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "No option was chosen in time. Nothing is held. Request the trip again if you still need \
                it.",
            errors: &["error TOO_LATE"],
            refused: 1,
        },
        Path {
            when: "nobody confirms; the yes comes after the deadline",
            walk: walk!(confirmation_too_late),
            ends: "BookingExpired",
            shows: &["purchase_confirmation_requested", "expired", "error TOO_LATE"],
            audit: &[
                "sojourn.booking PurchaseConfirmationRequested",
                "sojourn.booking BookingExpired",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "The purchase was not confirmed in time. Nothing is held. Request the trip again if you \
                still need it.",
            errors: &["error TOO_LATE"],
            // The first of them on a sign-in of half an hour ago.
            refused: 2,
        },
        Path {
            when: "the traveller declines to buy",
            walk: walk!(purchase_declined),
            ends: "BookingCancelled",
            shows: &[
                "purchase_confirmation_requested",
                "purchase_declined",
                "cancelled",
            ],
            audit: &[
                "sample-traveller-1 PurchaseDeclined",
                "sojourn.booking BookingCancelled",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "The booking is cancelled. Nothing is held or owed.",
            ..PLAIN
        },
        Path {
            when: "a double click on buy",
            walk: walk!(double_click),
            ends: "BookingConfirmed",
            shows: &["purchase_confirmed", "confirmed"],
            audit: &[
                "sample-traveller-1 PurchaseConfirmed",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            errors: &["error CONFLICT"],
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "two devices choose two options: one choice counts, both see it",
            walk: walk!(two_devices),
            ends: "BookingConfirmed",
            shows: &["options", "option_selected", "confirmed"],
            audit: &[
                "sample-traveller-1 OptionSelected",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "called off while choosing",
            walk: walk!(called_off_while_choosing),
            ends: "BookingCancelled",
            shows: &["options", "cancel_requested", "cancelled"],
            audit: &[
                "sample-traveller-1 CancelRequested",
                "sojourn.booking BookingCancelled",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "The booking is cancelled. Nothing is held or owed.",
            ..PLAIN
        },
        Path {
            when: "called off while confirming: the hold is given back",
            walk: walk!(called_off_while_confirming),
            ends: "BookingCancelled",
            shows: &["purchase_confirmation_requested", "cancel_requested", "cancelled"],
            audit: &[
                "sample-traveller-1 CancelRequested",
                "sojourn.booking BookingCancelled",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "The booking is cancelled. Nothing is held or owed.",
            ..PLAIN
        },
    ]
}

async fn in_time(story: &mut Story) {
    story.book().await;
}

async fn choice_too_late(story: &mut Story) {
    let options = story.options().await;
    story.wait(2 * HOUR + MINUTE).await;
    story.traveller = story.reconnected().await;
    story.end().await;
    story.traveller.select(&options, 0);
    assert_eq!(refusal(&mut story.traveller).await, ErrorCode::TooLate);
}

async fn confirmation_too_late(story: &mut Story) {
    let asked = story.until_confirmation().await;
    let held = story.world.laptop.supplier.holds().expect("holds");
    assert!(!held.is_empty(), "the offer is held while the traveller thinks");
    story.wait(31 * MINUTE).await;
    story.end().await;
    story.traveller.confirm(&asked, Verdict::Yes);
    assert_eq!(refusal(&mut story.traveller).await, ErrorCode::TooLate);
}

async fn purchase_declined(story: &mut Story) {
    let asked = story.until_confirmation().await;
    story.traveller.confirm(&asked, Verdict::No);
    story.end().await;
}

async fn double_click(story: &mut Story) {
    let asked = story.until_confirmation().await;
    story.traveller.confirm(&asked, Verdict::Yes);
    story.traveller.confirm(&asked, Verdict::Yes);
    let (mut ended, mut refused) = (false, 0);
    while !(ended && refused == 1) {
        let next = story
            .traveller
            .until(|body| body.is_final() || matches!(body, FrameBody::Error { .. }))
            .await;
        match next.body {
            FrameBody::Error { code, .. } => {
                assert!(
                    matches!(code, ErrorCode::Conflict | ErrorCode::TooLate),
                    "{code:?}"
                );
                refused += 1;
            }
            _ => ended = true,
        }
    }
}

async fn two_devices(story: &mut Story) {
    let options = story.options().await;
    let mut tablet = Person::on_device(&story.world, "traveller", "tablet").await;
    tablet.resume(story.booking, 0);
    let again = tablet.until(is_options).await;
    assert_eq!(listed(&again), listed(&options));
    story.traveller.select(&options, place(&options, true));
    story.traveller.until(is_step("option_selected")).await;
    tablet.select(&again, 0);
    assert_eq!(refusal(&mut tablet).await, ErrorCode::Conflict);
    story.confirm().await;
    story.end().await;
    assert!(matches!(
        tablet.until_the_end().await,
        FrameBody::Confirmed { .. }
    ));
}

async fn called_off_while_choosing(story: &mut Story) {
    story.options().await;
    story.cancel();
    story.end().await;
}

async fn called_off_while_confirming(story: &mut Story) {
    story.until_confirmation().await;
    story.cancel();
    story.end().await;
}
