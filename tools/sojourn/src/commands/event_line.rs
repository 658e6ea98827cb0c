//! An event of the bus at a glance: one line, whatever the event says.

use serde_json::Value;

/// `2026-11-21T09:00:00Z  sojourn.gateway  BookingRequested  BOOKING`.
pub(super) fn line(event: &Value) -> String {
    let text = |member: &str| event[member].as_str().unwrap_or("-").to_owned();
    let replayed = match event["replay-name"].as_str() {
        Some(name) => format!("  (replay {name})"),
        None => String::new(),
    };
    format!(
        "{}  {:<18} {:<30} {}{replayed}",
        text("time"),
        text("source"),
        text("detail-type"),
        aggregate(event).unwrap_or("-"),
    )
}

/// What the event is about: a booking's id, for most.
pub(super) fn aggregate(event: &Value) -> Option<&str> {
    event["detail"]["meta"]["aggregateId"].as_str()
}

#[cfg(test)]
mod tests {
    //! What is shown of events of ours and of others.

    use serde_json::json;

    use super::*;

    #[test]
    fn names_what_there_is() {
        let ours = json!({
            "time": "2026-11-21T09:00:00Z", "source": "sojourn.search", "detail-type": "OffersFound",
            "detail": { "meta": { "aggregateId": "b-1" } }, "replay-name": "again"
        });
        let words = |event: &Value| {
            line(event)
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            words(&ours),
            [
                "2026-11-21T09:00:00Z", "sojourn.search", "OffersFound", "b-1", "(replay", "again)"
            ]
        );
        assert_eq!(words(&json!({ "source": "aws.s3" })), ["-", "aws.s3", "-", "-"]);
    }
}
