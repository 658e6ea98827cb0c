//! A bus event as it reaches a function.

use events_schema::envelope::Recorded;
use serde::Deserialize;
use serde_json::Value;

use crate::live::Live;

/// An event, and whether acting on it may have effects.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub event: Recorded,
    /// Absent for a replayed event.
    pub live: Option<Live>,
}

#[derive(Debug, thiserror::Error)]
#[error("the payload is not an event of the Sojourn bus")]
pub struct NotAnEvent(#[from] serde_json::Error);

/// What EventBridge hands to a Lambda target; fields we do not need are left out.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BusEvent {
    source: String,
    detail_type: String,
    detail: Value,
}

impl Delivery {
    pub fn read(payload: Value) -> Result<Self, NotAnEvent> {
        let live = Live::of(&payload);
        let BusEvent {
            source,
            detail_type,
            detail,
        } = serde_json::from_value(payload)?;
        let event = Recorded {
            source,
            detail_type,
            detail: serde_json::from_value(detail)?,
        };
        Ok(Self { event, live })
    }
}

/// The delivery, if it is live; `None` (with a log line) for a replay that reached a function which has no use for
/// one: rules exclude replays, so this is the second fence.
pub fn live_event(payload: Value) -> Result<Option<(Recorded, Live)>, NotAnEvent> {
    let Delivery { event, live } = Delivery::read(payload)?;
    if live.is_none() {
        tracing::warn!(event = %event.detail.meta.event_id, name = event.detail_type, "replayed event ignored");
    }
    Ok(live.map(|live| (event, live)))
}
