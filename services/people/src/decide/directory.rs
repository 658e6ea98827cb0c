//! What holds of the directory as a whole, whoever changes it: people who are named exist, nobody approves their own
//! trips or decides in their own place, and going up from manager to manager comes to an end.

use std::collections::BTreeMap;

use events_schema::ids::EmployeeId;
use events_schema::rows::PersonRow;
use events_schema::socket::PersonDifference;

/// Everybody, by id.
pub type Directory = BTreeMap<EmployeeId, PersonRow>;

/// Why a person cannot stand in the directory as they would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("\"{field}\" must be {wanted}")]
    Field {
        field: &'static str,
        wanted: &'static str,
    },
    #[error("{field} {id} is not in the directory, nor in this import; add them first")]
    Unknown { field: &'static str, id: EmployeeId },
    #[error("{field} cannot be the person themselves: nobody decides about their own trips")]
    Self_ { field: &'static str },
    #[error("the approver {0} is named twice")]
    Twice(EmployeeId),
    #[error("approvals would go in a circle: {0}; someone in it needs another first approver, or none")]
    Circle(String),
    #[error("the absence ends before it begins")]
    Backwards,
    #[error("an absence needs a delegate who decides meanwhile")]
    NoDelegate,
}

/// Checks `person` as part of `directory`, which holds the change already. All that is wrong, in order.
pub fn check(directory: &Directory, person: &PersonRow) -> Vec<Unfit> {
    let mut problems = fields(person);
    let own = &person.employee_id;
    let named = person.approver_chain.iter().map(|id| ("approver", id));
    let named = named.chain(person.finance_approver.iter().map(|id| ("finance approver", id)));
    for (field, id) in named.chain(person.delegate.iter().map(|id| ("delegate", id))) {
        if id == own {
            problems.push(Unfit::Self_ { field });
        } else if !directory.contains_key(id) {
            problems.push(Unfit::Unknown {
                field,
                id: id.clone(),
            });
        }
    }
    let chain = &person.approver_chain;
    for (place, id) in chain.iter().enumerate() {
        if chain[..place].contains(id) {
            problems.push(Unfit::Twice(id.clone()));
        }
    }
    problems.extend(absence(person));
    problems.extend(circle(directory, own).map(Unfit::Circle));
    problems
}

fn fields(person: &PersonRow) -> Vec<Unfit> {
    let plain = |text: &str, most: usize| {
        !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
    };
    let wrong = |field, wanted| Unfit::Field { field, wanted };
    let mut problems = Vec::new();
    if !plain(person.employee_id.as_str(), 200) {
        problems.push(wrong(
            "employeeId",
            "1 to 200 characters, as in the identity provider",
        ));
    }
    if !plain(&person.name, 100) {
        problems.push(wrong("name", "1 to 100 characters"));
    }
    if person.roles.is_empty() {
        problems.push(wrong("roles", "traveller, or more roles with spaces between"));
    }
    if !plain(person.cost_centre.as_str(), 200) {
        problems.push(wrong("costCentre", "1 to 200 characters"));
    }
    if jiff::tz::TimeZone::get(&person.zone).is_err() {
        problems.push(wrong("zone", "an IANA time zone such as Europe/Berlin"));
    }
    if !is_locale(&person.locale) {
        problems.push(wrong("locale", "a language tag such as en-GB"));
    }
    problems
}

fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let letters = language.bytes().all(|byte| byte.is_ascii_alphabetic());
    (2..=3).contains(&language.len())
        && letters
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn absence(person: &PersonRow) -> Option<Unfit> {
    match (person.away_from, person.away_until) {
        (Some(from), Some(until)) if until <= from => Some(Unfit::Backwards),
        (None, None) => None,
        _ if person.delegate.is_none() => Some(Unfit::NoDelegate),
        _ => None,
    }
}

/// Going up by first approvers from `start`: the circle it leads into, if `start` is part of it.
fn circle(directory: &Directory, start: &EmployeeId) -> Option<String> {
    let mut way = vec![start];
    let mut current = start;
    // A circle that `start` only leads into belongs to those in it; no way is longer than there are people.
    for _ in 0..directory.len() {
        current = directory.get(current)?.approver_chain.first()?;
        if current == start {
            // Alone it is a self-approval, and told as one.
            let path = way.iter().map(|id| id.as_str()).chain([start.as_str()]);
            return (way.len() > 1).then(|| path.collect::<Vec<_>>().join(" -> "));
        }
        way.push(current);
    }
    None
}

/// Those who name `employee` as somebody to decide.
pub fn naming(directory: &Directory, employee: &EmployeeId) -> Vec<EmployeeId> {
    let names = |row: &&PersonRow| {
        row.approver_chain.contains(employee)
            || row.finance_approver.as_ref() == Some(employee)
            || row.delegate.as_ref() == Some(employee)
    };
    let naming = directory.values().filter(names);
    naming
        .map(|row| row.employee_id.clone())
        .filter(|id| id != employee)
        .collect()
}

/// What differs, one line per field: `level: L2 -> L3`.
pub fn difference(before: &PersonRow, after: &PersonRow) -> Option<PersonDifference> {
    let (old, new) = (shown(before), shown(after));
    let changed = old.iter().zip(&new).filter(|(old, new)| old.1 != new.1);
    let differences: Vec<_> = changed
        .map(|((field, old), (_, new))| format!("{field}: {} -> {}", or_none(old), or_none(new)))
        .collect();
    (!differences.is_empty()).then(|| PersonDifference {
        employee_id: after.employee_id.clone(),
        differences,
    })
}

/// The names of the fields that differ.
pub fn changed_fields(before: &PersonRow, after: &PersonRow) -> Vec<String> {
    let (old, new) = (shown(before), shown(after));
    let changed = old.iter().zip(&new).filter(|(old, new)| old.1 != new.1);
    changed.map(|((field, _), _)| (*field).to_owned()).collect()
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// A person's fields as the columns of a sheet hold them.
pub fn shown(person: &PersonRow) -> [(&'static str, String); 11] {
    let roles = person
        .roles
        .iter()
        .filter_map(|role| serde_json::to_value(role).ok()?.as_str().map(str::to_owned));
    let approvers = person.approver_chain.iter().map(|id| id.as_str());
    let id = |id: &Option<EmployeeId>| id.as_ref().map(ToString::to_string).unwrap_or_default();
    let at = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    [
        ("name", person.name.clone()),
        ("roles", roles.collect::<Vec<_>>().join(" ")),
        ("level", format!("{:?}", person.level)),
        ("approvers", approvers.collect::<Vec<_>>().join(" ")),
        ("financeApprover", id(&person.finance_approver)),
        ("delegate", id(&person.delegate)),
        ("awayFrom", at(person.away_from)),
        ("awayUntil", at(person.away_until)),
        ("costCentre", person.cost_centre.to_string()),
        ("zone", person.zone.clone()),
        ("locale", person.locale.clone()),
    ]
}

#[cfg(test)]
mod tests {
    use events_schema::ids::CostCentre;
    use events_schema::person::{EmployeeLevel, Role};

    use super::*;

    fn person(id: &str, approvers: &[&str]) -> PersonRow {
        PersonRow {
            employee_id: EmployeeId::new(id),
            name: format!("Sample {id}"),
            roles: vec![Role::Traveller],
            level: EmployeeLevel::L2,
            approver_chain: approvers.iter().map(|id| EmployeeId::new(*id)).collect(),
            finance_approver: None,
            delegate: None,
            away_from: None,
            away_until: None,
            cost_centre: CostCentre::new("CC-100"),
            zone: "Europe/Berlin".into(),
            locale: "en-GB".into(),
        }
    }

    fn directory(people: &[PersonRow]) -> Directory {
        people
            .iter()
            .map(|row| (row.employee_id.clone(), row.clone()))
            .collect()
    }

    fn told(people: &[PersonRow], id: &str) -> Vec<String> {
        let all = directory(people);
        let problems = check(&all, &all[&EmployeeId::new(id)]);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sound_directory_has_nothing_to_say() {
        let people = [person("a", &["b", "c"]), person("b", &["c"]), person("c", &[])];
        for id in ["a", "b", "c"] {
            assert_eq!(told(&people, id), Vec::<String>::new(), "{id}");
        }
    }

    #[test]
    fn circles_strangers_and_self_approval_are_named() {
        let strangers = [person("a", &["nobody"])];
        assert!(told(&strangers, "a")[0].contains("approver nobody is not in the directory"));
        let own = [person("a", &["a"])];
        assert_eq!(told(&own, "a").len(), 1);
        assert!(told(&own, "a")[0].contains("nobody decides about their own trips"));
        let ring = [
            person("a", &["b"]),
            person("b", &["c"]),
            person("c", &["a"]),
            person("d", &["a"]),
        ];
        assert!(told(&ring, "a")[0].contains("a -> b -> c -> a"));
        // Leads into a circle, but is no part of it.
        assert_eq!(told(&ring, "d"), Vec::<String>::new());
        let twice = [person("a", &["b", "b"]), person("b", &[])];
        assert!(told(&twice, "a")[0].contains("named twice"));
    }

    #[test]
    fn an_absence_has_an_order_and_somebody_in_it() {
        let (from, until) = (events_schema::samples::now(), events_schema::samples::later());
        let away = |delegate: Option<&str>, from, until| PersonRow {
            delegate: delegate.map(EmployeeId::new),
            away_from: from,
            away_until: until,
            ..person("a", &[])
        };
        let cases = [
            (away(Some("b"), Some(from), Some(until)), None),
            (away(Some("b"), None, None), None),
            (
                away(Some("b"), Some(until), Some(from)),
                Some("ends before it begins"),
            ),
            (away(None, Some(from), None), Some("needs a delegate")),
            (away(Some("a"), None, None), Some("themselves")),
            (
                away(Some("x"), None, None),
                Some("delegate x is not in the directory"),
            ),
        ];
        for (row, expected) in cases {
            let problems = told(&[row.clone(), person("b", &[])], "a").join("; ");
            match expected {
                None => assert_eq!(problems, "", "{row:?}"),
                Some(text) => assert!(problems.contains(text), "{problems}"),
            }
        }
    }

    #[test]
    fn fields_have_their_forms() {
        let base = person("a", &[]);
        let cases = [
            (
                PersonRow {
                    name: " ".into(),
                    ..base.clone()
                },
                "name",
            ),
            (
                PersonRow {
                    roles: vec![],
                    ..base.clone()
                },
                "roles",
            ),
            (
                PersonRow {
                    zone: "Mars/Crater".into(),
                    ..base.clone()
                },
                "zone",
            ),
            (
                PersonRow {
                    locale: "english".into(),
                    ..base.clone()
                },
                "locale",
            ),
            (
                PersonRow {
                    cost_centre: CostCentre::new(""),
                    ..base.clone()
                },
                "costCentre",
            ),
        ];
        for (row, field) in cases {
            assert!(told(&[row], "a")[0].contains(&format!("\"{field}\"")), "{field}");
        }
    }

    #[test]
    fn a_difference_names_what_was_and_what_is() {
        let before = person("a", &["b"]);
        let after = PersonRow {
            level: EmployeeLevel::L3,
            approver_chain: vec![],
            ..before.clone()
        };
        assert_eq!(difference(&before, &before), None);
        let found = difference(&before, &after).unwrap();
        assert_eq!(found.differences, ["level: L2 -> L3", "approvers: b -> none"]);
        assert_eq!(changed_fields(&before, &after), ["level", "approvers"]);
    }
}
