//! Stays: invented hotels in every city that has an airport.

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};
use places::City;

use super::offer_key::{FareKind, OfferKey, Priced, StayKey};
use super::{Inventory, Refused, euros, percent};
use crate::catalogue::{HOTEL_FIRST, HOTEL_SECOND, room_price_level};
use crate::wire::{Content, Offer, StaySearch};

const LONGEST_NIGHTS: u32 = 60;
/// Included in every price.
const CITY_TAX_PERCENT: i64 = 6;

struct Hotel {
    name: String,
    stars: u8,
    /// From the centre, in tenths of a kilometre.
    distance_hm: u32,
    /// For an ordinary night, in cents.
    base: i64,
}

impl Inventory {
    /// Cheapest first.
    pub fn stays(
        &self,
        search: &StaySearch,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<Vec<Offer>, Refused> {
        let city = places::metro(search.city).ok_or(Refused::UnknownPlace(search.city))?;
        check(search, city, now)?;
        let mut offers = Vec::new();
        for hotel in 0..hotels_in(city) {
            for fare in [FareKind::Light, FareKind::Flexible] {
                let key = StayKey {
                    city: city.code,
                    check_in: search.check_in,
                    check_out: search.check_out,
                    rooms: search.rooms,
                    hotel,
                    fare,
                    priced: Priced {
                        at: now,
                        change_percent: 0,
                    },
                };
                offers.extend(self.stay_offer(&key, lifetime));
            }
        }
        offers.sort_by(|a, b| (a.total.amount, &a.id).cmp(&(b.total.amount, &b.id)));
        Ok(offers)
    }

    /// None if there is no such hotel or it is full on one of the nights.
    pub(super) fn stay_offer(&self, key: &StayKey, lifetime: SignedDuration) -> Option<Offer> {
        let city = places::metro(key.city)?;
        let hotel = (key.hotel < hotels_in(city)).then(|| self.hotel(city, key.hotel))?;
        let nights =
            nights(key.check_in, key.check_out).filter(|nights| (1..=LONGEST_NIGHTS).contains(nights))?;
        let refundable = key.fare == FareKind::Flexible;
        let mut sum = 0;
        for night in 0..nights {
            let on = key.check_in.checked_add(i64::from(night).days()).ok()?;
            sum += self.night(city, &hotel, on, key.rooms)?;
        }
        let mut per_night = sum / i64::from(nights);
        per_night = percent(per_night, if refundable { 100 } else { 88 });
        per_night = percent(per_night, i64::from(100 + key.priced.change_percent));
        let total = per_night * i64::from(nights) * i64::from(key.rooms);
        Some(Offer {
            id: OfferKey::Stay(key.clone()).to_string(),
            content: Content::Stay {
                hotel: hotel.name,
                city: city.code,
                stars: hotel.stars,
                check_in: key.check_in,
                check_out: key.check_out,
                nights,
                rooms: key.rooms,
                per_night: euros(per_night),
                distance_hm: hotel.distance_hm,
            },
            total: euros(total),
            taxes: euros(total * CITY_TAX_PERCENT / (100 + CITY_TAX_PERCENT)),
            expires_at: key.priced.at + lifetime,
            refundable,
            holdable: true,
            conditions: conditions(refundable).into(),
        })
    }

    /// The end of the day of arrival: until then a room can be sold.
    pub(super) fn check_in_time(&self, key: &StayKey) -> Option<Timestamp> {
        let city = places::metro(key.city)?;
        Some(key.check_in.at(23, 0, 0, 0).in_tz(city.zone).ok()?.timestamp())
    }

    fn hotel(&self, city: &City, index: usize) -> Hotel {
        let mut dice = self.dice(&format!("hotel {} {index}", city.code));
        // Walking through the first names in order keeps two hotels of a city from sharing a name.
        let (first, second) = (
            HOTEL_FIRST[index % HOTEL_FIRST.len()],
            HOTEL_SECOND[dice.usize(..HOTEL_SECOND.len())],
        );
        let again = if index >= HOTEL_FIRST.len() { " II" } else { "" };
        let stars = [2, 3, 3, 3, 4, 4, 5][dice.usize(..7)];
        let distance_hm = 2 + dice.u32(..90) * dice.u32(1..10) / 9;
        let by_stars = match stars {
            2 => 6_200,
            3 => 9_600,
            4 => 14_200,
            _ => 25_500,
        };
        let by_city = 76 + 8 * i64::from(city.weight);
        let by_distance = 108 - i64::from(distance_hm) / 4;
        let factors = [
            by_city,
            by_distance,
            room_price_level(city.country),
            90 + dice.i64(0..26),
        ];
        let base = factors.into_iter().fold(by_stars, percent);
        Hotel {
            name: format!("{first} {second}{again} {}", city.name),
            stars,
            distance_hm,
            base,
        }
    }

    /// Price of one room for one night in cents, taxes included; none if not enough rooms are free.
    fn night(&self, city: &City, hotel: &Hotel, on: Date, rooms: u8) -> Option<i64> {
        let mut dice = self.dice(&format!("night {} {} {on}", city.code, hotel.name));
        // One night in forty, the house is full.
        let free = if dice.u8(..40) == 0 { 0 } else { dice.u8(3..20) };
        let working_week = match on.weekday() {
            Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday => 108,
            Weekday::Sunday => 90,
            _ => 100,
        };
        (free >= rooms).then(|| percent(percent(hotel.base, working_week), season_percent(city, on)))
    }
}

fn season_percent(city: &City, on: Date) -> i64 {
    let south = places::airport(city.airports[0]).is_some_and(|airport| airport.latitude < 0.0);
    let month = if south {
        (on.month() + 5) % 12 + 1
    } else {
        on.month()
    };
    match month {
        5 | 6 | 9 => 112,
        7 | 8 => 106,
        1 | 2 | 11 => 90,
        _ => 100,
    }
}

fn hotels_in(city: &City) -> usize {
    5 + 4 * usize::from(city.weight)
}

fn nights(check_in: Date, check_out: Date) -> Option<u32> {
    u32::try_from(check_in.until(check_out).ok()?.get_days()).ok()
}

fn conditions(refundable: bool) -> &'static str {
    if refundable {
        "Free cancellation until 18:00 on the day of arrival. Pay at the hotel."
    } else {
        "Prepaid. Not refundable, except within 24 h of booking."
    }
}

fn check(search: &StaySearch, city: &City, now: Timestamp) -> Result<(), Refused> {
    let today = now
        .in_tz(city.zone)
        .map_err(|_| Refused::BadQuestion("a zone"))?
        .date();
    if !(1..=9).contains(&search.rooms) {
        return Err(Refused::BadQuestion("rooms: 1 to 9"));
    }
    match nights(search.check_in, search.check_out) {
        Some(1..=LONGEST_NIGHTS) => {}
        _ => return Err(Refused::BadQuestion("check_out: 1 to 60 nights after check_in")),
    }
    if search.check_in < today || search.check_out > today.saturating_add(366.days()) {
        return Err(Refused::BadQuestion("dates: from today to a year out"));
    }
    Ok(())
}
