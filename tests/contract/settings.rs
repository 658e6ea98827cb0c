//! A function's environment holds what its code asks for, and nothing that no code asks for. Seen per crate: which of
//! its functions asks is known when the local cloud starts them all, which the end-to-end tests do.

use std::collections::{BTreeMap, BTreeSet};

use crate::repository::{Manifest, files_ending, read, services};

use super::template::load;

/// Constructors of shared crates, and the settings they ask for.
const ASKED_BY: &[(&str, &[&str])] = &[
    (
        "Transitions::from_runtime",
        &["BOOKINGS_TABLE", "JOURNAL_TABLE", "BUS_NAME"],
    ),
    ("Inbox::from_runtime", &["INBOX_TABLE"]),
    ("Parking::from_runtime", &["PARKED_TABLE"]),
    ("Sockets::from_runtime", &["MANAGEMENT_ENDPOINT"]),
    ("Registry::from_runtime", &["SUPPLIERS", "SUPPLIER_HEALTH_TABLE"]),
    ("Registry::unguarded", &["SUPPLIERS"]),
    ("Health::from_runtime", &["SUPPLIER_HEALTH_TABLE"]),
    ("Vault::from_runtime", &["PERSON_KEYS_TABLE", "PERSONAL_DATA_KEY"]),
    (
        "PrivateText::from_runtime",
        &["PRIVATE_TEXT_TABLE", "PERSON_KEYS_TABLE", "PERSONAL_DATA_KEY"],
    ),
    (
        "Passengers::from_runtime",
        &["PASSENGERS_TABLE", "PERSON_KEYS_TABLE", "PERSONAL_DATA_KEY"],
    ),
    ("Facts::from_runtime", &["JOURNAL_TABLE", "BUS_NAME"]),
    ("Refusals::from_runtime", &["JOURNAL_TABLE", "BUS_NAME"]),
    ("Limit::from_runtime", &["CONNECTIONS_TABLE"]),
    (
        "Door::new",
        &[
            "CONNECTIONS_TABLE", "JOURNAL_TABLE", "BUS_NAME", "MANAGEMENT_ENDPOINT",
        ],
    ),
];

#[test]
fn the_template_sets_what_the_code_asks_for() {
    let mut missing = Vec::new();
    for service in services() {
        let set = settings_of(&service);
        if let Some(set) = set {
            let unset = asked(&service.folder)
                .difference(&set.all)
                .cloned()
                .collect::<Vec<_>>();
            missing.extend(unset.into_iter().map(|name| format!("{}: {name}", service.name)));
        }
    }
    assert!(
        missing.is_empty(),
        "asked for but not in the environment of any function: {missing:#?}"
    );
}

#[test]
fn the_code_asks_for_what_the_template_sets() {
    let mut idle = Vec::new();
    for service in services() {
        let Some(set) = settings_of(&service) else {
            continue;
        };
        let mut known = asked(&service.folder);
        known.extend(named(&service.folder));
        known.extend(called_with("services/lambda-host", "setting_or("));
        // An adapter may do without: only who buys keeps evidence.
        known.extend(called_with("services/suppliers", "setting_or("));
        idle.extend(
            set.own
                .difference(&known)
                .map(|name| format!("{}: {name}", service.name)),
        );
    }
    assert!(
        idle.is_empty(),
        "set for functions whose code never asks: {idle:#?}"
    );
}

struct Settings {
    all: BTreeSet<String>,
    /// Without those that every function has.
    own: BTreeSet<String>,
}

/// The environment of a service's functions taken together; `None` for a crate without any.
fn settings_of(service: &Manifest) -> Option<Settings> {
    let functions: Vec<_> = load()
        .functions
        .into_iter()
        .filter(|f| service.binaries.contains(&f.binary))
        .collect();
    let first = functions.first()?;
    let everywhere: BTreeMap<_, _> =
        load()
            .functions
            .iter()
            .fold(first.environment.clone(), |mut kept, function| {
                kept.retain(|name, _| function.environment.contains_key(name));
                kept
            });
    let all: BTreeSet<String> = functions
        .iter()
        .flat_map(|function| function.environment.keys().cloned())
        .collect();
    let own = all
        .iter()
        .filter(|name| !everywhere.contains_key(*name))
        .cloned()
        .collect();
    Some(Settings { all, own })
}

/// Settings without which a crate's functions do not start.
fn asked(folder: &str) -> BTreeSet<String> {
    let mut names = called_with(folder, "setting(");
    // A closure around it.
    names.extend(called_with(folder, "table("));
    for file in sources(folder) {
        let text = read(&file);
        let by_constructor = ASKED_BY
            .iter()
            .filter(|(constructor, _)| text.contains(constructor));
        names.extend(by_constructor.flat_map(|(_, settings)| settings.iter().map(|name| name.to_string())));
    }
    names
}

/// Everything in a crate's source that looks like a setting's name.
fn named(folder: &str) -> BTreeSet<String> {
    let texts = sources(folder).into_iter().map(|file| read(&file));
    let literals = texts.flat_map(|text| text.split('"').map(str::to_owned).collect::<Vec<_>>());
    literals.filter(|literal| is_setting(literal)).collect()
}

/// The literals that a call's first argument takes: `setting("BUS_NAME")`.
fn called_with(folder: &str, call: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in sources(folder) {
        let text = read(&file);
        for behind in text.split(call).skip(1) {
            let literal = behind
                .trim_start()
                .strip_prefix('"')
                .and_then(|rest| rest.split('"').next());
            names.extend(literal.filter(|name| is_setting(name)).map(str::to_owned));
        }
    }
    names
}

fn is_setting(name: &str) -> bool {
    name.len() > 3
        && name
            .chars()
            .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
}

fn sources(folder: &str) -> Vec<String> {
    files_ending(&format!("{folder}/src"), ".rs")
}

#[test]
fn the_shared_crates_ask_for_what_this_test_believes() {
    let believed: BTreeSet<_> = ASKED_BY
        .iter()
        .flat_map(|(_, names)| names.iter().map(|n| n.to_string()))
        .collect();
    let mut asked = called_with("services/lambda-host", "setting(");
    asked.extend(called_with("services/suppliers", "setting("));
    assert_eq!(asked, believed);
}
