//! Who subscribes, and what they read: from `rules/` and what is declared of them, and from the `consumer.json` of
//! consumers elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compare::Difference;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consumer {
    pub name: String,
    /// By event, the members of `detail` it reads: `data.total`, `data.legs.reference`. `*` is all of it, which is what
    /// a consumer reads that takes the event by its whole type.
    pub reads: BTreeMap<String, Vec<String>>,
    /// Whether replayed events are welcome.
    #[serde(default)]
    pub replayed: bool,
    /// Whether it reads events that were written in earlier versions, for as long as those are readable: the conformance
    /// kit then lets it refuse none. Without, it may.
    #[serde(default)]
    pub reads_earlier: bool,
}

/// Everything of the event: the whole type is read.
const ALL: &str = "*";

impl Consumer {
    pub fn reads(&self, event: &str) -> Option<&[String]> {
        self.reads.get(event).map(Vec::as_slice)
    }

    /// The file of its rule for `event`, as they are named here.
    pub fn rule(&self, event: &str) -> String {
        format!("rules/{}", rule_file(&self.name, event))
    }

    /// A line about what it loses, if it reads any place that breaks.
    pub fn hit_by(&self, event: &str, breaking: &[&Difference]) -> Option<String> {
        let reads = self.reads(event)?;
        if breaking.is_empty() {
            return None;
        }
        let mut places: Vec<_> = breaking
            .iter()
            .filter(|difference| reads.iter().any(|read| touches(read, &difference.place)))
            .map(|difference| difference.place.as_str())
            .collect();
        places.dedup();
        let by = format!("{} ({})", self.name, self.rule(event));
        match (places.is_empty(), reads.iter().any(|read| read == ALL)) {
            (true, _) => None,
            (false, true) => Some(format!(
                "{by} takes the whole event, {} with it",
                places.join(", ")
            )),
            (false, false) => Some(format!("{by} reads {}", places.join(", "))),
        }
    }
}

/// Whether a change at `place` is seen by who reads `read`: the same member, one within it, or one around it.
fn touches(read: &str, place: &str) -> bool {
    let within = |inner: &str, outer: &str| inner == outer || inner.starts_with(&format!("{outer}."));
    read == ALL || place == "the event" || within(place, read) || within(read, place)
}

/// `planner.on-plan-rejected.json`
pub fn rule_file(consumer: &str, event: &str) -> String {
    let mut words = String::new();
    for letter in event.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    format!("{consumer}.on-{words}.json")
}

/// Consumers of this repository: rule files by name with their patterns, and what is declared of what they read. One
/// that declares nothing takes whole events by their types.
pub fn from_rules(rules: &[(String, Value)], declared: &[Consumer]) -> Vec<Consumer> {
    let mut consumers: BTreeMap<String, Consumer> = BTreeMap::new();
    for (file, pattern) in rules {
        let name = file.split(".on-").next().unwrap_or(file);
        let known = declared.iter().find(|consumer| consumer.name == name);
        let consumer = consumers.entry(name.to_owned()).or_insert_with(|| Consumer {
            name: name.to_owned(),
            ..Consumer::default()
        });
        for event in pattern["detail-type"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            let reads = known.and_then(|known| known.reads.get(event)).cloned();
            consumer
                .reads
                .insert(event.to_owned(), reads.unwrap_or_else(|| vec![ALL.to_owned()]));
        }
    }
    consumers.into_values().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_seen_around_and_within_what_is_read() {
        let cases = [
            ("data.total", "data.total", true),
            ("data.total", "data.total.amount", true),
            ("data.total.amount", "data.total", true),
            ("data.total", "data.totalNights", false),
            ("data.total", "data.legs", false),
            ("*", "data.legs", true),
        ];
        for (read, place, expected) in cases {
            assert_eq!(touches(read, place), expected, "{read} and {place}");
        }
    }

    #[test]
    fn a_consumer_that_declares_nothing_reads_all() {
        let rules = [(
            "audit.on-budget-set.json".to_owned(),
            json!({ "detail-type": ["BudgetSet"] }),
        )];
        let consumers = from_rules(&rules, &[]);
        assert_eq!(consumers[0].name, "audit");
        assert_eq!(consumers[0].reads("BudgetSet"), Some(&["*".to_owned()][..]));
        assert_eq!(consumers[0].rule("BudgetSet"), "rules/audit.on-budget-set.json");
    }
}
