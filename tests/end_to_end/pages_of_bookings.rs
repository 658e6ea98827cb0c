//! A long list of trips, page by page: every one once, though two were asked for in the same moment where a page ends,
//! and another is asked for while somebody turns pages. The heads are written as they stand: what made them does not
//! matter to a list.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{BookingId, CostCentre, EmployeeId, EventId};
use events_schema::rows::{BookingRow, LastEvent};
use events_schema::socket::{BookingSummary, FrameBody};
use events_schema::state::BookingState;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::people::{Person, is_options};
use super::trips::LISBON;
use super::world::{World, beginning};

const PAGE: usize = 50;
/// Two full pages and a little.
const TRIPS: i64 = 103;

fn head(employee: &str, number: i64, created_at: Timestamp) -> BookingRow {
    let number = number.to_string();
    let parts = ["listed", employee, number.as_str()];
    let first = EventId::derived(&parts);
    BookingRow {
        employee_id: EmployeeId::new(employee),
        booking_id: BookingId::derived(&parts),
        state: BookingState::Confirmed,
        sequence: 1,
        round: 1,
        execution_id: None,
        cancel_requested: false,
        previous_booking: None,
        due_at: None,
        due_partition: None,
        sweeps: 0,
        last_event: LastEvent {
            event_id: first,
            name: "BookingConfirmed".into(),
        },
        cost_centre: CostCentre::new("CC-100"),
        correlation_id: first,
        created_at,
        updated_at: created_at,
    }
}

async fn put(world: &World, head: &BookingRow) {
    let item: HashMap<String, AttributeValue> = serde_dynamo::to_item(head).expect("an item");
    let put = world
        .dynamo()
        .put_item()
        .table_name(world.records().table("BookingsTable"))
        .set_item(Some(item));
    put.send().await.expect("a writable table");
}

/// Two in every minute, the first alone: so that two of the same moment stand on either side of a page's end.
fn asked_at(number: i64) -> Timestamp {
    beginning() - SignedDuration::from_mins((number + 1) / 2 + 1)
}

async fn page(person: &mut Person, cursor: Option<&str>) -> (Vec<BookingSummary>, Option<String>) {
    let mut command = json!({"action": "list_bookings"});
    if let Some(cursor) = cursor {
        command["cursor"] = cursor.into();
    }
    person.send_text(command.to_string());
    match person.answer().await {
        FrameBody::Bookings { items, cursor } => (items, cursor),
        other => panic!("no page: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn every_trip_is_on_one_page() {
    let world = World::start().await;
    let mut expected = BTreeSet::new();
    for number in 0..TRIPS {
        let own = head("sample-traveller-1", number, asked_at(number));
        expected.insert(own.booking_id);
        put(&world, &own).await;
    }
    for number in 0..5 {
        put(&world, &head("sample-traveller-2", number, asked_at(number))).await;
    }
    let mut traveller = Person::connect(&world, "traveller").await;
    let (first, cursor) = page(&mut traveller, None).await;
    // At the head of the list: the pages behind are as they were.
    let newest = head("sample-traveller-1", TRIPS, beginning());
    put(&world, &newest).await;
    let (second, cursor) = page(&mut traveller, cursor.as_deref()).await;
    let (third, end) = page(&mut traveller, cursor.as_deref()).await;
    let sizes = [&first, &second, &third].map(Vec::len);
    assert_eq!(sizes, [PAGE, PAGE, 3]);
    assert_eq!(end, None, "nothing is behind the last page");

    let listed = [first, second, third].concat();
    let times: Vec<_> = listed.iter().map(|trip| trip.created_at).collect();
    assert!(
        times.is_sorted_by(|one, next| one >= next),
        "newest first: {times:?}"
    );
    assert_eq!(
        times[PAGE - 1],
        times[PAGE],
        "a moment on either side of the page's end"
    );
    let ids: BTreeSet<_> = listed.iter().map(|trip| trip.booking_id).collect();
    assert_eq!(
        ids,
        expected,
        "each of one's own, and once: {} listed",
        listed.len()
    );

    let (again, _) = page(&mut traveller, None).await;
    assert_eq!(again[0].booking_id, newest.booking_id);
    assert_eq!(again[1].booking_id, listed[0].booking_id);
}

/// A page that ends with the list has nothing behind it, or a page that is empty: never one's first trips again.
#[tokio::test(start_paused = true)]
async fn a_full_last_page_is_the_last() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let (none, end) = page(&mut traveller, None).await;
    assert_eq!((none.len(), end), (0, None));
    for number in 1..50 {
        put(&world, &head("sample-traveller-1", number, asked_at(number))).await;
    }
    // One that was really asked for, in words of its own.
    let real = traveller.request(LISBON).await;
    traveller.until(is_options).await;
    let (first, cursor) = page(&mut traveller, None).await;
    assert_eq!(first.len(), PAGE);
    assert_eq!(
        (first[0].booking_id, first[0].request.as_deref()),
        (real, Some(LISBON))
    );
    if let Some(cursor) = cursor {
        let (second, end) = page(&mut traveller, Some(&cursor)).await;
        assert_eq!((second.len(), end), (0, None));
    }
}
