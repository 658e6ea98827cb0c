//! Whoever seems to be connected when their booking ends, and is not. Does not cover how API Gateway finds out.

use std::time::Duration;

use events_schema::ids::BookingId;
use events_schema::socket::Command;
use local_cloud::iam::Policies;
use notices::ledger::{Notice, NoticeRow, State};

use super::notices::{TRAVELLER, subjects};
use super::people::{Person, is_options};
use super::trips::LISBON;
use super::world::World;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// A laptop that is closed sends no word: what is posted to it is taken, until API Gateway finds that nobody is there, and
/// nobody is told that it has. An ending in between has no reminder, and must not count as seen.
#[tokio::test(start_paused = true)]
async fn an_ending_posted_to_a_line_that_is_dead_is_mailed_once_and_one_that_is_seen_is_not() {
    for is_dead in [true, false] {
        let world = World::start().await;
        let mut traveller = Person::connect(&world, "traveller").await;
        let booking = traveller.request(LISBON).await;
        traveller.until(is_options).await;
        nobody_hears_of_closed_lines(&world);
        // From here on nothing is read.
        let action_id = traveller.action();
        traveller.send(&Command::CancelBooking {
            action_id,
            booking_id: booking,
        });
        tokio::time::sleep(MINUTE).await;
        world.laptop.cloud.idle().await;
        assert_eq!(ending_of(&world, booking).await, State::Owed, "nobody knows yet");
        assert_eq!(subjects(&world, TRAVELLER), Vec::<String>::new());
        let line = (!is_dead).then_some(traveller);
        tokio::time::sleep(8 * MINUTE).await;
        world.laptop.cloud.idle().await;
        let (mails, state) = match is_dead {
            true => (vec!["Your trip is cancelled"], State::Sent),
            false => (Vec::new(), State::Online),
        };
        assert_eq!(ending_of(&world, booking).await, state);
        assert_eq!(subjects(&world, TRAVELLER), mails);
        tokio::time::sleep(2 * HOUR).await;
        world.laptop.cloud.idle().await;
        assert_eq!(subjects(&world, TRAVELLER), mails, "once");
        drop(line);
    }
}

/// `$disconnect` may do nothing any more: the row of a line that ends stays.
fn nobody_hears_of_closed_lines(world: &World) {
    let endpoint = world.laptop.cloud.endpoint();
    endpoint.set_policies("GatewayDisconnectFunction", Policies::new(Vec::new()));
}

/// What has become of the notice that the booking is cancelled.
async fn ending_of(world: &World, booking: BookingId) -> State {
    let rows = world
        .query("NoticesTable", "bookingId", &booking.to_string())
        .await;
    let mut rows = rows
        .into_iter()
        .map(|row| serde_json::from_value::<NoticeRow>(row).expect("a row"));
    let row = rows.find(|row| row.says == Notice::Cancelled);
    row.expect("it is owed").state
}
