//! The envelope around every event, and the ids in it.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// The name space of event ids: an event id is a UUIDv5 of the cloud's seed and the event's number.
const EVENT_IDS: Uuid = Uuid::from_u128(0x8c9d_1f57_7e0b_4a53_9a44_5d3c_2b61_e0f7);

/// An event before the bus accepts it.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub source: String,
    pub detail_type: String,
    /// A JSON object.
    pub detail: Value,
    /// ARNs of what the event is about.
    pub resources: Vec<String>,
    /// When it happened; the time of acceptance if absent. Kept to the second.
    pub time: Option<Timestamp>,
}

/// An event that a bus accepted or that an archive replays, as subscribers see it.
#[derive(Clone, Debug)]
pub struct BusEvent {
    pub bus: String,
    pub event: std::sync::Arc<Value>,
}

pub(super) fn event_id(seed: u64, number: i64) -> String {
    Uuid::new_v5(&EVENT_IDS, format!("{seed}:{number}").as_bytes()).to_string()
}

/// Members stand in AWS's order.
pub(super) fn wrap(id: &str, account: &str, region: &str, time: Timestamp, event: NewEvent) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": event.detail_type,
        "source": event.source,
        "account": account,
        "time": to_second(time).to_string(),
        "region": region,
        "resources": event.resources,
        "detail": event.detail,
    })
}

/// Events carry whole seconds.
pub(super) fn to_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// AWS's JSON writes times as seconds since 1970.
pub(super) fn epoch_seconds(millisecond: i64) -> Value {
    json!(millisecond as f64 / 1_000.0)
}
