//! How far flights go that words are about.

use events_schema::rows::Reach;

use super::sentences::Sentence;
use super::whereabouts::Whereabouts;

const INTERCONTINENTAL: [&str; 28] = [
    "another continent", "intercontinental", "other continents", "overseas", "long haul", "transatlantic",
    "long-haul", "outside europe", "beyond europe", "outside of europe", "between continents",
    "beyond the continent", "outside the continent", "out of europe", "leave the continent",
    "other continent", "rest of the world", "across oceans", "long hauls", "the world", "worldwide",
    "out of the continent", "off the continent", "different continent", "further afield",
    "across the atlantic", "outside north america", "outside south america",
];
const INTERNATIONAL: [&str; 3] = ["international", "abroad", "internationally"];
const DOMESTIC: [&str; 14] = [
    "domestic", "within one country", "inside one country", "within the country", "same country", "inland",
    "inside the country", "national", "domestically", "within a country", "inside a country", "in a country",
    "continental us", "continental united states",
];
const CONTINENTAL: [&str; 19] = [
    "same continent", "on the continent", "continental", "of the continent", "within the continent",
    "short-haul", "short haul", "one continent", "inside the continent", "other european countries",
    "other european country", "to europe", "countries of europe", "elsewhere in europe", "rest of europe",
    "another european country", "european country", "another country in europe", "country of europe",
];
/// Flights in a continent of this name may stay in one country, too.
const IN_CONTINENT: [&str; 14] = [
    "within europe", "in europe", "inside europe", "european", "within north america", "in north america",
    "within the eu", "across europe", "europe", "inside the eu", "within south america", "within africa",
    "within asia", "within asean",
];

/// How far flights go that the words are about; none where they do not say.
pub fn reaches(words: &Sentence) -> Vec<Reach> {
    if words.says(&INTERCONTINENTAL) {
        vec![Reach::Intercontinental]
    } else if words.says(&INTERNATIONAL) {
        vec![Reach::Continental, Reach::Intercontinental]
    } else if words.says(&DOMESTIC) {
        vec![Reach::Domestic]
    } else if words.says(&CONTINENTAL) {
        vec![Reach::Continental]
    } else if words.says(&IN_CONTINENT) {
        vec![Reach::Domestic, Reach::Continental]
    } else if is_inside_one_country(words) {
        vec![Reach::Domestic]
    } else {
        Vec::new()
    }
}

/// "Within India", and no other place.
fn is_inside_one_country(words: &Sentence) -> bool {
    let place = Whereabouts::of(&words.tokens);
    let one = place.countries.len() == 1 && place.cities.is_empty() && !place.unknown;
    one && !place.elsewhere && !words.says(&["to", "from", "outside"])
}
