//! Duffel's webhooks: signed notices that an airline changed the flights of an order.
//!
//! The body is believed in nothing but which order it is about; what changed is read back from the API. So a notice that
//! is replayed finds what is already known, and one that is made up finds nothing.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sha2::Sha256;

use super::offers::way;
use super::wire::{KEY, air};
use super::{Duffel, flights};
use crate::error::SupplierError;
use crate::notice::{Notice, NoticeError, ScheduleChange};

/// Notices are sent again for three days; one older than that is somebody else's.
const OLDEST: SignedDuration = SignedDuration::from_hours(4 * 24);
const CHANGED: &str = "order.airline_initiated_change_detected";

#[derive(Deserialize)]
struct Event {
    r#type: String,
    #[serde(default)]
    data: EventData,
}

#[derive(Default, Deserialize)]
struct EventData {
    #[serde(default)]
    object: Object,
}

/// The change, which names its order, or the order itself.
#[derive(Default, Deserialize)]
struct Object {
    #[serde(default)]
    id: String,
    #[serde(default)]
    order_id: Option<String>,
}

pub async fn understand(
    duffel: &Duffel,
    key: &[u8],
    notice: &Notice<'_>,
) -> Result<Vec<ScheduleChange>, NoticeError> {
    let now = duffel.api.clock.now();
    let signature = notice.headers.get("x-duffel-signature").map(String::as_str);
    check_signature(key, signature.unwrap_or_default(), notice.body, now)?;
    let event: Event = serde_json::from_slice(notice.body)?;
    let object = event.data.object;
    let order = object.order_id.unwrap_or(object.id);
    // Other events, and pings, are none of ours.
    let plain = order.starts_with("ord_") && order.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if event.r#type != CHANGED || !plain {
        return Ok(Vec::new());
    }
    match duffel
        .api
        .get::<air::Order>(&format!("/air/orders/{order}"))
        .await
    {
        Ok(order) => Ok(changes(&order)),
        Err(SupplierError::Gone { .. }) => Ok(Vec::new()),
        Err(error) => Err(NoticeError::Supplier(error)),
    }
}

/// `t=1641667496,v1=…`: the HMAC-SHA256 of time, dot and body, in hexadecimal.
fn check_signature(key: &[u8], header: &str, body: &[u8], now: Timestamp) -> Result<(), NoticeError> {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let (_, time) = parts()
        .find(|(name, _)| *name == "t")
        .ok_or(NoticeError::NotGenuine("it is not signed"))?;
    let sent = time
        .parse()
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok());
    if sent.is_none_or(|sent| now.duration_since(sent).abs() > OLDEST) {
        return Err(NoticeError::NotGenuine("it is too old"));
    }
    let mut hmac =
        Hmac::<Sha256>::new_from_slice(key).map_err(|_| NoticeError::NotGenuine("there is no key"))?;
    hmac.update(time.as_bytes());
    hmac.update(b".");
    hmac.update(body);
    let mut signatures = parts().filter(|(name, _)| matches!(*name, "v1" | "v2"));
    let genuine = signatures.any(|(_, hex_signature)| {
        hex::decode(hex_signature).is_ok_and(|signature| hmac.clone().verify_slice(&signature).is_ok())
    });
    match genuine {
        true => Ok(()),
        false => Err(NoticeError::NotGenuine("the signature does not match")),
    }
}

/// What was changed of an order of ours; orders without our key are somebody else's.
fn changes(order: &air::Order) -> Vec<ScheduleChange> {
    let metadata = order.metadata.as_ref();
    let Some(key) = metadata.and_then(|metadata| metadata.get(KEY)) else {
        return Vec::new();
    };
    let segments = |slices: &[air::Slice]| slices.iter().filter_map(way).flatten().collect();
    let changes = order
        .airline_initiated_changes
        .iter()
        .map(|change| ScheduleChange {
            change: change.id.clone(),
            reference: flights::reference(order),
            idempotency_key: key.clone(),
            before: segments(&change.removed),
            after: segments(&change.added),
        });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A signature as one of Duffel's own libraries documents it.
    const BODY: &[u8] = br#"{"created_at":"2022-01-08T18:44:56.129339Z","data":{"changes":{},"object":{}},"id":"eve_0000AFEsrBKZAcKgGtZCnQ","live_mode":false,"object":"order","type":"order.updated"}"#;
    const SIGNATURE: &str =
        "t=1641667496,v1=691f25ffb1f206c0fda5bb7b1a9d60fafe42c5f42819d44a06a7cfe09486f102";

    #[test]
    fn only_what_was_signed_with_the_key_is_believed() {
        let sent = Timestamp::from_second(1_641_667_496).unwrap();
        let hour = SignedDuration::from_hours(1);
        let other = SIGNATURE.replace("691f", "691e");
        let cases: &[(&str, &[u8], &str, &[u8], Timestamp, bool)] = &[
            ("as documented", b"a_secret", SIGNATURE, BODY, sent + hour, true),
            (
                "sent again after three days",
                b"a_secret",
                SIGNATURE,
                BODY,
                sent + hour * 72,
                true,
            ),
            ("another key", b"another", SIGNATURE, BODY, sent, false),
            ("another body", b"a_secret", SIGNATURE, b"{}", sent, false),
            ("another signature", b"a_secret", &other, BODY, sent, false),
            (
                "another time",
                b"a_secret",
                &SIGNATURE.replace("7496", "7497"),
                BODY,
                sent,
                false,
            ),
            (
                "a week old",
                b"a_secret",
                SIGNATURE,
                BODY,
                sent + hour * 24 * 7,
                false,
            ),
            (
                "from the future",
                b"a_secret",
                SIGNATURE,
                BODY,
                sent - hour * 24 * 7,
                false,
            ),
            ("no signature", b"a_secret", "", BODY, sent, false),
            ("no time", b"a_secret", &SIGNATURE[13..], BODY, sent, false),
            (
                "not hexadecimal", b"a_secret", "t=1641667496,v1=zz", BODY, sent, false,
            ),
        ];
        for (name, key, header, body, now, genuine) in cases {
            let checked = check_signature(key, header, body, *now);
            assert_eq!(checked.is_ok(), *genuine, "{name}: {checked:?}");
        }
    }
}
