//! What developers are shown of a booking's events: how often each was said, who made what of it, and what lies in
//! dead-letter queues, with the number of tries. Not covered: letters that a rule leaves, for a function of the local
//! cloud is always there to be handed an event.

use std::time::Duration;

use events_schema::ids::BookingId;
use events_schema::socket::{FrameBody, HistoryDelivery, HistoryEvent, OfficeCommand, Verdict};
use local_cloud::iam::{Policies, Statement};

use super::office;
use super::people::{Person, is_confirmation_request, is_options};
use super::reconciliation::say;
use super::trips::LISBON;
use super::world::World;
use crate::enforcement::flows::{WEBHOOK, somebody_outside_is_told};

const MINUTE: Duration = Duration::from_secs(60);
/// The place of PolicyRetrieved, that is said again.
const TWICE: u64 = 2;

/// From now on the function may not do this.
fn forbid(world: &World, function: &str, action: &str) {
    let cloud = &world.laptop.cloud;
    let mut functions = cloud.template().functions.iter();
    let found = functions.find(|known| known.logical_id == function);
    let all = &found.expect("a function").grants.statements;
    let names = |statement: &Statement| {
        let actions = statement.actions().unwrap_or_default();
        actions.iter().any(|known| known == action)
    };
    let left: Vec<_> = all
        .iter()
        .filter(|statement| !names(statement))
        .cloned()
        .collect();
    assert!(left.len() < all.len(), "{function} was never allowed {action}");
    cloud.endpoint().set_policies(function, Policies::new(left));
}

/// As far as money is asked for; whoever hears of it on the way has heard.
async fn asked_to_buy(world: &World) -> (Person, BookingId, events_schema::socket::Frame) {
    let mut traveller = Person::connect(world, "traveller").await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let asked = traveller.until(is_confirmation_request).await;
    world.laptop.cloud.idle().await;
    (traveller, booking, asked)
}

async fn history(world: &World, booking: BookingId) -> Vec<HistoryEvent> {
    let mut manager = Person::connect(world, office::MANAGER).await;
    let show = OfficeCommand::ShowHistory { booking_id: booking };
    match manager.ask(&show).await {
        FrameBody::History { events } => events,
        other => panic!("no history: {other:?}"),
    }
}

/// Who made which event of this one.
fn led_to(event: &HistoryEvent) -> Vec<(&str, u64)> {
    let deliveries = event.deliveries.iter();
    deliveries
        .filter_map(|delivery| Some((delivery.to.as_str(), delivery.led_to?)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_tried_in_vain_and_what_was_said_twice_is_shown() {
    let world = World::start().await;
    let (mut traveller, booking, asked) = asked_to_buy(&world).await;
    // It has kept the options; of the end it will keep nothing.
    forbid(&world, "InsightsFunction", "dynamodb:PutItem");
    traveller.confirm(&asked, Verdict::Yes);
    traveller.until_the_end().await;
    drop(traveller);
    let journal = world.journal(booking).await;
    let again = journal
        .iter()
        .find(|row| row.sequence == TWICE)
        .expect("an event");
    say(&world, &again.recorded().expect("an event")).await;
    world.laptop.cloud.idle().await;

    let events = history(&world, booking).await;
    let shown: Vec<_> = events
        .iter()
        .map(|one| (one.sequence, one.name.as_str()))
        .collect();
    let kept: Vec<_> = journal
        .iter()
        .map(|row| (row.sequence, row.event_type.as_str()))
        .collect();
    assert_eq!(shown, kept);
    for event in &events {
        // Whoever is told again says again what they made of it: their first word may have been lost.
        let times = match event.sequence {
            ..TWICE => 1..=1,
            TWICE => 2..=2,
            _ if event.name == "BookingConfirmed" => 1..=1,
            _ => 1..=2,
        };
        assert!(times.contains(&event.times_said), "{event:?}");
        assert!(event.audited && event.received_at.is_some(), "{event:?}");
        // What is said again is handed to Insights again, which may keep nothing any more.
        if event.name != "BookingConfirmed" && event.times_said == 1 {
            assert!(event.dead_letters.is_empty(), "{event:?}");
        }
    }
    let planned = [("policy", 2), ("planner", 3), ("compliance", 4), ("search", 5)];
    for (event, one) in events.iter().zip(planned) {
        assert_eq!(led_to(event), [one], "said twice, reacted to once: {event:?}");
    }
    assert_eq!(events[0].caused_by, None);
    assert_eq!(events[1].caused_by, Some(1));
    in_vain(events.last().expect("an end"));
}

/// Its first try and the two of Lambda's own queue, and who else had it.
fn in_vain(confirmed: &HistoryEvent) {
    let [letter] = confirmed.dead_letters.as_slice() else {
        panic!("not the end: {confirmed:?}")
    };
    assert_eq!(
        (letter.queue.as_str(), letter.attempts),
        ("InsightsDeadLetters", Some(3)),
        "{letter:?}"
    );
    assert!(
        letter.why.contains("not authorized") && letter.why.contains("dynamodb:PutItem"),
        "{letter:?}"
    );
    let remembered = HistoryDelivery {
        to: "notices".into(),
        led_to: None,
    };
    assert!(confirmed.deliveries.contains(&remembered), "{confirmed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_could_not_be_told_is_shown() {
    let world = World::start().await;
    somebody_outside_is_told(&world).await;
    let (mut traveller, booking, asked) = asked_to_buy(&world).await;
    traveller.confirm(&asked, Verdict::Yes);
    traveller.until_the_end().await;
    drop(traveller);
    // Spread and tried once. Its own waits add up to a day and a half; without them the queue's twelve minutes count.
    tokio::time::sleep(MINUTE / 6).await;
    forbid(&world, "WebhooksFunction", "sqs:ChangeMessageVisibility");
    tokio::time::sleep(MINUTE * 150).await;

    let events = history(&world, booking).await;
    for event in &events {
        let letters: Vec<_> = event
            .dead_letters
            .iter()
            .map(|letter| (letter.queue.as_str(), letter.why.as_str()))
            .collect();
        let told = format!("{WEBHOOK} could not be told");
        let expected = match event.name.as_str() {
            "BookingConfirmed" => vec![("WebhooksDeadLetters", told.as_str())],
            _ => Vec::new(),
        };
        assert_eq!(letters, expected, "{event:?}");
    }
    assert_eq!(events.last().expect("an end").name, "BookingConfirmed");
}
