//! Offer ids: everything needed to make the offer again, readable, safe in a URL.

use std::fmt;
use std::str::FromStr;

use events_schema::place::IataCode;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::wire::{Cabin, Kind};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferKey {
    Flight(FlightKey),
    Stay(StayKey),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlightKey {
    pub outbound: WayKey,
    pub inbound: Option<WayKey>,
    pub cabin: Cabin,
    pub travellers: u8,
    pub fare: FareKind,
    pub priced: Priced,
}

/// One way of the journey: the how manieth itinerary of that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WayKey {
    pub from: IataCode,
    pub to: IataCode,
    pub on: Date,
    pub index: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StayKey {
    pub city: IataCode,
    pub check_in: Date,
    pub check_out: Date,
    pub rooms: u8,
    pub hotel: usize,
    pub fare: FareKind,
    pub priced: Priced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FareKind {
    Light,
    Flexible,
}

/// The moment of a price, to the second, and by how many percent a scenario had changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    pub at: Timestamp,
    pub change_percent: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an offer id of this supplier")]
pub struct NotAnOfferId;

impl OfferKey {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Flight(_) => Kind::Flights,
            Self::Stay(_) => Kind::Stays,
        }
    }

    pub fn priced(&self) -> Priced {
        match self {
            Self::Flight(key) => key.priced,
            Self::Stay(key) => key.priced,
        }
    }

    pub fn priced_again(mut self, priced: Priced) -> Self {
        match &mut self {
            Self::Flight(key) => key.priced = priced,
            Self::Stay(key) => key.priced = priced,
        }
        self
    }
}

impl fmt::Display for OfferKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flight(key) => {
                let inbound = key.inbound.map_or_else(|| "-".into(), |way| way.to_string());
                let (cabin, people, fare) = (cabin_letter(key.cabin), key.travellers, key.fare.letter());
                write!(
                    f,
                    "F.{}.{inbound}.{cabin}.{people}.{fare}.{}",
                    key.outbound, key.priced
                )
            }
            Self::Stay(key) => {
                let (city, rooms, hotel, fare) = (key.city, key.rooms, key.hotel, key.fare.letter());
                let (from, to) = (compact(key.check_in), compact(key.check_out));
                write!(f, "H.{city}.{from}.{to}.{rooms}.{hotel}.{fare}.{}", key.priced)
            }
        }
    }
}

impl FromStr for OfferKey {
    type Err = NotAnOfferId;
    fn from_str(text: &str) -> Result<Self, NotAnOfferId> {
        let fields: Vec<&str> = text.split('.').collect();
        match fields.as_slice() {
            ["F", outbound, inbound, cabin, travellers, fare, at, change] => Ok(Self::Flight(FlightKey {
                outbound: outbound.parse()?,
                inbound: if *inbound == "-" {
                    None
                } else {
                    Some(inbound.parse()?)
                },
                cabin: CABINS
                    .iter()
                    .find(|(_, letter)| letter == cabin)
                    .ok_or(NotAnOfferId)?
                    .0,
                travellers: one_to_nine(travellers)?,
                fare: FareKind::of_letter(fare)?,
                priced: Priced::of(at, change)?,
            })),
            ["H", city, check_in, check_out, rooms, hotel, fare, at, change] => Ok(Self::Stay(StayKey {
                city: parsed(city)?,
                check_in: date(check_in)?,
                check_out: date(check_out)?,
                rooms: one_to_nine(rooms)?,
                hotel: parsed(hotel)?,
                fare: FareKind::of_letter(fare)?,
                priced: Priced::of(at, change)?,
            })),
            _ => Err(NotAnOfferId),
        }
    }
}

impl fmt::Display for WayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}-{}", self.from, self.to, compact(self.on), self.index)
    }
}

impl FromStr for WayKey {
    type Err = NotAnOfferId;
    fn from_str(text: &str) -> Result<Self, NotAnOfferId> {
        let fields: Vec<&str> = text.split('-').collect();
        let [from, to, on, index] = fields.as_slice() else {
            return Err(NotAnOfferId);
        };
        Ok(Self {
            from: parsed(from)?,
            to: parsed(to)?,
            on: date(on)?,
            index: parsed(index)?,
        })
    }
}

impl fmt::Display for Priced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_second(), self.change_percent)
    }
}

impl Priced {
    fn of(at: &str, change: &str) -> Result<Self, NotAnOfferId> {
        let at = Timestamp::from_second(parsed(at)?).map_err(|_| NotAnOfferId)?;
        let change_percent = parsed(change)?;
        if (-99..=900).contains(&change_percent) {
            Ok(Self { at, change_percent })
        } else {
            Err(NotAnOfferId)
        }
    }
}

impl FareKind {
    fn letter(self) -> &'static str {
        match self {
            Self::Light => "l",
            Self::Flexible => "x",
        }
    }

    fn of_letter(letter: &str) -> Result<Self, NotAnOfferId> {
        match letter {
            "l" => Ok(Self::Light),
            "x" => Ok(Self::Flexible),
            _ => Err(NotAnOfferId),
        }
    }
}

const CABINS: [(Cabin, &str); 4] = [
    (Cabin::Economy, "e"),
    (Cabin::PremiumEconomy, "p"),
    (Cabin::Business, "b"),
    (Cabin::First, "f"),
];

fn cabin_letter(cabin: Cabin) -> &'static str {
    CABINS
        .iter()
        .find(|(each, _)| *each == cabin)
        .map_or("e", |(_, letter)| letter)
}

fn one_to_nine(text: &str) -> Result<u8, NotAnOfferId> {
    parsed(text).and_then(|number| {
        if (1..=9).contains(&number) {
            Ok(number)
        } else {
            Err(NotAnOfferId)
        }
    })
}

fn compact(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

fn date(text: &str) -> Result<Date, NotAnOfferId> {
    Date::strptime("%Y%m%d", text).map_err(|_| NotAnOfferId)
}

fn parsed<T: FromStr>(text: &str) -> Result<T, NotAnOfferId> {
    text.parse().map_err(|_| NotAnOfferId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_what_it_stands_for() {
        for id in [
            "F.BER-LIS-20261203-0.LIS-BER-20261205-2.e.1.l.1795251600.0",
            "F.LHR-JFK-20261203-4.-.b.9.x.1795251600.-10",
            "H.LIS.20261203.20261205.1.7.x.1795251600.10",
        ] {
            assert_eq!(id.parse::<OfferKey>().unwrap().to_string(), id);
        }
    }

    #[test]
    fn anything_else_is_no_id() {
        for wrong in [
            "",
            "F",
            "F.BER-LIS-20261203-0.-.e.0.l.1795251600.0",
            "F.BER-LIS-20261303-0.-.e.1.l.1795251600.0",
            "H.LIS.20261203.20261205.1.7.x.1795251600.5000",
            "H.LIS.20261203.20261205.1.-1.x.1795251600.0",
            "F.BER-LIS-20261203-0.-.e.1.l.99999999999999999.0",
        ] {
            assert_eq!(wrong.parse::<OfferKey>(), Err(NotAnOfferId), "{wrong}");
        }
    }
}
