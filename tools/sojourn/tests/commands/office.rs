//! What travel managers type: the queue of what needs their attention, and what cost centres may spend.

use std::path::Path;

use serde_json::{Value, json};
use sojourn::commands::up::Server;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{Cloud, STRANGER, complaint, documents, printed, sentence, sojourn};

const NOT_THEIRS: &str = "sojourn: This is for travel managers. Ask one of yours.\n";

/// A cloud in this very process: its supplier is told to misbehave. The commands are processes all the same.
struct Inner {
    server: Server,
    // Both outlive the server.
    _runtime: Runtime,
    directory: TempDir,
}

impl Inner {
    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let runtime = Runtime::new().expect("threads");
        let server = runtime.block_on(Server::throwaway(directory.path()));
        Self {
            server: server.expect("the cloud starts"),
            _runtime: runtime,
            directory,
        }
    }
}

/// What a command says that is not typed rightly.
fn usage(data: &Path, arguments: &[&str]) -> String {
    let output = sojourn(data, arguments).output().expect("the command runs");
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// The cells of a table's line, by where the header's names begin. Two spaces stand between columns, one within them.
fn cells<'a>(header: &str, line: &'a str) -> Vec<&'a str> {
    let begins = |at: &usize| *at == 0 || (header[..*at].ends_with("  ") && !header[*at..].starts_with(' '));
    let starts: Vec<usize> = (0..header.len()).filter(begins).collect();
    let ends = starts.iter().copied().skip(1).chain([usize::MAX]);
    let cell = |(start, end): (&usize, usize)| {
        let cell = line.get(*start..end.min(line.len())).unwrap_or_default();
        assert!(!cell.starts_with(' '), "out of line:\n{header}\n{line}");
        cell.trim_end()
    };
    starts.iter().zip(ends).map(cell).collect()
}

#[test]
fn what_needs_attention_is_listed_shown_and_resolved_once() {
    let cloud = Inner::start();
    let data = cloud.directory.path();
    assert_eq!(
        printed(data, &["attention", "list"]),
        "Nothing needs attention.\n"
    );
    let booking = stuck(data, &cloud.server);
    let item = list(data, &booking);
    show(data, &booking, &item);
    refuse(data, &booking);
    resolve(data, &booking);
}

/// The flight is booked, there is no room, and the supplier takes nothing back.
fn stuck(data: &Path, server: &Server) -> String {
    let scenario = "nothing-undone".parse().expect("a scenario");
    server.laptop.supplier.set_scenario(scenario);
    let arguments = ["book", "--yes", "--json", &sentence()];
    let output = sojourn(data, &arguments).output().expect("the command runs");
    let frames = documents(&String::from_utf8(output.stdout).expect("text"));
    assert_eq!(output.status.code(), Some(3), "{:?}", frames.last());
    let ended = frames.last().expect("a frame");
    assert_eq!(ended["type"], "needs_attention");
    let booking = frames.iter().find_map(|frame| frame["bookingId"].as_str());
    booking.expect("a frame about a booking").to_owned()
}

/// Who sees to it, since when, until when, whose it is, what hangs on it and what is open.
fn list(data: &Path, booking: &str) -> Value {
    let answer = documents(&printed(data, &["attention", "list", "--json"]));
    let item = answer[0]["items"][0].clone();
    assert_eq!(
        (&item["owner"], &item["bookingId"]),
        (&json!("travel_manager"), &json!(booking))
    );
    let shown = printed(data, &["attention", "list"]);
    let lines: Vec<&str> = shown.lines().collect();
    let [header, row] = lines[..] else {
        panic!("one waits:\n{shown}")
    };
    assert_eq!(
        cells(header, header),
        [
            "BOOKING", "OWNER", "WAITS", "DUE", "TRAVELLER", "MONEY", "WHAT IS OPEN"
        ]
    );
    let row = cells(header, row);
    assert_eq!(row[..2], [booking, "travel manager"], "{shown}");
    assert!(row[2].ends_with(" min"), "{shown}");
    let due = item["dueAt"].as_str().expect("a time");
    assert_eq!(row[3], format!("{}Z", due[..16].replace('T', " ")), "{shown}");
    assert_eq!(row[4], "sample-traveller-1", "{shown}");
    assert_eq!(
        row[5],
        format!("{} set aside", money(&item["reserved"])),
        "{shown}"
    );
    assert_eq!(row[6], item["reason"], "{shown}");
    assert!(row[6].ends_with(" could not be cancelled"), "{shown}");
    item
}

fn money(value: &Value) -> String {
    let part = |name: &str| value[name].as_str().expect("text").to_owned();
    let amount: f64 = part("amount").parse().expect("a number");
    format!("{amount:.2} {}", part("currency"))
}

