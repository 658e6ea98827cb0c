//! Who gets which frame for which event. Not covered: storing and posting.

use std::collections::BTreeSet;

use events_schema::approval::{Silence, Verdict};
use events_schema::catalogue::catalogue;
use events_schema::envelope::AggregateType;
use events_schema::money::Money;
use events_schema::option::TripOption;
use events_schema::rows::{DecisionKind, DecisionRow, DecisionState};
use events_schema::samples;

use super::*;

fn option() -> TripOption {
    TripOption {
        id: samples::option(),
        legs: vec![samples::flight_offer()],
        total: samples::total(),
        taxes: samples::taxes(),
        verdict: Verdict {
            compliant: true,
            traces: Vec::new(),
            approvals: Vec::new(),
            reasons: Vec::new(),
            approval_sla_hours: 24,
            silence: Silence::Declines,
        },
        reason: "Cheapest within policy".into(),
    }
}

fn material() -> Material {
    let decision = DecisionRow {
        booking_id: samples::booking(),
        decision: DecisionId::new("approve#1.1"),
        kind: DecisionKind::Approve,
        state: DecisionState::Open,
        employee_id: samples::employee(),
        approver: samples::approver(),
        delegate: Some(EmployeeId::new("sample-delegate-1")),
        chain: Vec::new(),
        deadline_at: 0,
        nonce: "n-1".into(),
        quote_hash: samples::hash(),
        options: Vec::new(),
        total: None,
        reasons: Vec::new(),
        silence: Silence::Declines,
        answer: None,
        decided_by: None,
        decided_at: None,
    };
    Material {
        options: vec![option()],
        decision: Some(decision),
        ..Material::default()
    }
}

fn rendered(name: &str, material: &Material) -> Vec<Addressed> {
    let recorded = catalogue()
        .iter()
        .find(|event| event.name == name)
        .unwrap()
        .example();
    let event = AnyEvent::read(&recorded).unwrap();
    render(&event, &recorded.detail.meta, &samples::employee(), material)
}

#[test]
fn every_event_of_a_booking_gives_its_traveller_one_frame() {
    for event in catalogue()
        .iter()
        .filter(|event| event.aggregate == AggregateType::Booking)
    {
        for material in [material(), Material::default()] {
            let frames = rendered(event.name, &material);
            let own = frames.iter().filter(|frame| frame.to == samples::employee());
            assert_eq!(own.count(), 1, "{}", event.name);
            let people: BTreeSet<_> = frames.iter().map(|frame| &frame.to).collect();
            assert_eq!(
                people.len(),
                frames.len(),
                "{}: somebody got two frames",
                event.name
            );
        }
    }
}

#[test]
fn every_event_of_a_booking_has_a_sentence_of_its_own() {
    for event in catalogue()
        .iter()
        .filter(|event| event.aggregate == AggregateType::Booking)
    {
        for frame in rendered(event.name, &material()) {
            if let FrameBody::Progress { step, message, .. } = frame.body {
                assert_ne!(step, "further", "{}", event.name);
                assert_ne!(message, texts::NEWER, "{}", event.name);
            }
        }
    }
}

#[test]
fn each_kind_of_event_has_its_kind_of_frame() {
    let cases = [
        ("ClarificationRequested", "clarification"),
        ("OptionsPresented", "options"),
        ("ApprovalRequested", "approval_requested"),
        ("ApprovalGranted", "approval_decided"),
        ("ApprovalDeclined", "approval_decided"),
        ("PurchaseConfirmationRequested", "purchase_confirmation_requested"),
        ("BookingConfirmed", "confirmed"),
        ("BookingFailed", "failed"),
        ("BookingCancelled", "cancelled"),
        ("BookingExpired", "expired"),
        ("BookingNeedsAttention", "needs_attention"),
        ("PolicyQuestionAnswered", "answer"),
        ("PlanProposed", "progress"),
    ];
    for (name, kind) in cases {
        let mut material = material();
        // The example's option, whatever it is called.
        let recorded = catalogue()
            .iter()
            .find(|event| event.name == name)
            .unwrap()
            .example();
        if let Some(id) = recorded.detail.data["option"].as_str() {
            material.options[0].id = events_schema::ids::OptionId::new(id);
        }
        for frame in rendered(name, &material) {
            assert_eq!(serde_json::to_value(&frame.body).unwrap()["type"], kind, "{name}");
        }
    }
}

#[test]
fn only_those_asked_get_the_nonce() {
    let frames = rendered("ApprovalRequested", &material());
    assert!(frames.len() >= 2);
    for frame in frames {
        let FrameBody::ApprovalRequested { nonce, .. } = frame.body else {
            panic!("{:?}", frame.body);
        };
        assert_eq!(nonce.is_empty(), frame.to == samples::employee(), "{}", frame.to);
    }
}

#[test]
fn a_decision_reaches_traveller_approver_and_delegate() {
    let people: BTreeSet<_> = rendered("ApprovalGranted", &material())
        .into_iter()
        .map(|frame| frame.to.to_string())
        .collect();
    let expected = ["sample-delegate-1", "sample-manager-1", "sample-traveller-1"];
    assert_eq!(people, expected.map(String::from).into());
}

#[test]
fn options_come_in_the_events_order_with_what_is_known_of_them() {
    let recorded = catalogue()
        .iter()
        .find(|event| event.name == "OptionsPresented")
        .unwrap()
        .example();
    let Ok(AnyEvent::OptionsPresented(mut event)) = AnyEvent::read(&recorded) else {
        panic!("the example is not of its type");
    };
    let second = TripOption {
        id: events_schema::ids::OptionId::new("1-b"),
        total: Money::euros(1),
        ..option()
    };
    event.options = vec![
        second.id.clone(),
        samples::option(),
        events_schema::ids::OptionId::new("1-z"),
    ];
    let material = Material {
        options: vec![option(), second.clone()],
        ..material()
    };
    let FrameBody::Options { options, nonce, .. } = super::options(&event, &material) else {
        panic!("not an options frame");
    };
    assert_eq!(options, vec![second, option()]);
    assert_eq!(nonce, "n-1");
}

#[test]
fn an_oversized_options_frame_loses_its_worst_options() {
    let many: Vec<_> = (0..60)
        .map(|rank| TripOption {
            reason: format!("{rank} {}", "x".repeat(4000)),
            ..option()
        })
        .collect();
    let frame = events_schema::socket::Frame {
        body: FrameBody::Options {
            decision_id: DecisionId::new("choose#1"),
            nonce: "n".into(),
            options: many,
            deadline_at: samples::later(),
        },
        booking_id: Some(samples::booking()),
        cursor: None,
    };
    let text = crate::frames::fitting(frame).unwrap();
    assert!(text.len() <= 120 * 1024);
    let frame: events_schema::socket::Frame = serde_json::from_str(&text).unwrap();
    let FrameBody::Options { options, .. } = frame.body else {
        panic!("not an options frame");
    };
    assert!(options.len() > 10);
    assert!(options[0].reason.starts_with("0 "));
}

#[test]
fn an_event_newer_than_this_build_still_shows() {
    let mut recorded = catalogue()[0].example();
    recorded.detail_type = "SeatChosen".into();
    let FrameBody::Progress { step, .. } = unknown(&recorded, &samples::employee()).body else {
        panic!("not progress");
    };
    assert_eq!(step, "seat_chosen");
}
