//! Forgetting a person. Their key is destroyed, and with it everything that was sealed with it: their details, also
//! those copied to bookings, and their words. What bookings, money and the audit know of them by id stays.

use events_schema::event::Event;
use events_schema::ids::{ActionId, AggregateId, EmployeeId};
use events_schema::people::PersonErased;
use events_schema::socket::FrameBody;
use lambda_host::Live;
use lambda_host::door::{Caller, CommandError, Refusal};
use lambda_host::facts::NewFact;

use super::{ATTEMPTS, Office, cause};
use crate::decide::directory::naming;
use crate::decide::erasure;
use crate::texts;

impl Office {
    pub(super) async fn erase_person(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        employee: &EmployeeId,
    ) -> Result<FrameBody, CommandError> {
        let (aggregate, cause_key) = (AggregateId::directory(), cause(caller, action));
        for _ in 0..ATTEMPTS {
            if let Some(answer) = self
                .answered_before(live, &aggregate, &cause_key, PersonErased::NAME)
                .await?
            {
                return Ok(answer);
            }
            let sequence = self.facts.sequence(&aggregate).await?;
            let directory = self.people.all().await?;
            if !directory.contains_key(employee) {
                return Err(Refusal::not_found(texts::NO_SUCH_PERSON).into());
            }
            let now = self.clock.now();
            let trips = self.trips.of(employee).await?;
            erasure::check(&naming(&directory, employee), &trips, now)
                .map_err(|reason| Refusal::conflict(texts::not_erased(&reason)))?;
            let event = PersonErased {
                employee: employee.clone(),
                by: caller.employee.clone(),
                erased_at: now,
            };
            let answer = FrameBody::PersonErased {
                employee_id: employee.clone(),
                erased_at: now,
            };
            let fact = NewFact {
                aggregate: &aggregate,
                sequence: sequence + 1,
                employee: Some(employee),
                cause_key: cause_key.clone(),
                result: serde_json::to_value(&answer)?,
                event: &event,
                writes: vec![
                    self.people.delete(employee)?,
                    self.vault.destroy(employee, now)?,
                    self.trips.forget_details(employee, now)?,
                ],
            };
            if self.facts.record(live, fact).await? {
                return Ok(answer);
            }
        }
        Err(Refusal::conflict(texts::BUSY).into())
    }
}
