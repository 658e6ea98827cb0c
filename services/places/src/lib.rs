//! Airports, cities and metropolitan areas by code and by what people call them. Data only: no I/O, no clock.
//!
//! [`resolve`] is what a request's words go through; [`airport`], [`metro`] and [`by_city`] are its parts. Where the
//! data comes from, and how a city's weight decides what its bare name means, is told in `data/README.md`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use events_schema::place::{IataCode, Place};

mod data;
mod names;

use data::Data;

/// One airport with scheduled or chartered traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct Airport {
    pub iata: IataCode,
    pub name: &'static str,
    /// City served, in English where English has a name of its own.
    pub city: &'static str,
    /// State, province or the like; may be empty.
    pub region: &'static str,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// IANA time zone.
    pub zone: &'static str,
    /// Degrees, north positive.
    pub latitude: f64,
    /// Degrees, east positive.
    pub longitude: f64,
}

/// A city with its airports: what a traveller means by a city's name.
#[derive(Clone, Debug, PartialEq)]
pub struct City {
    /// The metropolitan code where one exists, otherwise its airport's.
    pub code: IataCode,
    pub name: &'static str,
    pub region: &'static str,
    pub country: &'static str,
    pub zone: &'static str,
    /// Best known first, never empty.
    pub airports: Vec<IataCode>,
    /// 5 a world city … 2 a small one; 0 for the many that nobody ranked.
    pub weight: u8,
}

/// What some words mean as a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    One(Place),
    /// Several places share the name and none is the obvious one; heaviest first.
    Ambiguous(Vec<Place>),
    Unknown,
}

impl City {
    pub fn place(&self) -> Place {
        Place {
            code: self.code,
            city: self.name.into(),
            country: self.country.into(),
            zone: self.zone.into(),
            airports: self.airports.clone(),
        }
    }
}

impl Airport {
    /// The airport alone, whatever else serves its city.
    pub fn place(&self) -> Place {
        Place {
            code: self.iata,
            city: self.city.into(),
            country: self.country.into(),
            zone: self.zone.into(),
            airports: vec![self.iata],
        }
    }
}

static DATA: LazyLock<Data> = LazyLock::new(Data::read);

pub fn airport(code: IataCode) -> Option<&'static Airport> {
    DATA.airports.get(&code)
}

/// Every airport, by code.
pub fn airports() -> impl Iterator<Item = &'static Airport> {
    DATA.airports.values()
}

/// The city a metropolitan code or one of its airports belongs to: `LON` and `LGW` both give London.
pub fn metro(code: IataCode) -> Option<&'static City> {
    DATA.city_of_code.get(&code).map(|index| &DATA.cities[*index])
}

/// The cities of this name, heaviest first. Case, accents and punctuation do not matter; names in other languages
/// (`Lissabon`, `Köln`) do where the data knows them. `Portland, Maine` and `Paris, France` narrow the choice.
pub fn by_city(name: &str) -> Vec<City> {
    let (city, qualifier) = match name.split_once([',', '(']) {
        Some((city, qualifier)) => (city, names::key(qualifier)),
        None => (name, String::new()),
    };
    let found = DATA
        .cities_of_name
        .get(&names::key(city))
        .into_iter()
        .flatten()
        .map(|index| &DATA.cities[*index]);
    found
        .filter(|city| qualifier.is_empty() || DATA.is_in(city, &qualifier))
        .cloned()
        .collect()
}

/// The ISO code of a country, by its English name or code: `Portugal`, `UK`.
pub fn country(name: &str) -> Option<&'static str> {
    DATA.countries.get(&names::key(name)).copied()
}

/// The country's English name by its ISO code.
pub fn country_name(code: &str) -> Option<&'static str> {
    DATA.country_names.get(code).copied()
}

/// Reads words as a place. Three capitals are a code: an airport's means that airport, a metropolitan one (`LON`)
/// the city with all its airports. Anything else is a city's or an airport's name; a lower-case `bar` is the town.
pub fn resolve(text: &str) -> Resolved {
    let text = text.trim();
    if let Ok(code) = text.parse::<IataCode>()
        && let Some(place) = by_code(code)
    {
        return Resolved::One(place);
    }
    if let Some(code) = DATA.airport_names.get(&names::key(text)) {
        return airport(*code).map_or(Resolved::Unknown, |airport| Resolved::One(airport.place()));
    }
    let cities = by_city(text);
    match cities.as_slice() {
        [] => Resolved::Unknown,
        [only] => Resolved::One(only.place()),
        [first, second, ..] if first.weight >= second.weight + CLEAR_LEAD => Resolved::One(first.place()),
        [first, ..] => {
            // A village of the same name is no alternative to a city worth asking about.
            let least = first.weight.saturating_sub(CLEAR_LEAD - 1);
            Resolved::Ambiguous(
                cities
                    .iter()
                    .filter(|city| city.weight >= least)
                    .map(City::place)
                    .collect(),
            )
        }
    }
}

/// By how much a city must outweigh its namesakes to be what the bare name means.
const CLEAR_LEAD: u8 = 2;

/// The place of a code alone: airport before metropolis, because who writes `IST` or `DFW` means the airport.
pub fn by_code(code: IataCode) -> Option<Place> {
    airport(code)
        .map(Airport::place)
        .or_else(|| metro(code).map(City::place))
}

/// Great-circle distance in kilometres; absent if either airport is unknown.
pub fn distance_km(from: IataCode, to: IataCode) -> Option<f64> {
    Some(great_circle_km(airport(from)?, airport(to)?))
}

/// Haversine on a sphere of the Earth's mean radius; within 0.5 % of the ellipsoid.
pub fn great_circle_km(from: &Airport, to: &Airport) -> f64 {
    const MEAN_RADIUS_KM: f64 = 6371.0088;
    let (from_latitude, to_latitude) = (from.latitude.to_radians(), to.latitude.to_radians());
    let latitudes = ((to_latitude - from_latitude) / 2.0).sin().powi(2);
    let longitudes = ((to.longitude - from.longitude).to_radians() / 2.0).sin().powi(2);
    let chord = latitudes + from_latitude.cos() * to_latitude.cos() * longitudes;
    2.0 * MEAN_RADIUS_KM * chord.sqrt().min(1.0).asin()
}

/// Other cities' airports within `radius_km` of an airport, ranked cities only, nearest first.
pub fn airports_near(code: IataCode, radius_km: f64) -> Vec<(&'static Airport, f64)> {
    let Some(centre) = airport(code) else {
        return Vec::new();
    };
    let mut near: BTreeMap<(u64, IataCode), &'static Airport> = BTreeMap::new();
    for city in DATA.cities.iter().filter(|city| city.weight > 0) {
        for other in city
            .airports
            .iter()
            .filter_map(|other| airport(*other))
            .filter(|other| other.iata != code)
        {
            let distance = great_circle_km(centre, other);
            if distance <= radius_km {
                near.insert(((distance * 1000.0) as u64, other.iata), other);
            }
        }
    }
    near.into_iter()
        .map(|((metres, _), airport)| (airport, metres as f64 / 1000.0))
        .collect()
}

#[cfg(test)]
mod tests;
