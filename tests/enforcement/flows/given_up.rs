//! Bookings whose execution is gone, and that no other takes over: they are closed from outside.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::BookingId;
use events_schema::socket::{Command, Frame, FrameBody, Verdict};
use events_schema::state::BookingState;
use local_cloud::iam::Policies;

use super::{MINUTE, asked_to_buy, asked_to_choose, bought, supplier_is};
use crate::end_to_end::people::Person;
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

/// Some of whose calls are refused in between, so that it fails.
pub const MACHINE: &str = "BookingMachine";
/// After so many the supplier is left alone for a minute.
const FAILURES: u32 = 3;
const MOMENT: Duration = Duration::from_millis(50);
/// Longer than any of these takes.
const MOMENTS: u32 = 1_000;

/// The sweeper asks again for what is overdue, and ends the booking once its execution is gone.
pub async fn waiting(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "waits").await;
    let (booking, _) = asked_to_choose(&mut traveller).await;
    make_overdue(world, booking).await;
    tokio::time::sleep(MINUTE * 2).await;
    let head = world.head(booking).await;
    assert!(head.sweeps > 0 && !head.state.is_terminal(), "{head:?}");
    let end = given_up(world, booking).await;
    assert_eq!(end, BookingState::Expired);
}

/// The supplier failed so often that it is not asked for now, so nothing is bought of what money was set aside for.
pub async fn with_money_set_aside(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "set-aside").await;
    let (booking, asked) = asked_to_buy(&mut traveller).await;
    supplier_is(world, "unavailable");
    let mut another = Person::on_device(world, "traveller-2", "finds-it-down").await;
    for _ in 0..FAILURES {
        another.request(LISBON).await;
        another.until_the_end().await;
    }
    traveller.confirm(&asked, Verdict::Yes);
    for _ in 0..MOMENTS {
        let legs = world.query("LegsTable", "bookingId", &booking.to_string()).await;
        if legs.iter().any(|leg| leg["state"] == "not_reached") {
            break;
        }
        tokio::time::sleep(MOMENT).await;
    }
    let end = given_up(world, booking).await;
    supplier_is(world, "none");
    assert_eq!(end, BookingState::Failed);
    let names = world.event_names(booking).await;
    assert!(names.contains(&"BudgetReserved".to_owned()), "{names:?}");
    let budget = world.query("BudgetsTable", "costCentre", "CC-100").await;
    let entry = budget
        .iter()
        .find(|entry| entry["entry"] == booking.to_string().as_str());
    assert_eq!(entry.expect("an entry")["state"], "released");
}

/// One leg is cancelled, and the supplier is slow to cancel the other: what came back is in no budget yet.
pub async fn while_cancelling(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "cancels").await;
    let booking_id = bought(&mut traveller).await;
    let action_id = traveller.action();
    traveller.send(&Command::CancelBooking {
        action_id,
        booking_id,
    });
    let asked = traveller
        .until(|body| matches!(body, FrameBody::CancellationConfirmationRequested { .. }))
        .await;
    supplier_is(world, "slow");
    let cancellation = confirm_cancellation(&mut traveller, asked);
    for _ in 0..MOMENTS {
        if world.head(cancellation).await.state == BookingState::LegCancelled {
            break;
        }
        tokio::time::sleep(MOMENT).await;
    }
    given_up(world, cancellation).await;
    supplier_is(world, "none");
    let names = world.event_names(cancellation).await;
    assert!(!names.contains(&"BudgetRefunded".to_owned()), "{names:?}");
    let budget = world.query("BudgetsTable", "costCentre", "CC-100").await;
    let entry = budget
        .iter()
        .find(|entry| entry["entry"] == cancellation.to_string().as_str());
    assert_eq!(entry.expect("an entry")["state"], "refunded");
}

fn confirm_cancellation(traveller: &mut Person, asked: Frame) -> BookingId {
    let FrameBody::CancellationConfirmationRequested {
        decision_id,
        nonce,
        quote_hash,
        ..
    } = asked.body
    else {
        panic!("not asked: {asked:?}")
    };
    let booking_id = asked.booking_id.expect("a booking");
    let command = Command::ConfirmCancellation {
        action_id: traveller.action(),
        booking_id,
        decision_id,
        nonce,
        quote_hash,
        decision: Verdict::Yes,
    };
    traveller.send(&command);
    booking_id
}

/// What takes the booking over can do nothing either: only then it is closed from outside.
async fn given_up(world: &World, booking: BookingId) -> BookingState {
    let states = aws_sdk_sfn::Client::new(&world.laptop.cloud.sdk_config("a-test"));
    let execution = world.head(booking).await.execution_id.expect("claimed");
    states
        .stop_execution()
        .execution_arn(execution.as_str())
        .send()
        .await
        .expect("stopped");
    let endpoint = world.laptop.cloud.endpoint();
    endpoint.set_policies(MACHINE, Policies::default());
    for _ in 0..6 {
        make_overdue(world, booking).await;
        tokio::time::sleep(MINUTE * 10).await;
        if world.head(booking).await.state.is_terminal() {
            break;
        }
    }
    let machine = &world.laptop.cloud.template().machines[0];
    endpoint.set_policies(MACHINE, Policies::new(machine.grants.statements.clone()));
    let state = world.head(booking).await.state;
    assert!(state.is_terminal(), "nobody gave it up: {state:?}");
    state
}

async fn make_overdue(world: &World, booking: BookingId) {
    let head = world.head(booking).await;
    let overdue = world.laptop.now().as_second() - 60;
    let dynamo = world.dynamo();
    dynamo
        .update_item()
        .table_name("sojourn-BookingsTable")
        .key("employeeId", AttributeValue::S(head.employee_id.to_string()))
        .key("bookingId", AttributeValue::S(booking.to_string()))
        .update_expression("SET dueAt = :overdue")
        .expression_attribute_values(":overdue", AttributeValue::N(overdue.to_string()))
        .send()
        .await
        .expect("written");
}
