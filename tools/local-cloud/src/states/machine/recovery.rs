//! Retry and Catch.

use serde_json::json;

use super::flow::Exit;
use super::frames::{Activity, Branch};
use super::scope::Scope;
use super::{Failure, Machine};
use crate::states::definition::{Retrier, State};

impl Machine<'_> {
    /// Sends the state back to be tried again, or leaves it by a Catch; the failure comes back if neither applies.
    pub(super) fn recover(
        &mut self,
        state: &State,
        branch: &mut Branch,
        outer: Option<&Scope<'_>>,
        failure: Failure,
    ) -> Result<(), Failure> {
        if failure.error == "States.QueryEvaluationError" {
            let details = json!({ "error": failure.error, "cause": failure.cause, "state": branch.at.state });
            self.write(&mut branch.last_event, "EvaluationFailed", details);
        }
        if failure.fatal {
            return Err(failure);
        }
        if self.try_again(state, branch, &failure) {
            return Ok(());
        }
        let Some(catcher) = state
            .catch
            .iter()
            .find(|catcher| matches(&catcher.error_equals, &failure))
        else {
            return Err(failure);
        };
        let error_output = json!({ "Error": failure.error, "Cause": failure.cause });
        let exit = Exit {
            next: Some(&catcher.next),
            assign: catcher.assign.as_ref(),
            output: catcher.output.as_ref(),
            default_output: error_output.clone(),
            result: None,
            error_output: Some(error_output),
        };
        self.leave(state, branch, outer, exit).map(|_| ())
    }

    /// The first retrier that names the error decides; once it is used up, no later one is asked.
    fn try_again(&mut self, state: &State, branch: &mut Branch, failure: &Failure) -> bool {
        let named = state
            .retry
            .iter()
            .position(|retrier| matches(&retrier.error_equals, failure));
        let Some((at, retrier)) = named.and_then(|at| Some((at, state.retry.get(at)?))) else {
            return false;
        };
        branch.at.attempts.resize(state.retry.len(), 0);
        let used = branch.at.attempts[at];
        if used >= retrier.max_attempts {
            return false;
        }
        branch.at.attempts[at] = used + 1;
        let delay_s = self.delay_s(retrier, used);
        let delay = jiff::SignedDuration::try_from_secs_f64(delay_s).unwrap_or(jiff::SignedDuration::MAX);
        let until = self.now.saturating_add(delay).unwrap_or(jiff::Timestamp::MAX);
        branch.at.activity = Activity::Retrying { until };
        true
    }

    fn delay_s(&mut self, retrier: &Retrier, used: u32) -> f64 {
        let grown = retrier.interval_s as f64 * retrier.backoff_rate.powf(f64::from(used));
        let delay = retrier.max_delay_s.map_or(grown, |most| grown.min(most as f64));
        if !retrier.full_jitter {
            return delay;
        }
        let bytes = self.draw().bytes(b"retry jitter");
        let seed = bytes
            .iter()
            .take(8)
            .fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        fastrand::Rng::with_seed(seed).f64() * delay
    }
}

/// Whether a list of error names covers a failure. A time-out by heartbeat is a time-out, no failed task is one, and
/// the errors that end an execution are caught by their own name only.
fn matches(names: &[String], failure: &Failure) -> bool {
    let error = failure.error.as_str();
    let timeout = ["States.Timeout", "States.HeartbeatTimeout"].contains(&error);
    let terminal = ["States.DataLimitExceeded", "States.Runtime"].contains(&error);
    names.iter().any(|name| match name.as_str() {
        "States.ALL" => !terminal,
        "States.TaskFailed" => !terminal && !timeout,
        "States.Timeout" => timeout,
        name => name == error,
    })
}
