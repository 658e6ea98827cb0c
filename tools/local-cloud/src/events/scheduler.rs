//! Rules with a schedule. Each one's next due time is stored; a due time that passed while the cloud was down fires
//! once, and the schedule goes on from there without making up for the rest.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

use super::Inner;
use super::accept::Queued;
use super::catalog::ActiveRule;
use super::envelope::{self, NewEvent};
use super::schedule::Schedule;

impl Inner {
    /// Gives new schedules their first due time, and forgets those that are gone or were changed.
    pub(super) fn prepare_schedules(&self) -> rusqlite::Result<()> {
        let mut connection = self.store.lock();
        let tx = connection.transaction()?;
        let known: Vec<String> = {
            let mut statement = tx.prepare("SELECT rule FROM events_schedules")?;
            statement
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?
        };
        for rule in known
            .iter()
            .filter(|rule| !self.catalog.rules.contains_key(*rule))
        {
            tx.execute("DELETE FROM events_schedules WHERE rule = ?1", [rule])?;
        }
        for (rule, schedule) in self.scheduled() {
            let expression = described(rule);
            let sql = "SELECT expression FROM events_schedules WHERE rule = ?1";
            let stored: Option<String> = tx.query_row(sql, [&rule.key], |row| row.get(0)).optional()?;
            if stored.as_ref() != Some(&expression) {
                set_due(&tx, rule, schedule.next_after(self.clock.now()))?;
            }
        }
        tx.commit()
    }

    fn scheduled(&self) -> impl Iterator<Item = (&ActiveRule, &Schedule)> {
        self.catalog
            .rules
            .values()
            .filter_map(|rule| rule.schedule.as_ref().map(|schedule| (rule, schedule)))
    }

    fn next_due(&self) -> rusqlite::Result<Option<Timestamp>> {
        let sql = "SELECT min(due_at) FROM events_schedules WHERE due_at IS NOT NULL";
        let at_ms: Option<i64> = self.store.lock().query_row(sql, [], |row| row.get(0))?;
        Ok(at_ms.and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok()))
    }

    /// Fires what is due; the events and the next due times are stored together.
    fn fire_due(&self) -> rusqlite::Result<()> {
        let now = self.clock.now();
        let mut queued = Queued::default();
        {
            let mut connection = self.store.lock();
            let tx = connection.transaction()?;
            for (rule, schedule) in self.scheduled() {
                let sql = "SELECT due_at FROM events_schedules WHERE rule = ?1 AND due_at <= ?2";
                let due: Option<i64> = tx
                    .query_row(sql, params![rule.key, now.as_millisecond()], |row| row.get(0))
                    .optional()?;
                let Some(due) = due.and_then(|due| Timestamp::from_millisecond(due).ok()) else {
                    continue;
                };
                if rule.enabled() {
                    let event = self.scheduled_event(rule, due);
                    self.queue_event(&tx, &rule.config.bus, event, std::iter::once(rule), &mut queued)?;
                }
                set_due(&tx, rule, schedule.next_on_beat(due, now))?;
            }
            tx.commit()?;
        }
        self.release(queued);
        Ok(())
    }

    fn scheduled_event(&self, rule: &ActiveRule, due: Timestamp) -> serde_json::Value {
        let event = NewEvent {
            source: "aws.events".into(),
            detail_type: "Scheduled Event".into(),
            detail: json!({}),
            resources: vec![rule.arn.clone()],
            time: Some(due),
        };
        // One id for each time the rule is due.
        let id = uuid::Uuid::new_v5(
            &uuid::Uuid::NAMESPACE_URL,
            format!("{}#{due}", rule.arn).as_bytes(),
        );
        envelope::wrap(
            &id.to_string(),
            &self.catalog.account,
            &self.catalog.region,
            due,
            event,
        )
    }
}

/// Runs until it is aborted.
pub(super) async fn run(inner: Arc<Inner>) {
    loop {
        match inner.next_due() {
            Ok(Some(at)) => inner.clock.sleep_until(at).await,
            Ok(None) => return,
            Err(error) => {
                tracing::error!(%error, "schedules could not be read");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                continue;
            }
        }
        if let Err(error) = inner.fire_due() {
            tracing::error!(%error, "a schedule could not fire");
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    }
}

fn set_due(tx: &Transaction<'_>, rule: &ActiveRule, due: Option<Timestamp>) -> rusqlite::Result<()> {
    let sql = "INSERT INTO events_schedules (rule, expression, due_at) VALUES (?1, ?2, ?3)
               ON CONFLICT (rule) DO UPDATE SET expression = excluded.expression, due_at = excluded.due_at";
    tx.execute(
        sql,
        params![rule.key, described(rule), due.map(|due| due.as_millisecond())],
    )?;
    Ok(())
}

/// The expression with its zone: a change of either starts the schedule anew.
fn described(rule: &ActiveRule) -> String {
    let expression = rule.config.schedule.as_deref().unwrap_or_default();
    match &rule.config.timezone {
        Some(zone) => format!("{expression} {zone}"),
        None => expression.to_owned(),
    }
}
