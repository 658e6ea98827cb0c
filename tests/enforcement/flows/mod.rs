//! What people and time can make the functions do, so that every permission is used. Each flow begins by itself, and needs
//! nothing of those before it: they are played one after the other on one stack.

mod desks;
mod given_up;
mod travellers;
mod unnoticed;

use std::time::Duration;

use events_schema::ids::BookingId;
use events_schema::socket::{Command, Frame, FrameBody, Verdict};
use futures_util::future::LocalBoxFuture;
use local_cloud::endpoint::CallSeen;

use crate::end_to_end::people::{Person, is_confirmation_request, is_options};
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

pub use desks::{WEBHOOK, somebody_outside_is_told};
pub use given_up::MACHINE;

const MINUTE: Duration = Duration::from_secs(60);

pub type Play = for<'a> fn(&'a World) -> LocalBoxFuture<'a, ()>;

/// In this order: who leaves in the end is gone.
pub const FLOWS: &[Play] = &[
    |world| Box::pin(travellers::beyond_policy(world)),
    |world| Box::pin(travellers::asked_back(world)),
    |world| Box::pin(travellers::asks_about_the_policy(world)),
    |world| Box::pin(travellers::three(world, "three")),
    |world| Box::pin(travellers::nothing_on_offer(world)),
    |world| Box::pin(travellers::a_leg_fails(world)),
    |world| Box::pin(travellers::an_approver_is_not_there(world)),
    |world| Box::pin(travellers::the_lists_of_the_page(world)),
    |world| Box::pin(travellers::somebody_elses(world)),
    |world| Box::pin(travellers::nobody_we_know(world)),
    |world| Box::pin(desks::somebody_new(world)),
    |world| Box::pin(desks::people_and_budgets(world)),
    |world| Box::pin(desks::somebody_is_needed(world)),
    |world| Box::pin(desks::another_policy(world)),
    |world| Box::pin(desks::a_webhook(world)),
    |world| Box::pin(desks::what_developers_look_at(world)),
    |world| Box::pin(unnoticed::decided_before_the_token_came(world)),
    |world| Box::pin(unnoticed::lines_that_ended(world)),
    |world| Box::pin(unnoticed::an_unreadable_head(world)),
    |world| Box::pin(unnoticed::records_that_disagree(world)),
    |world| Box::pin(given_up::waiting(world)),
    |world| Box::pin(given_up::with_money_set_aside(world)),
    |world| Box::pin(given_up::while_cancelling(world)),
    |world| Box::pin(desks::somebody_leaves(world)),
];

/// A world in which everything has happened that flows can bring about, and what was called in each of them.
pub async fn played() -> (World, Vec<Vec<CallSeen>>) {
    let world = World::with_embeddings().await;
    let endpoint = world.laptop.cloud.endpoint();
    let (mut called, mut before) = (Vec::new(), endpoint.calls_seen());
    for play in FLOWS {
        play(&world).await;
        world.laptop.cloud.idle().await;
        let seen = endpoint.calls_seen();
        let again = seen.iter().filter(|seen| !before.contains(seen));
        called.push(again.map(|seen| seen.call.clone()).collect());
        before = seen;
    }
    (world, called)
}

fn supplier_is(world: &World, scenario: &str) {
    let scenario = scenario.parse().expect("a scenario");
    world.laptop.supplier.set_scenario(scenario);
}

fn option(frame: &Frame, compliant: bool) -> usize {
    let FrameBody::Options { options, .. } = &frame.body else {
        panic!("no options: {frame:?}")
    };
    let found = options
        .iter()
        .position(|option| option.verdict.compliant == compliant);
    found.expect("an option of either kind")
}

async fn asked_to_choose(traveller: &mut Person) -> (BookingId, Frame) {
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    (booking, options)
}

async fn asked_to_buy(traveller: &mut Person) -> (BookingId, Frame) {
    let (booking, options) = asked_to_choose(traveller).await;
    traveller.select(&options, option(&options, true));
    (booking, traveller.until(is_confirmation_request).await)
}

async fn bought(traveller: &mut Person) -> BookingId {
    let (booking, asked) = asked_to_buy(traveller).await;
    traveller.confirm(&asked, Verdict::Yes);
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::Confirmed { .. }), "{end:?}");
    booking
}

async fn call_off(traveller: &mut Person, booking: BookingId) {
    let action_id = traveller.action();
    traveller.send(&Command::CancelBooking {
        action_id,
        booking_id: booking,
    });
    traveller.until_the_end().await;
}
