//! What the sample supplier's answers mean. Pure.

use bytes::Bytes;
use events_schema::ids::SupplierId;
use events_schema::place::{LocalTime, Place};
use events_schema::trip::{FlightSegment, LegContent, Offer};
use http::{Response, StatusCode};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use super::wire;
use crate::effect::Effect;
use crate::error::SupplierError;
use crate::offer_id::offer_id;
use crate::port::{Cancellation, Order};

#[derive(Debug, thiserror::Error)]
#[error("status {status}: {message}")]
struct Refusal {
    status: StatusCode,
    message: String,
}

#[derive(Debug, thiserror::Error)]
#[error("the answer does not have the agreed shape")]
struct NotUnderstood(#[source] serde_json::Error);

pub fn read<Answer: DeserializeOwned>(
    effect: Effect,
    answer: &Response<Bytes>,
) -> Result<Answer, SupplierError> {
    let status = answer.status();
    if status.is_success() {
        return serde_json::from_slice(answer.body()).map_err(|error| effect.lost(NotUnderstood(error)));
    }
    let failure: Option<wire::Failure> = serde_json::from_slice(answer.body()).ok();
    let (code, message) = failure.map_or_else(Default::default, |failure| {
        (failure.error.code, failure.error.message)
    });
    Err(match code.as_str() {
        "sold_out" | "offer_expired" | "not_found" => SupplierError::Gone { reason: message },
        "price_changed" => SupplierError::PriceChanged,
        // Any other 4xx is a clear no; a 429 asks for patience, and everything else says nothing about the outcome.
        _ if status == StatusCode::TOO_MANY_REQUESTS => {
            SupplierError::unavailable(Refusal { status, message })
        }
        _ if status.is_client_error() => SupplierError::Rejected { reason: message },
        _ => effect.lost(Refusal { status, message }),
    })
}

/// `place` is where a stay is; a flight says so itself.
pub fn offer(
    supplier: &SupplierId,
    offer: wire::Offer,
    place: Option<&Place>,
) -> Result<Offer, SupplierError> {
    let content = content(offer.content, place)?;
    Ok(Offer {
        id: offer_id(supplier, &content, offer.refundable),
        supplier: supplier.clone(),
        supplier_offer: offer.id,
        content,
        total: offer.total,
        taxes: offer.taxes,
        expires_at: offer.expires_at,
        refundable: offer.refundable,
        holdable: offer.holdable,
        conditions: offer.conditions,
    })
}

fn content(content: wire::Content, place: Option<&Place>) -> Result<LegContent, SupplierError> {
    Ok(match content {
        wire::Content::Flight {
            outbound,
            inbound,
            cabin,
            travellers,
        } => LegContent::Flight {
            outbound: outbound.into_iter().map(segment).collect(),
            inbound: inbound.into_iter().map(segment).collect(),
            cabin,
            travellers,
        },
        wire::Content::Stay {
            hotel,
            stars,
            check_in,
            check_out,
            nights,
            rooms,
            per_night,
            distance_hm,
        } => {
            let place = place.cloned().ok_or(SupplierError::Rejected {
                reason: "a stay instead of a flight".into(),
            })?;
            let distance_km = Decimal::new(distance_hm.into(), 1);
            LegContent::Stay {
                hotel,
                stars,
                place,
                check_in,
                check_out,
                nights,
                rooms,
                per_night,
                distance_km,
            }
        }
    })
}

fn segment(segment: wire::Segment) -> FlightSegment {
    FlightSegment {
        flight: segment.flight,
        carrier: segment.carrier,
        from: segment.from,
        to: segment.to,
        departs: LocalTime::new(segment.departs, segment.departs_zone),
        arrives: LocalTime::new(segment.arrives, segment.arrives_zone),
        duration_minutes: segment.duration_minutes,
    }
}

pub fn order(order: wire::Order) -> Order {
    Order {
        reference: order.reference,
        total: order.total,
        cancelled: order.status == "cancelled",
    }
}

pub fn cancellation(order: wire::Order) -> Result<Cancellation, SupplierError> {
    match (order.status.as_str(), order.refund) {
        ("cancelled", Some(refund)) => Ok(Cancellation { refund }),
        (status, _) => Err(SupplierError::unknown(format!(
            "cancelled, but the order's status is {status:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: &str) -> Response<Bytes> {
        let body = serde_json::json!({"error": {"code": code, "message": "because"}}).to_string();
        Response::builder()
            .status(status)
            .body(Bytes::from(body))
            .unwrap()
    }

    fn meaning(effect: Effect, answer: &Response<Bytes>) -> &'static str {
        match read::<wire::Order>(effect, answer).err().expect("an error") {
            SupplierError::Unavailable { .. } => "unavailable",
            SupplierError::Rejected { .. } => "rejected",
            SupplierError::Gone { .. } => "gone",
            SupplierError::PriceChanged => "price changed",
            SupplierError::OutcomeUnknown { .. } => "unknown",
        }
    }

    #[test]
    fn every_status_means_one_thing_to_a_question_and_to_a_purchase() {
        for (status, code, asked, bought) in [
            (410, "sold_out", "gone", "gone"),
            (410, "offer_expired", "gone", "gone"),
            (404, "not_found", "gone", "gone"),
            (409, "price_changed", "price changed", "price changed"),
            (409, "idempotency_conflict", "rejected", "rejected"),
            (422, "rejected", "rejected", "rejected"),
            (400, "bad_request", "rejected", "rejected"),
            (429, "slow_down", "unavailable", "unavailable"),
            (500, "internal", "unavailable", "unknown"),
            (503, "unavailable", "unavailable", "unknown"),
            (504, "timeout", "unavailable", "unknown"),
            (302, "moved", "unavailable", "unknown"),
        ] {
            assert_eq!(
                meaning(Effect::None, &answer(status, code)),
                asked,
                "{status} {code}"
            );
            assert_eq!(
                meaning(Effect::Buys, &answer(status, code)),
                bought,
                "{status} {code}"
            );
        }
    }

    #[test]
    fn an_answer_that_is_not_understood_may_have_bought() {
        let garbled = Response::builder()
            .status(201)
            .body(Bytes::from("<html>"))
            .unwrap();
        assert_eq!(meaning(Effect::None, &garbled), "unavailable");
        assert_eq!(meaning(Effect::Buys, &garbled), "unknown");
    }
}
