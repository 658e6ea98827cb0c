//! What people read: the greeting of `up`, the last word and the status of a booking that did not come to one, and a
//! booking's events and audit trail.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{LOOK, PATIENCE, STRANGER, complaint, documents, printed, sentence, sojourn};

/// Where to go, as the note of the running cloud has it, who is there, and what the template says in vain: each reason
/// once.
pub fn greeting(data: &Path, greeting: &Path) {
    let read = || std::fs::read_to_string(greeting).expect("text");
    let ended = (0..PATIENCE.as_millis() / LOOK.as_millis()).find_map(|_| {
        std::thread::sleep(LOOK);
        Some(read()).filter(|said| said.ends_with("Ctrl-C stops it.\n"))
    });
    let said = ended.unwrap_or_else(|| panic!("it has not said all: {}", read()));
    let note = std::fs::read_to_string(data.join("running.json")).expect("a note");
    let note: Value = serde_json::from_str(&note).expect("JSON");
    let noted = |member: &str| note[member].as_str().expect("an address");
    for line in [
        format!("Sojourn is up (kept in {}).", data.display()),
        format!("  Page           {}", noted("web")),
        format!("  Mailbox        {}/local/mailbox", noted("web")),
        format!("  WebSocket      {}", noted("socket")),
        format!(
            "  AWS endpoint   {}   (region eu-west-1; any credentials)",
            noted("aws")
        ),
        "  Sample people  traveller, traveller-2, manager, travel-manager".into(),
        format!("  cargo run -- book \"{}\"", sentence()),
    ] {
        assert!(
            said.lines().any(|other| other == line),
            "{line:?} is not in\n{said}"
        );
    }
    let (_, left_out) = said.split_once("not honoured here (").expect("what is left out");
    let reasons: Vec<_> = left_out
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .map(|line| line.rsplit_once(": ").expect("a reason, and of what").0)
        .collect();
    let each = documents(&printed(data, &["doctor", "--not-honoured", "--json"]));
    let expected: BTreeSet<_> = each
        .iter()
        .map(|one| one["why"].as_str().expect("a reason"))
        .collect();
    assert!(
        expected.contains("nothing is traced to X-Ray locally"),
        "{expected:?}"
    );
    assert_eq!(reasons.len(), expected.len(), "each reason once:\n{said}");
    assert_eq!(BTreeSet::from_iter(reasons), expected);
}

/// Each: what is asked for, the status, and how the last that is said begins and what is in it.
pub fn ends_without_a_booking(data: &Path) {
    let early = sentence().replace(", hotel under 150 a night", ", flights only, arriving before 3am");
    let cases = [
        (
            "Berlin to Portland 3-8 December, flight only",
            4,
            "  ",
            "Portland",
        ),
        ("May I fly business to Tokyo?", 5, "", "usiness"),
        (&*early, 6, "", "NO_OFFERS: "),
    ];
    for (request, status, begins, part) in cases {
        let output = sojourn(data, &["book", "--yes", request]).output();
        let output = output.expect("the command runs");
        let shown = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.code(), Some(status), "{request}:\n{shown}");
        let last = shown.lines().last().unwrap_or_default();
        assert!(
            last.starts_with(begins) && shown.contains(part),
            "{request}:\n{shown}"
        );
        assert!(output.stderr.is_empty(), "{request}");
    }
}

/// In order, each after one that stands above it, and the audit trail has an entry for each.
pub fn history(data: &Path, booking: &str) {
    let events = documents(&printed(data, &["events", "--json", booking]));
    let shown = printed(data, &["events", booking]);
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines.len(), events.len() * 3, "{shown}");
    for (index, (three, event)) in lines.chunks(3).zip(&events).enumerate() {
        let name = event["detailType"].as_str().expect("a type");
        let words: Vec<_> = three[0].split_whitespace().collect();
        // Its number, day, time and type, and then what it came after.
        assert_eq!((words[0], words[3]), (&*(index + 1).to_string(), name), "{shown}");
        match words[4..] {
            ["the", "first"] => assert_eq!(index, 0, "{shown}"),
            ["after", number, cause] => {
                let number: usize = number.parse().expect("a number");
                assert!((1..=index).contains(&number), "{shown}");
                assert_eq!(events[number - 1]["detailType"], cause, "{shown}");
            }
            _ => panic!("{}", three[0]),
        }
        assert!(three[1].starts_with("     by "), "{shown}");
        let said: Value = serde_json::from_str(three[2].trim()).expect("its data");
        assert_eq!(said, event["detail"]["data"], "{shown}");
    }
    assert_eq!(events[0]["detailType"], "BookingRequested");
    assert_eq!(events[events.len() - 1]["detailType"], "BookingConfirmed");
    audit_trail(data, booking, events.len());
    for (command, said) in [
        ("events", "sojourn: there is no booking "),
        ("audit", "sojourn: there is no audit trail for booking "),
    ] {
        let unknown = complaint(data, &[command, STRANGER]);
        assert_eq!(unknown, format!("{said}{STRANGER}\n"));
    }
}

fn audit_trail(data: &Path, booking: &str, entries: usize) {
    let complete = (0..PATIENCE.as_millis() / LOOK.as_millis()).find_map(|_| {
        // The trail follows the events, a moment behind.
        std::thread::sleep(LOOK);
        let output = sojourn(data, &["audit", booking])
            .output()
            .expect("the command runs");
        let shown = String::from_utf8(output.stdout).expect("text");
        (shown
            .lines()
            .filter(|line| line.starts_with("     hash "))
            .count()
            >= entries)
            .then_some(shown)
    });
    let shown = complete.expect("an entry for each event");
    let end = format!("\n{entries} entries, none missing; the chain of hashes holds.\n");
    assert!(shown.ends_with(&end), "{shown}");
    let mut before = None;
    let trail: Vec<_> = shown.lines().take(entries * 3).collect();
    for (index, three) in trail.chunks(3).enumerate() {
        let place = three[0].split_whitespace().next();
        assert_eq!(place, Some(&*(index + 1).to_string()), "{shown}");
        assert!(three[1].starts_with("     evidence "), "{shown}");
        let hashes = three[2].trim().strip_prefix("hash ").expect("hashes");
        let (own, previous) = hashes.split_once(" after ").expect("two");
        assert!(before.is_none_or(|before| before == previous), "{shown}");
        before = Some(own);
    }
    assert_eq!(
        documents(&printed(data, &["audit", "--json", booking])).len(),
        entries
    );
}
