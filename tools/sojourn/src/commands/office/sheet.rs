//! A sheet of people of any length. The server takes it in parts, each all or nothing; here it is checked as a whole
//! first, against the directory as it is, by the server's own rules. Parts are cut so that each stands on those before
//! it: nobody comes before those they are to be approved by. Pure.

use std::collections::BTreeMap;

use events_schema::ids::EmployeeId;
use events_schema::rows::PersonRow;
use events_schema::socket::{LineProblem, PersonEntry};
use people::decide::directory::{Directory, check, difference};
use people::decide::sheet;

/// As many as one transaction takes, with the fact that says so.
const MOST_PEOPLE: usize = 99;
/// A message holds 32 KB; the sheet in it is JSON text, and others' names may need escaping.
const MOST_BYTES: usize = 24 * 1024;

/// What the sheet does, line by line, and the parts it is sent in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub outcomes: Vec<(u64, Outcome)>,
    pub parts: Vec<Vec<PersonRow>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Added(EmployeeId),
    /// With what differs: `level: L2 -> L3`.
    Changed(EmployeeId, Vec<String>),
    Unchanged(EmployeeId),
}

impl Plan {
    pub fn of(csv: &str, before: &Directory) -> Result<Self, Vec<LineProblem>> {
        let people = sheet::read(csv, before)?;
        let mut outcomes = Vec::new();
        let mut touched = BTreeMap::new();
        for (line, row) in people {
            let id = row.employee_id.clone();
            let outcome = match before.get(&id) {
                None => Outcome::Added(id.clone()),
                Some(old) => match difference(old, &row) {
                    Some(found) => Outcome::Changed(id.clone(), found.differences),
                    None => Outcome::Unchanged(id.clone()),
                },
            };
            if !matches!(outcome, Outcome::Unchanged(_)) {
                touched.insert(id, (line, row));
            }
            outcomes.push((line, outcome));
        }
        let parts = parts(&touched, before)?;
        Ok(Self { outcomes, parts })
    }

    /// Added, changed, unchanged.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count =
            |of: fn(&Outcome) -> bool| self.outcomes.iter().filter(|(_, outcome)| of(outcome)).count();
        (
            count(|outcome| matches!(outcome, Outcome::Added(_))),
            count(|outcome| matches!(outcome, Outcome::Changed(..))),
            count(|outcome| matches!(outcome, Outcome::Unchanged(_))),
        )
    }
}

/// As listed.
pub(super) fn row_of(entry: PersonEntry) -> PersonRow {
    PersonRow {
        employee_id: entry.employee_id,
        name: entry.name,
        roles: entry.roles,
        level: entry.level,
        approver_chain: entry.approvers,
        finance_approver: entry.finance_approver,
        delegate: entry.delegate,
        away_from: entry.away_from,
        away_until: entry.away_until,
        cost_centre: entry.cost_centre,
        zone: entry.zone,
        locale: entry.locale,
    }
}

type Touched = BTreeMap<EmployeeId, (u64, PersonRow)>;

fn parts(touched: &Touched, before: &Directory) -> Result<Vec<Vec<PersonRow>>, Vec<LineProblem>> {
    let mut parts: Vec<Vec<PersonRow>> = Vec::new();
    let mut bytes = usize::MAX;
    for group in Groups::of(touched, before) {
        let rows: Vec<&(u64, PersonRow)> = group.iter().map(|id| &touched[*id]).collect();
        let size: usize = rows.iter().map(|(_, row)| size(row)).sum();
        if rows.len() > MOST_PEOPLE || size > MOST_BYTES {
            let problem = format!(
                "{} people who name each other in a circle are too many at once",
                rows.len()
            );
            let line = rows.first().map_or(0, |(line, _)| *line);
            return Err(vec![LineProblem { line, problem }]);
        }
        match parts.last_mut() {
            Some(part) if part.len() + rows.len() <= MOST_PEOPLE && bytes + size <= MOST_BYTES => {
                bytes += size;
                part.extend(rows.into_iter().map(|(_, row)| row.clone()));
            }
            _ => {
                bytes = size;
                parts.push(rows.into_iter().map(|(_, row)| row.clone()).collect());
            }
        }
    }
    stand_alone(&parts, touched, before)?;
    Ok(parts)
}

fn size(row: &PersonRow) -> usize {
    let line = sheet::write(std::iter::once(row), false).unwrap_or_default();
    serde_json::Value::String(line).to_string().len()
}

/// Whether each part is sound once those before it are done. What is sound as a whole may not be halfway: two who swap
/// places are in a circle in between.
fn stand_alone(
    parts: &[Vec<PersonRow>],
    touched: &Touched,
    before: &Directory,
) -> Result<(), Vec<LineProblem>> {
    let mut so_far = before.clone();
    let mut problems = Vec::new();
    for part in parts {
        so_far.extend(part.iter().map(|row| (row.employee_id.clone(), row.clone())));
        for row in part {
            let found = check(&so_far, row).into_iter();
            problems.extend(found.map(|problem| LineProblem {
                line: touched[&row.employee_id].0,
                problem: format!(
                    "{problem}, until later lines are imported: import this one and those first"
                ),
            }));
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems),
    }
}

