//! The gate: what is about to be released against what was released last.
//!
//! A breaking change is let through in one way only: the event's version is raised, and what the old version said can
//! still be read, shown by a recorded event of it. Whatever is refused is said in words, with who is hit by it.

pub mod compare;
pub mod consumers;
pub mod recorded;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use compare::{Difference, compare};
pub use consumers::Consumer;

/// A set of schemas as it stood, or stands.
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// By event name.
    pub events: BTreeMap<String, Released>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Released {
    pub version: u32,
    /// JSON Schema 2020-12 of `detail`.
    pub schema: Value,
    /// A recorded event of it.
    pub example: Value,
}

/// What the gate says of one event.
#[derive(Clone, Debug)]
pub struct Finding {
    pub event: String,
    pub differences: Vec<Difference>,
    /// Consumers hit by a breaking difference, each with the places it reads that are gone or changed.
    pub hit: Vec<String>,
    /// Why it is refused; `None`: it may pass.
    pub refused: Option<String>,
}

/// The types as they are now.
pub fn present() -> Release {
    let contracts = crate::source::contracts().into_iter();
    let events = contracts.map(|contract| {
        let released = Released {
            version: contract.version,
            schema: contract.schema,
            example: contract.example,
        };
        (contract.name.to_owned(), released)
    });
    Release {
        events: events.collect(),
    }
}

/// Every event that differs, refused ones first. `old_events_are_readable` says for (event, version) whether the
/// types of today read a recorded event of that version.
pub fn judge(
    old: &Release,
    new: &Release,
    consumers: &[Consumer],
    old_events_are_readable: impl Fn(&str, u32) -> Result<(), String>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, before) in &old.events {
        match new.events.get(name) {
            None => findings.push(removed(name, consumers)),
            Some(after) => findings.extend(changed(
                name,
                (before, after),
                consumers,
                &old_events_are_readable,
            )),
        }
    }
    for name in new.events.keys().filter(|name| !old.events.contains_key(*name)) {
        findings.push(Finding {
            event: name.clone(),
            differences: vec![Difference {
                place: "the event".into(),
                breaks: false,
                words: "is new".into(),
            }],
            hit: Vec::new(),
            refused: None,
        });
    }
    findings.sort_by_key(|finding| finding.refused.is_none());
    findings
}

fn removed(name: &str, consumers: &[Consumer]) -> Finding {
    let gone = Difference {
        place: "the event".into(),
        breaks: true,
        words: "is no longer in the catalogue".into(),
    };
    let readers = consumers.iter().filter(|consumer| consumer.reads(name).is_some());
    Finding {
        event: name.into(),
        differences: vec![gone],
        hit: readers
            .map(|consumer| format!("{} ({}) waits for it in vain", consumer.name, consumer.rule(name)))
            .collect(),
        refused: Some(
            "what was recorded of it could not be read any more: keep the type while the archive keeps its \
                       events, and stop publishing it"
                .into(),
        ),
    }
}

fn changed(
    name: &str,
    (before, after): (&Released, &Released),
    consumers: &[Consumer],
    old_events_are_readable: impl Fn(&str, u32) -> Result<(), String>,
) -> Option<Finding> {
    let differences = compare(&before.schema, &after.schema);
    let breaking: Vec<&Difference> = differences
        .iter()
        .filter(|difference| difference.breaks)
        .collect();
    let refused = match (breaking.is_empty(), after.version.cmp(&before.version)) {
        (_, std::cmp::Ordering::Less) => Some(format!(
            "its version went back from {} to {}",
            before.version, after.version
        )),
        (true, _) => None,
        (false, std::cmp::Ordering::Equal) => Some(format!(
            "a breaking change under the same version, {}: raise it, and read the old one through an upcaster",
            before.version
        )),
        (false, std::cmp::Ordering::Greater) => old_events_are_readable(name, before.version).err(),
    };
    let raised = before.version != after.version;
    if differences.is_empty() && !raised {
        return None;
    }
    let hit = consumers
        .iter()
        .filter_map(|consumer| consumer.hit_by(name, &breaking))
        .collect();
    Some(Finding {
        event: name.into(),
        differences,
        hit,
        refused,
    })
}

/// As the command prints it.
pub fn in_words(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let verdict = match &finding.refused {
            Some(why) => format!("REFUSED: {why}"),
            None => "may pass".into(),
        };
        text.push_str(&format!("{}: {verdict}\n", finding.event));
        for difference in &finding.differences {
            let mark = if difference.breaks { "breaks" } else { "fine  " };
            text.push_str(&format!("  {mark}  {} {}\n", difference.place, difference.words));
        }
        for hit in &finding.hit {
            text.push_str(&format!("  hits    {hit}\n"));
        }
    }
    text
}
