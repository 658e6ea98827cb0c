//! Kinds of events: source and detail-type, kept beside each archived event. Most of what a rule of a replay passes over
//! it passes over by these two, and then the event itself need not even be read.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::catalog::ActiveRule;
use crate::pattern::Pattern;

/// Stands in no source and no detail-type.
const BETWEEN: char = '\u{1f}';
const MEMBERS: [&str; 2] = ["source", "detail-type"];

pub(super) fn of(event: &Value) -> String {
    let [source, kind] = MEMBERS.map(|member| event[member].as_str().unwrap_or_default());
    format!("{source}{BETWEEN}{kind}")
}

/// Which kinds at least one of some rules may select. It may say yes in vain, never no.
pub(super) struct Wanted {
    /// None: one of the rules may select any kind.
    patterns: Option<Vec<Pattern>>,
    known: HashMap<String, bool>,
}

impl Wanted {
    /// Every kind.
    pub(super) fn all() -> Self {
        Self {
            patterns: None,
            known: HashMap::new(),
        }
    }

    pub(super) fn by<'a>(rules: impl Iterator<Item = &'a ActiveRule>) -> Self {
        let enabled = rules.filter(|rule| rule.enabled());
        let patterns = enabled.filter_map(|rule| rule.pattern.as_ref());
        Self {
            patterns: patterns.map(|pattern| by_kind(pattern.text())).collect(),
            known: HashMap::new(),
        }
    }

    /// `kind` as it was kept; events of before had none.
    pub(super) fn wants(&mut self, kind: Option<&str>) -> bool {
        let (Some(patterns), Some(kind)) = (&self.patterns, kind) else {
            return true;
        };
        if let Some(known) = self.known.get(kind) {
            return *known;
        }
        let (source, name) = kind.split_once(BETWEEN).unwrap_or_default();
        let event = json!({"source": source, "detail-type": name});
        let wanted = patterns.iter().any(|pattern| pattern.matches(&event));
        self.known.insert(kind.to_owned(), wanted);
        wanted
    }
}

/// What a pattern says about the kind, as a pattern of its own: all members of a pattern must hold, so leaving some out
/// only widens it.
fn by_kind(text: &str) -> Option<Pattern> {
    let whole: Map<String, Value> = serde_json::from_str(text).ok()?;
    let kept = whole
        .into_iter()
        .filter(|(name, _)| MEMBERS.contains(&name.as_str()));
    Pattern::parse(&Value::Object(kept.collect())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(patterns: &[Value]) -> Wanted {
        Wanted {
            patterns: patterns
                .iter()
                .map(|pattern| by_kind(&pattern.to_string()))
                .collect(),
            known: HashMap::new(),
        }
    }

    #[test]
    fn a_kind_is_passed_over_only_if_no_rule_can_want_it() {
        let kind = |source, name| of(&json!({"source": source, "detail-type": name}));
        let (ours, other) = (kind("sample.shop", "Sold"), kind("sample.shop", "Seen"));
        let sold = json!({"detail-type": ["Sold"], "detail": {"total": [{"numeric": [">", 5]}]}});
        let prefix = json!({"source": [{"prefix": "sample."}], "replay-name": [{"exists": true}]});
        let cases = [
            (vec![sold.clone()], &ours, true),
            (vec![sold.clone()], &other, false),
            (vec![sold.clone(), prefix], &other, true),
            // Says nothing of kinds: any may be wanted.
            (
                vec![sold.clone(), json!({"detail": {"total": [5]}})],
                &other,
                true,
            ),
            (
                vec![json!({"$or": [{"source": ["sample.shop"]}, {"detail": {"a": [1]}}]})],
                &other,
                true,
            ),
            (vec![], &ours, false),
        ];
        for (patterns, kind, expected) in cases {
            let mut wanted = wanted(&patterns);
            assert_eq!(wanted.wants(Some(kind)), expected, "{patterns:?} {kind}");
            assert_eq!(wanted.wants(Some(kind)), expected, "remembered");
        }
        assert!(wanted(&[sold]).wants(None), "an event of before");
        assert!(Wanted::all().wants(Some(&ours)));
    }
}
