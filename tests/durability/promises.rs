//! I2, while it happens: whatever was accepted is there after every kill, and every booking that has not ended has a
//! deadline under which the sweeper finds it, and no event that waits for one.

use std::collections::BTreeMap;

use events_schema::ids::BookingId;
use events_schema::rows::BookingRow;
use sojourn::commands::outside;
use sojourn::running::Running;

use super::journey::{Ended, Wish, now};
use crate::records::Records;

/// The longest that anybody has to answer: an approval's longest SLA.
const LONGEST_S: i64 = 72 * 3600;

/// `accepted` and `ended` as people knew it before the process was killed.
pub async fn are_kept(running: &Running, accepted: &BTreeMap<BookingId, Wish>, ended: &[Ended]) {
    let records = Records {
        dynamo: aws_sdk_dynamodb::Client::new(&outside::sdk_config(running)),
    };
    let rows = records.scan("BookingsTable").await.into_iter();
    let heads = rows.map(|row| -> BookingRow { serde_json::from_value(row).expect("a head's shape") });
    let heads: BTreeMap<_, _> = heads.map(|head| (head.booking_id, head)).collect();
    for booking in accepted.keys() {
        assert!(
            heads.contains_key(booking),
            "I2: {booking} was accepted and is lost"
        );
    }
    for end in ended {
        let head = &heads[&end.booking];
        assert!(
            head.state.is_terminal(),
            "I2: {} had ended: {head:?}",
            end.booking
        );
    }
    let latest = now().as_second() + LONGEST_S;
    for head in heads.values().filter(|head| !head.state.is_terminal()) {
        assert!(head.due_at.is_some_and(|due| due <= latest), "I2: {head:?}");
        assert_eq!(
            head.due_partition.as_deref(),
            Some(BookingRow::OPEN),
            "I2: {head:?}"
        );
    }
}
