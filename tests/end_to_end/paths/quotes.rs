//! What suppliers say between the choice and the purchase.

use std::time::Duration;

use events_schema::socket::{FrameBody, Verdict};

use super::ledger::Money::{Captured, Untouched};
use super::story::{Story, is_step, listed, place};
use super::{PLAIN, Path, walk};
use crate::end_to_end::people::{is_approval_request, is_confirmation_request, is_options};

const HOUR: Duration = Duration::from_secs(3600);

pub fn paths() -> Vec<Path> {
    vec![
        Path {
            when: "dearer after the choice: shown, chosen again, approved",
            walk: walk!(price_up),
            ends: "BookingConfirmed",
            shows: &[
                "options", "requoted", "options", "approval_requested", "confirmed",
            ],
            audit: &[
                "sojourn.booking OfferRequoted",
                "sojourn.booking OptionsPresented",
                "sample-traveller-1 OptionSelected",
                "sample-manager ApprovalGranted",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "cheaper after the choice: taken",
            walk: walk!(price_down),
            ends: "BookingConfirmed",
            shows: &[
                "options",
                "requoted",
                "purchase_confirmation_requested",
                "confirmed",
            ],
            audit: &[
                "sojourn.booking OfferRequoted",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "sold out after the choice: another is chosen",
            walk: walk!(sold_out),
            ends: "BookingConfirmed",
            shows: &["options", "requoted", "options", "confirmed"],
            audit: &[
                "sojourn.booking OfferRequoted",
                "sojourn.booking OptionsPresented",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "gone after the approval: void, chosen again, never \"approved\"",
            walk: walk!(gone_after_approval),
            ends: "BookingCancelled",
            shows: &[
                "approval_decided", "requoted", "approval_voided", "options", "cancelled",
            ],
            audit: &[
                "sample-manager ApprovalGranted",
                "sojourn.booking OfferRequoted",
                "sojourn.booking ApprovalVoided",
                "sojourn.booking OptionsPresented",
                "sojourn.booking BookingCancelled",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "The booking is cancelled. Nothing is held or owed.",
            ..PLAIN
        },
        Path {
            when: "dearer after the approval: void, and asked again",
            walk: walk!(dearer_after_approval),
            ends: "BookingConfirmed",
            shows: &[
                "approval_decided", "approval_voided", "options", "approval_requested", "approval_decided",
                "confirmed",
            ],
            audit: &[
                "sample-manager ApprovalGranted",
                "sojourn.booking ApprovalVoided",
                "sample-manager ApprovalGranted",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            // On a sign-in of an hour ago; it is renewed by itself.
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "the supplier cannot be reached for a quote",
            walk: walk!(unavailable),
            ends: "BookingFailed",
            shows: &["option_selected", "failed SUPPLIER_UNAVAILABLE"],
            audit: &[
                "sample-traveller-1 OptionSelected",
                "sojourn.booking BookingFailed",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "A supplier does not answer; nothing was bought. Please try again later.",
            ..PLAIN
        },
    ]
}

async fn price_up(story: &mut Story) {
    let mut manager = story.person("manager").await;
    let options = story.options().await;
    story.scenario("price-up");
    let chosen = place(&options, true);
    let id = listed(&options)[chosen].id.clone();
    story.traveller.select(&options, chosen);
    let again = story.options().await;
    let same = listed(&again)
        .iter()
        .position(|option| option.id == id)
        .expect("still there");
    assert!(listed(&again)[same].total.amount > listed(&options)[chosen].total.amount);
    story.traveller.select(&again, same);
    let asked = manager.until(is_approval_request).await;
    manager.decide(&asked, Verdict::Yes);
    story.confirm().await;
    story.end().await;
}

async fn price_down(story: &mut Story) {
    let options = story.options().await;
    let chosen = place(&options, true);
    story.scenario("price-down");
    story.traveller.select(&options, chosen);
    let asked = story.traveller.until(is_confirmation_request).await;
    let FrameBody::PurchaseConfirmationRequested { total, .. } = &asked.body else {
        unreachable!("just matched")
    };
    assert!(total.amount < listed(&options)[chosen].total.amount);
    story.traveller.confirm(&asked, Verdict::Yes);
    story.end().await;
}

async fn sold_out(story: &mut Story) {
    let options = story.options().await;
    let chosen = place(&options, true);
    let id = listed(&options)[chosen].id.clone();
    story.scenario("sold-out");
    story.traveller.select(&options, chosen);
    let again = story.options().await;
    assert!(
        listed(&again).iter().all(|option| option.id != id),
        "what is gone is not offered again"
    );
    story.scenario("none");
    story.traveller.select(&again, place(&again, true));
    story.confirm().await;
    story.end().await;
}

async fn gone_after_approval(story: &mut Story) {
    let mut manager = story.person("manager").await;
    story.options_seen().await;
    story.scenario("no-holds");
    story.choose_again(false);
    let asked = manager.until(is_approval_request).await;
    story.scenario("sold-out");
    manager.decide(&asked, Verdict::Yes);
    story.traveller.until(is_step("approval_voided")).await;
    manager.until(is_step("approval_voided")).await;
    story.options().await;
    story.cancel();
    story.end().await;
}

async fn dearer_after_approval(story: &mut Story) {
    let mut manager = story.person("manager").await;
    story.options_seen().await;
    story.scenario("no-holds");
    story.choose_again(false);
    let asked = manager.until(is_approval_request).await;
    story.wait(HOUR).await;
    manager.renew().await;
    story.scenario("price-up");
    manager.decide(&asked, Verdict::Yes);
    let voided = story.traveller.until(is_step("approval_voided")).await;
    let FrameBody::ApprovalVoided { before, after, .. } = voided.body else {
        unreachable!("just matched")
    };
    assert!(after.expect("not gone").amount > before.amount);
    let again = story.traveller.until(is_options).await;
    story.traveller.select(&again, place(&again, false));
    let asked = manager.until(is_approval_request).await;
    manager.decide(&asked, Verdict::Yes);
    story.confirm().await;
    story.end().await;
}

async fn unavailable(story: &mut Story) {
    let options = story.options().await;
    story.scenario("unavailable");
    story.traveller.select(&options, place(&options, true));
    story.end().await;
    story.scenario("none");
}
