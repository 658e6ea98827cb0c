//! What cost centres may spend, and what became of it.

use events_schema::event::Event;
use events_schema::ids::{ActionId, AggregateId, CostCentre};
use events_schema::money::Money;
use events_schema::people::BudgetSet;
use events_schema::socket::{BudgetChange, FrameBody};
use lambda_host::Live;
use lambda_host::door::{Caller, CommandError, Refusal};
use lambda_host::facts::NewFact;

use super::{ATTEMPTS, Office, cause};
use crate::decide::budget;
use crate::texts;

/// Of a budget's bookings and limits: the newest so many are shown.
const SHOWN: i32 = 50;

impl Office {
    pub(super) async fn list_budgets(&self) -> Result<FrameBody, CommandError> {
        let all = self.budgets.all().await?;
        Ok(FrameBody::Budgets {
            items: all.iter().filter_map(|amounts| amounts.shown()).collect(),
        })
    }

    pub(super) async fn show_budget(&self, centre: &CostCentre) -> Result<FrameBody, CommandError> {
        let (amounts, mut entries) = self.budgets.read(centre).await?;
        let budget = amounts
            .shown()
            .ok_or_else(|| Refusal::not_found(texts::NO_SUCH_BUDGET))?;
        // What is still set aside first: it is what a manager can do something about.
        entries.sort_by_key(|entry| (entry.state != "reserved", entry.booking_id));
        entries.truncate(usize::try_from(SHOWN).unwrap_or(usize::MAX));
        let mut history = Vec::new();
        for row in self.facts.newest(&AggregateId::budget(centre), SHOWN).await? {
            let set = row.recorded()?.read::<BudgetSet>()?;
            history.push(BudgetChange {
                at: set.meta.occurred_at,
                by: set.data.by,
                limit: set.data.limit,
                before: set.data.before,
            });
        }
        Ok(FrameBody::Budget {
            budget,
            entries,
            history,
        })
    }

    pub(super) async fn set_budget(
        &self,
        live: &Live,
        caller: &Caller,
        action: &ActionId,
        centre: &CostCentre,
        limit: Money,
    ) -> Result<FrameBody, CommandError> {
        let (aggregate, cause_key) = (AggregateId::budget(centre), cause(caller, action));
        for _ in 0..ATTEMPTS {
            if self
                .facts
                .recorded_before(live, &aggregate, &cause_key)
                .await?
                .is_some_and(|row| row.event_type == BudgetSet::NAME)
            {
                return self.show_budget(centre).await;
            }
            let sequence = self.facts.sequence(&aggregate).await?;
            let (before, _) = self.budgets.read(centre).await?;
            let available = budget::set(&before.committed(), limit)
                .map_err(|problem| Refusal::invalid(texts::unfit(&[problem.to_string()])))?;
            let event = BudgetSet {
                cost_centre: centre.clone(),
                by: caller.employee.clone(),
                limit,
                before: before.shown().and_then(|budget| budget.limit),
            };
            let fact = NewFact {
                aggregate: &aggregate,
                sequence: sequence + 1,
                employee: None,
                cause_key: cause_key.clone(),
                result: serde_json::Value::Null,
                event: &event,
                writes: vec![self.budgets.set(&before, limit, available)?],
            };
            if self.facts.record(live, fact).await? {
                return self.show_budget(centre).await;
            }
        }
        Err(Refusal::conflict(texts::BUSY).into())
    }
}
