//! One person changed by hand.

use events_schema::ids::{ActionId, AggregateId, EmployeeId};
use events_schema::rows::PersonRow;
use events_schema::socket::{FrameBody, PersonChange};
use lambda_host::Live;
use lambda_host::door::{Caller, CommandError, Refusal};

use super::{ATTEMPTS, Office, cause};
use crate::decide::directory::check;
use crate::directory::entry;
use crate::texts;

/// `row` with what the change gives.
pub(super) fn applied(row: &PersonRow, change: &PersonChange) -> PersonRow {
    let mut row = row.clone();
    let PersonChange {
        name,
        roles,
        level,
        approvers,
        finance_approver,
        cost_centre,
        zone,
        locale,
    } = change.clone();
    row.name = name.unwrap_or(row.name);
    row.roles = roles.unwrap_or(row.roles);
    row.level = level.unwrap_or(row.level);
    row.approver_chain = approvers.unwrap_or(row.approver_chain);
    row.finance_approver = finance_approver.or(row.finance_approver);
    row.cost_centre = cost_centre.unwrap_or(row.cost_centre);
    row.zone = zone.unwrap_or(row.zone);
    row.locale = locale.unwrap_or(row.locale);
    row
}

impl Office {
    pub(super) async fn change_person(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        employee: &EmployeeId,
        change: impl Fn(&PersonRow) -> PersonRow,
    ) -> Result<FrameBody, CommandError> {
        let (aggregate, cause) = (AggregateId::directory(), cause(caller, action));
        for _ in 0..ATTEMPTS {
            if let Some(answer) = self
                .answered_before(live, &aggregate, &cause, Self::directory_event())
                .await?
            {
                return Ok(answer);
            }
            // In this order: whatever is read here is at least as new as the place written to.
            let sequence = self.facts.sequence(&aggregate).await?;
            let before = self.people.all().await?;
            let row = before
                .get(employee)
                .ok_or_else(|| Refusal::not_found(texts::NO_SUCH_PERSON))?;
            let changed = change(row);
            let answer = FrameBody::Person {
                person: entry(changed.clone()),
            };
            if changed == *row {
                return Ok(answer);
            }
            let mut after = before.clone();
            after.insert(employee.clone(), changed.clone());
            let problems: Vec<_> = check(&after, &changed).iter().map(ToString::to_string).collect();
            if !problems.is_empty() {
                return Err(Refusal::invalid(texts::unfit(&problems)).into());
            }
            let place = (sequence + 1, cause.clone());
            if self
                .write_people(live, caller, place, &before, &[changed], &answer)
                .await?
            {
                return Ok(answer);
            }
        }
        Err(Refusal::conflict(texts::BUSY).into())
    }
}
