//! What travellers and their approvers do, and who is none.

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::EmployeeId;
use events_schema::socket::{Command, FrameBody, Passenger, Verdict};

use super::{MINUTE, asked_to_buy, asked_to_choose, call_off, option, supplier_is};
use crate::end_to_end::notices::came_back;
use crate::end_to_end::office;
use crate::end_to_end::people::{
    Person, door, enter, is_approval_request, is_confirmation_request, is_options,
};
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

pub async fn beyond_policy(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "beyond").await;
    let mut manager = Person::on_device(world, "manager", "beyond").await;
    let (_, options) = asked_to_choose(&mut traveller).await;
    traveller.select(&options, option(&options, false));
    let asked = manager.until(is_approval_request).await;
    manager.decide(&asked, Verdict::Yes);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    traveller.until_the_end().await;
}

pub async fn asked_back(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "asked-back").await;
    let booking = traveller
        .request("Berlin to Portland 3-8 December, flight only")
        .await;
    traveller
        .until(|body| matches!(body, FrameBody::Clarification { .. }))
        .await;
    let action_id = traveller.action();
    traveller.send(&Command::Clarify {
        action_id,
        booking_id: booking,
        text: "Portland, Oregon".into(),
        round: None,
    });
    traveller.until(is_options).await;
    call_off(&mut traveller, booking).await;
}

pub async fn asks_about_the_policy(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "asks").await;
    traveller.request("May I fly business to Tokyo?").await;
    traveller.until_the_end().await;
}

pub async fn three(world: &World, device: &str) {
    let mut traveller = Person::on_device(world, "traveller", device).await;
    let booking = traveller
        .request("Munich to Vienna 14 to 16 January for three people, flights and hotel")
        .await;
    traveller.until(is_options).await;
    let people = ["sample-traveller-1", "sample-traveller-2", "sample-manager"];
    let action_id = traveller.action();
    traveller.send(&Command::SetPassengers {
        action_id,
        booking_id: booking,
        passengers: people
            .iter()
            .map(|id| Passenger::Employee(EmployeeId::new(*id)))
            .collect(),
    });
    traveller
        .until(|body| matches!(body, FrameBody::Accepted { action, .. } if action == "set_passengers"))
        .await;
    call_off(&mut traveller, booking).await;
}

pub async fn nothing_on_offer(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "nothing").await;
    supplier_is(world, "empty");
    traveller.request(LISBON).await;
    traveller.until_the_end().await;
    supplier_is(world, "none");
}

pub async fn a_leg_fails(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "leg-fails").await;
    let (_, asked) = asked_to_buy(&mut traveller).await;
    supplier_is(world, "stay-rejected");
    traveller.confirm(&asked, Verdict::Yes);
    traveller.until_the_end().await;
    supplier_is(world, "none");
}

/// Told by e-mail, which comes back, and reminded: the reminder is made due here, because its hour is far off.
pub async fn an_approver_is_not_there(world: &World) {
    let mut asking = Person::on_device(world, "manager", "not-there").await;
    let (booking, options) = asked_to_choose(&mut asking).await;
    asking.select(&options, option(&options, false));
    asking.until(is_approval_request).await;
    world.laptop.cloud.idle().await;
    let rows = world
        .query("NoticesTable", "bookingId", &booking.to_string())
        .await;
    let reminder = rows
        .iter()
        .find(|row| row["to"] == "sample-travel-manager" && row["duePartition"].is_string());
    let notice = reminder.expect("a reminder")["notice"].as_str().expect("a key");
    let update = world
        .dynamo()
        .update_item()
        .table_name("sojourn-NoticesTable")
        .key("bookingId", AttributeValue::S(booking.to_string()))
        .key("notice", AttributeValue::S(notice.into()))
        .update_expression("SET dueAt = :now")
        .expression_attribute_values(
            ":now",
            AttributeValue::N(world.laptop.now().as_second().to_string()),
        );
    update.send().await.expect("written");
    tokio::time::sleep(MINUTE * 2).await;
    came_back(world, booking, "approval-wanted").await;
    call_off(&mut asking, booking).await;
}

pub async fn the_lists_of_the_page(world: &World) {
    let mut manager = Person::on_device(world, office::MANAGER, "lists").await;
    manager.send(&Command::ListBookings { cursor: None });
    manager
        .until(|body| matches!(body, FrameBody::Bookings { .. }))
        .await;
    let action_id = manager.action();
    manager.send(&Command::ListApprovals { action_id });
    manager
        .until(|body| matches!(body, FrameBody::Approvals { .. }))
        .await;
    let action_id = manager.action();
    manager.send(&Command::ReadInsights { action_id });
    manager
        .until(|body| matches!(body, FrameBody::Insights { .. }))
        .await;
    let mut traveller = Person::on_device(world, "traveller", "lists").await;
    let (booking, _) = asked_to_choose(&mut traveller).await;
    traveller.resume(booking, 0);
    let action_id = traveller.action();
    traveller.send(&Command::ListBookings { cursor: None });
    traveller
        .until(|body| matches!(body, FrameBody::Bookings { .. }))
        .await;
    traveller.send(&Command::CancelBooking {
        action_id,
        booking_id: booking,
    });
    traveller.until_the_end().await;
}

pub async fn somebody_elses(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "own").await;
    let (booking, _) = asked_to_choose(&mut traveller).await;
    let mut stranger = Person::on_device(world, "traveller-2", "not-own").await;
    let action_id = stranger.action();
    stranger.send(&Command::CancelBooking {
        action_id,
        booking_id: booking,
    });
    stranger
        .until(|body| matches!(body, FrameBody::Error { .. }))
        .await;
    call_off(&mut traveller, booking).await;
}

/// Who is not let in is written down.
pub async fn nobody_we_know(world: &World) {
    let refused = enter(&door(world), "no-token-at-all").await;
    assert!(refused.is_err_and(|refusal| refusal.status == 403));
}
