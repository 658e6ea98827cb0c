//! Flight offers: there, or there and back, for 1 to 9 travellers.

use events_schema::place::IataCode;
use jiff::{SignedDuration, Timestamp, ToSpan};
use places::Airport;

use super::offer_key::{FareKind, FlightKey, OfferKey, Priced, WayKey};
use super::schedule::Itinerary;
use super::{Inventory, Refused, euros, percent};
use crate::wire::{Content, FlightSearch, Offer};

/// More would only be scrolled past.
const AT_MOST: usize = 24;
/// How many airports of a city are looked at.
const AIRPORTS: usize = 3;
/// Check-in closes.
const LAST_SALE: SignedDuration = SignedDuration::from_mins(60);

impl Inventory {
    /// Cheapest first. Every city pair is searched on the same airports both ways.
    pub fn flights(
        &self,
        search: &FlightSearch,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<Vec<Offer>, Refused> {
        check(search, now)?;
        let mut offers = Vec::new();
        for from in search.origins.iter().take(AIRPORTS) {
            for to in search.destinations.iter().take(AIRPORTS) {
                let (from, to) = (known(*from)?, known(*to)?);
                let keys = self.combinations(search, from, to, now);
                offers.extend(keys.iter().filter_map(|key| self.flight_offer(key, lifetime)));
            }
        }
        offers.sort_by(|a, b| (a.total.amount, &a.id).cmp(&(b.total.amount, &b.id)));
        offers.truncate(AT_MOST);
        Ok(offers)
    }

    /// Every way out with two ways back, the flexible fare beside the light one for the ways listed first.
    fn combinations(
        &self,
        search: &FlightSearch,
        from: &Airport,
        to: &Airport,
        now: Timestamp,
    ) -> Vec<FlightKey> {
        let outbound = self.ways(search, from, to, search.depart_on, now, true);
        let inbound: Vec<Option<WayKey>> = match search.return_on {
            None => vec![None],
            Some(on) => {
                let back = self.ways(search, to, from, on, now, false);
                // The first way back may leave before one arrives; `flight_offer` drops such pairs.
                back.into_iter().map(Some).collect()
            }
        };
        let mut keys = Vec::new();
        for (rank, outbound) in outbound.into_iter().enumerate() {
            for offset in 0..inbound.len().min(2) {
                let inbound = inbound[(rank + offset) % inbound.len()];
                for fare in [FareKind::Light, FareKind::Flexible] {
                    let priced = Priced {
                        at: now,
                        change_percent: 0,
                    };
                    let (cabin, travellers) = (search.cabin, search.travellers);
                    keys.push(FlightKey {
                        outbound,
                        inbound,
                        cabin,
                        travellers,
                        fare,
                        priced,
                    });
                }
            }
        }
        keys
    }

    fn ways(
        &self,
        search: &FlightSearch,
        from: &Airport,
        to: &Airport,
        on: jiff::civil::Date,
        now: Timestamp,
        is_outbound: bool,
    ) -> Vec<WayKey> {
        let fits = |itinerary: &Itinerary| {
            let in_time = !is_outbound
                || (search
                    .depart_after
                    .is_none_or(|time| itinerary.departs.time() >= time)
                    && search.arrive_before.is_none_or(|time| {
                        itinerary.arrives.date() == on && itinerary.arrives.time() <= time
                    }));
            in_time
                && (!search.non_stop || itinerary.segments.len() == 1)
                && itinerary.departs.timestamp() > now + LAST_SALE
                && self.seats_left(itinerary, search.cabin) >= search.travellers
        };
        let all = self.itineraries(from, to, on).into_iter().enumerate();
        let fitting = all.filter(|(_, itinerary)| fits(itinerary));
        fitting
            .map(|(index, _)| WayKey {
                from: from.iata,
                to: to.iata,
                on,
                index,
            })
            .collect()
    }

    pub(super) fn flight_offer(&self, key: &FlightKey, lifetime: SignedDuration) -> Option<Offer> {
        let ways: Vec<Itinerary> = [Some(key.outbound), key.inbound]
            .into_iter()
            .flatten()
            .map(|way| self.way(way))
            .collect::<Option<_>>()?;
        if let [outbound, inbound] = ways.as_slice()
            && inbound.departs.timestamp() < outbound.arrives.timestamp() + LAST_SALE
        {
            return None;
        }
        let (mut fare, mut taxes) = (0, 0);
        for way in &ways {
            let price = self.price(way, key.cabin, key.priced.at)?;
            fare += price.fare;
            taxes += price.taxes;
        }
        if key.inbound.is_some() {
            fare = percent(fare, 88);
        }
        let refundable = key.fare == FareKind::Flexible;
        if refundable {
            fare = percent(fare, 138);
        }
        fare = percent(fare, i64::from(100 + key.priced.change_percent));
        let people = i64::from(key.travellers);
        let seats_left = ways.iter().map(|way| self.seats_left(way, key.cabin)).min()?;
        let mut ways = ways.into_iter().map(|way| way.segments);
        Some(Offer {
            id: OfferKey::Flight(key.clone()).to_string(),
            content: Content::Flight {
                outbound: ways.next()?,
                inbound: ways.next().unwrap_or_default(),
                cabin: key.cabin,
                travellers: key.travellers,
                seats_left,
            },
            total: euros((fare + taxes) * people),
            taxes: euros(taxes * people),
            expires_at: key.priced.at + lifetime,
            refundable,
            holdable: true,
            conditions: conditions(refundable).into(),
        })
    }

    pub(super) fn departure(&self, key: &FlightKey) -> Option<Timestamp> {
        self.way(key.outbound)
            .map(|way| way.departs.timestamp() - LAST_SALE)
    }

    fn way(&self, key: WayKey) -> Option<Itinerary> {
        let (from, to) = (places::airport(key.from)?, places::airport(key.to)?);
        self.itineraries(from, to, key.on).into_iter().nth(key.index)
    }
}

fn conditions(refundable: bool) -> &'static str {
    if refundable {
        "Changes are free. Refundable in full until departure."
    } else {
        "Changes cost 60.00 EUR. Not refundable, except for taxes; free cancellation within 24 h of booking."
    }
}

fn check(search: &FlightSearch, now: Timestamp) -> Result<(), Refused> {
    if !(1..=9).contains(&search.travellers) {
        return Err(Refused::BadQuestion("travellers: 1 to 9"));
    }
    if search.origins.is_empty() || search.destinations.is_empty() {
        return Err(Refused::BadQuestion(
            "origins and destinations: at least one each",
        ));
    }
    if search.return_on.is_some_and(|back| back < search.depart_on) {
        return Err(Refused::BadQuestion("return_on: before depart_on"));
    }
    let today = now
        .in_tz(known(search.origins[0])?.zone)
        .map_err(|_| Refused::BadQuestion("a zone"))?
        .date();
    let last = today.saturating_add(366.days());
    if search.depart_on < today || search.return_on.unwrap_or(search.depart_on) > last {
        return Err(Refused::BadQuestion("dates: from today to a year out"));
    }
    Ok(())
}

fn known(code: IataCode) -> Result<&'static Airport, Refused> {
    places::airport(code).ok_or(Refused::UnknownPlace(code))
}
