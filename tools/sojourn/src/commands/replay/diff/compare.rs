//! Two events beside each other. Pure.

use std::fmt;

use events_schema::rows::JournalRow;
use serde::Serialize;
use serde_json::Value;

use super::rerun::state_after;
use crate::commands::CommandError;

/// Members that measure the run rather than say what came of it.
const MEASURED: &[&str] = &["latencyMs"];
/// Members of one event that are shown.
const SHOWN: usize = 12;
/// Characters of a value that are shown.
const WIDTH: usize = 60;

/// An event that the code of now would not have said, or not so.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    pub booking: String,
    pub sequence: u64,
    /// What was said.
    pub was: String,
    /// What would be said; nothing where it would stay silent.
    pub would_be: Option<String>,
    /// The state it led to and the one it would lead to, where they differ.
    pub states: Option<(String, String)>,
    /// Place, what was there, what would be.
    pub members: Vec<(String, Value, Value)>,
    /// Why it failed, where it did.
    pub failed: Option<String>,
}

pub fn compare(
    row: &JournalRow,
    said: Result<Option<(Value, Value)>, String>,
) -> Result<Option<Difference>, CommandError> {
    let recorded: Value = serde_json::from_str(&row.event)?;
    let mut difference = Difference {
        booking: row.aggregate_id.to_string(),
        sequence: row.sequence,
        was: row.event_type.clone(),
        would_be: None,
        states: None,
        members: Vec::new(),
        failed: None,
    };
    match said {
        Err(why) => difference.failed = Some(why),
        Ok(None) => {}
        Ok(Some((event, state))) => {
            difference.would_be = event["detailType"].as_str().map(str::to_owned);
            let was = state_after(&row.event_type).map(|state| state.as_str().to_owned());
            let would_be = state.as_str().unwrap_or_default().to_owned();
            difference.states = was.filter(|was| *was != would_be).map(|was| (was, would_be));
            if difference.would_be.as_ref() == Some(&difference.was) {
                let data = |event: &Value| event["detail"]["data"].clone();
                members("data", &data(&recorded), &data(&event), &mut difference.members);
            }
            let same_name = difference.would_be.as_ref() == Some(&difference.was);
            if same_name && difference.states.is_none() && difference.members.is_empty() {
                return Ok(None);
            }
        }
    }
    Ok(Some(difference))
}

fn members(place: &str, was: &Value, would_be: &Value, found: &mut Vec<(String, Value, Value)>) {
    match (was, would_be) {
        (Value::Object(one), Value::Object(other)) => {
            for name in one
                .keys()
                .chain(other.keys().filter(|name| !one.contains_key(*name)))
            {
                if !MEASURED.contains(&name.as_str()) {
                    members(&format!("{place}.{name}"), &was[name], &would_be[name], found);
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (was, would_be)) in one.iter().zip(other).enumerate() {
                members(&format!("{place}[{index}]"), was, would_be, found);
            }
        }
        _ if was != would_be => found.push((place.to_owned(), was.clone(), would_be.clone())),
        _ => {}
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {:>3} {}", self.booking, self.sequence, self.was)?;
        match (&self.would_be, &self.failed) {
            (_, Some(why)) => return write!(f, ": would fail: {why}"),
            (None, _) => return write!(f, ": would not be said"),
            (Some(name), _) if *name != self.was => write!(f, ": would be {name}")?,
            _ => write!(f, ": would say otherwise")?,
        }
        if let Some((was, would_be)) = &self.states {
            write!(f, ", state {would_be} instead of {was}")?;
        }
        for (place, was, would_be) in self.members.iter().take(SHOWN) {
            write!(f, "\n       {place}: {} → {}", short(was), short(would_be))?;
        }
        match self.members.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n       and {more} more members"),
        }
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row() -> JournalRow {
        let kinds = events_schema::catalogue::catalogue();
        let recorded = kinds
            .iter()
            .find(|kind| kind.name == "PlanAccepted")
            .expect("an event")
            .example();
        let meta = &recorded.detail.meta;
        JournalRow {
            aggregate_id: meta.aggregate_id.clone(),
            sequence: meta.sequence,
            cause_key: "compliance:x".into(),
            result: Value::Null,
            event: serde_json::to_string(&recorded).expect("JSON"),
            event_type: recorded.detail_type.clone(),
            correlation_id: meta.correlation_id,
            occurred_at: meta.occurred_at,
        }
    }

    #[test]
    fn what_differs_is_named_and_what_does_not_is_passed_over() {
        let row = row();
        let event: Value = serde_json::from_str(&row.event).expect("JSON");
        let said = |event: &Value, state: &str| {
            compare(&row, Ok(Some((event.clone(), json!(state))))).expect("JSON")
        };
        assert_eq!(said(&event, "plan_accepted"), None);
        let mut other = event.clone();
        other["detail"]["data"]["added"] = json!(1);
        let text = said(&other, "plan_accepted").expect("a difference").to_string();
        assert!(
            text.contains("would say otherwise\n       data.added: null → 1"),
            "{text}"
        );
        other["detailType"] = json!("PlanRejected");
        let text = said(&other, "plan_rejected").expect("a difference").to_string();
        assert!(
            text.ends_with("would be PlanRejected, state plan_rejected instead of plan_accepted"),
            "{text}"
        );
        for (said, words) in [
            (Ok(None), "would not be said"),
            (Err("no".to_owned()), "would fail: no"),
        ] {
            let text = compare(&row, said)
                .expect("JSON")
                .expect("a difference")
                .to_string();
            assert!(text.ends_with(words), "{text}");
        }
    }

    #[test]
    fn measurements_do_not_count() {
        let mut found = Vec::new();
        let (one, other) = (
            json!({"a": [{"latencyMs": 1, "b": 2}]}),
            json!({"a": [{"latencyMs": 9, "b": 3}]}),
        );
        members("data", &one, &other, &mut found);
        assert_eq!(found, [("data.a[0].b".to_owned(), json!(2), json!(3))]);
    }
}
