//! Covers: whatever text a client sends is answered by one clear frame, the connection is kept, and nothing of ours
//! shows: arbitrary text, arbitrary JSON, and commands of every action damaged in form or in content, through the
//! whole system. From a fixed seed, so that a failure comes again. What is below text is for `real_sockets`.

use std::collections::BTreeSet;
use std::time::Duration;

use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, OfficeCommand};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::outcome::{Bare, actions_of};
use crate::end_to_end::people::door;
use crate::end_to_end::world::World;

/// A message of every action.
pub fn well_formed() -> Vec<Value> {
    [of_travellers(), of_the_office(), of_policies_and_histories()].concat()
}

fn of_travellers() -> Vec<Value> {
    let booking = events_schema::samples::booking();
    let answer = |action: &str| {
        json!({"action": action, "actionId": "a", "bookingId": booking, "decisionId": "confirm#1", "nonce": "n",
               "quoteHash": "h", "decision": "yes"})
    };
    let named = |action: &str| json!({"action": action, "actionId": "a", "bookingId": booking});
    vec![
        json!({"action": "request_booking", "requestId": "r", "text": "Berlin to Lisbon 3-5 December",
               "fields": {"travellers": 2, "departOn": "2026-12-03", "cabin": "economy"}}),
        json!({"action": "clarify", "actionId": "a", "bookingId": booking, "text": "Portland, Oregon", "round": 1}),
        json!({"action": "set_passengers", "actionId": "a", "bookingId": booking, "passengers": [
            {"employee": "sample-traveller-1"},
            {"details": {"givenName": "Sample", "familyName": "Guest", "bornOn": "1990-05-17",
                         "email": "sample-guest@example.com", "phone": "+4930000000"}}]}),
        json!({"action": "select_option", "actionId": "a", "bookingId": booking, "decisionId": "choose#1",
               "nonce": "n", "optionId": "1-a"}),
        answer("decide_approval"),
        answer("confirm_purchase"),
        answer("confirm_cancellation"),
        named("cancel_booking"),
        json!({"action": "list_bookings", "cursor": "abc"}),
        json!({"action": "resume", "bookingId": booking, "after": 3}),
        json!({"action": "ping"}),
        json!({"action": "who_am_i", "actionId": "a"}),
        json!({"action": "name_people", "actionId": "a", "employees": ["sample-traveller-1"]}),
        json!({"action": "list_approvals", "actionId": "a"}),
        json!({"action": "read_insights", "actionId": "a"}),
        named("get_itinerary"),
    ]
}

/// About nobody there is: nearly unharmed, some of them are carried out.
fn of_the_office() -> Vec<Value> {
    let booking = events_schema::samples::booking();
    vec![
        json!({"action": "list_people", "cursor": "\"sample-manager\""}),
        json!({"action": "show_person", "employeeId": "x"}),
        json!({"action": "export_people"}),
        json!({"action": "delegate_person", "actionId": "a", "employeeId": "x", "to": "sample-manager",
               "from": "2026-12-01T00:00:00Z", "until": "2026-12-08T00:00:00Z"}),
        json!({"action": "erase_person", "actionId": "a", "employeeId": "x"}),
        json!({"action": "list_budgets"}),
        json!({"action": "show_budget", "costCentre": "CC-100"}),
        json!({"action": "list_attention"}),
        json!({"action": "import_people", "actionId": "a", "csv": "employeeId,name\nx,X\n", "dryRun": true}),
        json!({"action": "change_person", "actionId": "a", "employeeId": "x", "change": {"level": "L3"}}),
        json!({"action": "set_budget", "actionId": "a", "costCentre": "CC-100",
               "limit": {"amount": "10.00", "currency": "EUR"}}),
        json!({"action": "show_attention", "bookingId": booking}),
        json!({"action": "resolve_attention", "actionId": "a", "bookingId": booking, "note": "n",
               "legs": [{"leg": 0, "outcome": "undone"}]}),
    ]
}

fn of_policies_and_histories() -> Vec<Value> {
    let booking = events_schema::samples::booking();
    vec![
        json!({"action": "list_policies"}),
        json!({"action": "show_policy", "version": "made-up", "cursor": "1"}),
        json!({"action": "upload_policy", "actionId": "a", "fileName": "policy.md", "bytes": 1000}),
        json!({"action": "activate_policy", "actionId": "a", "version": "made-up"}),
        json!({"action": "show_history", "bookingId": booking}),
        json!({"action": "show_event", "bookingId": booking, "sequence": 1}),
        json!({"action": "tail_events", "after": "2026-11-21T08:59:00Z"}),
        json!({"action": "list_replays"}),
        json!({"action": "start_replay", "actionId": "a", "from": "2026-11-21T08:00:00Z",
               "to": "2026-11-21T09:00:00Z"}),
    ]
}

/// What is damaged must have been whole, and no action may be forgotten: not the next one either.
#[test]
fn every_action_of_the_protocol_is_damaged() {
    let mut actions = BTreeSet::new();
    for message in well_formed() {
        let as_traveller = serde_json::from_value::<Command>(message.clone());
        let as_office = serde_json::from_value::<OfficeCommand>(message.clone());
        assert!(
            as_traveller.is_ok() || as_office.is_ok(),
            "{message}: {as_traveller:?} {as_office:?}"
        );
        actions.insert(message["action"].as_str().expect("an action").to_owned());
    }
    let published: BTreeSet<_> = ["Command", "OfficeCommand"]
        .into_iter()
        .flat_map(actions_of)
        .collect();
    assert_eq!(actions, published);
}

