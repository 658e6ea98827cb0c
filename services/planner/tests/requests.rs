//! How requests are understood: a table of wordings, each with its reading. Today is Saturday, 21 November 2026.
//!
//! Covers the grammar and the check behind it. It cannot say how a model reads the same words.
//! Long because it is one table: a wording is found by reading on, not by knowing its file.

use events_schema::trip::{Cabin, FlightWish, StayWish, TripFields, TripPlan};
use iso_currency::Currency;
use jiff::civil::date;
use planner::check::Reading;
use planner::grammar::{self, Reference, Utterance};

/// A request and its reading as [`show`] writes it.
type Row = (&'static str, &'static str);

const ROUTES_AND_DAYS: &[Row] = &[
    (
        "Berlin to Lisbon 3-5 December, hotel under 150 a night",
        "fly BER-LIS 12-03/12-05; stay LIS 12-03/12-05 <=150.00 EUR",
    ),
    ("Berlin to Lisbon 3–5 December", "fly BER-LIS 12-03/12-05"),
    (
        "Flight from Berlin to Lisbon, 3 Dec – 5 Dec 2026",
        "fly BER-LIS 12-03/12-05",
    ),
    (
        "I need to fly from Munich to Vienna December 3rd to 5th",
        "fly MUC-VIE 12-03/12-05",
    ),
    (
        "Munich - Vienna 2026-12-03 to 2026-12-05",
        "fly MUC-VIE 12-03/12-05",
    ),
    ("Cologne → Prague 3.12.-5.12.", "fly CGN-PRG 12-03/12-05"),
    ("MUC-VIE 3.-5.12.", "fly MUC-VIE 12-03/12-05"),
    ("MUC VIE 3-5 Dec", "fly MUC-VIE 12-03/12-05"),
    ("fly muc to vie tomorrow", "fly MUC-VIE 11-22"),
    (
        "from munich to vienna next tuesday to friday",
        "fly MUC-VIE 11-24/11-27",
    ),
    (
        "munich to vienna, tuesday to friday next week",
        "fly MUC-VIE 11-24/11-27",
    ),
    ("Munich to Vienna Thursday", "fly MUC-VIE 11-26"),
    (
        "To Vienna from Munich on the 3rd of December, back on the 5th",
        "fly MUC-VIE 12-03/12-05",
    ),
    (
        "Munich to Vienna on Dec 3, returning Dec 5",
        "fly MUC-VIE 12-03/12-05",
    ),
    (
        "Leaving Munich for a meeting in Vienna on 3 December, coming back 5 December",
        "fly MUC-VIE 12-03/12-05",
    ),
    ("Munich to Vienna 30 Dec – 2 Jan", "fly MUC-VIE 12-30/2027-01-02"),
    (
        "Munich to Vienna 30 December to 2 January 2027",
        "fly MUC-VIE 12-30/2027-01-02",
    ),
    ("Munich to Vienna Thursday 3 December", "fly MUC-VIE 12-03"),
    (
        "Munich to Vienna Thu 3 - Sat 5 December",
        "fly MUC-VIE 12-03/12-05",
    ),
    ("Munich to Vienna 3/4/2027", "? departOn ambiguous"),
    // 12 March 2026 has passed: only one order is left.
    (
        "Munich to Vienna 3/12/2026 to 25/12/2026",
        "fly MUC-VIE 12-03/12-25",
    ),
    (
        "Munich to Vienna 13/12/2026 to 25/12/2026",
        "fly MUC-VIE 12-13/12-25",
    ),
    ("One way Munich to Vienna on 3 March", "fly MUC-VIE 2027-03-03"),
    (
        "Munich to Vienna in two weeks, day trip",
        "fly MUC-VIE 12-05/12-05",
    ),
    (
        "Munich to Vienna in two weeks for 3 nights",
        "fly MUC-VIE 12-05/12-08; stay VIE 12-05/12-08",
    ),
    (
        "Munich to Vienna the day after tomorrow, back the same day",
        "fly MUC-VIE 11-23/11-23",
    ),
    (
        "between 3 and 5 December from Munich to Vienna",
        "fly MUC-VIE 12-03/12-05",
    ),
    (
        "Fly from London Heathrow to Paris Charles de Gaulle on 3 December",
        "fly LHR-CDG 12-03",
    ),
    ("London to New York 3-5 December", "fly LON-NYC 12-03/12-05"),
    ("LON to JFK 3-5 December", "fly LON-JFK 12-03/12-05"),
    ("Lisbon (LIS) to Paris (ORY) 3 December", "fly LIS-ORY 12-03"),
    (
        "Porto to Frankfurt 10 to 12 January and back to Porto",
        "fly OPO-FRA 2027-01-10/2027-01-12",
    ),
    (
        "Portland, Oregon to San Jose, Costa Rica 3-5 December",
        "fly PDX-SJO 12-03/12-05",
    ),
    (
        "Reading the calendar I see I may be needed: Munich to Nice on 3 May",
        "fly MUC-NCE 2027-05-03",
    ),
    ("Berlin-Lisbon-Berlin 3-5 December", "fly BER-LIS 12-03/12-05"),
    (
        "I want to go home to Berlin from Lisbon on Friday",
        "fly LIS-BER 11-27",
    ),
    ("BERLIN TO LISBON 3-5 DECEMBER PLEASE", "fly BER-LIS 12-03/12-05"),
    (
        "Our CEO and the CFO want a flight from Munich to Vienna on 3 December",
        "fly MUC-VIE 12-03",
    ),
    (
        "Ber\u{200b}lin to Lis\u{200b}bon\u{202e} 3\u{2212}5 December",
        "fly BER-LIS 12-03/12-05",
    ),
];

