//! Duffel's rates as our stays. Pure.

use events_schema::ids::SupplierId;
use events_schema::money::Money;
use events_schema::trip::{LegContent, Offer, StayWish};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::handle::Handle;
use super::offers::money;
use super::wire::stays::{Accommodation, Coordinates, Rate, Refundable, SearchResult};
use crate::offer_id::offer_id;

/// Where a rate does not say how long it stands.
pub const STANDS: SignedDuration = SignedDuration::from_mins(20);
/// The Earth's mean radius.
const RADIUS_KM: f64 = 6371.0;

/// The middle of what is on offer, as far as it says where it is: hotels crowd where a city is.
pub fn centre(found: &[SearchResult]) -> Option<Coordinates> {
    let places: Vec<_> = found
        .iter()
        .filter_map(|result| place(&result.accommodation))
        .collect();
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    Some(Coordinates {
        latitude: middle(places.iter().map(|place| place.latitude).collect())?,
        longitude: middle(places.iter().map(|place| place.longitude).collect())?,
    })
}

/// The cheapest rate that can be given back, and the cheapest that cannot.
pub fn offers(
    supplier: &SupplierId,
    wish: &StayWish,
    rooms: u8,
    result: &SearchResult,
    centre: Option<Coordinates>,
    now: Timestamp,
) -> Vec<Offer> {
    let rates = result.accommodation.rooms.iter().flat_map(|room| {
        let name = room.name.as_str();
        room.rates.iter().map(move |rate| (name, rate))
    });
    let sold_here = rates.filter(|(_, rate)| {
        let from_balance = rate
            .payment_method
            .as_deref()
            .is_none_or(|method| method == "balance");
        from_balance
            && rate
                .quantity_available
                .is_none_or(|left| left >= u32::from(rooms))
    });
    let mut offers: Vec<Offer> = sold_here
        .filter_map(|(room, rate)| offer(supplier, wish, rooms, result, room, rate, centre, now))
        .collect();
    offers.sort_by(|a, b| (a.total.amount, &a.supplier_offer).cmp(&(b.total.amount, &b.supplier_offer)));
    let mut seen = std::collections::BTreeSet::new();
    offers.retain(|offer| seen.insert(offer.id.clone()));
    offers
}

#[allow(
    clippy::too_many_arguments,
    reason = "what a rate leaves unsaid comes from all around it"
)]
fn offer(
    supplier: &SupplierId,
    wish: &StayWish,
    rooms: u8,
    result: &SearchResult,
    room: &str,
    rate: &Rate,
    centre: Option<Coordinates>,
    now: Timestamp,
) -> Option<Offer> {
    let total = money(rate.total_amount, &rate.total_currency)?;
    let hotel = &result.accommodation;
    let refundable = comes_back(&rate.cancellation_timeline, total, now).amount > Decimal::ZERO;
    let content = LegContent::Stay {
        hotel: hotel.name.clone(),
        stars: stars(hotel),
        place: wish.place.clone(),
        check_in: wish.check_in,
        check_out: wish.check_out,
        nights: wish.nights(),
        rooms,
        per_night: per_night(total, wish.nights(), rooms)?,
        distance_km: distance(hotel, centre),
    };
    Some(Offer {
        id: offer_id(supplier, &content, refundable),
        supplier: supplier.clone(),
        supplier_offer: Handle::Rate(rate.id.clone()).to_string(),
        content,
        total,
        taxes: Money::new(rate.tax_amount.unwrap_or_default(), total.currency),
        expires_at: rate.expires_at.or(result.expires_at).unwrap_or(now + STANDS),
        refundable,
        holdable: false,
        conditions: conditions(room, rate, now),
    })
}

/// For one room and night, rounded to the currency's digits.
pub fn per_night(total: Money, nights: u32, rooms: u8) -> Option<Money> {
    let share = total
        .amount
        .checked_div(Decimal::from(nights * u32::from(rooms)))?;
    Some(Money::new(share, total.currency).rounded())
}

