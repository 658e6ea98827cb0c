//! Duffel's flights as our offers. Pure.

use events_schema::ids::SupplierId;
use events_schema::money::Money;
use events_schema::place::LocalTime;
use events_schema::trip::{Cabin, FlightSegment, FlightWish, LegContent, Offer};
use iso_currency::Currency;
use rust_decimal::Decimal;

use super::handle::Handle;
use super::wire::air;
use crate::offer_id::offer_id;

/// `None` for what we have no words for: an unknown currency or zone, or segments in different cabins.
pub fn offer(supplier: &SupplierId, found: &air::Offer) -> Option<Offer> {
    let mut ways = found.slices.iter().map(way);
    let content = LegContent::Flight {
        outbound: ways.next()??,
        inbound: ways.next().unwrap_or(Some(Vec::new()))?,
        cabin: cabin(found)?,
        travellers: u8::try_from(found.passengers.len()).ok()?,
    };
    let total = money(found.total_amount, &found.total_currency)?;
    let refund = found.conditions.refund_before_departure.as_ref();
    let refundable = refund.is_some_and(|refund| {
        refund.allowed && refund.penalty_amount.unwrap_or_default() < found.total_amount
    });
    Some(Offer {
        id: offer_id(supplier, &content, refundable),
        supplier: supplier.clone(),
        supplier_offer: Handle::Flight(found.id.clone()).to_string(),
        content,
        total,
        taxes: Money::new(found.tax_amount.unwrap_or_default(), total.currency),
        expires_at: found.expires_at,
        refundable,
        holdable: !found.payment_requirements.requires_instant_payment,
        conditions: conditions(&found.conditions),
    })
}

/// Airlines may return what was not asked for: only what fits is offered.
pub fn fits(wish: &FlightWish, offer: &Offer) -> bool {
    let LegContent::Flight {
        outbound,
        inbound,
        cabin,
        ..
    } = &offer.content
    else {
        return false;
    };
    let (Some(first), Some(last)) = (outbound.first(), outbound.last()) else {
        return false;
    };
    let in_time = wish
        .depart_after
        .is_none_or(|time| first.departs.local.time() >= time)
        && wish.arrive_before.is_none_or(|time| {
            last.arrives.local.date() == wish.depart_on && last.arrives.local.time() <= time
        });
    let back = match wish.return_on {
        Some(on) => inbound
            .first()
            .is_some_and(|back| back.departs.local.date() == on),
        None => inbound.is_empty(),
    };
    let direct = !wish.non_stop || (outbound.len() == 1 && inbound.len() <= 1);
    first.departs.local.date() == wish.depart_on
        && *cabin == wish.cabin.unwrap_or(Cabin::Economy)
        && in_time
        && back
        && direct
}

/// `None` if a flight of it cannot be told.
pub fn way(slice: &air::Slice) -> Option<Vec<FlightSegment>> {
    let segments: Option<Vec<_>> = slice.segments.iter().map(segment).collect();
    segments.filter(|segments| !segments.is_empty())
}

fn segment(segment: &air::Segment) -> Option<FlightSegment> {
    let departs = LocalTime::new(segment.departing_at, segment.origin.time_zone.clone());
    let arrives = LocalTime::new(segment.arriving_at, segment.destination.time_zone.clone());
    let flown = arrives
        .instant()
        .ok()?
        .duration_since(departs.instant().ok()?)
        .as_mins();
    let carrier = &segment.marketing_carrier;
    Some(FlightSegment {
        flight: format!(
            "{} {}",
            carrier.iata_code, segment.marketing_carrier_flight_number
        ),
        carrier: carrier.name.clone(),
        from: segment.origin.iata_code,
        to: segment.destination.iata_code,
        departs,
        arrives,
        duration_minutes: u32::try_from(flown).ok()?,
    })
}

/// The one cabin that everybody sits in all the way.
fn cabin(found: &air::Offer) -> Option<Cabin> {
    let segments = found.slices.iter().flat_map(|slice| &slice.segments);
    let mut cabins = segments
        .flat_map(|segment| &segment.passengers)
        .map(|passenger| passenger.cabin_class);
    let first = cabins.next()?;
    cabins.all(|cabin| cabin == first).then_some(first)
}

pub fn money(amount: Decimal, currency: &str) -> Option<Money> {
    Currency::from_code(currency).map(|currency| Money::new(amount, currency))
}

/// As Duffel wants to be paid: the decimal number as a string, with the currency's own digits.
pub fn payment(total: Money) -> air::Payment {
    let digits = u32::from(total.currency.exponent().unwrap_or(2));
    let mut amount = total.amount;
    if amount.scale() < digits {
        amount.rescale(digits);
    }
    air::Payment {
        r#type: "balance",
        amount: amount.to_string(),
        currency: total.currency.code().into(),
    }
}

fn conditions(conditions: &air::Conditions) -> String {
    let one = |what: &str, condition: &Option<air::Condition>| match condition {
        Some(condition) if condition.allowed => {
            let penalty = condition.penalty_amount.filter(|amount| !amount.is_zero());
            let currency = condition.penalty_currency.as_deref().unwrap_or_default();
            match (penalty, condition.penalty_amount) {
                (Some(amount), _) => format!("{what} before departure for {amount} {currency}."),
                (None, Some(_)) => format!("{what} before departure is free."),
                (None, None) => {
                    format!("{what} before departure is possible; the airline says at what price.")
                }
            }
        }
        Some(_) => format!("{what} before departure is not possible."),
        None => format!("{what}: the airline does not say."),
    };
    format!(
        "{} {}",
        one("Cancelling", &conditions.refund_before_departure),
        one("Changing", &conditions.change_before_departure)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use iso_currency::Currency::{EUR, JPY};

    #[test]
    fn amounts_are_decimal_strings() {
        for (amount, scale, currency, expected) in [
            (14990, 2, EUR, "149.90"),
            (1499, 1, EUR, "149.90"),
            (150, 0, EUR, "150.00"),
            (12500, 0, JPY, "12500"),
        ] {
            let payment = payment(Money::new(Decimal::new(amount, scale), currency));
            assert_eq!((payment.amount.as_str(), payment.r#type), (expected, "balance"));
        }
        assert_eq!(money(Decimal::ONE, "XXY"), None);
    }

    #[test]
    fn conditions_are_said_in_words() {
        let condition = |allowed, penalty: Option<i64>| {
            Some(air::Condition {
                allowed,
                penalty_amount: penalty.map(Decimal::from),
                penalty_currency: Some("GBP".into()),
            })
        };
        for (refund, change, expected) in [
            (
                condition(true, Some(40)),
                condition(true, Some(0)),
                "Cancelling before departure for 40 GBP. Changing before departure is free.",
            ),
            (
                condition(false, None),
                condition(true, None),
                "Cancelling before departure is not possible. Changing before departure is possible; the airline says \
at what price.",
            ),
            (
                None,
                None,
                "Cancelling: the airline does not say. Changing: the airline does not say.",
            ),
        ] {
            let given = air::Conditions {
                refund_before_departure: refund,
                change_before_departure: change,
            };
            assert_eq!(conditions(&given), expected);
        }
    }
}