const STAYS: &[Row] = &[
    ("Hotel in Lisbon 3-5 December", "stay LIS 12-03/12-05"),
    (
        "Just a hotel in Lisbon, 3 to 5 December, near Rossio station",
        "stay LIS 12-03/12-05 near Rossio station",
    ),
    (
        "I need a room in Paris for two nights from 3 December near Gare du Nord, max €180 per night",
        "stay PAR 12-03/12-05 <=180.00 EUR near Gare du Nord",
    ),
    ("hotel lisbon 3-5 dec", "stay LIS 12-03/12-05"),
    (
        "Lisbon hotel, check in 3 December, check out 5 December",
        "stay LIS 12-03/12-05",
    ),
    (
        "Accommodation in London next Tuesday for 3 nights under £140/night",
        "stay LON 11-24/11-27 <=140.00 GBP",
    ),
    (
        "Hotel in Frankfurt near the fair 3-5 December, not over 200 EUR",
        "stay FRA 12-03/12-05 <=200.00 EUR near the fair",
    ),
    (
        "Hotel in Lisbon 3-5 December for 300 max in total",
        "stay LIS 12-03/12-05 <=150.00 EUR",
    ),
    ("Hotel in Lisbon 3-6 December, no flight", "stay LIS 12-03/12-06"),
    (
        "A nice hotel in Berlin tomorrow, overnight",
        "stay BER 11-22/11-23",
    ),
];

