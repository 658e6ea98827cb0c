//! People as a CSV sheet: what an import reads and an export writes. Columns by name, in any order:
//!
//! | column | holds | needed |
//! |---|---|---|
//! | `employeeId` | the identity provider's subject | always |
//! | `name` | for people to recognise them by | for new people |
//! | `roles` | `traveller`, `approver`, `travel_manager`, `administrator`, spaces between | no: `traveller` |
//! | `level` | `L1` to `L5` | for new people |
//! | `approvers` | ids of who is asked for L1, then L2 approval, spaces between | no: none |
//! | `financeApprover` | id of who is asked for Finance approval | no: none |
//! | `delegate` | id of who decides while they are away | no: none |
//! | `awayFrom`, `awayUntil` | `2026-12-01T00:00:00Z` | no: always, for ever |
//! | `costCentre` | | for new people |
//! | `zone` | IANA time zone | for new people |
//! | `locale` | `en-GB` | for new people |
//!
//! Of people who are in the directory already, a column that the sheet leaves out stays as it is.

use std::collections::BTreeMap;
use std::str::FromStr;

use events_schema::ids::{CostCentre, EmployeeId};
use events_schema::person::{EmployeeLevel, Role};
use events_schema::rows::PersonRow;
use events_schema::socket::LineProblem;
use serde::de::DeserializeOwned;

use super::directory::{Directory, check, shown};

pub const COLUMNS: [&str; 12] = [
    "employeeId", "name", "roles", "level", "approvers", "financeApprover", "delegate", "awayFrom",
    "awayUntil", "costCentre", "zone", "locale",
];

/// The people of a sheet as they would be, each with its line; or everything that is wrong with it.
pub fn read(csv: &str, directory: &Directory) -> Result<Vec<(u64, PersonRow)>, Vec<LineProblem>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let columns = header(&mut reader).map_err(|problem| vec![LineProblem { line: 1, problem }])?;
    let mut people: Vec<(u64, PersonRow)> = Vec::new();
    let mut problems = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let at = |problem| LineProblem { line, problem };
                match person(&columns, &record, directory) {
                    Ok(person) => people.push((line, person)),
                    Err(found) => problems.extend(found.into_iter().map(at)),
                }
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let problem = format!("this is not readable as CSV: {error}");
                problems.push(LineProblem { line, problem });
            }
        }
    }
    problems.extend(repeated(&people));
    problems.extend(unfit(&people, directory));
    problems.sort_by_key(|problem| problem.line);
    match problems.is_empty() {
        true => Ok(people),
        false => Err(problems),
    }
}

fn header(reader: &mut csv::Reader<&[u8]>) -> Result<Vec<&'static str>, String> {
    let header = reader
        .headers()
        .map_err(|error| format!("the header is not readable: {error}"))?;
    let mut columns = Vec::new();
    for name in header {
        let Some(column) = COLUMNS.iter().find(|column| **column == name) else {
            let known = COLUMNS.join(", ");
            return Err(format!("there is no column \"{name}\"; columns are {known}"));
        };
        if columns.contains(column) {
            return Err(format!("the column \"{name}\" stands there twice"));
        }
        columns.push(*column);
    }
    match columns.contains(&"employeeId") {
        true => Ok(columns),
        false => Err("the column \"employeeId\" is missing".into()),
    }
}