fn show(data: &Path, booking: &str, item: &Value) {
    let shown = printed(data, &["attention", "show", booking]);
    let lines: Vec<&str> = shown.lines().collect();
    for (name, value) in [
        ("booking", booking),
        ("traveller", "sample-traveller-1"),
        ("owner", "travel manager"),
        ("open", item["reason"].as_str().expect("text")),
        ("cost centre", "CC-100"),
        ("set aside", &money(&item["reserved"])),
        ("spent", "nothing"),
    ] {
        let line = format!("{name:<12} {value}");
        assert!(lines.contains(&&*line), "{line:?} in\n{shown}");
    }
    let answer = documents(&printed(data, &["attention", "show", "--json", booking]));
    let legs = answer[0]["legs"].as_array().expect("legs");
    assert!(legs.iter().any(|leg| leg["open"] == true), "{answer:?}");
    for leg in legs {
        let number = format!("leg {}  ", leg["leg"]);
        let line = lines.iter().find(|line| line.starts_with(&number));
        let marked = line.is_some_and(|line| line.ends_with("<- say what became of it"));
        assert_eq!(leg["open"], marked, "{shown}");
        let key = leg["idempotencyKey"].as_str().expect("a key");
        assert!(shown.contains(&format!("  key        {key}\n")), "{shown}");
    }
}

