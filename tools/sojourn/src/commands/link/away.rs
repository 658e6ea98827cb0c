//! How long a lost connection is tried for, how often, and what is said meanwhile. No clock of its own but tokio's.

use std::time::Duration;

use tokio::time::Instant;

use crate::commands::CommandError;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Until something is said again; from then on three times as long each time.
const FIRST_NOTICE: Duration = Duration::from_secs(5);

/// The cloud stayed away for as long as it may.
#[derive(Debug, thiserror::Error)]
#[error("gave up after {}: the cloud does not answer", words(*.after))]
pub(in crate::commands) struct GaveUp {
    after: Duration,
    source: CommandError,
}

impl GaveUp {
    pub fn after(after: Duration, source: CommandError) -> Self {
        Self { after, source }
    }
}

/// One absence.
pub(super) struct Away {
    since: Instant,
    longest: Duration,
    pause: Duration,
    next_notice: Duration,
}

impl Away {
    pub fn new(longest: Duration) -> Self {
        Self {
            since: Instant::now(),
            longest,
            pause: FIRST_PAUSE,
            next_notice: FIRST_NOTICE,
        }
    }

    /// How long to wait before the next attempt, twice as long each time up to a few seconds; `None`: that was the
    /// last.
    pub fn pause(&mut self) -> Option<Duration> {
        let left = self.longest.checked_sub(self.since.elapsed())?;
        let pause = self.pause.min(left);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        (!left.is_zero()).then_some(pause)
    }

    /// Said ever more rarely.
    pub fn notice(&mut self) -> Option<String> {
        let elapsed = self.since.elapsed();
        if elapsed < self.next_notice {
            return None;
        }
        self.next_notice *= 3;
        let left = self.longest.checked_sub(elapsed)?;
        Some(format!(
            "Still no connection after {}; trying for another {}.",
            words(elapsed),
            words(left)
        ))
    }
}

/// `45 s`, `4 min`, `4 min 45 s`.
fn words(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every attempt is in vain.
    async fn play(longest: Duration) -> (usize, Vec<String>, Duration) {
        let began = Instant::now();
        let mut away = Away::new(longest);
        let (mut attempts, mut said) = (0, Vec::new());
        while let Some(pause) = away.pause() {
            tokio::time::sleep(pause).await;
            attempts += 1;
            said.extend(away.notice());
        }
        (attempts, said, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_tried_often_at_first_then_steadily_and_not_for_ever() {
        let (attempts, said, took) = play(Duration::from_secs(300)).await;
        assert_eq!(took.as_secs(), 300);
        assert!((60..80).contains(&attempts), "{attempts}");
        assert_eq!(
            said,
            [
                "Still no connection after 6 s; trying for another 4 min 53 s.",
                "Still no connection after 16 s; trying for another 4 min 43 s.",
                "Still no connection after 46 s; trying for another 4 min 13 s.",
                "Still no connection after 2 min 16 s; trying for another 2 min 43 s.",
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn no_time_at_all_is_no_attempt() {
        let (attempts, said, _) = play(Duration::ZERO).await;
        assert_eq!((attempts, said.len()), (0, 0));
    }

    #[test]
    fn it_says_how_long_it_tried_and_why_it_failed() {
        let error = GaveUp::after(Duration::from_secs(300), "connection refused".into());
        assert_eq!(
            crate::commands::report(&error),
            "gave up after 5 min: the cloud does not answer: connection refused"
        );
    }
}
