//! A new consumer as a folder of files: rules, a function with its table and queues, typed code that keeps one fact per
//! event, tests with examples and the conformance kit, a README.
//!
//! What all languages share is here; each language adds its code.

mod python;
mod rust;
mod typescript;

use std::collections::BTreeMap;
use std::str::FromStr;

use serde_json::{Value, json};

use crate::conformance::{Case, cases};
use crate::gate::Consumer;
use crate::gate::consumers::rule_file;
use crate::shape::{Field, Shape, Unknown, shape};
use crate::source::{Contract, contracts, on_the_bus, pretty};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Rust,
    TypeScript,
    Python,
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "rust" => Ok(Self::Rust),
            "ts" | "typescript" => Ok(Self::TypeScript),
            "python" => Ok(Self::Python),
            _ => Err("one of rust, ts, python".into()),
        }
    }
}

pub struct Request<'a> {
    /// Lower case with dashes: `expense-reports`.
    pub name: &'a str,
    pub events: &'a [String],
    pub language: Language,
    /// Whether replayed events are let through, so that it can be brought up to date from history.
    pub replayed: bool,
    /// Where this repository is, as the new folder will refer to it.
    pub repository: &'a str,
    /// The new folder, as the README calls it.
    pub folder: &'a str,
    /// Recorded events of earlier versions, by event.
    pub samples: &'a BTreeMap<String, Vec<Value>>,
}

#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error(
        "{0:?} is no name for a consumer: lower-case letters, digits and dashes, a letter first, 3 to 30 of them"
    )]
    Name(String),
    #[error("there is no event {given}; the catalogue has {known}")]
    Event { given: String, known: String },
    #[error("name at least one event")]
    NoEvent,
    #[error(transparent)]
    Schema(#[from] Unknown),
}

/// What a language adds, and the words of the shared files that differ.
struct Parts {
    files: BTreeMap<String, String>,
    /// For `template.yaml`: the function's code.
    code: &'static str,
    handler: &'static str,
    runtime: &'static str,
    metadata: String,
    /// For the README.
    language: &'static str,
    facts: &'static str,
    types: &'static str,
    build: &'static str,
    test: &'static str,
    deploy: &'static str,
    /// What is declared of what the consumer reads: events by their whole types, which read earlier versions too.
    reads_all: bool,
}

/// For the README of one that welcomes replays.
const HISTORY: &str = "Its rules let replayed events through: what was said before it was here comes with

```sh
cargo run -- replay start --from journal --to {{name}}
```

once it listens. What is said meanwhile comes live; what comes both ways is one row. A consumer that acts on the world must
not do so for a replayed event, which carries `replay-name`.";
const NO_HISTORY: &str =
    "Its rules exclude replayed events. Made with `consumer new --replayed`, or without the line
`replay-name` in its rules, it can be brought up to date from history.";

/// One event a consumer asks for.
struct Wanted {
    contract: Contract,
    fields: Vec<Field>,
}

/// Every file of the new consumer by its path within the folder.
pub fn scaffold(request: &Request) -> Result<BTreeMap<String, String>, Refused> {
    check_name(request.name)?;
    let wanted = wanted(request.events)?;
    let parts = match request.language {
        Language::Rust => rust::parts(request, &wanted),
        Language::TypeScript => typescript::parts(&wanted)?,
        Language::Python => python::parts(&wanted)?,
    };
    let mut files = parts.files.clone();
    for text in files.values_mut() {
        *text = filled(text, request, &[]);
    }
    for one in &wanted {
        let contract = &one.contract;
        let mut pattern = json!({ "source": [contract.source], "detail-type": [contract.name] });
        if !request.replayed {
            pattern["replay-name"] = json!([{ "exists": false }]);
        }
        files.insert(
            format!("rules/{}", rule_file(request.name, contract.name)),
            pretty(&pattern),
        );
        files.insert(
            format!("events/{}.json", contract.name),
            pretty(&on_the_bus(&contract.example)),
        );
        let none = Vec::new();
        let samples = request.samples.get(contract.name).unwrap_or(&none);
        let mut kit = cases(contract, samples);
        if parts.reads_all {
            kit = kit.into_iter().map(Case::read_earlier).collect();
        }
        let kit = serde_json::to_value(kit).unwrap_or_default();
        files.insert(format!("conformance/{}.json", contract.name), pretty(&kit));
    }
    files.insert("template.yaml".into(), template(request, &wanted, &parts));
    files.insert("README.md".into(), readme(request, &wanted, &parts));
    files.insert(
        "consumer.json".into(),
        pretty(&declared(request, &wanted, &parts)),
    );
    Ok(files)
}

fn check_name(name: &str) -> Result<(), Refused> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let first = name.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    match first && name.chars().all(fits) && (3..=30).contains(&name.len()) && !name.ends_with('-') {
        true => Ok(()),
        false => Err(Refused::Name(name.into())),
    }
}

