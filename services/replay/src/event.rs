//! A recorded event as a replay delivers it. Pure.

use events_schema::rows::JournalRow;
use serde_json::{Value, json};

/// Where the bus is, as every event on it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub account: String,
    pub region: String,
}

impl Place {
    /// From the ARN of anything there.
    pub fn of(arn: &str) -> Self {
        let mut parts = arn.split(':').skip(3);
        let mut next = || parts.next().unwrap_or_default().to_owned();
        Self {
            region: next(),
            account: next(),
        }
    }
}

/// The event as it was published, marked as replayed twice: where EventBridge marks what comes from its archive, and in
/// the detail, where the mark stays should somebody hand the detail on.
pub fn fenced(row: &JournalRow, replay: &str, place: &Place) -> Result<Value, serde_json::Error> {
    let mut recorded: Value = serde_json::from_str(&row.event)?;
    let mut detail = recorded["detail"].take();
    detail["fenced"] = replay.into();
    Ok(json!({
        "version": "0",
        "id": detail["meta"]["eventId"],
        "detail-type": row.event_type,
        "source": recorded["source"],
        "account": place.account,
        "time": row.occurred_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": place.region,
        "resources": [],
        "replay-name": replay,
        "detail": detail,
    }))
}

#[cfg(test)]
pub(crate) mod tests {
    use events_schema::catalogue::catalogue;
    use lambda_host::Live;
    use lambda_host::delivery::Delivery;

    use super::*;

    /// What Journal would hold of a type's example.
    pub(crate) fn row(name: &str) -> JournalRow {
        let kind = catalogue().into_iter().find(|kind| kind.name == name).unwrap();
        let recorded = kind.example();
        let meta = &recorded.detail.meta;
        JournalRow {
            aggregate_id: meta.aggregate_id.clone(),
            sequence: meta.sequence,
            cause_key: "a-test".into(),
            result: Value::Null,
            event: serde_json::to_string(&recorded).unwrap(),
            event_type: recorded.detail_type.clone(),
            correlation_id: meta.correlation_id,
            occurred_at: meta.occurred_at,
        }
    }

    #[test]
    fn every_event_comes_as_it_was_said_and_gives_no_power() {
        let place = Place::of("arn:aws:events:eu-west-1:123456789012:rule/sojourn-bus/a");
        for kind in catalogue() {
            let event = fenced(&row(kind.name), "again", &place).unwrap();
            assert_eq!(
                (&event["account"], &event["region"]),
                (&json!("123456789012"), &json!("eu-west-1"))
            );
            assert!(Live::of(&event).is_none(), "{}", kind.name);
            let mut bare = event.clone();
            bare.as_object_mut().unwrap().remove("replay-name");
            assert!(Live::of(&bare).is_none(), "{}: the second mark", kind.name);
            assert_eq!(
                Delivery::read(event).unwrap().event,
                kind.example(),
                "{}",
                kind.name
            );
        }
    }
}
