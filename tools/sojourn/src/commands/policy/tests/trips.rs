//! Covers: `policy check`: trips that nobody booked, judged by the sample policy: what is said clause by clause, and the
//! exit status a script goes by. Does not cover judging itself: `compliance` does.

use std::process::ExitCode;

use jiff::Timestamp;

use super::*;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample/travel-policy.md");
const LISBON: &str = "Berlin to Lisbon 3-5 December and a hotel";
const LISBON_IN_BUSINESS: &str = "Berlin to Lisbon 3-5 December in business and a hotel";
const TOKYO_IN_BUSINESS: &str = "Berlin to Tokyo 3-9 March in business, flight only";

const WITHIN: u8 = 0;
const NEEDS_APPROVAL: u8 = 3;
const FORBIDDEN: u8 = 4;

fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().expect("a time")
}

fn judged(path: &Path, words: &[&str]) -> Result<(String, ExitCode), String> {
    let version = desk::from_file(path, None).expect("a policy");
    let Action::Check(args) = typed("check", words) else {
        unreachable!("check was typed")
    };
    let mut out = Vec::new();
    let exit = check::judge(&mut out, &version, &args, now()).map_err(|error| error.to_string())?;
    Ok((String::from_utf8(out).expect("text"), exit))
}

/// By the sample policy: ends with this status, says these, and does not say those.
fn check_trip(words: &[&str], status: u8, says: &[&str], not: &[&str]) {
    let (said, exit) = judged(Path::new(SAMPLE), words).expect("judged");
    assert_eq!(exit, ExitCode::from(status), "{words:?}: {said}");
    for text in says {
        assert!(said.contains(text), "{words:?}: {text:?} is not in {said}");
    }
    for text in not {
        assert!(!said.contains(text), "{words:?}: {text:?} is in {said}");
    }
}

#[test]
fn a_trip_within_policy_is_told_clause_by_clause() {
    check_trip(
        &[LISBON, "--fare", "440", "--night", "130"],
        WITHIN,
        &[
            "2.1  advance-purchase: within\n     12 days ahead against 7 days ahead\n",
            "3.1  cabin-under-six-hours: within\n     economy against economy\n",
            "3.5  fare-cap-continental: within\n     440.00 EUR a person against 440.00 EUR a person\n",
            "4.2  hotel-cap-lisbon: within\n     130.00 EUR a night against 130.00 EUR a night\n",
            "“In Lisbon a hotel costs at most 130 EUR a night",
            "\nwithin policy\n",
        ],
        // What a rule does not speak of is left out.
        &[
            "EXCEEDED", "FORBIDDEN", "not judged", "fare-cap-domestic", "hotel-cap-london",
        ],
    );
}

#[test]
fn a_trip_beyond_a_cap_names_the_clause_and_who_must_approve() {
    check_trip(
        &[LISBON, "--fare", "300", "--night", "143"],
        NEEDS_APPROVAL,
        &[
            "3.5  fare-cap-continental: within\n",
            "4.2  hotel-cap-lisbon: EXCEEDED\n",
            "     13.00 EUR over\n",
            "6.1  approval-by-overage: EXCEEDED\n",
            "\nneeds approval\n",
            "  L1: clause 4.2\n",
        ],
        &["FORBIDDEN", "Finance:"],
    );
    // A third above the cap is Finance's business as well.
    check_trip(
        &[LISBON, "--fare", "587", "--night", "130"],
        NEEDS_APPROVAL,
        &[
            "3.5  fare-cap-continental: EXCEEDED\n",
            "  L1: clause 3.5\n",
            "  Finance: clause 3.5\n",
        ],
        &["FORBIDDEN", "hotel-cap-lisbon: EXCEEDED"],
    );
}