const WISHES: &[Row] = &[
    (
        "Berlin to Lisbon 3-5 December for three people",
        "fly BER-LIS 12-03/12-05; 3 travellers",
    ),
    (
        "Berlin to Lisbon 3-5 December, 3 of us",
        "fly BER-LIS 12-03/12-05; 3 travellers",
    ),
    (
        "Berlin to Lisbon 3-5 December for two colleagues and me",
        "fly BER-LIS 12-03/12-05; 3 travellers",
    ),
    (
        "My colleague and I go from Berlin to Lisbon 3-5 December",
        "fly BER-LIS 12-03/12-05; 2 travellers",
    ),
    (
        "Berlin to Lisbon for two, 3-5 December",
        "fly BER-LIS 12-03/12-05; 2 travellers",
    ),
    (
        "A party of nine from Berlin to Lisbon 3-5 December",
        "fly BER-LIS 12-03/12-05; 9 travellers",
    ),
    (
        "Berlin to Lisbon with two colleagues 3-5 December",
        "fly BER-LIS 12-03/12-05; 3 travellers",
    ),
    (
        "Berlin to Lisbon 3-5 December in business class",
        "fly BER-LIS 12-03/12-05 business",
    ),
    (
        "Business trip Berlin to Lisbon 3-5 December",
        "fly BER-LIS 12-03/12-05",
    ),
    (
        "Premium economy, London to New York, 3-5 December",
        "fly LON-NYC 12-03/12-05 premium_economy",
    ),
    (
        "Non-stop Berlin to Lisbon 3 December arriving before 10am",
        "fly BER-LIS 12-03 non-stop before 10:00",
    ),
    (
        "Direct flight Berlin to Lisbon 3 December after 18:00",
        "fly BER-LIS 12-03 non-stop after 18:00",
    ),
    (
        "Berlin to Lisbon 3 December, must be there by noon",
        "fly BER-LIS 12-03 before 12:00",
    ),
    (
        "Berlin to Lisbon 3-5 December, not before 9.30 am",
        "fly BER-LIS 12-03/12-05 after 09:30",
    ),
    (
        "Berlin to Lisbon 3 December, back on 5 December after 6pm",
        "fly BER-LIS 12-03/12-05",
    ),
    (
        "Berlin to Lisbon 3-5 December, flights under $400",
        "fly BER-LIS 12-03/12-05 <=400.00 USD",
    ),
    (
        "Berlin to Lisbon for 2 people 3-5 December, up to 250 EUR per person",
        "fly BER-LIS 12-03/12-05 <=500.00 EUR; 2 travellers",
    ),
    (
        "Berlin to Lisbon 3-5 December, flights below 1,200 euros and a hotel at most 149.90 per night",
        "fly BER-LIS 12-03/12-05 <=1200.00 EUR; stay LIS 12-03/12-05 <=149.90 EUR",
    ),
    (
        "Flight and hotel, Berlin to Lisbon, 3-5 December, within policy",
        "fly BER-LIS 12-03/12-05; stay LIS 12-03/12-05",
    ),
    (
        "One way Berlin to Lisbon 3-5 December with hotel",
        "fly BER-LIS 12-03; stay LIS 12-03/12-05",
    ),
    (
        "Berlin to Lisbon 3-6 December, hotel in Porto 4-5 December",
        "fly BER-LIS 12-03/12-06; stay OPO 12-04/12-05",
    ),
];

const ASKED_BACK: &[Row] = &[
    ("Berlin to Portland 3-5 December", "? destination ambiguous"),
    ("San Jose to Berlin 3-5 December", "? origin ambiguous"),
    ("Berlin to Lisbon 3 December 2025", "? departOn in_the_past"),
    (
        "Berlin to Lisbon 3-5 December 2028",
        "? departOn too_far_ahead, returnOn too_far_ahead",
    ),
    ("Berlin to Berlin 3-5 December", "? destination same_place"),
    ("London to Heathrow 3-5 December", "? destination same_place"),
    ("Berlin to Lisbon 5-3 December", "? returnOn out_of_order"),
    (
        "Berlin to Lisbon leaving 5 December, back on 3 December",
        "? returnOn out_of_order",
    ),
    ("Flight to Lisbon 3-5 December", "? origin missing"),
    ("Flight from Berlin 3-5 December", "? destination missing"),
    ("Berlin to Lisbon", "? departOn missing"),
    (
        "Berlin to Lisbon to Paris 3-5 December",
        "? destination ambiguous",
    ),
    ("Train from Berlin to Hamburg tomorrow", "? trip missing"),
    ("Berlin to Lisbon in December", "? departOn missing"),
    (
        "Return flight Berlin to Lisbon on 3 December",
        "? returnOn missing",
    ),
    ("Berlin to Lisbon 3 December with hotel", "? returnOn missing"),
    ("Berlin to Lisbon 3 December for 3 days", "? returnOn missing"),
    (
        "Berlin to Lisbon 3-5 December for ten people",
        "? travellers out_of_range",
    ),
    (
        "Berlin to Lisbon 3-5 December for 99999999999999 people",
        "? travellers out_of_range",
    ),
    ("Berlin to Lisbon 31 February", "? departOn out_of_range"),
    ("Berlin to Atlantis 3-5 December", "? destination unknown"),
    ("Berlin to Lisbon Monday 3 December", "? departOn ambiguous"),
    (
        "Berlin to Lisbon 3-5 December or 4-6 December",
        "? departOn missing",
    ),
    (
        "Flight and hotel Berlin to Lisbon 3-5 December under 150",
        "fly BER-LIS 12-03/12-05; stay LIS 12-03/12-05 <=150.00 EUR",
    ),
    ("Lisbon 3-5 December", "? trip missing"),
    ("One way Berlin to Lisbon 3-5 December", "? returnOn ambiguous"),
    (
        "The hotel may not be far, all are fit, can you see to it?",
        "? destination missing, departOn missing, returnOn missing",
    ),
    ("hello", "? trip missing, destination missing, departOn missing"),
    ("", "? trip missing, destination missing, departOn missing"),
];

