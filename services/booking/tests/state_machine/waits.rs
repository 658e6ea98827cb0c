//! The three waits for people: how long, and what wakes them. The callback carries nothing: whatever woke the
//! machine, `settle` says what the Decisions row says, and the machine follows that.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use super::stage::{Reply, Run, Script, run};

/// Choosing, approving and confirming, by the number of their wait: what was asked, and the seconds it may take.
const WAITS: [(usize, &str, i64); 3] = [
    (0, "choose#1", 2 * 3600),
    (1, "approve#1.1", 24 * 3600),
    (2, "confirm#2", 1800),
];

/// A path with all three waits, in which the `nth` wait meets `reply` and all others are woken in time.
fn with_wait(nth: usize, reply: &[Reply]) -> Script {
    let mut script = Script::default().answers(
        "requote",
        json!({ "outcome": "unchanged", "quoteHash": "h", "approvalsNeeded": 1 }),
    );
    for _ in 0..nth {
        script = script
            .then("await_decision", Reply::Usual)
            .then("settle", Reply::Usual);
    }
    reply.iter().fold(script, |script, reply| {
        script.then("await_decision", reply.clone())
    })
}

/// How long the `nth` wait lasted, until its row was read.
fn lasted(run: &Run, nth: usize) -> SignedDuration {
    let begun = run.of("await_decision")[nth].at;
    run.of("settle")[nth].at.duration_since(begun)
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_deadline_that_was_told() {
    for (nth, decision, seconds) in WAITS {
        let run = run(with_wait(nth, &[Reply::Silence])).await;
        let waited = run.of("await_decision")[nth];
        assert_eq!(waited.payload["decision"], decision);
        // Not a moment before the deadline, or the row would still be open; and at once after it.
        let lasted = lasted(&run, nth);
        let limit = SignedDuration::from_secs(seconds);
        assert!(
            lasted >= limit && lasted < limit + SignedDuration::from_secs(2),
            "{decision}: {lasted:?}"
        );
        assert_eq!(
            (run.status.as_str(), run.tasks().last()),
            ("SUCCEEDED", Some(&"confirm"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_decision_made_before_the_token_was_kept_is_not_waited_out() {
    for (nth, decision, _) in WAITS {
        let run = run(with_wait(nth, &[Reply::WokenAtOnce])).await;
        assert!(lasted(&run, nth) < SignedDuration::from_secs(1), "{decision}");
        assert_eq!(run.tasks().last(), Some(&"confirm"));
    }
}

/// Two wakes of one decision, a replayed event, a clock that is a little behind: the row is still open, so the wait
/// goes on, with what is left of its time.
#[tokio::test(start_paused = true)]
async fn a_wake_for_nothing_waits_again_until_the_same_deadline() {
    let minute = Duration::from_secs(60);
    for (nth, decision, seconds) in WAITS {
        let script = with_wait(nth, &[Reply::Woken(minute), Reply::Silence]);
        let run = run(script.outcome("settle", "open")).await;
        let waits = run.of("await_decision");
        assert_eq!(waits[nth].payload["decision"], decision);
        assert_eq!(waits[nth + 1].payload["decision"], decision);
        assert_ne!(
            waits[nth].payload["taskToken"],
            waits[nth + 1].payload["taskToken"]
        );
        let deadline = waits[nth].at + SignedDuration::from_secs(seconds);
        let settled = run.of("settle")[nth + 1].at;
        let late = settled.duration_since(deadline);
        assert!(
            (SignedDuration::ZERO..SignedDuration::from_secs(2)).contains(&late),
            "{decision}: {late:?}"
        );
        assert_eq!(run.tasks().last(), Some(&"confirm"), "{decision}");
    }
}

/// The time-out came first; the wake that comes after it finds no wait and changes nothing.
#[tokio::test(start_paused = true)]
async fn a_late_wake_changes_nothing() {
    let late = Duration::from_secs(2 * 3600 + 30);
    let script = Script::default()
        .then("await_decision", Reply::Woken(late))
        .outcome("settle", "timed_out");
    let run = run(script).await;
    assert_eq!(run.status, "SUCCEEDED");
    let calls = [
        "claim", "present_options", "await_decision", "settle", "undo_leg", "release_holds",
        "release_budget", "end",
    ];
    assert_eq!(run.tasks(), calls);
}

/// A token that could not be kept is no reason to give up: the row is read, and the wait begins anew.
#[tokio::test(start_paused = true)]
async fn a_wait_that_cannot_begin_is_tried_again_until_its_deadline() {
    for (nth, decision, seconds) in WAITS {
        // Six retries take the 1 + 2 + 4 + 8 + 16 + 30 seconds of their backoff at most.
        let script = with_wait(nth, &[])
            .outcome("settle", "open")
            .outcome("settle", "cancelled");
        let run = run(script.otherwise("await_decision", Reply::Fail("HandlerError"))).await;
        let waits = run.of("await_decision").len();
        assert_eq!(waits, nth + 2 * 7, "{decision}");
        assert_eq!(run.ending().unwrap().kind, booking::decide::EndingKind::Cancelled);
        let begun = run.of("await_decision")[nth].at;
        assert!(run.of("end")[0].at.duration_since(begun).as_secs() < seconds.min(2 * 61 + 1));
    }
}
