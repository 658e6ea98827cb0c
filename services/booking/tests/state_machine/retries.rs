//! What is tried again, how often, and where the machine goes when trying does not help.

use booking::decide::EndingKind::{self, Failed, NeedsAttention};
use events_schema::problem::ErrorCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::stage::{Run, Script, definition, run};

/// A task, the tasks called after it failed for good, and what `end` is told.
type AfterFailure = (
    &'static str,
    &'static [&'static str],
    Option<(EndingKind, ErrorCode)>,
);
/// Every task but `await_decision`, which `waits` has.
const TASKS: [AfterFailure; 18] = [
    ("claim", UNDO, INTERNAL),
    ("present_options", UNDO, INTERNAL),
    ("settle", UNDO, INTERNAL),
    ("requote", UNDO, INTERNAL),
    ("void_approval", UNDO, INTERNAL),
    ("request_approval", UNDO, INTERNAL),
    ("request_confirmation", UNDO, INTERNAL),
    ("quote_cancellation", UNDO, INTERNAL),
    ("reserve_budget", UNDO, INTERNAL),
    ("book_leg", UNDO, INTERNAL),
    ("reconcile_leg", UNDO, INTERNAL),
    ("capture_budget", UNDO, INTERNAL),
    ("confirm", &["end"], Some((NeedsAttention, ErrorCode::Internal))),
    (
        "undo_leg",
        &["give_up_leg", "release_holds", "release_budget", "end"],
        EXCEEDED,
    ),
    (
        "give_up_leg",
        &["release_holds", "release_budget", "end"],
        EXCEEDED,
    ),
    ("release_holds", &["release_budget", "end"], EXCEEDED),
    ("release_budget", &["end"], EXCEEDED),
    ("end", &[], EXCEEDED),
];
const UNDO: &[&str] = &["undo_leg", "release_holds", "release_budget", "end"];
const INTERNAL: Option<(EndingKind, ErrorCode)> = Some((Failed, ErrorCode::Internal));
const EXCEEDED: Option<(EndingKind, ErrorCode)> = Some((Failed, ErrorCode::BudgetExceeded));

/// One call, and the retries of the definition.
fn tries(task: &str) -> usize {
    let definition: Value = serde_json::from_str(&definition()).unwrap();
    let states = definition["States"].as_object().unwrap();
    let state = states
        .values()
        .find(|state| state["Arguments"]["Payload"]["task"] == task)
        .unwrap();
    1 + state["Retry"][1]["MaxAttempts"].as_u64().unwrap() as usize
}

/// The longest a state may go on trying, in seconds: every try to its time-out, every pause to its full length.
fn worst_case_s(state: &Value) -> u64 {
    let retry = &state["Retry"][1];
    let attempts = retry["MaxAttempts"].as_u64().unwrap();
    let longest = retry["MaxDelaySeconds"].as_u64().unwrap();
    let pauses: u64 = (0..attempts).map(|attempt| (1 << attempt).min(longest)).sum();
    (attempts + 1) * state["TimeoutSeconds"].as_u64().unwrap() + pauses
}

/// The sweeper must not take a booking from a machine that is still trying.
#[test]
fn every_task_has_given_up_before_its_booking_is_overdue() {
    let deadlines = lambda_host::Deadlines::default();
    let definition: Value = serde_json::from_str(&definition()).unwrap();
    let states = definition["States"].as_object().unwrap();
    let (mut checked, mut looks) = (0, 0);
    for (name, state) in states
        .iter()
        .filter(|(_, state)| state["TimeoutSeconds"].is_u64())
    {
        checked += 1;
        let due = match name.as_str() {
            "BookLeg" | "UndoLeg" => deadlines.book_legs,
            "ReconcileLeg" => {
                looks = worst_case_s(state);
                continue;
            }
            _ => deadlines.automated_step,
        };
        let worst = worst_case_s(state);
        assert!(
            worst < due.as_secs().unsigned_abs(),
            "{name}: {worst} s of {due:?}"
        );
    }
    assert_eq!(checked, 21);
    // Three looks, and the pauses before them, from one announcement to the next.
    let looking = 3 * looks + 15 + 45 + 120;
    assert!(
        looking < deadlines.book_legs.as_secs().unsigned_abs(),
        "{looking} s"
    );
}

