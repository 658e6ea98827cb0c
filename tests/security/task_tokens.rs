//! Covers: whoever holds a wait's task token can end that wait in anybody's name, so nothing that leaves its row may
//! hold one: what people are sent, live or again, and every other table. Over one booking with all three questions.
//! Does not cover Step Functions' own history, which only operators read.

use std::time::Duration;

use events_schema::ids::BookingId;
use events_schema::socket::{Command, FrameBody, Verdict};
use serde_json::Value;

use super::decisions::to_be_approved;
use super::outcome::Bare;
use crate::end_to_end::people::{Person, door, is_approval_request, is_confirmation_request};
use crate::end_to_end::world::World;

/// The only place for them.
const KEPT_IN: &str = "DecisionsTable";
/// Of people and of no booking, in bytes that are no JSON.
const OF_NO_BOOKING: &str = "PersonKeysTable";

/// A further device that notes what it is sent, word for word: a client's own reading drops what it does not know.
struct Ear {
    device: Bare,
    heard: Vec<String>,
}

impl Ear {
    async fn of(world: &World, name: &str) -> Self {
        Self {
            device: Bare::connect(world, &door(world), name).await,
            heard: Vec::new(),
        }
    }

    /// Whatever was sent until now.
    async fn listen(&mut self) {
        let silence = Duration::from_secs(1);
        while let Ok(next) = tokio::time::timeout(silence, self.device.0.next_frame()).await {
            self.heard.push(next.expect("the connection stands"));
        }
    }

    async fn again(&mut self, booking_id: BookingId) {
        let resume = Command::Resume { booking_id, after: 0 };
        let text = serde_json::to_string(&resume).expect("JSON");
        self.device.0.message(text).await;
        self.listen().await;
    }
}

/// The tokens of a booking's waits, one each, and the numbers that people answer with.
async fn secrets(world: &World, booking: BookingId) -> (Vec<String>, Vec<String>) {
    let rows = world.query(KEPT_IN, "bookingId", &booking.to_string()).await;
    assert_eq!(rows.len(), 3, "to choose, to approve, to buy: {rows:?}");
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let tokens: Vec<_> = rows.iter().map(|row| text(row, "taskToken")).collect();
    for token in &tokens {
        // Such as stand in JSON as they are: a search finds them.
        let plain = token
            .chars()
            .all(|letter| letter.is_ascii_graphic() && letter != '"' && letter != '\\');
        assert!(token.len() >= 16 && plain, "no token: {token:?}");
    }
    (tokens, rows.iter().map(|row| text(row, "nonce")).collect())
}

#[tokio::test(start_paused = true)]
async fn a_task_token_stays_in_its_row() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let mut manager = Person::connect(&world, "manager").await;
    let mut ears = [
        Ear::of(&world, "traveller").await,
        Ear::of(&world, "manager").await,
    ];
    to_be_approved(&mut traveller).await;
    let asked = manager.until(is_approval_request).await;
    let booking = asked.booking_id.expect("a booking");
    for ear in &mut ears {
        ear.listen().await;
    }
    manager.decide(&asked, Verdict::Yes);
    let to_buy = traveller.until(is_confirmation_request).await;
    traveller.confirm(&to_buy, Verdict::Yes);
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::Confirmed { .. }), "{end:?}");
    world.laptop.cloud.idle().await;
    for ear in &mut ears {
        ear.again(booking).await;
    }

    let (tokens, nonces) = secrets(&world, booking).await;
    let heard: Vec<_> = ears.iter().flat_map(|ear| &ear.heard).collect();
    for nonce in &nonces {
        assert!(
            heard.iter().any(|frame| frame.contains(nonce)),
            "every question was heard"
        );
    }
    for token in &tokens {
        let told = heard.iter().find(|frame| frame.contains(token));
        assert!(told.is_none(), "sent to somebody: {told:?}");
    }
    check_tables(&world, booking, &tokens).await;
}

async fn check_tables(world: &World, booking: BookingId, tokens: &[String]) {
    let resources = world.laptop.cloud.template().resources.iter();
    let tables: Vec<_> = resources
        .filter(|resource| resource.kind == "AWS::DynamoDB::Table")
        .map(|resource| resource.logical_id.as_str())
        .collect();
    let mut about_it = Vec::new();
    let others = tables
        .into_iter()
        .filter(|table| ![KEPT_IN, OF_NO_BOOKING].contains(table));
    for table in others {
        for row in world.scan(table).await {
            let text = row.to_string();
            let found = tokens.iter().find(|token| text.contains(token.as_str()));
            assert!(found.is_none(), "{table}: {text}");
            if text.contains(&booking.to_string()) {
                about_it.push(table);
            }
        }
    }
    for table in ["JournalTable", "AuditLogTable", "FramesTable"] {
        assert!(
            about_it.contains(&table),
            "nothing of the booking was read in {table}"
        );
    }
}