/// Each is told why, and nothing is changed by any.
fn refuse(data: &Path, booking: &str) {
    let waits = |data: &Path| documents(&printed(data, &["attention", "list", "--json"]))[0]["items"].clone();
    let before = waits(data)[0]["bookingId"].clone();
    let unknown = "sojourn: No booking of this id needs attention. `attention list` shows those that do.\n";
    let note = ["--note", "Nobody asked"];
    let resolve = |rest: &[&'static str]| [&["attention", "resolve", booking][..], rest, &note].concat();
    let of_nothing = ["attention", "resolve", STRANGER, "--outcome", "undone"];
    for (arguments, said) in [
        (vec!["attention", "show", STRANGER], unknown),
        ([&of_nothing[..], &note].concat(), unknown),
        (vec!["attention", "list", "--as", "traveller"], NOT_THEIRS),
        (
            vec!["attention", "show", booking, "--as", "traveller"],
            NOT_THEIRS,
        ),
        (resolve(&["--outcome", "undone", "--as", "manager"]), NOT_THEIRS),
        (
            vec!["attention", "list", "--as", "nobody"],
            "sojourn: there is no sample person \"nobody\"; there are traveller, ",
        ),
        (resolve(&[]), "sojourn: This does not settle the booking yet: "),
        (
            resolve(&["--leg", "9=undone"]),
            "sojourn: This does not settle the booking yet: ",
        ),
    ] {
        let told = complaint(data, &arguments);
        assert!(told.starts_with(said), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    for (arguments, named) in [
        (
            vec!["attention", "show", "nonsense"],
            "'nonsense' for '<BOOKING>'",
        ),
        (
            vec!["attention", "resolve", booking, "--outcome", "undone"],
            "--note <NOTE>",
        ),
        (resolve(&["--outcome", "lost"]), "[possible values: kept, undone]"),
        (
            resolve(&["--leg", "0=lost"]),
            "\"0=lost\" should be like 1=undone or 0=kept:REFERENCE",
        ),
    ] {
        let told = usage(data, &arguments);
        assert!(told.contains(named), "{arguments:?}: {told}");
    }
    assert_eq!(waits(data)[0]["bookingId"], before);
}

fn resolve(data: &Path, booking: &str) {
    let note = "The airline took it back on the telephone";
    let arguments = [
        "attention", "resolve", booking, "--outcome", "undone", "--note", note,
    ];
    let said = printed(data, &arguments);
    assert!(
        said.starts_with("Resolved; nothing is set aside any more.\n\n"),
        "{said}"
    );
    assert!(said.contains("\nset aside    nothing\n"), "{said}");
    assert!(said.contains("\nspent        nothing\n"), "{said}");
    assert!(!said.contains("<- say"), "nothing is open:\n{said}");
    assert_eq!(
        printed(data, &["attention", "list"]),
        "Nothing needs attention.\n"
    );
    assert_eq!(
        complaint(data, &arguments),
        "sojourn: This was resolved already; `attention show` says how. Nothing was changed.\n"
    );
    let shown = printed(data, &["attention", "show", booking]);
    assert!(!shown.contains("<- say"), "{shown}");
    assert!(
        shown.contains("\nwas open  ") && !shown.contains("\nopen  "),
        "{shown}"
    );
    let resolved = shown.lines().find(|line| line.starts_with("resolved  "));
    let resolved = resolved.unwrap_or_else(|| panic!("no word on who resolved it:\n{shown}"));
    assert!(resolved.ends_with(" by sample-travel-manager"), "{resolved}");
    let answer = documents(&printed(data, &["budget", "show", "CC-100", "--json"]));
    assert_eq!(money(&answer[0]["budget"]["reserved"]), "0.00 EUR");
}

#[test]
fn budgets_are_listed_shown_and_set() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (data, log) = (directory.path().join("data"), directory.path().join("log"));
    let _cloud = Cloud::start(&data, &log);
    let listed = printed(&data, &["budget", "list"]);
    let [header, row] = listed.lines().collect::<Vec<_>>()[..] else {
        panic!("one cost centre:\n{listed}")
    };
    let names = [
        "COST CENTRE", "SET", "RESERVED", "CAPTURED", "RELEASED", "AVAILABLE",
    ];
    assert_eq!(cells(header, header), names);
    let nothing = "0.00 EUR";
    let all = "250000.00 EUR";
    assert_eq!(
        cells(header, row),
        ["CC-100", all, nothing, nothing, nothing, all]
    );
    for same in [&["budget", "show"][..], &["budget", "show", "CC-100"]] {
        assert_eq!(printed(&data, same), listed, "{same:?}");
    }
    not_set(&data);
    assert_eq!(printed(&data, &["budget", "list"]), listed, "nothing was changed");
    set(&data);
}

fn not_set(data: &Path) {
    let amount =
        |text: &str| format!("sojourn: \"{text}\" is no amount of money; write it like 1249.50 EUR\n");
    let set = |amount, currency| vec!["budget", "set", "CC-100", amount, currency];
    for (arguments, said) in [
        (set("plenty", "EUR"), amount("plenty EUR")),
        (set("1,000", "EUR"), amount("1,000 EUR")),
        (set("100", "XQZ"), amount("100 XQZ")),
        (set("-5", "EUR"), "sojourn: Nothing was changed: a budget cannot be less than nothing.\n".into()),
        (
            set("1.005", "EUR"),
            "sojourn: Nothing was changed: EUR has no such small part: give the amount with at most 2 digits behind \
             the point.\n"
                .into(),
        ),
        (
            set("100", "USD"),
            "sojourn: Nothing was changed: this cost centre's money is counted in EUR: give the limit in EUR.\n".into(),
        ),
        (
            vec!["budget", "show", "CC-999"],
            "sojourn: This cost centre has neither a budget nor bookings. `budget list` shows those that have.\n".into(),
        ),
        (
            vec!["budget", "set", "", "100", "EUR"],
            "sojourn: \"costCentre\" must be 1 to 200 characters without control characters.\n".into(),
        ),
        (vec!["budget", "list", "--as", "traveller"], NOT_THEIRS.into()),
        (vec!["budget", "show", "CC-100", "--as", "manager"], NOT_THEIRS.into()),
        ([set("1", "EUR"), vec!["--as", "traveller"]].concat(), NOT_THEIRS.into()),
    ] {
        assert_eq!(complaint(data, &arguments), said, "{arguments:?}");
    }
    let told = usage(data, &["budget", "set", "CC-100", "100"]);
    assert!(told.contains("<CURRENCY>"), "{told}");
}

/// With who set it, from what to what; a cost centre that is new; and never below what its bookings need.
fn set(data: &Path) {
    let said = printed(data, &["budget", "set", "CC-100", "300000.5", "eur"]);
    let (budget, history) = said.split_once("\n\n").expect("a history");
    let lines: Vec<&str> = budget.lines().collect();
    assert_eq!(cells(lines[0], lines[1])[1], "300000.50 EUR", "{said}");
    let lines: Vec<&str> = history.lines().collect();
    assert_eq!(cells(lines[0], lines[0]), ["SET AT", "BY", "FROM", "TO"]);
    let change = cells(lines[0], lines[1]);
    assert!(change[0].ends_with('Z'), "{said}");
    assert_eq!(
        change[1..],
        ["sample-travel-manager", "250000.00 EUR", "300000.50 EUR"],
        "{said}"
    );
    let said = printed(data, &["budget", "set", "CC-NEW", "100", "USD"]);
    assert!(said.contains("not limited"), "it was not, before:\n{said}");
    let listed = printed(data, &["budget", "list"]);
    assert!(
        listed.contains("\nCC-NEW ") && listed.contains("100.00 USD"),
        "{listed}"
    );

    let frames = documents(&printed(data, &["book", "--yes", "--json", &sentence()]));
    let booking = frames.iter().find_map(|frame| frame["bookingId"].as_str());
    let booking = booking.expect("a frame about a booking");
    let shown = printed(data, &["budget", "show", "CC-100"]);
    let parts: Vec<Vec<&str>> = shown.split("\n\n").map(|part| part.lines().collect()).collect();
    let budget = cells(parts[0][0], parts[0][1]);
    let entry = cells(parts[1][0], parts[1][1]);
    assert_eq!(cells(parts[1][0], parts[1][0]), ["BOOKING", "STATE", "AMOUNT"]);
    assert_eq!(entry[..2], [booking, "captured"], "{shown}");
    assert_eq!(entry[2], budget[3], "all that is spent is this trip:\n{shown}");
    let told = complaint(data, &["budget", "set", "CC-100", "1", "EUR"]);
    let limit = format!("the limit cannot be below {}", entry[2]);
    assert!(told.contains(&limit), "{told}");
}
