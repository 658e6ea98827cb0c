//! What is sent to whom, and when it is tried again. Pure.

use events_schema::envelope::Recorded;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::webhook::{Sealed, Webhook};

/// SQS hides a message no longer.
const LONGEST_S: u32 = 43_200;

/// Who wants the event.
pub fn wanting<'a>(webhooks: &'a [Webhook], event: &'a str) -> impl Iterator<Item = &'a Webhook> {
    webhooks
        .iter()
        .filter(move |webhook| webhook.events.iter().any(|wanted| wanted == event))
}

/// The body, as Standard Webhooks suggests it.
pub fn body(event: &Recorded) -> Value {
    json!({
        "type": event.detail_type,
        "timestamp": event.detail.meta.occurred_at,
        "data": event.detail,
    })
}

/// Secrets that sign now: all but those that were replaced long enough ago.
pub fn active(secrets: &[Sealed], now: Timestamp) -> Vec<&Sealed> {
    secrets
        .iter()
        .filter(|secret| secret.until.is_none_or(|until| now < until))
        .collect()
}

/// How long to wait after the `attempt`th failure, from 1: four times as long each time.
pub fn wait_s(attempt: u32, first_s: u32) -> u32 {
    let factor = 4_u32.saturating_pow(attempt.saturating_sub(1));
    first_s.saturating_mul(factor).min(LONGEST_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_and_ends() {
        let waits: Vec<_> = (1..=8).map(|attempt| wait_s(attempt, 30)).collect();
        assert_eq!(waits, [30, 120, 480, 1_920, 7_680, 30_720, 43_200, 43_200]);
        assert_eq!(wait_s(u32::MAX, 30), 43_200);
        assert_eq!(wait_s(0, 30), 30);
    }

    #[test]
    fn a_replaced_secret_signs_for_a_while() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        let sealed = |until: Option<&str>| Sealed {
            secret: String::new(),
            until: until.map(|until| until.parse().unwrap()),
        };
        let secrets = [
            sealed(None),
            sealed(Some("2026-11-26T12:00:01Z")),
            sealed(Some("2026-11-26T12:00:00Z")),
        ];
        assert_eq!(active(&secrets, now).len(), 2);
    }

    #[test]
    fn only_who_asked_is_told() {
        let webhook = |id: &str, events: &[&str]| Webhook {
            webhook_id: id.into(),
            address: String::new(),
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            secrets: Vec::new(),
        };
        let all = [
            webhook("a", &["BookingConfirmed"]),
            webhook("b", &["BookingFailed"]),
        ];
        let told: Vec<_> = wanting(&all, "BookingConfirmed")
            .map(|webhook| webhook.webhook_id.as_str())
            .collect();
        assert_eq!(told, ["a"]);
    }
}