const POLICY_QUESTIONS: &[Row] = &[
    ("May I fly business to Tokyo?", "policy question"),
    ("What is the hotel limit in Lisbon?", "policy question"),
    (
        "Am I allowed to fly business class from Berlin to Tokyo?",
        "policy question",
    ),
    ("How early should I reserve?", "policy question"),
    ("What cabin for a long-haul trip", "policy question"),
    (
        "Do I need approval for a hotel at 250 a night?",
        "policy question",
    ),
    ("hotel limit in Lisbon", "policy question"),
    ("Who approves trips over budget?", "policy question"),
    ("May I fly business to Tokyo on 3 December?", "policy question"),
    ("What does the travel policy say about taxis?", "policy question"),
];

/// Requests with answers to what was asked, in order.
const CONVERSATIONS: &[(&[&str], &str)] = &[
    (
        &["Flight to Lisbon 3-5 December", "Berlin"],
        "fly BER-LIS 12-03/12-05",
    ),
    (
        &["Flight to Lisbon 3-5 December", "from BER"],
        "fly BER-LIS 12-03/12-05",
    ),
    (
        &["Berlin to Portland 3-5 December", "PWM"],
        "fly BER-PWM 12-03/12-05",
    ),
    (
        &["Berlin to Portland 3-5 December", "the one in Oregon"],
        "fly BER-PDX 12-03/12-05",
    ),
    (
        &["Berlin to Portland 3-5 December", "Portland, Maine"],
        "fly BER-PWM 12-03/12-05",
    ),
    (
        &["Berlin to Lisbon 3 December with hotel", "5 December"],
        "fly BER-LIS 12-03/12-05; stay LIS 12-03/12-05",
    ),
    (
        &["Berlin to Lisbon 3 December with hotel", "two nights"],
        "fly BER-LIS 12-03/12-05; stay LIS 12-03/12-05",
    ),
    (
        &["Berlin to Lisbon 5-3 December", "sorry, 3-5 December"],
        "fly BER-LIS 12-03/12-05",
    ),
    (
        &["Berlin to Lisbon 31 February", "1 March"],
        "fly BER-LIS 2027-03-01",
    ),
    (
        &["Berlin to Lisbon 3-5 December for 12 people", "8"],
        "fly BER-LIS 12-03/12-05; 8 travellers",
    ),
    (&["Lisbon 3-5 December", "a hotel"], "stay LIS 12-03/12-05"),
    (
        &["Lisbon 3-5 December", "both", "from Berlin"],
        "fly BER-LIS 12-03/12-05; stay LIS 12-03/12-05",
    ),
    (
        &["One way Berlin to Lisbon 3-5 December", "one way"],
        "fly BER-LIS 12-03",
    ),
    (
        &["One way Berlin to Lisbon 3-5 December", "return"],
        "fly BER-LIS 12-03/12-05",
    ),
    (
        &["hello", "Berlin to Lisbon, 3-5 December"],
        "fly BER-LIS 12-03/12-05",
    ),
];

fn reference() -> Reference {
    Reference {
        today: date(2026, 11, 21),
        currency: Currency::EUR,
    }
}

fn read(texts: &[&str], fields: Option<&TripFields>) -> Reading {
    let at = reference();
    let texts: Vec<Utterance<'_>> = texts
        .iter()
        .map(|text| Utterance { text, on: at.today })
        .collect();
    grammar::read(&texts, fields, &at)
}

