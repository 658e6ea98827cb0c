//! Whoever must approve: in time, late, in silence, by a delegate, against each other.

use std::time::Duration;

use events_schema::approval::ApprovalLevel;
use events_schema::ids::EmployeeId;
use events_schema::problem::ErrorCode;
use events_schema::socket::{FrameBody, Verdict};

use super::ledger::Money::{Captured, Untouched};
use super::story::{Story, is_step, refusal};
use super::{PLAIN, Path, walk};
use crate::end_to_end::people::{is_approval_request, is_confirmation_request};

const HOUR: Duration = Duration::from_secs(3600);

pub fn paths() -> Vec<Path> {
    vec![
        Path {
            when: "the manager approves in time",
            walk: walk!(approved),
            ends: "BookingConfirmed",
            shows: &[
                "approval_requested",
                "approval_decided",
                "purchase_confirmation_requested",
                "confirmed",
            ],
            audit: &[
                "sojourn.booking ApprovalRequested",
                "sample-manager ApprovalGranted",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "the manager declines",
            walk: walk!(declined),
            ends: "BookingFailed",
            shows: &[
                "approval_requested", "approval_decided", "failed APPROVAL_DECLINED",
            ],
            audit: &["sample-manager ApprovalDeclined", "sojourn.booking BookingFailed"],
            money: Untouched,
            orders: (0, 0),
            says: "The approver declined this trip. Ask again with another option or other dates.",
            ..PLAIN
        },
        Path {
            when: "the manager answers after a hard deadline",
            walk: walk!(too_late),
            ends: "BookingExpired",
            shows: &["approval_requested", "expired"],
            audit: &[
                "sojourn.booking ApprovalRequested",
                "sojourn.booking BookingExpired",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "The approval was not given in time. Nothing is held. Request the trip again if you still \
                need it.",
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "the manager stays silent, and the deadline is soft",
            walk: walk!(silence),
            ends: "BookingConfirmed",
            shows: &[
                "approval_requested",
                "approval_decided",
                "purchase_confirmation_requested",
                "confirmed",
            ],
            audit: &[
                "sojourn.booking ApprovalGrantedBySilence",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "an approver who connects a day later",
            walk: walk!(a_day_later),
            ends: "BookingConfirmed",
            shows: &["approval_requested", "approval_decided", "confirmed"],
            audit: &[
                "sample-manager ApprovalGranted",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "the delegate answers while the manager is away",
            walk: walk!(delegate),
            ends: "BookingConfirmed",
            shows: &["approval_requested", "approval_decided", "confirmed"],
            audit: &[
                "sojourn.booking ApprovalRequested",
                "sample-traveller-2 ApprovalGranted for sample-manager",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "two approve in turn; people who change meanwhile shift nobody",
            walk: walk!(in_turn),
            ends: "BookingConfirmed",
            shows: &[
                "approval_requested", "approval_decided", "approval_requested", "approval_decided",
                "confirmed",
            ],
            audit: &[
                "sample-manager ApprovalGranted",
                "sojourn.booking ApprovalRequested",
                "sample-travel-manager ApprovalGranted",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "the approver travels along: the next one is asked, and nobody asked may join",
            walk: walk!(approver_travels),
            ends: "BookingConfirmed",
            shows: &[
                "approval_requested", "error CONFLICT", "approval_decided", "confirmed",
            ],
            audit: &[
                "sample-travel-manager ApprovalGranted",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            errors: &["error CONFLICT"],
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "a double click on approve",
            walk: walk!(double_click),
            ends: "BookingConfirmed",
            shows: &["approval_requested", "approval_decided", "confirmed"],
            audit: &[
                "sample-manager ApprovalGranted",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "the manager made the traveller their delegate: no approval of one's own",
            walk: walk!(own_delegate),
            ends: "BookingConfirmed",
            shows: &[
                "approval_requested", "error FORBIDDEN", "approval_decided", "confirmed",
            ],
            audit: &[
                "sample-manager ApprovalGranted",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            errors: &["error FORBIDDEN"],
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "approve and decline race: the first counts, the other is told",
            walk: walk!(race),
            ends: "BookingFailed",
            shows: &[
                "approval_requested", "approval_decided", "failed APPROVAL_DECLINED",
            ],
            audit: &["sample-manager ApprovalDeclined", "sojourn.booking BookingFailed"],
            money: Untouched,
            orders: (0, 0),
            says: "The approver declined this trip. Ask again with another option or other dates.",
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "the other way round: the approval counts, and whoever declines is told",
            walk: walk!(race_to_approve),
            ends: "BookingConfirmed",
            shows: &["approval_requested", "approval_decided", "confirmed"],
            audit: &[
                "sample-manager ApprovalGranted",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "called off while the manager thinks: the manager is told",
            walk: walk!(called_off),
            ends: "BookingCancelled",
            shows: &["approval_requested", "cancel_requested", "cancelled"],
            audit: &[
                "sample-traveller-1 CancelRequested",
                "sojourn.booking BookingCancelled",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "The booking is cancelled. Nothing is held or owed.",
            refused: 1,
            ..PLAIN
        },
    ]
}

async fn approved(story: &mut Story) {
    let mut manager = story.person("manager").await;
    let asked = story.until_approval(&mut manager).await;
    manager.decide(&asked, Verdict::Yes);
    story.confirm().await;
    story.end().await;
}

async fn declined(story: &mut Story) {
    let mut manager = story.person("manager").await;
    let asked = story.until_approval(&mut manager).await;
    manager.decide(&asked, Verdict::No);
    story.end().await;
}

async fn too_late(story: &mut Story) {
    let mut manager = story.person("manager").await;
    story.options_seen().await;
    story.with_policy(4, "declines").await;
    story.choose_again(false);
    let asked = manager.until(is_approval_request).await;
    story.wait(5 * HOUR).await;
    let mut traveller = story.reconnected().await;
    let mut manager = manager.resumed(&story.world).await;
    assert!(matches!(
        traveller.until_the_end().await,
        FrameBody::Expired { .. }
    ));
    story.traveller = traveller;
    assert!(matches!(manager.until_the_end().await, FrameBody::Expired { .. }));
    manager.decide(&asked, Verdict::Yes);
    assert_eq!(refusal(&mut manager).await, ErrorCode::TooLate);
}

async fn silence(story: &mut Story) {
    let mut manager = story.person("manager").await;
    story.options_seen().await;
    story.with_policy(4, "approves").await;
    story.choose_again(false);
    let asked = manager.until(is_approval_request).await;
    assert!(asked.booking_id.is_some());
    story.wait(4 * HOUR + Duration::from_secs(60)).await;
    story.traveller = story.reconnected().await;
    let decided = story.traveller.until(is_step("approval_decided")).await;
    let FrameBody::ApprovalDecided {
        granted,
        by_silence,
        by,
        ..
    } = decided.body
    else {
        unreachable!("just matched")
    };
    assert_eq!(
        (granted, by_silence, by),
        (true, true, EmployeeId::new("sample-manager"))
    );
    story.confirm().await;
    story.end().await;
}

async fn a_day_later(story: &mut Story) {
    story.options_seen().await;
    story.with_policy(48, "declines").await;
    story.choose_again(false);
    story.traveller.until(is_approval_request).await;
    story.wait(24 * HOUR).await;
    let mut manager = story.person("manager").await;
    manager.resume(story.booking, 0);
    let asked = manager.until(is_approval_request).await;
    manager.decide(&asked, Verdict::Yes);
    story.traveller = story.reconnected().await;
    story.confirm().await;
    story.end().await;
}

async fn delegate(story: &mut Story) {
    story.delegate("sample-manager", "sample-traveller-2").await;
    let mut delegate = story.person("traveller-2").await;
    let asked = story.until_approval(&mut delegate).await;
    delegate.decide(&asked, Verdict::Yes);
    let decided = story.traveller.until(is_step("approval_decided")).await;
    let FrameBody::ApprovalDecided { by, on_behalf_of, .. } = decided.body else {
        unreachable!("just matched")
    };
    assert_eq!(by, EmployeeId::new("sample-traveller-2"));
    assert_eq!(on_behalf_of, Some(EmployeeId::new("sample-manager")));
    story.confirm().await;
    let FrameBody::Confirmed { exceptions, .. } = story.end().await else {
        panic!("not confirmed")
    };
    for exception in &exceptions {
        assert_eq!(exception.approved_by, Some(EmployeeId::new("sample-traveller-2")));
        assert_eq!(exception.on_behalf_of, Some(EmployeeId::new("sample-manager")));
    }
    assert!(!exceptions.is_empty());
}

async fn in_turn(story: &mut Story) {
    let (mut manager, mut second) = (
        story.person("manager").await,
        story.person("travel-manager").await,
    );
    story.options_seen().await;
    story
        .with_approvals(&[ApprovalLevel::L1, ApprovalLevel::L2])
        .await;
    story.choose_again(false);
    let asked = manager.until(is_approval_request).await;
    story
        .approved_by("sample-traveller-1", &["sample-traveller-2"])
        .await;
    manager.decide(&asked, Verdict::Yes);
    let asked = second.until(is_approval_request).await;
    let FrameBody::ApprovalRequested { step, steps, .. } = &asked.body else {
        unreachable!("just matched")
    };
    assert_eq!((step, steps), (&2, &2));
    second.decide(&asked, Verdict::Yes);
    story.confirm().await;
    story.end().await;
}

async fn approver_travels(story: &mut Story) {
    let mut next = story.person("travel-manager").await;
    story.options_seen().await;
    story.set_passengers(&["sample-manager"]);
    story.traveller.until(is_passengers_set).await;
    story.choose_again(false);
    let asked = next.until(is_approval_request).await;
    story.traveller.until(is_approval_request).await;
    story.set_passengers(&["sample-travel-manager"]);
    assert_eq!(refusal(&mut story.traveller).await, ErrorCode::Conflict);
    next.decide(&asked, Verdict::Yes);
    story.confirm().await;
    story.end().await;
}

fn is_passengers_set(body: &FrameBody) -> bool {
    matches!(body, FrameBody::Accepted { action, .. } if action == "set_passengers")
}

async fn double_click(story: &mut Story) {
    let mut manager = story.person("manager").await;
    let asked = story.until_approval(&mut manager).await;
    manager.decide(&asked, Verdict::Yes);
    manager.decide(&asked, Verdict::Yes);
    assert_eq!(refusal(&mut manager).await, ErrorCode::Conflict);
    story.confirm().await;
    story.end().await;
}

async fn own_delegate(story: &mut Story) {
    story.delegate("sample-manager", "sample-traveller-1").await;
    let mut manager = story.person("manager").await;
    let asked = story.until_approval(&mut manager).await;
    story.traveller.decide(&asked, Verdict::Yes);
    assert_eq!(refusal(&mut story.traveller).await, ErrorCode::Forbidden);
    manager.decide(&asked, Verdict::Yes);
    story.traveller.until(is_confirmation_request).await;
    story.confirm_last();
    story.end().await;
}

async fn race(story: &mut Story) {
    answer_both(story, Verdict::No, Verdict::Yes).await;
    story.end().await;
    decided_once(story).await;
}

async fn race_to_approve(story: &mut Story) {
    answer_both(story, Verdict::Yes, Verdict::No).await;
    story.confirm().await;
    story.end().await;
    decided_once(story).await;
}

/// The manager and their delegate at the same moment, the manager a little before.
async fn answer_both(story: &mut Story, first: Verdict, second: Verdict) {
    story.delegate("sample-manager", "sample-traveller-2").await;
    let (mut manager, mut delegate) = (story.person("manager").await, story.person("traveller-2").await);
    let asked = story.until_approval(&mut manager).await;
    let same = delegate.until(is_approval_request).await;
    manager.decide(&asked, first);
    delegate.decide(&same, second);
    assert_eq!(refusal(&mut delegate).await, ErrorCode::Conflict);
}

async fn decided_once(story: &Story) {
    let names = story.world.event_names(story.booking).await;
    let decisions = names
        .iter()
        .filter(|name| name.starts_with("Approval") && *name != "ApprovalRequested");
    assert_eq!(decisions.count(), 1, "{names:?}");
}

async fn called_off(story: &mut Story) {
    let mut manager = story.person("manager").await;
    let asked = story.until_approval(&mut manager).await;
    story.cancel();
    story.end().await;
    assert!(matches!(
        manager.until_the_end().await,
        FrameBody::Cancelled { .. }
    ));
    manager.decide(&asked, Verdict::Yes);
    assert_eq!(refusal(&mut manager).await, ErrorCode::Conflict);
}
