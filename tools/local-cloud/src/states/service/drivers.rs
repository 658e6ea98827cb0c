//! What runs beside the callers: calls to other services, the deadlines, and the telling of status changes.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::{Shared, StatusChange};
use crate::states::integrations::TaskError;
use crate::states::journal::{Change, Status};
use crate::states::machine::frames::Call;
use crate::states::machine::{Facts, Signal};

/// Status changes told in one go; each may carry an input and an output of 256 KB.
const CHANGES_AT_ONCE: usize = 50;
/// How long to wait after the disk or the observer refused.
const PAUSE: Duration = Duration::from_secs(1);

impl Shared {
    /// Makes calls. What they answer is applied when it comes; nobody waits for it here.
    pub(super) fn call(self: &Arc<Self>, facts: &Arc<Facts>, calls: Vec<Call>) {
        for call in calls {
            // The service must not be kept alive by a call that never answers.
            let shared = Arc::downgrade(self);
            let (integrations, facts) = (self.integrations.clone(), facts.clone());
            self.calls().spawn(async move {
                let asked = integrations.call(&facts.logical_id, &call.service, &call.action, call.arguments);
                let answer = AssertUnwindSafe(asked)
                    .catch_unwind()
                    .await
                    .unwrap_or_else(|_| Err(panicked()));
                let Some(shared) = shared.upgrade() else { return };
                let signal = Signal::Answered {
                    call: call.id,
                    answer,
                };
                shared.answered(&facts.execution_arn, signal);
            });
        }
    }

    fn answered(self: &Arc<Self>, arn: &str, signal: Signal) {
        let mut running = self.running();
        if let Err(error) = self.advance(&mut running, arn, Some(signal)) {
            // The execution stands where it stood; the call is made again after a restart.
            tracing::error!(execution = arn, %error, "a task's answer could not be written down");
        }
    }

    /// Moves every execution whose deadline has passed.
    fn fire(self: &Arc<Self>) -> rusqlite::Result<()> {
        let mut running = self.running();
        let now = self.clock.now();
        let due = running
            .iter()
            .filter(|(_, live)| live.next_deadline().is_some_and(|deadline| deadline <= now));
        let due: Vec<String> = due.map(|(arn, _)| arn.clone()).collect();
        due.iter()
            .try_for_each(|arn| self.advance(&mut running, arn, None))
    }

    fn describe_change(&self, change: &Change) -> rusqlite::Result<Option<StatusChange>> {
        let Some(execution) = self.journal.execution(&change.execution)? else {
            return Ok(None);
        };
        // By the time its start is told, an execution may already have ended.
        let ended = change.status != Status::Running;
        let stopped_at = execution.stopped_at.filter(|_| ended);
        let only_at_end =
            |text: &Option<String>| text.clone().filter(|_| ended).map_or(Value::Null, Value::String);
        let detail = json!({
            "executionArn": execution.arn,
            "stateMachineArn": execution.machine_arn,
            "stateMachineVersionArn": null,
            "stateMachineAliasArn": null,
            "name": execution.name,
            "status": change.status.name(),
            "startDate": execution.started_at.as_millisecond(),
            "stopDate": stopped_at.map(|at| at.as_millisecond()),
            "input": execution.input,
            "inputDetails": { "included": true },
            "output": only_at_end(&execution.output),
            "outputDetails": if ended { json!({ "included": true }) } else { Value::Null },
            "error": only_at_end(&execution.error),
            "cause": only_at_end(&execution.cause),
            "redriveCount": 0,
            "redriveDate": null,
        });
        let at = stopped_at.unwrap_or(execution.started_at);
        Ok(Some(StatusChange {
            execution_arn: execution.arn,
            at,
            detail,
        }))
    }

    /// Tells the oldest changes; whether there were any.
    async fn tell_next(&self) -> Result<bool, String> {
        let text = |error: rusqlite::Error| error.to_string();
        let changes = self.journal.next_changes(CHANGES_AT_ONCE).map_err(text)?;
        let Some(last) = changes.last() else {
            return Ok(false);
        };
        let mut told = Vec::with_capacity(changes.len());
        for change in &changes {
            told.extend(self.describe_change(change).map_err(text)?);
        }
        self.observer.status_changed(told).await?;
        self.journal.forget_changes(last.number).map_err(text)?;
        Ok(true)
    }
}

fn panicked() -> TaskError {
    TaskError {
        error: "States.TaskFailed".into(),
        cause: "The called code panicked.".into(),
    }
}

/// Sleeps until the nearest deadline of any execution, or until one may have come nearer.
pub async fn keep_deadlines(shared: Arc<Shared>) {
    loop {
        let next = shared
            .running()
            .values()
            .filter_map(super::Live::next_deadline)
            .min();
        let wait = async {
            match next {
                Some(at) => shared.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = shared.deadlines.notified() => continue,
            () = wait => {}
        }
        if let Err(error) = shared.fire() {
            tracing::error!(%error, "a deadline could not be written down");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Tells status changes in order, each until it is taken.
pub async fn tell_changes(shared: Arc<Shared>) {
    loop {
        match shared.tell_next().await {
            Ok(true) => {}
            Ok(false) => shared.changes.notified().await,
            Err(error) => {
                tracing::warn!(error, "a status change was not taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
