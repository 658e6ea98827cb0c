//! What happens without anybody's doing: lines that end, tokens that come late, rows that cannot be read or disagree.

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{ConnectionId, EmployeeId};
use events_schema::rows::ConnectionRow;
use jiff::SignedDuration;
use local_cloud::ports::Functions;
use serde_json::json;

use super::{MINUTE, asked_to_buy, asked_to_choose, bought, call_off};
use crate::end_to_end::people::Person;
use crate::end_to_end::reconciliation as records;
use crate::end_to_end::world::World;

/// The wait's task runs again after its question was answered: it must wake itself. The token is of no execution.
pub async fn decided_before_the_token_came(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "decided").await;
    let (booking, _) = asked_to_buy(&mut traveller).await;
    let decisions = world
        .query("DecisionsTable", "bookingId", &booking.to_string())
        .await;
    let taken = decisions
        .iter()
        .find(|row| row["state"] == "taken")
        .expect("something was decided");
    let head = world.head(booking).await;
    let payload = json!({
        "task": "await_decision", "employeeId": head.employee_id, "bookingId": booking,
        "executionId": head.execution_id, "decision": taken["decision"], "taskToken": "of-no-execution",
    });
    // Whether Step Functions knows the token is not the question.
    let _ = world
        .laptop
        .cloud
        .parts()
        .lambda
        .invoke("BookingTaskFunction", payload)
        .await;
    call_off(&mut traveller, booking).await;
}

/// API Gateway says that a line has ended if it can, and no more: rows of two stay. One is found by what is posted to its
/// person, the other by a heartbeat, which comes every five minutes.
pub async fn lines_that_ended(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "ended").await;
    for employee in ["sample-traveller-1", "sample-manager"] {
        let connected_at = world.laptop.now() - SignedDuration::from_mins(20);
        let row = ConnectionRow {
            employee_id: EmployeeId::new(employee),
            connection_id: ConnectionId::new("ended-unnoticed"),
            roles: Vec::new(),
            connected_at,
            ttl: (connected_at + SignedDuration::from_hours(2)).as_second(),
            behind_since: None,
        };
        let put = world.dynamo().put_item().table_name("sojourn-ConnectionsTable");
        let put = put.set_item(Some(serde_dynamo::to_item(row).expect("an item")));
        put.send().await.expect("written");
    }
    let (booking, _) = asked_to_choose(&mut traveller).await;
    call_off(&mut traveller, booking).await;
    tokio::time::sleep(MINUTE * 6).await;
    let left = world.scan("ConnectionsTable").await;
    let ended = left.iter().filter(|row| row["connectionId"] == "ended-unnoticed");
    assert_eq!(ended.count(), 0, "{left:?}");
}

/// What no stream consumer can read is parked.
pub async fn an_unreadable_head(world: &World) {
    let dynamo = world.dynamo();
    let text = |text: &str| AttributeValue::S(text.into());
    let put = dynamo.put_item().table_name("sojourn-BookingsTable");
    let put = put
        .item("employeeId", text("nobody"))
        .item("bookingId", text("no booking"));
    put.item("sequence", AttributeValue::N("1".into()))
        .send()
        .await
        .expect("written");
}

/// One of each is repaired: a Journal row, an audit row, a head, and an event that is said again.
pub async fn records_that_disagree(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "records").await;
    let booking = bought(&mut traveller).await;
    world.laptop.cloud.idle().await;
    let newest = world.head(booking).await.sequence;
    let journal = world.journal(booking).await;
    records::lose_from_journal(world, booking, 3).await;
    records::lose_from_the_trail(world, booking, 5).await;
    records::lose_a_receipt(world, booking, 6).await;
    records::say(
        world,
        &records::made_up(records::leg_booked(&journal), newest + 3),
    )
    .await;
    records::count(world, booking, newest + 9).await;
    let report = records::reconciled(world, booking, true).await;
    assert!(report.findings.len() >= 5, "{report:#?}");
}
