//! One file per kind of command. All need the role travel manager.

mod budgets;
mod change;
mod erase;
mod import;
mod list;

use std::sync::Arc;

use events_schema::event::Event;
use events_schema::ids::{ActionId, AggregateId, EmployeeId};
use events_schema::people::PeopleChanged;
use events_schema::rows::{JournalRow, PersonRow};
use events_schema::socket::{Frame, FrameBody, OfficeCommand};
use lambda_host::door::{Caller, CommandError, Desk, Refusal, answer, check_id, parsed};
use lambda_host::facts::{Facts, NewFact};
use lambda_host::vault::Vault;
use lambda_host::{Clock, HandlerError, Live};
use serde_json::Value;

use crate::budgets::Budgets;
use crate::decide::directory::{Directory, changed_fields};
use crate::directory::People;
use crate::texts;
use crate::trips::Trips;

/// How often a change is tried against others of the same before the manager is asked to come again.
const ATTEMPTS: u32 = 5;

/// What commands work with.
pub(crate) struct Office {
    pub people: People,
    pub budgets: Budgets,
    pub trips: Trips,
    pub vault: Vault,
    pub facts: Facts,
    pub clock: Arc<dyn Clock>,
}

impl Desk for Office {
    const ACTIONS: &'static [&'static str] = &[
        "list_people", "show_person", "import_people", "export_people", "change_person", "delegate_person",
        "erase_person", "list_budgets", "show_budget", "set_budget",
    ];

    type Command = OfficeCommand;

    fn read(body: &str) -> Result<OfficeCommand, Refusal> {
        let command: OfficeCommand = parsed(body, Self::ACTIONS)?;
        use OfficeCommand::{ChangePerson, DelegatePerson, ErasePerson, ImportPeople, SetBudget, ShowBudget};
        match &command {
            ImportPeople { action_id, .. } => check_id("actionId", action_id.as_str())?,
            ChangePerson {
                action_id,
                employee_id,
                ..
            }
            | ErasePerson {
                action_id,
                employee_id,
            }
            | DelegatePerson {
                action_id,
                employee_id,
                ..
            } => {
                check_id("actionId", action_id.as_str())?;
                check_id("employeeId", employee_id.as_str())?;
            }
            SetBudget {
                action_id,
                cost_centre,
                ..
            } => {
                check_id("actionId", action_id.as_str())?;
                check_id("costCentre", cost_centre.as_str())?;
            }
            ShowBudget { cost_centre } => check_id("costCentre", cost_centre.as_str())?,
            _ => {}
        }
        Ok(command)
    }

    fn moves_money(command: &OfficeCommand) -> bool {
        command.moves_money()
    }

    async fn carry_out(
        &self,
        live: &Live,
        caller: &Caller,
        command: OfficeCommand,
    ) -> Result<Vec<Frame>, CommandError> {
        caller.must_be_travel_manager()?;
        let body = match command {
            OfficeCommand::ListPeople { cursor } => self.list_people(cursor.as_deref()).await?,
            OfficeCommand::ShowPerson { employee_id } => self.show_person(&employee_id).await?,
            OfficeCommand::ExportPeople { cursor } => self.export_people(cursor.as_deref()).await?,
            OfficeCommand::ImportPeople {
                action_id,
                csv,
                dry_run,
            } => {
                self.import_people(live, caller, &action_id, &csv, dry_run)
                    .await?
            }
            OfficeCommand::ChangePerson {
                action_id,
                employee_id,
                change,
            } => {
                let change = |row: &PersonRow| change::applied(row, &change);
                self.change_person(live, caller, &action_id, &employee_id, change)
                    .await?
            }
            OfficeCommand::DelegatePerson {
                action_id,
                employee_id,
                to,
                from,
                until,
            } => {
                let change = |row: &PersonRow| PersonRow {
                    delegate: to.clone(),
                    away_from: from,
                    away_until: until,
                    ..row.clone()
                };
                self.change_person(live, caller, &action_id, &employee_id, change)
                    .await?
            }
            OfficeCommand::ErasePerson {
                action_id,
                employee_id,
            } => self.erase_person(live, caller, &action_id, &employee_id).await?,
            OfficeCommand::ListBudgets {} => self.list_budgets().await?,
            OfficeCommand::ShowBudget { cost_centre } => self.show_budget(&cost_centre).await?,
            OfficeCommand::SetBudget {
                action_id,
                cost_centre,
                limit,
            } => {
                self.set_budget(live, caller, &action_id, &cost_centre, limit)
                    .await?
            }
            // The door lets no other action in.
            other => return Err(Refusal::not_found(other.name()).into()),
        };
        Ok(vec![answer::alone(body)])
    }
}

/// The command's place among causes.
fn cause(caller: &Caller, action: &ActionId) -> String {
    format!("{}:{action}", caller.employee)
}

impl Office {
    /// The answer an earlier try of the same command was given.
    async fn answered_before(
        &self,
        live: &Live,
        aggregate: &AggregateId,
        cause: &str,
        event: &str,
    ) -> Result<Option<FrameBody>, CommandError> {
        let found: Option<JournalRow> = self.facts.recorded_before(live, aggregate, cause).await?;
        let Some(row) = found else { return Ok(None) };
        match row.event_type == event {
            true => Ok(Some(serde_json::from_value(row.result)?)),
            false => Err(Refusal::conflict(texts::ID_USED).into()),
        }
    }

    /// Writes `rows` as the directory's next fact; `false` if it moved on since `sequence`.
    async fn write_people(
        &self,
        live: &Live,
        caller: &Caller,
        place: (u64, String),
        before: &Directory,
        rows: &[PersonRow],
        answer: &FrameBody,
    ) -> Result<bool, HandlerError> {
        let (sequence, cause_key) = place;
        let mut event = PeopleChanged {
            by: caller.employee.clone(),
            added: Vec::new(),
            changed: Vec::new(),
        };
        let mut writes = Vec::with_capacity(rows.len());
        for row in rows {
            match before.get(&row.employee_id) {
                None => event.added.push(row.employee_id.clone()),
                Some(old) => event.changed.push(events_schema::people::PersonChanged {
                    employee: row.employee_id.clone(),
                    fields: changed_fields(old, row),
                }),
            }
            writes.push(self.people.put(row)?);
        }
        let fact = NewFact {
            aggregate: &AggregateId::directory(),
            sequence,
            employee: None,
            cause_key,
            result: serde_json::to_value(answer)?,
            event: &event,
            writes,
        };
        self.facts.record(live, fact).await
    }

    fn directory_event() -> &'static str {
        PeopleChanged::NAME
    }
}

/// Cursors are ids, told as text that says nothing.
fn page_after(cursor: Option<&str>, directory: &Directory) -> Result<Vec<EmployeeId>, CommandError> {
    let Some(cursor) = cursor else {
        return Ok(directory.keys().cloned().collect());
    };
    let last: Value = serde_json::from_str(cursor).unwrap_or_default();
    let Some(last) = last.get("after").and_then(Value::as_str) else {
        return Err(Refusal::invalid(texts::BAD_CURSOR).into());
    };
    let last = EmployeeId::new(last);
    let rest = directory.keys().filter(|id| **id > last).cloned();
    Ok(rest.collect())
}

fn cursor_after(id: &EmployeeId) -> String {
    serde_json::json!({"after": id}).to_string()
}
