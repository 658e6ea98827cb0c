//! What happens after a delivery failed: again, or to the dead-letter queue, and when. Pure but for the dice.

use std::time::Duration;

use super::config::RetryPolicy;
use crate::ports::DeliveryError;

const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// Which limit ended the retries; the name is the value of EXHAUSTED_RETRY_CONDITION.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exhausted {
    MaximumRetryAttempts,
    MaximumEventAgeInSeconds,
}

impl Exhausted {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::MaximumRetryAttempts => "MaximumRetryAttempts",
            Self::MaximumEventAgeInSeconds => "MaximumEventAgeInSeconds",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Retry {
        at_ms: i64,
    },
    /// Give up at `at_ms`; no limit is exhausted if the error itself is final.
    GiveUp {
        at_ms: i64,
        exhausted: Option<Exhausted>,
    },
}

/// Decides after `attempts` failed attempts (at least one) on an event accepted at `accepted_ms`.
pub(super) fn after_failure(
    error: &DeliveryError,
    policy: RetryPolicy,
    attempts: u32,
    accepted_ms: i64,
    now_ms: i64,
    dice: &mut fastrand::Rng,
) -> Verdict {
    if !error.retryable {
        return Verdict::GiveUp {
            at_ms: now_ms,
            exhausted: None,
        };
    }
    if attempts > policy.max_attempts {
        return Verdict::GiveUp {
            at_ms: now_ms,
            exhausted: Some(Exhausted::MaximumRetryAttempts),
        };
    }
    let at_ms = now_ms + backoff(attempts, dice).as_millis() as i64;
    let too_old_ms = accepted_ms + policy.max_age.as_millis() as i64;
    if at_ms < too_old_ms {
        return Verdict::Retry { at_ms };
    }
    // The event would be too old by then. It stays undelivered until it is, as it does on AWS.
    let at_ms = too_old_ms.max(now_ms);
    Verdict::GiveUp {
        at_ms,
        exhausted: Some(Exhausted::MaximumEventAgeInSeconds),
    }
}

/// Doubles from one second to ten minutes; a random half of it keeps failures from returning together.
pub(super) fn backoff(attempts: u32, dice: &mut fastrand::Rng) -> Duration {
    let doubled = FIRST_DELAY.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(20)));
    doubled.min(LONGEST_DELAY).mul_f64(0.5 + dice.f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(retryable: bool) -> DeliveryError {
        DeliveryError {
            code: "THROTTLING".into(),
            message: "busy".into(),
            retryable,
        }
    }

    fn verdict(retryable: bool, policy: RetryPolicy, attempts: u32, age_s: i64) -> Verdict {
        let mut dice = fastrand::Rng::with_seed(7);
        after_failure(&error(retryable), policy, attempts, 0, age_s * 1_000, &mut dice)
    }

    #[test]
    fn a_final_error_is_not_retried() {
        let expected = Verdict::GiveUp {
            at_ms: 5_000,
            exhausted: None,
        };
        assert_eq!(verdict(false, RetryPolicy::default(), 1, 5), expected);
    }

    #[test]
    fn attempts_run_out() {
        let policy = RetryPolicy {
            max_attempts: 2,
            ..RetryPolicy::default()
        };
        assert!(matches!(verdict(true, policy, 1, 0), Verdict::Retry { .. }));
        assert!(matches!(verdict(true, policy, 2, 0), Verdict::Retry { .. }));
        let exhausted = Some(Exhausted::MaximumRetryAttempts);
        assert_eq!(
            verdict(true, policy, 3, 0),
            Verdict::GiveUp { at_ms: 0, exhausted }
        );
    }

    #[test]
    fn time_runs_out_at_the_age_itself() {
        let policy = RetryPolicy {
            max_age: Duration::from_secs(60),
            ..RetryPolicy::default()
        };
        let exhausted = Some(Exhausted::MaximumEventAgeInSeconds);
        assert_eq!(
            verdict(true, policy, 10, 50),
            Verdict::GiveUp {
                at_ms: 60_000,
                exhausted
            }
        );
    }

    #[test]
    fn the_default_policy_spreads_its_retries_over_the_day() {
        let mut dice = fastrand::Rng::with_seed(7);
        let total: Duration = (1..=185).map(|attempts| backoff(attempts, &mut dice)).sum();
        assert!(
            total > Duration::from_secs(20 * 3600) && total < Duration::from_secs(25 * 3600),
            "{total:?}"
        );
    }

    #[test]
    fn delays_grow_and_stay_below_the_cap() {
        let mut dice = fastrand::Rng::with_seed(7);
        assert!(backoff(1, &mut dice) <= FIRST_DELAY);
        assert!(backoff(8, &mut dice) >= Duration::from_secs(64));
        assert!(backoff(4_000_000_000, &mut dice) <= LONGEST_DELAY);
    }
}
