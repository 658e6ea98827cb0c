//! Somebody whose connection does not take what it is sent: how long everybody else waits for that, and that nothing is
//! lost. On the tables and with the permissions of `template.yaml`, under a paused clock, so that waiting is exact; API
//! Gateway is a stand-in that hangs where it is told to ([`management`]). Does not cover its own buffers.

mod desk;
mod management;

use std::time::Duration;

use events_schema::ids::{BookingId, EmployeeId};
use events_schema::samples;
use serde_json::Value;

use desk::Desk;
use management::Mood;

/// A frame's half second, and as long for closing.
const ONCE: Duration = Duration::from_secs(1);
const AT_ONCE: Duration = Duration::from_millis(50);

struct Trip {
    person: EmployeeId,
    booking: BookingId,
}

/// One whose laptop does not read while their phone does, and one who has nothing to do with it.
async fn two_people(desk: &Desk) -> [Trip; 2] {
    let slow = Trip {
        person: samples::employee(),
        booking: samples::booking(),
    };
    let other = Trip {
        person: samples::approver(),
        booking: samples::previous_booking(),
    };
    desk.connect(&slow.person, "laptop").await;
    desk.connect(&slow.person, "phone").await;
    desk.connect(&other.person, "other").await;
    [slow, other]
}

/// The event with this sequence happens to each, to the first one first.
async fn batch(desk: &Desk, trips: &[Trip], sequence: u64) -> Vec<Value> {
    let mut records = Vec::new();
    for trip in trips {
        records.push(desk.happens(&trip.person, trip.booking, sequence).await);
    }
    records
}

fn sequences(desk: &Desk, connection: &str) -> Vec<u64> {
    let posted = desk.management.posted_to(connection);
    posted.iter().map(management::Posted::sequence).collect()
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_takes_nothing_is_waited_for_once_in_all_and_loses_nothing() {
    for mood in [Mood::Hangs, Mood::HangsForEverything, Mood::Fails, Mood::Refuses] {
        let desk = Desk::new();
        let trips = two_people(&desk).await;
        desk.management.set("laptop", mood);

        let began = tokio::time::Instant::now();
        desk.tell(&batch(&desk, &trips, 1).await).await;
        let waited = began.elapsed();
        assert!(
            waited <= ONCE,
            "{mood:?}: somebody else's frame came {waited:?} late"
        );
        let tries = desk.management.tries("laptop");

        // Another batch, to another copy of the function; then the last event there is.
        for sequence in [2, 3] {
            let began = tokio::time::Instant::now();
            desk.tell(&batch(&desk, &trips, sequence).await).await;
            let waited = began.elapsed();
            assert!(waited < AT_ONCE, "{mood:?}: waited for again, {waited:?}");
        }
        assert_eq!(desk.management.tries("laptop"), tries, "{mood:?}: tried again");
        for connection in ["phone", "other"] {
            assert_eq!(sequences(&desk, connection), [1, 2, 3], "{mood:?}: {connection}");
        }

        // Its client is told by the closing, and finds everything when it connects again. What cannot be closed is marked
        // for Heartbeat.
        let closed: &[&str] = match mood {
            Mood::HangsForEverything => &[],
            _ => &["laptop"],
        };
        assert_eq!(desk.management.closed(), closed, "{mood:?}");
        assert_eq!(desk.behind().await, ["laptop"], "{mood:?}");
        let kept = desk.kept_for(&trips[0].person, trips[0].booking).await;
        assert_eq!(kept, [(1, 0), (2, 1), (3, 2)], "{mood:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_connects_again_gets_the_next_frame_and_sees_by_it_what_is_missing() {
    let desk = Desk::new();
    let trips = two_people(&desk).await;
    desk.management.set("laptop", Mood::Hangs);
    desk.tell(&batch(&desk, &trips, 1).await).await;
    desk.tell(&batch(&desk, &trips, 2).await).await;
    desk.connect(&trips[0].person, "laptop-again").await;
    desk.tell(&batch(&desk, &trips, 3).await).await;
    let posted = desk.management.posted_to("laptop-again");
    let [frame] = posted.as_slice() else {
        panic!("{posted:?}")
    };
    assert_eq!((frame.sequence(), &frame.frame["previous"]), (3, &2.into()));
}

/// However many do not read, they are waited for together.
#[tokio::test(start_paused = true)]
async fn many_slow_connections_of_one_person_are_waited_for_as_long_as_one() {
    let desk = Desk::new();
    let trips = two_people(&desk).await;
    for number in 0..50 {
        let connection = format!("tab-{number}");
        desk.connect(&trips[0].person, &connection).await;
        desk.management.set(&connection, Mood::HangsForEverything);
    }
    let began = tokio::time::Instant::now();
    desk.tell(&batch(&desk, &trips, 1).await).await;
    let waited = began.elapsed();
    assert!(waited <= ONCE, "{waited:?}");
    assert_eq!(desk.behind().await.len(), 50);
    assert_eq!(sequences(&desk, "other"), [1]);
}

/// On AWS several bookings are read at once, each in order, and so they are in the local cloud.
#[test]
fn bookings_are_read_side_by_side() {
    let template = desk::template();
    let mut mappings = template.mappings.iter();
    let bookings = mappings.find(|mapping| mapping.logical_id == "ProgressFunctionOnBookings");
    let bookings = bookings.expect("template.yaml has it");
    assert_eq!(bookings.batches_at_once, 10);
    let ignored = |property: &str| property.ends_with("ParallelizationFactor");
    let ignored = template
        .ignored
        .iter()
        .find(|one| one.property.as_deref().is_some_and(ignored));
    assert!(ignored.is_none(), "{ignored:?}");
}
