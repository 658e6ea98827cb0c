//! The committed tables, read once. They ship with the code, so a malformed row is a defect: reading panics, and a
//! test reads them all.

use std::collections::{BTreeMap, BTreeSet};

use events_schema::place::IataCode;

use crate::names::key;
use crate::{Airport, City};

pub struct Data {
    pub airports: BTreeMap<IataCode, Airport>,
    /// Ranked ones first, in the order of their file.
    pub cities: Vec<City>,
    pub city_of_code: BTreeMap<IataCode, usize>,
    /// By [`key`]; indexes into `cities`, heaviest first.
    pub cities_of_name: BTreeMap<String, Vec<usize>>,
    pub airport_names: BTreeMap<String, IataCode>,
    /// ISO code by the key of a name or of the code itself.
    pub countries: BTreeMap<String, &'static str>,
    pub country_names: BTreeMap<&'static str, &'static str>,
}

impl Data {
    pub fn read() -> Self {
        let airports = read_airports();
        let mut data = Self {
            airports,
            cities: Vec::new(),
            city_of_code: BTreeMap::new(),
            cities_of_name: BTreeMap::new(),
            airport_names: read_airport_names(),
            countries: BTreeMap::new(),
            country_names: BTreeMap::new(),
        };
        data.read_countries();
        data.read_ranked_cities();
        data.add_other_cities();
        let cities = &data.cities;
        for indexes in data.cities_of_name.values_mut() {
            indexes.sort_by_key(|index| (std::cmp::Reverse(cities[*index].weight), *index));
            indexes.dedup();
        }
        data
    }

    /// Whether `qualifier` (a key) names the city's country or region: `france`, `fr`, `maine`.
    pub fn is_in(&self, city: &City, qualifier: &str) -> bool {
        self.countries.get(qualifier) == Some(&city.country)
            || key(city.region) == qualifier
            || (city.country == "US" && us_state(qualifier) == Some(city.region))
    }

    fn read_countries(&mut self) {
        for [code, name, others] in rows(include_str!("../data/countries.tsv")) {
            self.country_names.insert(code, name);
            for name in [code, name].into_iter().chain(listed(others)) {
                self.countries.insert(key(name), code);
            }
        }
    }

    fn read_ranked_cities(&mut self) {
        for [weight, name, metropolis, airports, others] in rows(include_str!("../data/cities.tsv")) {
            let airports: Vec<IataCode> = airports.split(' ').map(code).collect();
            let first = &self.airports[&airports[0]];
            let city = City {
                code: code(metropolis),
                name,
                region: first.region,
                country: first.country,
                zone: first.zone,
                airports,
                weight: weight.parse().expect("cities.tsv: a weight"),
            };
            self.add(city, listed(others));
        }
    }

    /// Airports no ranked city claims, grouped by the city they name.
    fn add_other_cities(&mut self) {
        let claimed: BTreeSet<IataCode> = self
            .cities
            .iter()
            .flat_map(|city| city.airports.clone())
            .collect();
        let mut groups: BTreeMap<(&str, &str, &str), Vec<IataCode>> = BTreeMap::new();
        for airport in self
            .airports
            .values()
            .filter(|airport| !claimed.contains(&airport.iata))
        {
            groups
                .entry((airport.country, airport.region, airport.city))
                .or_default()
                .push(airport.iata);
        }
        for ((country, region, name), airports) in groups {
            let zone = self.airports[&airports[0]].zone;
            let city = City {
                code: airports[0],
                name,
                region,
                country,
                zone,
                airports,
                weight: 0,
            };
            self.add(city, std::iter::empty());
        }
    }

    fn add(&mut self, city: City, others: impl Iterator<Item = &'static str>) {
        let index = self.cities.len();
        for name in std::iter::once(city.name).chain(others) {
            self.cities_of_name.entry(key(name)).or_default().push(index);
        }
        for code in std::iter::once(&city.code).chain(&city.airports) {
            self.city_of_code.entry(*code).or_insert(index);
        }
        self.cities.push(city);
    }
}

fn read_airports() -> BTreeMap<IataCode, Airport> {
    let airport =
        |[iata, name, city, region, country, latitude, longitude, zone]: [&'static str; 8]| Airport {
            iata: code(iata),
            name,
            city,
            region,
            country,
            zone,
            latitude: latitude.parse().expect("airports.tsv: a latitude"),
            longitude: longitude.parse().expect("airports.tsv: a longitude"),
        };
    rows(include_str!("../data/airports.tsv"))
        .map(airport)
        .map(|airport| (airport.iata, airport))
        .collect()
}

fn read_airport_names() -> BTreeMap<String, IataCode> {
    let mut names = BTreeMap::new();
    for [name, iata] in rows(include_str!("../data/airport-names.tsv")) {
        let name = key(name);
        names.insert(format!("{name} airport"), code(iata));
        names.insert(name, code(iata));
    }
    names
}

fn rows<const COLUMNS: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; COLUMNS]> {
    table.lines().map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        fields
            .try_into()
            .unwrap_or_else(|_| panic!("not {COLUMNS} columns: {line}"))
    })
}

fn listed(names: &'static str) -> impl Iterator<Item = &'static str> {
    names.split(';').map(str::trim).filter(|name| !name.is_empty())
}

fn code(text: &str) -> IataCode {
    text.parse().unwrap_or_else(|error| panic!("place data: {error}"))
}

/// People write `Portland, OR`; the airport data spells states out.
fn us_state(abbreviation: &str) -> Option<&'static str> {
    const STATES: &str = "al Alabama;ak Alaska;az Arizona;ar Arkansas;ca California;co Colorado;ct Connecticut;\
        de Delaware;fl Florida;ga Georgia;hi Hawaii;id Idaho;il Illinois;in Indiana;ia Iowa;ks Kansas;ky Kentucky;\
        la Louisiana;me Maine;md Maryland;ma Massachusetts;mi Michigan;mn Minnesota;ms Mississippi;mo Missouri;\
        mt Montana;ne Nebraska;nv Nevada;nh New Hampshire;nj New Jersey;nm New Mexico;ny New York;nc North Carolina;\
        nd North Dakota;oh Ohio;ok Oklahoma;or Oregon;pa Pennsylvania;pr Puerto Rico;ri Rhode Island;\
        sc South Carolina;sd South Dakota;tn Tennessee;tx Texas;ut Utah;vt Vermont;va Virginia;wa Washington;\
        wv West Virginia;wi Wisconsin;wy Wyoming;dc District of Columbia";
    STATES
        .split(';')
        .filter_map(|state| state.split_once(' '))
        .find(|(short, _)| *short == abbreviation)
        .map(|s| s.1)
}
