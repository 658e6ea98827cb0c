//! The table beside the machine says what the machine does: steps, waits and retries. Its undo column is what `paths`
//! and `recovery` walk.

use lambda_host::Deadlines;
use serde_json::Value;

use super::stage::definition;

const README: &str = include_str!("../../../../statemachine/README.md");

/// How a row of the table begins, and the task it is about.
const ROWS: [(&str, &str); 22] = [
    ("claim", "claim"),
    ("present options", "present_options"),
    ("choose", "await_decision"),
    ("requote, and hold", "requote"),
    ("void approval", "void_approval"),
    ("request approval", "request_approval"),
    ("approve", "await_decision"),
    ("request confirmation", "request_confirmation"),
    ("confirm the purchase", "await_decision"),
    ("settle", "settle"),
    ("reserve budget", "reserve_budget"),
    ("book leg, one by one", "book_leg"),
    ("look later, reconcile leg", "reconcile_leg"),
    ("capture budget", "capture_budget"),
    ("confirm", "confirm"),
    ("undo leg, until none is left", "undo_leg"),
    ("give up leg", "give_up_leg"),
    ("release holds", "release_holds"),
    ("release budget", "release_budget"),
    ("end", "end"),
    ("quote cancellation", "quote_cancellation"),
    ("confirm the cancellation", "await_decision"),
];

/// Step, wait, retry, undo.
fn table() -> Vec<[&'static str; 4]> {
    let rows = README.lines().filter(|line| line.starts_with("| "));
    rows.filter_map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        <[&str; 4]>::try_from(cells).ok()
    })
    .filter(|[step, ..]| *step != "step")
    .collect()
}

/// The row that is about this step and no longer one.
fn row(begins: &str) -> [&'static str; 4] {
    let rows: Vec<_> = table()
        .into_iter()
        .filter(|[step, ..]| {
            let rest = step.strip_prefix(begins);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ',', ':', '(']))
        })
        .collect();
    match begins {
        // Stands in both tables, or begins a longer step's name.
        "confirm" => rows
            .into_iter()
            .find(|[step, ..]| *step == "confirm")
            .expect("a row"),
        _ => *rows.first().unwrap_or_else(|| panic!("no row for {begins}")),
    }
}

fn states() -> Vec<Value> {
    let definition: Value = serde_json::from_str(&definition()).unwrap();
    definition["States"]
        .as_object()
        .unwrap()
        .values()
        .cloned()
        .collect()
}

#[test]
fn every_task_has_its_row_and_as_many_retries_as_that_says() {
    let mut told = std::collections::BTreeSet::new();
    for (begins, task) in ROWS {
        let [step, _, retry, _] = row(begins);
        let said: u64 = retry
            .split([' ', ','])
            .next()
            .unwrap()
            .parse()
            .unwrap_or_else(|_| panic!("{step}: {retry}"));
        for state in states()
            .iter()
            .filter(|state| state["Arguments"]["Payload"]["task"] == task)
        {
            assert_eq!(state["Retry"][1]["MaxAttempts"], said, "{step}");
        }
        told.insert(task.to_owned());
    }
    let tasks = states();
    let tasks = tasks
        .iter()
        .filter_map(|state| state["Arguments"]["Payload"]["task"].as_str());
    assert_eq!(told, tasks.map(str::to_owned).collect());
}

#[test]
fn waits_are_as_long_as_they_are_said_to_be() {
    let Deadlines { choose, confirm, .. } = Deadlines::default();
    assert_eq!(row("choose")[1], format!("traveller, {} h", choose.as_hours()));
    for step in ["confirm the purchase", "confirm the cancellation"] {
        assert_eq!(row(step)[1], format!("traveller, {} min", confirm.as_mins()));
    }
    let later = states()
        .into_iter()
        .find(|state| state["Type"] == "Wait")
        .expect("a pause");
    assert!(later["Seconds"].to_string().contains("[15, 45, 120]"), "{later}");
    assert_eq!(row("look later, reconcile leg")[1], "15 s, 45 s, 2 min");
}