fn person(
    columns: &[&'static str],
    record: &csv::StringRecord,
    directory: &Directory,
) -> Result<PersonRow, Vec<String>> {
    if record.len() != columns.len() {
        return Err(vec![format!(
            "it has {} fields, the header {}; put fields with a comma in quotes",
            record.len(),
            columns.len()
        )]);
    }
    let cells: BTreeMap<&str, &str> = columns.iter().copied().zip(record.iter()).collect();
    let id = EmployeeId::new(cells["employeeId"]);
    let mut problems = Vec::new();
    let before = directory.get(&id);
    let mut person = before.cloned().unwrap_or_else(|| blank(&id));
    for needed in ["name", "level", "costCentre", "zone", "locale"] {
        let absent = before.is_none() && !cells.contains_key(needed);
        if absent || cells.get(needed).is_some_and(|cell| cell.is_empty()) {
            problems.push(format!("\"{needed}\" is missing"));
        }
    }
    for (column, cell) in &cells {
        if let Err(problem) = fill(&mut person, column, cell) {
            problems.push(problem);
        }
    }
    match problems.is_empty() {
        true => Ok(person),
        false => Err(problems),
    }
}

fn blank(id: &EmployeeId) -> PersonRow {
    PersonRow {
        employee_id: id.clone(),
        name: String::new(),
        roles: vec![Role::Traveller],
        level: EmployeeLevel::L1,
        approver_chain: Vec::new(),
        finance_approver: None,
        delegate: None,
        away_from: None,
        away_until: None,
        cost_centre: CostCentre::new(""),
        zone: String::new(),
        locale: String::new(),
    }
}

fn fill(person: &mut PersonRow, column: &str, cell: &str) -> Result<(), String> {
    let id = || (!cell.is_empty()).then(|| EmployeeId::new(cell));
    match column {
        "name" => person.name = cell.into(),
        "roles" if cell.is_empty() => person.roles = vec![Role::Traveller],
        "roles" => person.roles = cell.split_whitespace().map(role).collect::<Result<_, _>>()?,
        // Told as missing.
        "level" if cell.is_empty() => {}
        "level" => {
            person.level = word(cell).ok_or_else(|| format!("\"level\" is L1 to L5, not \"{cell}\""))?;
        }
        "approvers" => person.approver_chain = cell.split_whitespace().map(EmployeeId::new).collect(),
        "financeApprover" => person.finance_approver = id(),
        "delegate" => person.delegate = id(),
        "awayFrom" => person.away_from = instant(column, cell)?,
        "awayUntil" => person.away_until = instant(column, cell)?,
        "costCentre" => person.cost_centre = CostCentre::new(cell),
        "zone" => person.zone = cell.into(),
        "locale" => person.locale = cell.into(),
        _ => {}
    }
    Ok(())
}

fn role(text: &str) -> Result<Role, String> {
    word(text).ok_or_else(|| {
        format!("\"{text}\" is no role; roles are traveller, approver, travel_manager, administrator")
    })
}

fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.into())).ok()
}

fn instant(column: &str, cell: &str) -> Result<Option<jiff::Timestamp>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let parsed = jiff::Timestamp::from_str(cell);
    parsed
        .map(Some)
        .map_err(|_| format!("\"{column}\" is an instant such as 2026-12-01T00:00:00Z, not \"{cell}\""))
}

fn repeated(people: &[(u64, PersonRow)]) -> Vec<LineProblem> {
    let mut first: BTreeMap<&EmployeeId, u64> = BTreeMap::new();
    let mut problems = Vec::new();
    for (line, person) in people {
        match first.get(&person.employee_id) {
            None => {
                first.insert(&person.employee_id, *line);
            }
            Some(before) => problems.push(LineProblem {
                line: *line,
                problem: format!("{} stands on line {before} already", person.employee_id),
            }),
        }
    }
    problems
}

/// Checked against everybody as they would be, so that a sheet may bring people and their approvers together.
fn unfit(people: &[(u64, PersonRow)], directory: &Directory) -> Vec<LineProblem> {
    let mut after = directory.clone();
    after.extend(
        people
            .iter()
            .map(|(_, row)| (row.employee_id.clone(), row.clone())),
    );
    let mut problems = Vec::new();
    for (line, person) in people {
        // What was wrong before and is not touched is not this import's to mend.
        if directory.get(&person.employee_id) == Some(person) {
            continue;
        }
        let found = check(&after, person).into_iter();
        problems.extend(found.map(|problem| LineProblem {
            line: *line,
            problem: problem.to_string(),
        }));
    }
    problems
}

