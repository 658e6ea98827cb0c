//! What Duffel's answers mean. Pure.

use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use super::wire;
use crate::effect::Effect;
use crate::error::SupplierError;

/// What can be told of a refusal. Duffel's longer `message` is left out: it may repeat what was sent.
#[derive(Debug, thiserror::Error)]
#[error("status {status}, {code}: {title} (request {request_id})")]
struct Refusal {
    status: u16,
    code: String,
    title: String,
    /// For Duffel's support.
    request_id: String,
}

#[derive(Debug, thiserror::Error)]
#[error("the answer does not have the documented shape (request {request_id})")]
struct NotUnderstood {
    request_id: String,
    #[source]
    source: serde_json::Error,
}

#[derive(Debug, thiserror::Error)]
#[error("taken, and not done yet (request {0})")]
struct StillAtIt(String);

/// Codes that say that the thing is not to be had any more.
const GONE: &[&str] = &[
    "not_found", "offer_expired", "offer_no_longer_available", "offer_request_already_booked",
    "quote_expired", "rate_unavailable", "result_no_longer_available",
];
/// Codes that say that it costs something else.
const PRICE_CHANGED: &[&str] = &["payment_amount_does_not_match_order_amount", "price_changed"];

pub fn read<Answer: DeserializeOwned>(
    effect: Effect,
    answer: &Response<Bytes>,
    now: Timestamp,
) -> Result<Answer, SupplierError> {
    let status = answer.status();
    let request_id = header(answer, "x-request-id").unwrap_or("unknown").to_owned();
    if status == StatusCode::ACCEPTED && effect == Effect::Buys {
        return Err(effect.lost(StillAtIt(request_id)));
    }
    if status.is_success() {
        return serde_json::from_slice(answer.body())
            .map_err(|source| effect.lost(NotUnderstood { request_id, source }));
    }
    // Before the API there are machines that answer in HTML.
    let failure: wire::Failure = serde_json::from_slice(answer.body()).unwrap_or_default();
    let error = failure.errors.into_iter().next().unwrap_or_default();
    let refusal = Refusal {
        status: status.as_u16(),
        code: error.code,
        title: error.title,
        request_id,
    };
    let code = refusal.code.clone();
    Err(match code.as_str() {
        // Said together with a promise: nothing was booked, and nothing paid.
        "order_not_created" => SupplierError::Rejected {
            reason: refusal.to_string(),
        },
        code if GONE.contains(&code) => SupplierError::Gone {
            reason: refusal.to_string(),
        },
        code if PRICE_CHANGED.contains(&code) => SupplierError::PriceChanged,
        _ if status == StatusCode::NOT_FOUND => SupplierError::Gone {
            reason: refusal.to_string(),
        },
        _ if status == StatusCode::TOO_MANY_REQUESTS => {
            SupplierError::asked_too_often(patience(answer, now).unwrap_or(now + MINUTE))
        }
        // A token that is not taken is our fault and no word about the offer.
        _ if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status) => {
            SupplierError::unavailable(refusal)
        }
        _ if status.is_client_error() => SupplierError::Rejected {
            reason: refusal.to_string(),
        },
        _ => effect.lost(refusal),
    })
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Until when nothing should be asked: given with a 429, and with the last answer before one.
pub fn patience(answer: &Response<Bytes>, now: Timestamp) -> Option<Timestamp> {
    let spent = answer.status() == StatusCode::TOO_MANY_REQUESTS
        || header(answer, "ratelimit-remaining") == Some("0");
    let reset = header(answer, "ratelimit-reset")?;
    // The window is a minute: a date far off is a clock that is wrong, theirs or ours.
    let until = jiff::fmt::rfc2822::parse(reset)
        .ok()?
        .timestamp()
        .min(now + MINUTE * 2);
    (spent && until > now).then_some(until)
}

fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: &str) -> Response<Bytes> {
        let body = serde_json::json!({
            "errors": [{"type": "a_type", "code": code, "title": "A title", "message": "for Sam Sample"}],
            "meta": {"status": status, "request_id": "Fs1"},
        });
        Response::builder()
            .status(status)
            .header("x-request-id", "Fs1")
            .body(Bytes::from(body.to_string()))
            .unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-21T09:00:10Z".parse().unwrap()
    }

    fn meaning(effect: Effect, answer: &Response<Bytes>) -> &'static str {
        let error = read::<serde_json::Value>(effect, answer, now()).expect_err("an error");
        assert!(!format!("{error:?}").contains("Sample"), "{error:?}");
        match error {
            SupplierError::Unavailable { .. } if !error.is_outage() => "patience",
            SupplierError::Unavailable { .. } => "unavailable",
            SupplierError::Rejected { .. } => "rejected",
            SupplierError::Gone { .. } => "gone",
            SupplierError::PriceChanged => "price changed",
            SupplierError::OutcomeUnknown { .. } => "unknown",
        }
    }

    #[test]
    fn every_status_and_code_means_one_thing_to_a_question_and_to_a_purchase() {
        for (status, code, asked, bought) in [
            (422, "offer_no_longer_available", "gone", "gone"),
            (422, "offer_expired", "gone", "gone"),
            (422, "offer_request_already_booked", "gone", "gone"),
            (404, "not_found", "gone", "gone"),
            (422, "price_changed", "price changed", "price changed"),
            (
                422,
                "payment_amount_does_not_match_order_amount",
                "price changed",
                "price changed",
            ),
            (422, "insufficient_balance", "rejected", "rejected"),
            (422, "validation_required", "rejected", "rejected"),
            (400, "missing_version", "rejected", "rejected"),
            (401, "access_token_not_found", "unavailable", "unavailable"),
            (403, "unavailable_feature", "unavailable", "unavailable"),
            (429, "rate_limit_exceeded", "patience", "patience"),
            (500, "internal_server_error", "unavailable", "unknown"),
            (502, "airline_unknown", "unavailable", "unknown"),
            // The one 5xx after which it is sure that nothing was booked.
            (502, "order_not_created", "rejected", "rejected"),
            (503, "service_unavailable", "unavailable", "unknown"),
            (504, "gateway_timeout_error", "unavailable", "unknown"),
            (302, "moved", "unavailable", "unknown"),
        ] {
            let answer = answer(status, code);
            assert_eq!(meaning(Effect::None, &answer), asked, "{status} {code}");
            assert_eq!(meaning(Effect::Buys, &answer), bought, "{status} {code}");
        }
    }

    #[test]
    fn what_is_no_answer_of_the_api_says_nothing() {
        for (status, body) in [(201, "<html>"), (502, "<html>bad gateway</html>"), (500, "")] {
            let odd = Response::builder()
                .status(status)
                .body(Bytes::from(body))
                .unwrap();
            assert_eq!(meaning(Effect::None, &odd), "unavailable", "{status}");
            assert_eq!(meaning(Effect::Buys, &odd), "unknown", "{status}");
        }
    }

    /// 202: taken, to be done later, not to be sent again.
    #[test]
    fn an_order_that_is_only_accepted_is_not_known_to_exist() {
        let mut accepted = answer(202, "");
        assert_eq!(meaning(Effect::Buys, &accepted), "unknown");
        *accepted.body_mut() = Bytes::from_static(b"{}");
        assert!(read::<serde_json::Value>(Effect::None, &accepted, now()).is_ok());
    }

    #[test]
    fn the_limit_is_honoured_until_the_time_it_gives() {
        let with = |status: u16, remaining: &str, reset: &str| {
            let builder = Response::builder().status(status);
            let builder = builder.header("ratelimit-remaining", remaining);
            let answer = builder
                .header("ratelimit-reset", reset)
                .body(Bytes::new())
                .unwrap();
            patience(&answer, now()).map(|until| until.duration_since(now()).as_secs())
        };
        for (status, remaining, reset, seconds) in [
            (429, "0", "Sat, 21 Nov 2026 09:01:00 GMT", Some(50)),
            (200, "0", "Sat, 21 Nov 2026 09:01:00 GMT", Some(50)),
            (200, "12", "Sat, 21 Nov 2026 09:01:00 GMT", None),
            (429, "0", "Sat, 21 Nov 2026 09:00:00 GMT", None),
            (429, "0", "Sat, 21 Nov 2037 09:00:00 GMT", Some(120)),
            (429, "0", "soon", None),
        ] {
            assert_eq!(
                with(status, remaining, reset),
                seconds,
                "{status} {remaining} {reset}"
            );
        }
    }
}