/// New people in groups that must come together, because they name each other, each group after those it names
/// (Tarjan's strongly connected components, which come out in that order).
struct Groups<'a> {
    touched: &'a Touched,
    before: &'a Directory,
    number: BTreeMap<&'a EmployeeId, usize>,
    lowest: BTreeMap<&'a EmployeeId, usize>,
    open: Vec<&'a EmployeeId>,
    done: Vec<Vec<&'a EmployeeId>>,
}

impl<'a> Groups<'a> {
    fn of(touched: &'a Touched, before: &'a Directory) -> Vec<Vec<&'a EmployeeId>> {
        let mut groups = Self {
            touched,
            before,
            number: BTreeMap::new(),
            lowest: BTreeMap::new(),
            open: Vec::new(),
            done: Vec::new(),
        };
        // In the order of the sheet, as far as that goes.
        let mut ids: Vec<_> = touched.iter().collect();
        ids.sort_by_key(|(_, (line, _))| *line);
        for (id, _) in ids {
            if !groups.number.contains_key(id) {
                groups.visit(id);
            }
        }
        groups.done
    }

    fn visit(&mut self, id: &'a EmployeeId) {
        let number = self.number.len();
        self.number.insert(id, number);
        self.lowest.insert(id, number);
        self.open.push(id);
        for named in self.named_by(id) {
            let reached = match self.number.get(named) {
                None => {
                    self.visit(named);
                    self.lowest[named]
                }
                Some(number) if self.open.contains(&named) => *number,
                Some(_) => continue,
            };
            let lowest = self.lowest[id].min(reached);
            self.lowest.insert(id, lowest);
        }
        if self.lowest[id] == number {
            let from = self.open.iter().position(|open| *open == id).unwrap_or(0);
            self.done.push(self.open.split_off(from));
        }
    }

    /// Those of the sheet who are not in the directory yet; others can be named at any time.
    fn named_by(&self, id: &EmployeeId) -> Vec<&'a EmployeeId> {
        let touched = self.touched;
        let (_, row) = &touched[id];
        let named = row
            .approver_chain
            .iter()
            .chain(&row.finance_approver)
            .chain(&row.delegate);
        named
            .filter(|named| !self.before.contains_key(*named))
            .filter_map(|named| touched.get_key_value(named).map(|(key, _)| key))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "employeeId,name,level,approvers,delegate,costCentre,zone,locale\n";

    fn line(id: &str, approvers: &str, delegate: &str) -> String {
        format!("{id},Sample {id},L2,{approvers},{delegate},CC-1,Europe/Berlin,en-GB\n")
    }

    /// Each is approved by the next, so that the sheet is in the worst order.
    fn ladder(people: usize) -> String {
        let mut csv = HEAD.to_owned();
        for number in 0..people {
            let boss = if number + 1 < people {
                format!("p{}", number + 1)
            } else {
                String::new()
            };
            csv.push_str(&line(&format!("p{number}"), &boss, ""));
        }
        csv
    }

    #[test]
    fn a_long_sheet_comes_in_parts_that_stand_on_those_before() {
        let plan = Plan::of(&ladder(450), &Directory::new()).unwrap();
        assert_eq!(plan.counts(), (450, 0, 0));
        assert_eq!(
            plan.outcomes.first(),
            Some(&(2, Outcome::Added(EmployeeId::new("p0"))))
        );
        assert!(plan.parts.len() >= 5, "{}", plan.parts.len());
        assert_eq!(plan.parts.iter().map(Vec::len).sum::<usize>(), 450);
        for part in &plan.parts {
            let csv = sheet::write(part.iter(), true).unwrap();
            assert!(part.len() <= MOST_PEOPLE && csv.len() < 32 * 1024);
        }
        // Sent again, it changes nothing.
        let after = plan
            .parts
            .into_iter()
            .flatten()
            .map(|row| (row.employee_id.clone(), row))
            .collect();
        let again = Plan::of(&ladder(450), &after).unwrap();
        assert_eq!((again.counts(), again.parts.len()), ((0, 0, 450), 0));
    }

    #[test]
    fn people_who_stand_in_for_each_other_come_together() {
        let mut csv = ladder(120);
        for number in 0..10 {
            csv.push_str(&line(&format!("a{number}"), "p119", &format!("b{number}")));
        }
        for number in 0..10 {
            csv.push_str(&line(&format!("b{number}"), "p119", &format!("a{number}")));
        }
        let plan = Plan::of(&csv, &Directory::new()).unwrap();
        for number in 0..10 {
            let part_of = |id: String| {
                plan.parts
                    .iter()
                    .position(|part| part.iter().any(|row| row.employee_id.as_str() == id))
            };
            assert_eq!(part_of(format!("a{number}")), part_of(format!("b{number}")));
        }
    }

    #[test]
    fn what_is_wrong_has_its_line_and_nothing_is_cut() {
        let mut csv = ladder(200);
        csv.push_str(&line("lost", "ghost", ""));
        let problems = Plan::of(&csv, &Directory::new()).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line, 202);
        assert!(problems[0].problem.contains("ghost"), "{problems:?}");
        let mut ring = HEAD.to_owned();
        for number in 0..100 {
            let to = (number + 1) % 100;
            ring.push_str(&line(&format!("r{number}"), "", &format!("r{to}")));
        }
        let problems = Plan::of(&ring, &Directory::new()).unwrap_err();
        assert!(problems[0].problem.contains("too many at once"), "{problems:?}");
    }
}