/// A path on which `task` is called at all.
fn reaching(task: &str) -> Script {
    let script = Script::default();
    let exceeded = json!({ "outcome": "exceeded", "code": "BUDGET_EXCEEDED", "reason": "as scripted" });
    match task {
        "request_approval" => script.answers(
            "requote",
            json!({ "outcome": "unchanged", "quoteHash": "h", "approvalsNeeded": 1 }),
        ),
        "give_up_leg" => {
            script
                .answers("reserve_budget", exceeded)
                .failing("undo_leg", "HandlerError", tries("undo_leg"))
        }
        "quote_cancellation" => script
            .answers("claim", json!({ "claimed": true, "begin": "cancellation" }))
            .outcome("settle", "no"),
        "reconcile_leg" => script.outcome("book_leg", "unknown"),
        "void_approval" => script
            .answers(
                "requote",
                json!({ "outcome": "unchanged", "quoteHash": "h", "approvalsNeeded": 1 }),
            )
            .answers(
                "requote",
                json!({ "outcome": "dearer", "quoteHash": "d", "approvalsNeeded": 1 }),
            ),
        "undo_leg" | "release_holds" | "release_budget" | "end" => script.answers("reserve_budget", exceeded),
        _ => script,
    }
}

fn ending(run: &Run) -> Option<(EndingKind, ErrorCode)> {
    run.ending().map(|ending| (ending.kind, ending.code))
}

#[tokio::test(start_paused = true)]
async fn every_task_of_the_definition_is_in_the_table() {
    let definition: Value = serde_json::from_str(&definition()).unwrap();
    let states = definition["States"].as_object().unwrap().values();
    let mut called: Vec<_> = states
        .filter_map(|state| state["Arguments"]["Payload"]["task"].as_str())
        .collect();
    called.sort_unstable();
    called.dedup();
    let mut known: Vec<_> = TASKS
        .iter()
        .map(|(task, ..)| *task)
        .chain(["await_decision"])
        .collect();
    known.sort_unstable();
    assert_eq!(called, known);
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_passes_is_not_noticed() {
    for (task, ..) in TASKS {
        let smooth = run(reaching(task)).await;
        let run = run(reaching(task).failing(task, "HandlerError", tries(task) - 1)).await;
        assert_eq!(
            run.of(task).len(),
            smooth.of(task).len() + tries(task) - 1,
            "{task}"
        );
        assert_eq!(run.states, smooth.states, "{task}");
        assert_eq!(ending(&run), ending(&smooth), "{task}");
        let span = run.of(task)[tries(task) - 1]
            .at
            .duration_since(run.of(task)[0].at);
        assert!(span <= SignedDuration::from_secs(61 + 1), "{task}: {span:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_stays_leads_to_an_end() {
    for (task, after, expected) in TASKS {
        let run = run(reaching(task).failing(task, "HandlerError", usize::MAX)).await;
        let tasks = run.tasks();
        let last = tasks.iter().rposition(|called| *called == task).unwrap();
        assert_eq!(run.of(task).len(), tries(task), "{task}");
        assert_eq!(tasks[last + 1..], *after, "{task}");
        assert_eq!(ending(&run), expected, "{task}");
        // Without an end the execution fails, which the sweeper sees: it closes the booking.
        assert_eq!(
            run.status,
            if task == "end" { "FAILED" } else { "SUCCEEDED" },
            "{task}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_lost_its_booking_stops_at_once() {
    for (task, ..) in TASKS.into_iter().chain([("await_decision", UNDO, None)]) {
        let run = run(reaching(task).failing(task, "Superseded", usize::MAX)).await;
        assert_eq!(run.status, "SUCCEEDED", "{task}");
        assert_eq!(run.tasks().last(), Some(&task), "it calls nothing more");
        assert_eq!(run.of(task).len(), 1, "{task} is not tried again");
        assert_eq!(
            run.states.last().map(String::as_str),
            Some("Superseded"),
            "{task}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_supplier_out_of_reach_is_called_by_its_name() {
    for task in ["requote", "book_leg", "quote_cancellation"] {
        let run = run(reaching(task).failing(task, "SupplierUnavailable", usize::MAX)).await;
        assert_eq!(run.of(task).len(), tries(task), "{task}");
        assert_eq!(
            ending(&run),
            Some((Failed, ErrorCode::SupplierUnavailable)),
            "{task}"
        );
        assert_eq!(
            run.tasks()[run.tasks().len() - 4..],
            ["undo_leg", "release_holds", "release_budget", "end"]
        );
    }
}

/// One supplier cannot be reached to cancel: its leg is left for a person, the other is still undone.
#[tokio::test(start_paused = true)]
async fn one_leg_that_cannot_be_undone_does_not_keep_the_others() {
    let script = Script::default()
        .outcome("capture_budget", "cancelled")
        .failing("undo_leg", "HandlerError", tries("undo_leg"))
        .outcome("give_up_leg", "left")
        .outcome("undo_leg", "undone");
    let run = run(script).await;
    let after: Vec<_> = run
        .tasks()
        .into_iter()
        .skip_while(|task| *task != "give_up_leg")
        .collect();
    assert_eq!(
        after,
        [
            "give_up_leg", "undo_leg", "undo_leg", "release_holds", "release_budget", "end"
        ]
    );
}
