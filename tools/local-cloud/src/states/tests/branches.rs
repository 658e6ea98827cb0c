//! Parallel and Map: results in order, limits, and what a failure does to the others.

use serde_json::json;

use super::*;

fn call(name: &str) -> Value {
    json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Arguments": { "FunctionName": name, "Payload": "{% $states.input %}" }, "Output": "{% $states.result.Payload %}" })
}

fn flow(name: &str, state: Value) -> Value {
    let mut states = serde_json::Map::new();
    states.insert(name.to_owned(), state);
    json!({ "StartAt": name, "States": states })
}

#[tokio::test(start_paused = true)]
async fn parallel_branches_run_at_once_and_answer_in_order() {
    let world = World::of(json!({
        "V": { "Type": "Pass", "Assign": { "v": "outer" }, "Next": "P" },
        "P": { "Type": "Parallel", "End": true, "Arguments": { "n": 4 }, "Branches": [
            flow("A", call("slow")),
            flow("B", json!({ "Type": "Pass", "Assign": { "own": 1 }, "Output": "{% $v & $states.input.n %}", "End": true })),
            flow("C", json!({ "Type": "Wait", "Seconds": 20, "End": true })),
        ] },
    }))
    .function("slow", |payload, _| Reply::After(Duration::from_secs(30), json!({ "got": payload })));
    let arn = world.start(json!({}));
    assert_eq!(
        output(&world.ended(&arn).await),
        json!([{ "got": { "n": 4 } }, "outer4", { "n": 4 }])
    );
    assert!((30.0..30.2).contains(&world.elapsed_s()), "{}", world.elapsed_s());
    let kinds = world.kinds(&arn).await;
    assert_eq!(kinds[3..5], ["ParallelStateEntered", "ParallelStateStarted"]);
    assert_eq!(
        kinds[kinds.len() - 3..],
        [
            "ParallelStateSucceeded", "ParallelStateExited", "ExecutionSucceeded"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failing_branch_ends_its_siblings_and_the_state_can_be_caught() {
    let token = json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": true,
        "Arguments": { "FunctionName": "ask", "Payload": "{% $states.context.Task.Token %}" } });
    let world = World::of(json!({
        "P": { "Type": "Parallel", "End": true,
            "Branches": [flow("A", call("bad")), flow("B", json!({ "Type": "Wait", "Seconds": 900, "End": true })), flow("C", token)],
            "Catch": [{ "ErrorEquals": ["Broken"], "Next": "After" }] },
        "After": { "Type": "Wait", "Seconds": 10, "End": true },
    }))
    .function("ask", |_, _| Reply::Now(json!({})))
    .function("bad", |_, _| Reply::Fail("Broken"));
    let arn = world.start(json!({}));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let calls = world.calls();
    let given = calls
        .iter()
        .find(|(_, _, arguments)| arguments["FunctionName"] == "ask")
        .unwrap();
    let late = world
        .service()
        .send_task_success(given.2["Payload"].as_str().unwrap(), "{}");
    assert_eq!(
        late.unwrap_err().code,
        "TaskTimedOut",
        "the token died with its branch"
    );
    assert_eq!(
        output(&world.ended(&arn).await),
        json!({ "Error": "Broken", "Cause": "Broken happened" })
    );
    let kinds = world.kinds(&arn).await;
    for kind in [
        "WaitStateAborted", "TaskStateAborted", "ParallelStateFailed", "ParallelStateExited",
    ] {
        assert_eq!(
            kinds.iter().filter(|written| *written == kind).count(),
            1,
            "{kind} in {kinds:?}"
        );
    }
    assert!(world.elapsed_s() < 12.0);
}

#[tokio::test(start_paused = true)]
async fn a_retried_parallel_runs_all_branches_again() {
    let world = World::of(json!({
        "P": { "Type": "Parallel", "End": true, "Branches": [flow("A", call("good")), flow("B", call("shaky"))],
            "Retry": [{ "ErrorEquals": ["States.ALL"] }] },
    }))
    .function("good", |_, nth| Reply::Now(json!(nth)))
    .function("shaky", |_, nth| if nth == 0 { Reply::Fail("Broken") } else { Reply::Now(json!(nth)) });
    assert_eq!(output(&world.run(json!({})).await), json!([1, 1]));
}

#[tokio::test(start_paused = true)]
async fn a_map_keeps_to_its_concurrency_and_order() {
    for (limit, seconds) in [
        (json!(1), 40.0),
        (json!(2), 20.0),
        (json!("{% $states.input.limit %}"), 10.0),
        (json!(0), 10.0),
    ] {
        let world = World::of(json!({
            "M": { "Type": "Map", "End": true, "Items": "{% $states.input.legs %}", "MaxConcurrency": limit,
                "ItemSelector": { "leg": "{% $states.context.Map.Item.Value %}", "at": "{% $states.context.Map.Item.Index %}" },
                "ItemProcessor": { "ProcessorConfig": { "Mode": "INLINE" }, "StartAt": "T", "States": { "T": call("f") } } },
        }))
        .function("f", |payload, _| Reply::After(Duration::from_secs(10), payload.clone()));
        let described = world
            .run(json!({ "legs": ["a", "b", "c", "d"], "limit": 4 }))
            .await;
        let expected: Vec<Value> = ["a", "b", "c", "d"]
            .iter()
            .enumerate()
            .map(|(at, leg)| json!({ "leg": leg, "at": at }))
            .collect();
        assert_eq!(output(&described), json!(expected), "{limit}");
        let took = world.elapsed_s();
        assert!((seconds..seconds + 0.2).contains(&took), "{limit}: {took}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_map_needs_a_list_and_an_empty_one_is_done_at_once() {
    let states = json!({ "M": { "Type": "Map", "End": true, "ItemProcessor": flow("T", call("f")) } });
    assert_eq!(output(&World::of(states.clone()).run(json!([])).await), json!([]));
    assert_eq!(
        World::of(states).run(json!({ "no": "list" })).await["error"],
        "States.QueryEvaluationError"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failing_iteration_ends_the_map_and_starts_no_more() {
    let world = World::of(json!({
        "M": { "Type": "Map", "End": true, "Items": [0, 1, 2, 3], "MaxConcurrency": 2, "ItemProcessor": flow("T", call("f")) },
    }))
    .function("f", |payload, _| if *payload == json!(1) { Reply::Fail("Broken") } else { Reply::Never });
    let arn = world.start(json!({}));
    let described = world.ended(&arn).await;
    assert_eq!(
        (&described["status"], &described["error"]),
        (&json!("FAILED"), &json!("Broken"))
    );
    assert_eq!(world.calls().len(), 2);
    let kinds = world.kinds(&arn).await;
    assert_eq!(
        kinds[kinds.len() - 5..],
        [
            "MapIterationFailed", "TaskStateAborted", "MapIterationAborted", "MapStateFailed",
            "ExecutionFailed",
        ]
    );
}
