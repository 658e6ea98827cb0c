//! Who somebody is: the caller themselves, and colleagues that frames mention by id.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use events_schema::ids::EmployeeId;
use events_schema::rows::PersonRow;
use events_schema::socket::{Frame, FrameBody, NamedPerson};

use super::Desk;
use lambda_host::door::Caller;
use lambda_host::door::CommandError;
use lambda_host::door::answer;

impl Desk {
    /// Roles are the token's, not the directory's: they say what this connection may do.
    pub(super) async fn who_am_i(&self, caller: &Caller) -> Result<Vec<Frame>, CommandError> {
        let person = self.tables.person(&caller.employee).await?;
        Ok(vec![answer::alone(FrameBody::YouAre {
            employee_id: caller.employee.clone(),
            name: person.as_ref().map(|person| person.name.clone()),
            roles: caller.roles.clone(),
            cost_centre: person.map(|person| person.cost_centre),
        })])
    }

    pub(super) async fn name_people(&self, employees: &[EmployeeId]) -> Result<Vec<Frame>, CommandError> {
        let people = self.named(employees.to_vec()).await?;
        Ok(vec![answer::alone(FrameBody::PeopleNamed { people })])
    }

    /// At most 100 people, in the order of their ids, each once.
    pub(super) async fn named(
        &self,
        mut employees: Vec<EmployeeId>,
    ) -> Result<Vec<NamedPerson>, CommandError> {
        employees.sort();
        employees.dedup();
        employees.truncate(100);
        if employees.is_empty() {
            return Ok(Vec::new());
        }
        let key =
            |id: &EmployeeId| HashMap::from([("employeeId".to_owned(), AttributeValue::S(id.to_string()))]);
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(employees.iter().map(key).collect()))
            .build()?;
        let table = self.tables.people();
        let answer = self
            .tables
            .dynamo
            .batch_get_item()
            .request_items(table, keys)
            .send()
            .await?;
        let items = answer.responses.unwrap_or_default().remove(table);
        let rows: Vec<PersonRow> = serde_dynamo::from_items(items.unwrap_or_default())?;
        let mut people: Vec<_> = rows
            .into_iter()
            .map(|row| NamedPerson {
                employee_id: row.employee_id,
                name: row.name,
            })
            .collect();
        people.sort_by(|one, other| one.employee_id.cmp(&other.employee_id));
        Ok(people)
    }
}