/// A sheet that, imported, changes nothing.
pub fn write<'a>(
    people: impl Iterator<Item = &'a PersonRow>,
    with_header: bool,
) -> Result<String, WriteError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer.write_record(COLUMNS)?;
    }
    for person in people {
        let rest = shown(person).map(|(_, cell)| cell);
        let id = person.employee_id.as_str();
        writer.write_record(std::iter::once(id).chain(rest.iter().map(String::as_str)))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| WriteError::Csv(error.into_error().into()))?;
    Ok(String::from_utf8(bytes)?)
}

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the sheet could not be written")]
    Csv(#[from] csv::Error),
    #[error("the sheet is not text")]
    Text(#[from] std::string::FromUtf8Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "employeeId,name,level,approvers,costCentre,zone,locale\n";

    fn sound() -> Directory {
        let sheet = format!(
            "{HEAD}boss,Sample Boss,L5,,CC-1,Europe/Berlin,en-GB\na,Sample A,L2,boss,CC-1,Europe/Berlin,en-GB\n"
        );
        let people = read(&sheet, &Directory::new()).unwrap();
        people
            .into_iter()
            .map(|(_, row)| (row.employee_id.clone(), row))
            .collect()
    }

    fn problems(sheet: &str) -> Vec<(u64, String)> {
        let found = read(sheet, &sound()).unwrap_err();
        found
            .into_iter()
            .map(|problem| (problem.line, problem.problem))
            .collect()
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let mut directory = sound();
        let boss = directory.get_mut(&EmployeeId::new("a")).unwrap();
        boss.name = "Sample, \"A\"\u{a0}".trim().into();
        boss.delegate = Some(EmployeeId::new("boss"));
        boss.away_from = Some(events_schema::samples::now());
        let sheet = write(directory.values(), true).unwrap();
        let read = read(&sheet, &directory).unwrap();
        let rows: Vec<_> = read.iter().map(|(_, row)| row).collect();
        assert_eq!(rows, directory.values().collect::<Vec<_>>());
        assert_eq!(read.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn columns_left_out_stay_as_they_are() {
        let people = read("level,employeeId\nL4,a\n", &sound()).unwrap();
        let mut expected = sound()[&EmployeeId::new("a")].clone();
        expected.level = EmployeeLevel::L4;
        assert_eq!(people, [(2, expected)]);
    }

    #[test]
    fn every_problem_has_its_line() {
        let cases = [
            ("name,level\n", 1, "\"employeeId\" is missing"),
            ("employeeId,shoeSize\n", 1, "no column \"shoeSize\""),
            ("employeeId,level,level\n", 1, "stands there twice"),
            ("employeeId,level\na,L9\n", 2, "L1 to L5, not \"L9\""),
            ("employeeId,level\na,\n", 2, "\"level\" is missing"),
            ("employeeId,level\na,L1\nnew,L1\n", 3, "\"name\" is missing"),
            ("employeeId,roles\na,traveller king\n", 2, "\"king\" is no role"),
            ("employeeId,level\na,L1,extra\n", 2, "has 3 fields, the header 2"),
            (
                "employeeId,level\na,L1\n\nboss,L5\na,L2\n",
                5,
                "a stands on line 2 already",
            ),
            ("employeeId,approvers\nboss,a\n", 2, "boss -> a -> boss"),
            (
                "employeeId,approvers\na,ghost\n",
                2,
                "ghost is not in the directory",
            ),
            (
                "employeeId,awayFrom\na,tomorrow\n",
                2,
                "\"awayFrom\" is an instant",
            ),
            (
                "employeeId,zone\na,Berlin\n",
                2,
                "\"zone\" must be an IANA time zone",
            ),
        ];
        for (sheet, line, text) in cases {
            let found = problems(sheet);
            assert!(
                found
                    .iter()
                    .any(|(at, problem)| *at == line && problem.contains(text)),
                "{sheet:?}: {found:?}"
            );
        }
    }

    #[test]
    fn people_and_their_approvers_may_come_together() {
        let sheet = format!(
            "{HEAD}x,Sample X,L1,y,CC-1,Europe/Berlin,de\ny,Sample Y,L4,boss,CC-1,Europe/Berlin,de\n"
        );
        assert_eq!(read(&sheet, &sound()).unwrap().len(), 2);
    }
}
