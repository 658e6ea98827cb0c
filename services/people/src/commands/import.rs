//! A sheet of people: all of it or none, and on request only told what it would do.

use events_schema::ids::{ActionId, AggregateId};
use events_schema::rows::PersonRow;
use events_schema::socket::FrameBody;
use lambda_host::Live;
use lambda_host::door::{Caller, CommandError, Refusal};

use super::{ATTEMPTS, Office, cause};
use crate::decide::directory::{Directory, difference};
use crate::decide::sheet;
use crate::texts;

/// A transaction holds 100 writes; one is the fact itself.
const MOST: usize = 99;

impl Office {
    pub(super) async fn import_people(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        csv: &str,
        dry_run: bool,
    ) -> Result<FrameBody, CommandError> {
        let (aggregate, cause) = (AggregateId::directory(), cause(caller, action));
        for _ in 0..ATTEMPTS {
            if let Some(answer) = self
                .answered_before(live, &aggregate, &cause, Self::directory_event())
                .await?
            {
                return Ok(answer);
            }
            let sequence = self.facts.sequence(&aggregate).await?;
            let before = self.people.all().await?;
            let people = match sheet::read(csv, &before) {
                Ok(people) => people,
                Err(problems) => {
                    return Ok(FrameBody::PeopleImport {
                        applied: false,
                        added: Vec::new(),
                        changed: Vec::new(),
                        unchanged: 0,
                        problems,
                    });
                }
            };
            let rows: Vec<PersonRow> = people.into_iter().map(|(_, row)| row).collect();
            self.refuse_erased(&before, &rows).await?;
            let (rows, answer) = outcome(&before, rows, !dry_run);
            if rows.len() > MOST {
                return Err(Refusal::invalid(texts::too_many(rows.len(), MOST)).into());
            }
            if dry_run || rows.is_empty() {
                return Ok(answer);
            }
            let place = (sequence + 1, cause.clone());
            if self
                .write_people(live, caller, place, &before, &rows, &answer)
                .await?
            {
                return Ok(answer);
            }
        }
        Err(Refusal::conflict(texts::BUSY).into())
    }
}

impl Office {
    /// What was sealed for the one must never be taken for the other's.
    async fn refuse_erased(&self, before: &Directory, rows: &[PersonRow]) -> Result<(), CommandError> {
        for row in rows.iter().filter(|row| !before.contains_key(&row.employee_id)) {
            if self.vault.is_erased(&row.employee_id).await? {
                let problem = texts::was_erased(row.employee_id.as_str());
                return Err(Refusal::invalid(texts::unfit(&[problem])).into());
            }
        }
        Ok(())
    }
}

/// The rows to write, and what the manager is told.
fn outcome(before: &Directory, rows: Vec<PersonRow>, applied: bool) -> (Vec<PersonRow>, FrameBody) {
    let (mut added, mut changed, mut unchanged, mut touched) = (Vec::new(), Vec::new(), 0, Vec::new());
    for row in rows {
        match before.get(&row.employee_id) {
            None => added.push(row.employee_id.clone()),
            Some(old) => match difference(old, &row) {
                Some(found) => changed.push(found),
                None => {
                    unchanged += 1;
                    continue;
                }
            },
        }
        touched.push(row);
    }
    let told = FrameBody::PeopleImport {
        applied,
        added,
        changed,
        unchanged,
        problems: Vec::new(),
    };
    (touched, told)
}
