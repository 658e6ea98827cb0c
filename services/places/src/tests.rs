//! Covers the committed tables as a whole and what names and codes mean. It cannot cover whether a city's weight is
//! right: that is a judgement, made in `data/cities.tsv`.

use super::*;

fn code(text: &str) -> IataCode {
    text.parse().unwrap()
}

fn one(text: &str) -> Place {
    match resolve(text) {
        Resolved::One(place) => place,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn every_row_reads_and_every_city_has_known_airports() {
    assert!(airports().count() > 7_500);
    for city in &DATA.cities {
        assert!(!city.airports.is_empty(), "{city:?}");
        assert!(
            city.airports.iter().all(|code| airport(*code).is_some()),
            "{city:?}"
        );
        assert!(
            !city.name.is_empty() && city.country.len() == 2 && city.zone.contains('/'),
            "{city:?}"
        );
    }
}

#[test]
fn closed_airports_are_gone() {
    for closed in ["TXL", "SXF", "THF", "NAY", "ISL"] {
        assert_eq!(airport(code(closed)), None, "{closed}");
        assert_eq!(resolve(closed), Resolved::Unknown, "{closed}");
    }
}

#[test]
fn a_name_means_its_city_however_it_is_spelt() {
    for (text, expected) in [
        ("Berlin", "BER"),
        ("lisbon", "LIS"),
        ("Lissabon", "LIS"),
        ("LISBOA", "LIS"),
        ("Munich", "MUC"),
        ("München", "MUC"),
        ("Munchen", "MUC"),
        ("muenchen", "MUC"),
        ("Köln", "CGN"),
        ("Cologne", "CGN"),
        ("Wien", "VIE"),
        ("Praha", "PRG"),
        ("Zürich", "ZRH"),
        ("São Paulo", "SAO"),
        ("Łódź", "LCJ"),
        ("Malmö", "MMA"),
        ("Paris", "PAR"),
        ("London", "LON"),
        ("Rome", "ROM"),
        ("New York", "NYC"),
        ("Xi'an", "XIY"),
        ("Tokyo", "TYO"),
        ("Milano", "MIL"),
        ("Frankfurt am Main", "FRA"),
        ("St. Petersburg", "LED"),
        ("Manchester", "MAN"),
        ("Toronto", "YTO"),
        ("Istanbul", "IST"),
        ("Nice", "NCE"),
        ("Bari", "BRI"),
    ] {
        assert_eq!(one(text).code, code(expected), "{text}");
    }
}

#[test]
fn a_metropolitan_code_gives_its_airports_best_known_first() {
    assert_eq!(one("LON").airports[..2], [code("LHR"), code("LGW")]);
    assert_eq!(one("NYC").airports[0], code("JFK"));
    assert_eq!(one("PAR").airports[0], code("CDG"));
    assert_eq!(one("BER").airports, [code("BER")]);
    assert_eq!(metro(code("LGW")).unwrap().name, "London");
    assert_eq!(one("LGW").airports, [code("LGW")]);
}

#[test]
fn an_airport_has_names_of_its_own() {
    for (text, expected) in [
        ("Heathrow", "LHR"),
        ("gatwick airport", "LGW"),
        ("Schiphol", "AMS"),
        ("O'Hare", "ORD"),
    ] {
        assert_eq!(one(text).code, code(expected), "{text}");
    }
}

#[test]
fn a_shared_name_is_asked_about_and_a_qualifier_settles_it() {
    for (text, expected) in [("Portland", vec!["PDX", "PWM"]), ("San Jose", vec!["SJC", "SJO"])] {
        let Resolved::Ambiguous(places) = resolve(text) else {
            panic!("{text}: {:?}", resolve(text))
        };
        let codes: Vec<&str> = places.iter().map(|place| place.code.as_str()).collect();
        assert_eq!(codes, expected, "{text}");
    }
    for (text, expected) in [
        ("Portland, Oregon", "PDX"),
        ("Portland, ME", "PWM"),
        ("San José (Costa Rica)", "SJO"),
        ("Paris, France", "PAR"),
        ("San Jose, CA", "SJC"),
        ("London, UK", "LON"),
        ("London, Ontario", "YXU"),
    ] {
        assert_eq!(one(text).code, code(expected), "{text}");
    }
}

#[test]
fn ordinary_words_are_not_places() {
    for text in [
        "the", "and", "for", "hotel", "", "ÄÖÜ", "XQX", "lhr", "Paris, Germany",
    ] {
        assert_eq!(resolve(text), Resolved::Unknown, "{text}");
    }
}

#[test]
fn distances_are_great_circles() {
    // Published figures: BER-LIS about 2,310 km, LHR-JFK 5,540 km, SYD-LHR 17,020 km.
    for (from, to, expected) in [
        ("BER", "LIS", 2_310.0),
        ("LHR", "JFK", 5_540.0),
        ("SYD", "LHR", 17_020.0),
    ] {
        let distance = distance_km(code(from), code(to)).unwrap();
        assert!(
            (distance - expected).abs() < expected * 0.01,
            "{from}-{to}: {distance}"
        );
    }
    let near: Vec<&str> = airports_near(code("LIS"), 350.0)
        .iter()
        .map(|(airport, _)| airport.iata.as_str())
        .collect();
    assert_eq!(near, ["FAO", "OPO", "SVQ"]);
}
