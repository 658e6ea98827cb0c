//! `policy activate VERSION`.

use std::io::Write;

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{EmployeeId, PolicyVersion};
use events_schema::person::Role;
use events_schema::rows::PersonRow;
use lambda_host::Live;

use super::desk::Desk;
use crate::commands::CommandError;
use crate::commands::events::table;
use crate::laptop::person_named;

pub(super) async fn activate(
    out: &mut impl Write,
    desk: &Desk,
    version: &PolicyVersion,
    person: &str,
) -> Result<(), CommandError> {
    let by = manager(desk, person).await?;
    let live = Live::of(&serde_json::Value::Null).ok_or("a command is no replay")?;
    let activated = policy::activate(&desk.runtime, &live, version, &by).await?;
    let also = match (&activated.replaces, activated.repeated) {
        (_, true) => " already".into(),
        (Some(old), false) => format!("; it replaces {old}, which running bookings keep"),
        (None, false) => String::new(),
    };
    writeln!(out, "{version}  active{also}")?;
    Ok(())
}

/// The person's id, if they may decide on policies.
pub(super) async fn manager(desk: &Desk, person: &str) -> Result<EmployeeId, CommandError> {
    let employee = person_named(person).map_or(person, |sample| sample.employee);
    let dynamo = aws_sdk_dynamodb::Client::new(&desk.aws);
    let answer = dynamo
        .get_item()
        .table_name(table(&dynamo, "PeopleTable").await?)
        .key("employeeId", AttributeValue::S(employee.into()))
        .send()
        .await?;
    let row: Option<PersonRow> = answer.item.map(serde_dynamo::from_item).transpose()?;
    let row = row.ok_or_else(|| format!("there is nobody called {person:?}"))?;
    let may = row
        .roles
        .iter()
        .any(|role| matches!(role, Role::TravelManager | Role::Administrator));
    if !may {
        return Err(format!("{person} is no travel manager: only travel managers decide on policies").into());
    }
    Ok(row.employee_id)
}