#[test]
fn a_trip_that_nobody_may_allow_is_forbidden_whatever_it_costs() {
    check_trip(
        &[
            LISBON_IN_BUSINESS, "--fare", "100", "--night", "50", "--level", "L5",
        ],
        FORBIDDEN,
        &[
            "3.1  cabin-under-six-hours: FORBIDDEN\n     business against economy\n",
            "\nforbidden\n",
        ],
        &["EXCEEDED"],
    );
    check_trip(
        &[
            LISBON, "--fare", "100", "--night", "50", "--airline", "Placeholder Pacific",
        ],
        FORBIDDEN,
        &["5.2  excluded-airlines: FORBIDDEN\n", "\nforbidden\n"],
        &["EXCEEDED"],
    );
    // Also where something else would only need approval.
    check_trip(
        &[LISBON_IN_BUSINESS, "--fare", "500", "--night", "50"],
        FORBIDDEN,
        &[
            "3.5  fare-cap-continental: EXCEEDED\n",
            "3.1  cabin-under-six-hours: FORBIDDEN\n",
        ],
        &[],
    );
}

#[test]
fn what_nobody_priced_is_not_judged() {
    let unjudged = "no price given: not judged\n";
    let fare = [
        "3.5  fare-cap-continental", "3.7  lowest-logical-fare", "3.8  refundable-flights",
    ];
    let night = ["4.2  hotel-cap-lisbon", "4.4  refundable-hotels"];
    for (words, status, priced, unpriced) in [
        (vec![LISBON], WITHIN, vec![], [&fare[..], &night[..]].concat()),
        (
            vec![LISBON, "--fare", "400"],
            WITHIN,
            fare.to_vec(),
            night.to_vec(),
        ),
        (
            vec![LISBON, "--night", "100"],
            WITHIN,
            night.to_vec(),
            fare.to_vec(),
        ),
        (
            vec![LISBON, "--night", "143"],
            NEEDS_APPROVAL,
            vec!["4.4  refundable-hotels"],
            fare.to_vec(),
        ),
        (
            vec![LISBON, "--fare", "441"],
            NEEDS_APPROVAL,
            vec!["3.8  refundable-flights"],
            night.to_vec(),
        ),
    ] {
        let says: Vec<String> = priced
            .iter()
            .map(|rule| format!("{rule}: within\n"))
            .chain(unpriced.iter().map(|rule| format!("{rule}: {unjudged}")))
            .collect();
        let says: Vec<&str> = says.iter().map(String::as_str).collect();
        check_trip(&words, status, &says, &[]);
    }
}

#[test]
fn levels_and_currencies_are_taken_as_typed() {
    let long = |level| {
        [
            TOKYO_IN_BUSINESS, "--fare", "4000", "--refundable", "--level", level,
        ]
    };
    check_trip(
        &long("l5"),
        WITHIN,
        &[
            "3.3  cabin-six-hours-l4-l5: within\n",
            "3.6  fare-cap-intercontinental-l4-l5: within\n",
        ],
        &["l1-l3"],
    );
    check_trip(
        &long("L2"),
        NEEDS_APPROVAL,
        &[
            "3.2  cabin-six-hours-l1-l3: EXCEEDED\n",
            "3.6  fare-cap-intercontinental-l1-l3: EXCEEDED\n",
        ],
        &["l4-l5"],
    );
    // 478 dollars at 0.92 are 439.76 euros, and 479 are 440.68.
    for (fare, status) in [("478", WITHIN), ("479", NEEDS_APPROVAL)] {
        check_trip(&[LISBON, "--fare", fare, "--currency", "usd"], status, &[], &[]);
    }
}

#[test]
fn what_cannot_be_judged_says_why() {
    for (words, reason) in [
        (
            &[LISBON, "--fare", "10", "--currency", "XAF"][..],
            "no rate for this currency",
        ),
        (&["May I fly business to Tokyo?"], "use `policy ask`"),
    ] {
        let refused = judged(Path::new(SAMPLE), words).expect_err("not judged");
        assert!(refused.contains(reason), "{words:?}: {refused}");
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let prose = file(directory.path(), "prose.md", files::PROSE);
    let refused = judged(&prose, &[LISBON]).expect_err("there are no rules");
    assert!(refused.contains("no typed rules"), "{refused}");
}