/// What nobody would write where something else is wanted.
fn odd_values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!(1e308)),
        Just(json!("")),
        any::<String>().prop_map(Value::from),
        (1usize..30_000).prop_map(|length| Value::from("x".repeat(length))),
        Just(json!("\u{0}\u{202e}\u{feff}\\\"")),
        Just(json!([])),
        Just(json!({})),
        (1usize..200).prop_map(nested),
    ]
}

/// Deeper than anybody needs, and than a parser should go.
fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inner, _| json!([inner]))
}

fn any_json() -> impl Strategy<Value = Value> {
    odd_values().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A command in which one member, however deep, is gone, doubled under another name or something else.
fn damaged() -> impl Strategy<Value = Value> {
    let commands = well_formed();
    (0..commands.len(), any::<usize>(), odd_values(), 0..3u8).prop_map(move |(index, place, odd, how)| {
        let mut command = commands[index].clone();
        let places = members(&command, "");
        let pointer = &places[place % places.len()];
        let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
        match (how, command.pointer_mut(parent)) {
            (0, Some(Value::Object(object))) if !parent.is_empty() || name != "action" => {
                object.remove(name);
            }
            (1, Some(Value::Object(object))) => {
                object.insert(format!("{name}Too"), odd);
            }
            _ => {
                if let Some(value) = command.pointer_mut(pointer) {
                    *value = odd;
                }
            }
        }
        command
    })
}

/// JSON pointers to everything in it but itself.
fn members(value: &Value, at: &str) -> Vec<String> {
    let below = |pointer: String, inner: &Value| {
        let mut all = members(inner, &pointer);
        all.insert(0, pointer);
        all
    };
    match value {
        Value::Object(object) => object
            .iter()
            .flat_map(|(name, inner)| below(format!("{at}/{name}"), inner))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, inner)| below(format!("{at}/{index}"), inner))
            .collect(),
        _ => Vec::new(),
    }
}

/// The text of a command with characters taken out, put in or exchanged.
fn garbled() -> impl Strategy<Value = String> {
    let texts: Vec<_> = well_formed().iter().map(Value::to_string).collect();
    let edits = prop::collection::vec((any::<usize>(), any::<char>(), 0..3u8), 1..8);
    (0..texts.len(), edits).prop_map(move |(index, edits)| {
        let mut letters: Vec<_> = texts[index].chars().collect();
        for (place, letter, how) in edits {
            let place = place % letters.len().max(1);
            match how {
                0 => letters.insert(place, letter),
                1 if letters.len() > 1 => drop(letters.remove(place)),
                _ => letters[place] = letter,
            }
        }
        letters.into_iter().collect()
    })
}

pub fn any_message() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => any::<String>(),
        1 => any_json().prop_map(|value| value.to_string()),
        4 => damaged().prop_map(|value| value.to_string()),
        2 => garbled(),
    ]
}

/// What people are told is for people: no types, paths or stores of ours.
pub fn check_words(sent: &str, message: &str) {
    let inside = [
        "panicked", ".rs:", "arn:", "Table", "dynamo", "Lambda", "unwrap", "sojourn-",
    ];
    let leak = inside
        .iter()
        .find(|word| message.contains(**word) && !sent.contains(**word));
    assert_eq!(leak, None, "{message}");
    assert!(
        message.len() < 4096 + sent.len(),
        "a novel of {} bytes",
        message.len()
    );
}

#[tokio::test(start_paused = true)]
async fn whatever_is_sent_is_answered_and_the_connection_kept() {
    let world = World::start().await;
    let door = door(&world);
    let people = ["traveller-2", "travel-manager"];
    let mut runner = TestRunner::deterministic();
    let mut refused = 0;
    for person in people {
        let client = Bare::connect(&world, &door, person).await;
        for number in 0..400 {
            let text = any_message().new_tree(&mut runner).expect("a message").current();
            // Above the limit, only "slower, please" would be heard.
            if number % 20 == 0 {
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
            refused += usize::from(is_refused(&client, &text).await);
        }
    }
    assert!(refused > 500, "most of it was no command: {refused} refused");
}

/// Sends it, and gives whether it was refused. Whatever it was, a ping behind it is answered.
async fn is_refused(client: &Bare, text: &str) -> bool {
    client.0.message(text.to_owned()).await;
    client.0.message(r#"{"action":"ping"}"#.into()).await;
    let mut refused = false;
    loop {
        let frame = next(client, text).await;
        match frame.body {
            FrameBody::Pong {} => return refused,
            FrameBody::Error { code, message, .. } => {
                assert_ne!(code, ErrorCode::Internal, "{text}: {message}");
                assert_ne!(code, ErrorCode::RateLimited);
                check_words(text, &message);
                refused = true;
            }
            _ => {}
        }
    }
}

async fn next(client: &Bare, sent: &str) -> Frame {
    let text = client.0.next_frame().await.expect("the connection is kept");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("after {sent}: {error}: {text}"))
}