fn wanted(names: &[String]) -> Result<Vec<Wanted>, Refused> {
    let all = contracts();
    let unknown = names
        .iter()
        .find(|name| all.iter().all(|contract| contract.name != *name));
    if let Some(given) = unknown {
        let known: Vec<_> = all.iter().map(|contract| contract.name).collect();
        return Err(Refused::Event {
            given: given.clone(),
            known: known.join(", "),
        });
    }
    let asked = all
        .into_iter()
        .filter(|contract| names.iter().any(|name| name == contract.name));
    let wanted = asked
        .map(|contract| {
            let fields = match shape(&contract.schema["$defs"][contract.name])? {
                Shape::Object(fields) => fields,
                _ => Vec::new(),
            };
            Ok(Wanted { contract, fields })
        })
        .collect::<Result<Vec<_>, Unknown>>()?;
    if wanted.is_empty() {
        Err(Refused::NoEvent)
    } else {
        Ok(wanted)
    }
}

fn template(request: &Request, wanted: &[Wanted], parts: &Parts) -> String {
    let rules: String = wanted
        .iter()
        .map(|one| {
            let name = one.contract.name;
            let rule = rule_file(request.name, name);
            include_str!("../../scaffold/rule.yaml")
                .replace("{{Event}}", name)
                .replace("{{rule}}", &rule)
        })
        .collect();
    let more = [
        ("{{rules}}\n", rules.as_str()),
        ("{{metadata}}", &parts.metadata),
        ("{{code}}", parts.code),
        ("{{handler}}", parts.handler),
        ("{{runtime}}", parts.runtime),
    ];
    filled(include_str!("../../scaffold/template.yaml"), request, &more)
}

fn readme(request: &Request, wanted: &[Wanted], parts: &Parts) -> String {
    let list: Vec<_> = wanted.iter().map(|one| one.contract.name).collect();
    let list = list.join(", ");
    let more = [
        ("{{list}}", list.as_str()),
        ("{{history}}", if request.replayed { HISTORY } else { NO_HISTORY }),
        ("{{language}}", parts.language),
        ("{{facts}}", parts.facts),
        ("{{types}}", parts.types),
        ("{{build}}", parts.build),
        ("{{test}}", parts.test),
        ("{{deploy}}", parts.deploy),
    ];
    filled(include_str!("../../scaffold/README.md"), request, &more)
}

fn declared(request: &Request, wanted: &[Wanted], parts: &Parts) -> Value {
    let reads = |one: &Wanted| match parts.reads_all {
        true => vec!["*".to_owned()],
        false => one
            .fields
            .iter()
            .map(|field| format!("data.{}", field.name))
            .collect(),
    };
    let consumer = Consumer {
        name: request.name.into(),
        reads: wanted
            .iter()
            .map(|one| (one.contract.name.to_owned(), reads(one)))
            .collect(),
        replayed: request.replayed,
        reads_earlier: parts.reads_all,
    };
    serde_json::to_value(consumer).unwrap_or_default()
}

/// `more` first: what is put in may itself have placeholders.
fn filled(text: &str, request: &Request, more: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (placeholder, value) in more {
        text = text.replace(placeholder, value);
    }
    text.replace("{{name}}", request.name)
        .replace("{{Name}}", &pascal(request.name))
        .replace("{{name_}}", &request.name.replace('-', "_"))
        .replace("{{repository}}", request.repository)
        .replace("{{folder}}", request.folder)
}

/// `expense-reports`: `ExpenseReports`.
fn pascal(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect()
}

/// `BookingConfirmed`: `booking_confirmed`.
fn snake(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, events: &[&str]) -> Result<BTreeMap<String, String>, Refused> {
        let events: Vec<_> = events.iter().map(|event| (*event).to_owned()).collect();
        scaffold(&Request {
            name,
            events: &events,
            language: Language::Python,
            replayed: false,
            repository: "..",
            folder: "expenses",
            samples: &BTreeMap::new(),
        })
    }

    #[test]
    fn what_cannot_be_made_is_said() {
        for name in ["", "ab", "Expenses", "9lives", "with space", "ends-", "../etc"] {
            assert!(
                matches!(asked(name, &["BookingConfirmed"]), Err(Refused::Name(_))),
                "{name}"
            );
        }
        let unknown = asked("expenses", &["BookingConfirmd"]).unwrap_err().to_string();
        assert!(
            unknown.contains("BookingConfirmd") && unknown.contains("BookingConfirmed,"),
            "{unknown}"
        );
        assert!(matches!(asked("expenses", &[]), Err(Refused::NoEvent)));
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        let every: Vec<_> = contracts().iter().map(|contract| contract.name).collect();
        for (path, text) in asked("expense-reports", &every).unwrap() {
            assert!(!text.contains("{{"), "{path}: {text}");
        }
    }
}