/// What comes back when cancelled at `at`: of the amounts with a deadline, the first whose deadline has not passed.
pub fn comes_back(timeline: &[Refundable], paid: Money, at: Timestamp) -> Money {
    let next = timeline
        .iter()
        .filter(|refundable| refundable.before > at)
        .min_by_key(|next| next.before);
    next.and_then(|next| money(next.refund_amount, &next.currency))
        .filter(|refund| refund.currency == paid.currency && refund.amount <= paid.amount)
        .unwrap_or(Money::zero(paid.currency))
}

/// One that is rated by nobody counts as the simplest.
fn stars(hotel: &Accommodation) -> u8 {
    let others = hotel.ratings.iter().flatten().map(|rating| rating.value);
    hotel
        .rating
        .into_iter()
        .chain(others)
        .next()
        .unwrap_or(1)
        .clamp(1, 5)
}

fn place(hotel: &Accommodation) -> Option<Coordinates> {
    hotel.location.as_ref()?.geographic_coordinates
}

/// In kilometres, one decimal; 0 where nobody says where the hotel is.
fn distance(hotel: &Accommodation, centre: Option<Coordinates>) -> Decimal {
    let km = place(hotel).zip(centre).map_or(0.0, |(hotel, centre)| {
        let latitude = (hotel.latitude - centre.latitude).to_radians();
        let longitude =
            (hotel.longitude - centre.longitude).to_radians() * centre.latitude.to_radians().cos();
        // Flat enough within a city.
        RADIUS_KM * latitude.hypot(longitude)
    });
    Decimal::new((km * 10.0).round() as i64, 1)
}

fn conditions(room: &str, rate: &Rate, now: Timestamp) -> String {
    let board = match rate.board_type.as_deref() {
        Some("breakfast") => ", breakfast included",
        Some("half_board") => ", half board",
        Some("full_board" | "all_inclusive") => ", all meals included",
        _ => "",
    };
    let mut said = vec![format!("{room}{board}.")];
    let refunds = rate
        .cancellation_timeline
        .iter()
        .filter(|refundable| refundable.before > now);
    for refundable in refunds {
        let (amount, currency, before) = (refundable.refund_amount, &refundable.currency, refundable.before);
        said.push(format!(
            "{amount} {currency} back if cancelled before {}.",
            before.strftime("%Y-%m-%d %H:%M UTC")
        ));
    }
    if said.len() == 1 {
        said.push("Not refundable.".into());
    }
    let due = rate
        .due_at_accommodation_amount
        .filter(|amount| *amount > Decimal::ZERO);
    if let Some((amount, currency)) = due.zip(rate.due_at_accommodation_currency.as_deref()) {
        said.push(format!(
            "Another {amount} {currency} is due at the hotel, not included here."
        ));
    }
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_comes_back_depends_on_when() {
        let until = |before: &str, amount: i64| Refundable {
            before: at(before),
            refund_amount: amount.into(),
            currency: "EUR".into(),
        };
        let timeline = [
            until("2026-12-01T00:00:00Z", 200),
            until("2026-12-02T00:00:00Z", 100),
        ];
        let paid = Money::euros(200);
        for (when, expected) in [
            ("2026-11-21T09:00:00Z", 200),
            ("2026-11-30T23:59:59Z", 200),
            ("2026-12-01T00:00:00Z", 100),
            ("2026-12-02T00:00:00Z", 0),
        ] {
            assert_eq!(
                comes_back(&timeline, paid, at(when)).amount,
                expected.into(),
                "{when}"
            );
        }
        assert_eq!(
            comes_back(&[], paid, at("2026-11-21T09:00:00Z")),
            Money::zero(paid.currency)
        );
    }

    #[test]
    fn a_night_is_a_share_of_the_whole() {
        for (total, nights, rooms, expected) in [
            (400, 2, 1, "200.00 EUR"),
            (100, 3, 1, "33.33 EUR"),
            (100, 3, 2, "16.67 EUR"),
        ] {
            let share = per_night(Money::euros(total), nights, rooms).unwrap();
            assert_eq!(share.to_string(), expected);
        }
        assert_eq!(per_night(Money::euros(1), 0, 1), None);
    }
}