fn check(rows: &[Row]) {
    let wrong: Vec<String> = rows
        .iter()
        .map(|(request, expected)| (*request, *expected, show(&read(&[request], None))))
        .filter(|(_, expected, found)| expected != found)
        .map(|(request, expected, found)| format!("{request}\n  expected {expected}\n  found    {found}"))
        .collect();
    assert!(wrong.is_empty(), "{} misread:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn routes_and_days() {
    check(ROUTES_AND_DAYS);
}

#[test]
fn stays() {
    check(STAYS);
}

#[test]
fn wishes() {
    check(WISHES);
}

#[test]
fn what_is_not_understood_is_asked() {
    check(ASKED_BACK);
}

#[test]
fn questions_about_the_policy() {
    check(POLICY_QUESTIONS);
}

#[test]
fn an_answer_completes_the_request() {
    for (texts, expected) in CONVERSATIONS {
        assert_eq!(show(&read(texts, None)), *expected, "{texts:?}");
    }
}

#[test]
fn tomorrow_is_the_day_after_the_request_however_late_the_answer() {
    let at = Reference {
        today: date(2026, 11, 22),
        ..reference()
    };
    let texts = [
        Utterance {
            text: "Flight to Lisbon in two days",
            on: date(2026, 11, 21),
        },
        Utterance {
            text: "from Berlin",
            on: date(2026, 11, 22),
        },
    ];
    assert_eq!(show(&grammar::read(&texts, None, &at)), "fly BER-LIS 11-23");
}

#[test]
fn fields_win_over_words() {
    let fields = TripFields {
        origin: Some("HAM".into()),
        destination: Some("Porto".into()),
        depart_on: Some(date(2026, 12, 10)),
        return_on: Some(date(2026, 12, 12)),
        travellers: Some(2),
        cabin: Some(Cabin::Economy),
        stay: Some(true),
        ..TripFields::default()
    };
    let reading = read(
        &["Berlin to Lisbon 3-5 December in business class"],
        Some(&fields),
    );
    assert_eq!(
        show(&reading),
        "fly HAM-OPO 12-10/12-12 economy; stay OPO 12-10/12-12; 2 travellers"
    );
}

fn show(reading: &Reading) -> String {
    match reading {
        Reading::PolicyQuestion => "policy question".into(),
        Reading::Plan(plan) => show_plan(plan),
        Reading::Questions(questions) => {
            let each = |question: &events_schema::planner::Question| {
                let problem = serde_json::to_value(question.problem).unwrap();
                format!("{} {}", question.field, problem.as_str().unwrap())
            };
            format!("? {}", questions.iter().map(each).collect::<Vec<_>>().join(", "))
        }
    }
}

fn show_plan(plan: &TripPlan) -> String {
    let mut parts = Vec::new();
    parts.extend(plan.flight.as_ref().map(show_flight));
    parts.extend(plan.stay.as_ref().map(show_stay));
    if plan.travellers != 1 {
        parts.push(format!("{} travellers", plan.travellers));
    }
    parts.join("; ")
}

/// The year only where it is not the present one.
fn day(day: jiff::civil::Date) -> String {
    day.to_string().trim_start_matches("2026-").to_string()
}

fn show_flight(flight: &FlightWish) -> String {
    let mut text = format!(
        "fly {}-{} {}",
        flight.origin.code,
        flight.destination.code,
        day(flight.depart_on)
    );
    if let Some(back) = flight.return_on {
        text += &format!("/{}", day(back));
    }
    if let Some(cabin) = flight.cabin {
        text += &format!(" {}", serde_json::to_value(cabin).unwrap().as_str().unwrap());
    }
    if flight.non_stop {
        text += " non-stop";
    }
    if let Some(time) = flight.depart_after {
        text += &time.strftime(" after %H:%M").to_string();
    }
    if let Some(time) = flight.arrive_before {
        text += &time.strftime(" before %H:%M").to_string();
    }
    if let Some(money) = flight.max_total {
        text += &format!(" <={money}");
    }
    text
}

fn show_stay(stay: &StayWish) -> String {
    let mut text = format!(
        "stay {} {}/{}",
        stay.place.code,
        day(stay.check_in),
        day(stay.check_out)
    );
    if let Some(money) = stay.max_per_night {
        text += &format!(" <={money}");
    }
    if let Some(near) = &stay.near {
        text += &format!(" near {near}");
    }
    text
}
