//! I1 and I4: what suppliers were asked for, what stands there, and what was undone.

use std::collections::{BTreeMap, BTreeSet};

use events_schema::ids::BookingId;
use events_schema::rows::JournalRow;
use sample_supplier::wire::Order;
use serde_json::Value;

use super::checks::{Journals, count, data, find};
use super::journey::{Ended, Wish};
use super::supplier::{Asked, Outside, booking_of, stands};

/// `legs`: what is known here of every leg.
pub fn check(legs: &[Value], journals: &Journals, supplier: &Outside, ended: &[Ended]) {
    let (asked, orders) = (supplier.asked(), supplier.orders());
    let twice: Vec<_> = asked.to_buy.values().filter(|keys| keys.len() > 1).collect();
    assert!(twice.is_empty(), "I1: asked under two keys: {twice:?}");
    everything_was_intended(legs, &asked, &orders);
    let mut by_booking = BTreeMap::<&str, Vec<&Order>>::new();
    for order in &orders {
        by_booking.entry(booking_of(&order.key)).or_default().push(order);
    }
    for end in ended {
        let orders = by_booking
            .remove(end.booking.to_string().as_str())
            .unwrap_or_default();
        check_one(end.booking, &journals[&end.booking], &orders, &asked);
        went_as_the_day_was(end, &journals[&end.booking], &orders);
    }
    assert!(by_booking.is_empty(), "I4: orders of nobody's: {by_booking:?}");
}

/// Written down before the supplier heard of it.
fn everything_was_intended(legs: &[Value], asked: &Asked, orders: &[Order]) {
    let keys = legs.iter().filter_map(|leg| leg["idempotencyKey"].as_str());
    let intended: BTreeSet<_> = keys.collect();
    let asked = asked.to_buy.values().flatten().map(String::as_str);
    for key in asked.chain(orders.iter().map(|order| order.key.as_str())) {
        assert!(intended.contains(key), "I4: nobody knows of the order {key}");
    }
}

/// What stands at the supplier is what the end says stands; all else was undone, each leg once, the last first.
fn check_one(booking: BookingId, journal: &[JournalRow], orders: &[&Order], asked: &Asked) {
    let booked = numbers(journal, "LegBooked", "/leg/leg");
    let undone = numbers(journal, "LegCancelled", "/leg");
    let left: Vec<_> = match (
        find(journal, "BookingConfirmed"),
        find(journal, "BookingNeedsAttention"),
    ) {
        (Some(_), _) => booked.clone(),
        (None, Some(row)) => {
            let data = data(row);
            assert_eq!(data["owner"], "travel_manager", "I4: {booking}: {data}");
            let legs = data["legs"].as_array().expect("the legs that are open");
            legs.iter().filter_map(Value::as_u64).collect()
        }
        (None, None) => Vec::new(),
    };
    let to_undo: Vec<_> = booked.iter().rev().filter(|leg| !left.contains(leg)).collect();
    assert_eq!(undone.iter().collect::<Vec<_>>(), to_undo, "I4: {booking}");
    for order in orders {
        let mut parts = order.key.split('#').skip(1);
        let leg: u64 = parts.next().and_then(|leg| leg.parse().ok()).expect("a leg");
        assert!(booked.contains(&leg), "I4: {} was bought in silence", order.key);
        assert_eq!(stands(order), left.contains(&leg), "I4: {}", order.key);
        let tried = asked.to_cancel.contains(&order.key);
        let confirmed = count(journal, "BookingConfirmed") == 1;
        assert_eq!(tried, !confirmed, "I4: {}: asked to cancel it", order.key);
    }
    assert_eq!(
        orders.len(),
        booked.len(),
        "I4: {booking}: orders and legs booked"
    );
    let is_open = count(journal, "BookingConfirmed") + count(journal, "BookingNeedsAttention") == 1;
    if !is_open {
        let [reserved, released] = ["BudgetReserved", "BudgetReleased"].map(|name| count(journal, name));
        assert_eq!(reserved, released, "I4: {booking}: the money is free again");
    }
}

/// The bad days were there, and did to whom they met what they should.
fn went_as_the_day_was(end: &Ended, journal: &[JournalRow], orders: &[&Order]) {
    let undone = match end.wish {
        Wish::Undone => 1,
        Wish::Stuck => 0,
        _ => return,
    };
    let names = ["LegBooked", "LegBookingFailed", "LegCancelled"];
    let happened = names.map(|name| count(journal, name));
    assert_eq!(happened, [1, 1, undone], "I4: {}: {names:?}", end.booking);
    let [flight] = orders else {
        panic!("I4: {}: the flight alone was bought: {orders:?}", end.booking);
    };
    assert_eq!(flight.refund.is_some(), undone == 1, "I4: {flight:?}");
}

fn numbers(journal: &[JournalRow], event: &str, pointer: &str) -> Vec<u64> {
    let rows = journal.iter().filter(|row| row.event_type == event);
    let number = |row| data(row).pointer(pointer).and_then(Value::as_u64);
    rows.map(|row| number(row).expect("the number of a leg"))
        .collect()
}
