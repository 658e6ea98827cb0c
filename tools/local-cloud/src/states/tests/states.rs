//! Each state type, its outputs and variables.

use serde_json::{Value, json};

use super::*;

#[tokio::test(start_paused = true)]
async fn states_pass_on_what_their_definition_says() {
    let succeed = json!({ "Type": "Succeed" });
    for (states, input, expected) in [
        (
            json!({ "A": { "Type": "Pass", "End": true } }),
            json!({ "x": 1 }),
            json!({ "x": 1 }),
        ),
        (
            json!({ "A": { "Type": "Pass", "Output": { "y": "{% $states.input.x + 1 %}", "z": "plain" }, "End": true } }),
            json!({ "x": 1 }),
            json!({ "y": 2, "z": "plain" }),
        ),
        (
            // Assign and Output both see the variables as they were on entry.
            json!({
                "A": { "Type": "Pass", "Assign": { "n": 1 }, "Next": "B" },
                "B": { "Type": "Pass", "Assign": { "n": "{% $n + 1 %}", "m": "{% $n %}" }, "Output": "{% $n %}", "Next": "C" },
                "C": { "Type": "Succeed", "Output": ["{% $states.input %}", "{% $n %}", "{% $m %}"] },
            }),
            json!({}),
            json!([1, 2, 1]),
        ),
        (
            json!({ "A": { "Type": "Succeed", "Output": "{% 'done' %}" } }),
            json!({}),
            json!("done"),
        ),
        (
            json!({
                "A": { "Type": "Choice", "Choices": [
                    { "Condition": "{% $states.input.x > 5 %}", "Next": "Big", "Output": "big", "Assign": { "size": "L" } },
                    { "Condition": "{% $states.input.x > 1 %}", "Next": "Big" },
                ], "Default": "Small", "Output": "small" },
                "Big": { "Type": "Pass", "Output": "{% [$states.input, $size] %}", "End": true },
                "Small": succeed,
            }),
            json!({ "x": 7 }),
            json!(["big", "L"]),
        ),
        (
            json!({
                "A": { "Type": "Choice", "Choices": [{ "Condition": "{% $states.input.x > 5 %}", "Next": "Big" }],
                    "Default": "Small", "Output": "small", "Assign": { "v": 3 } },
                "Big": succeed,
                "Small": { "Type": "Succeed", "Output": "{% $states.input & $string($v) %}" },
            }),
            json!({ "x": 2 }),
            json!("small3"),
        ),
    ] {
        let world = World::of(states.clone());
        assert_eq!(output(&world.run(input).await), expected, "{states:#}");
    }
}

#[tokio::test(start_paused = true)]
async fn waits_last_as_long_as_they_say() {
    for (wait, seconds) in [
        (json!({ "Seconds": 30 }), 30.0),
        (json!({ "Seconds": "{% $states.input.s * 2 %}" }), 20.0),
        (json!({ "Timestamp": "2026-11-21T09:01:00Z" }), 60.0),
        (json!({ "Timestamp": "{% $states.input.at %}" }), 45.0),
        (json!({ "Timestamp": "2020-01-01T00:00:00Z" }), 0.0),
    ] {
        let mut state = json!({ "Type": "Wait", "End": true });
        state
            .as_object_mut()
            .unwrap()
            .extend(wait.as_object().unwrap().clone());
        let world = World::of(json!({ "W": state }));
        world.run(json!({ "s": 10, "at": "2026-11-21T09:00:45Z" })).await;
        let elapsed = world.elapsed_s();
        assert!((seconds..=seconds + 0.2).contains(&elapsed), "{wait}: {elapsed}");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_that_no_state_catches_end_the_execution() {
    for (state, error, cause) in [
        (
            json!({ "Type": "Fail", "Error": "Sold.Out", "Cause": "no seats" }),
            "Sold.Out",
            "no seats",
        ),
        (
            json!({ "Type": "Fail", "Error": "{% 'E' & $states.input.x %}" }),
            "E1",
            "",
        ),
        (
            json!({ "Type": "Pass", "Output": "{% $states.input.y %}", "End": true }),
            "States.QueryEvaluationError",
            "undefined",
        ),
        (
            json!({ "Type": "Wait", "Seconds": "{% 'soon' %}", "End": true }),
            "States.QueryEvaluationError",
            "Seconds",
        ),
        (
            json!({ "Type": "Wait", "Timestamp": "{% 'soon' %}", "End": true }),
            "States.QueryEvaluationError",
            "Timestamp",
        ),
        (
            json!({ "Type": "Choice", "Choices": [{ "Condition": "{% false %}", "Next": "S" }] }),
            "States.NoChoiceMatched",
            "no Default",
        ),
        (
            json!({ "Type": "Choice", "Choices": [{ "Condition": "{% 1 %}", "Next": "S" }] }),
            "States.QueryEvaluationError",
            "true or false",
        ),
        (
            json!({ "Type": "Pass", "Output": "{% $pad('', 300000, 'x') %}", "End": true }),
            "States.DataLimitExceeded",
            "size",
        ),
    ] {
        let mut states = json!({ "S": state });
        if state["Type"] == "Choice" {
            states = json!({ "C": state, "S": { "Type": "Succeed" } });
        }
        let described = World::of(states).run(json!({ "x": 1 })).await;
        assert_eq!(
            (&described["status"], &described["error"]),
            (&json!("FAILED"), &json!(error)),
            "{state:#}"
        );
        assert!(
            described["cause"].as_str().unwrap().contains(cause),
            "{described:#}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_gives_its_integration_what_it_says_and_takes_its_result() {
    let invoke = "arn:aws:states:::lambda:invoke";
    let function = "arn:aws:lambda:eu-west-1:000000000000:function:f";
    for (task, call, expected) in [
        (
            json!({ "Resource": invoke, "Arguments": { "FunctionName": "f", "Payload": { "n": "{% $states.input.n %}" } } }),
            json!(["lambda", "invoke", { "FunctionName": "f", "Payload": { "n": 1 } }]),
            json!({ "ExecutedVersion": "$LATEST", "Payload": { "seen": { "n": 1 } }, "StatusCode": 200 }),
        ),
        (
            json!({ "Resource": invoke, "Arguments": { "FunctionName": "f", "Payload": 5 }, "Output": "{% $states.result.Payload.seen %}" }),
            json!(["lambda", "invoke", { "FunctionName": "f", "Payload": 5 }]),
            json!(5),
        ),
        (
            json!({ "Resource": function }),
            json!(["lambda", "invoke", { "FunctionName": function, "Payload": { "n": 1 } }]),
            json!({ "seen": { "n": 1 } }),
        ),
        (
            json!({ "Resource": "arn:aws:states:::events:putEvents", "Arguments": { "Entries": [{ "Source": "s" }] } }),
            json!(["events", "putEvents", { "Entries": [{ "Source": "s" }] }]),
            json!({ "seen": { "Entries": [{ "Source": "s" }] } }),
        ),
    ] {
        let mut state = json!({ "Type": "Task", "End": true });
        state
            .as_object_mut()
            .unwrap()
            .extend(task.as_object().unwrap().clone());
        let mut world = World::of(json!({ "T": state }));
        for name in ["f", function, "putEvents"] {
            world = world.function(name, |payload, _| Reply::Now(json!({ "seen": payload })));
        }
        let described = world.run(json!({ "n": 1 })).await;
        assert_eq!(output(&described), expected, "{task:#}");
        let calls: Vec<Value> = world
            .calls()
            .into_iter()
            .map(|(s, a, arguments)| json!([s, a, arguments]))
            .collect();
        assert_eq!(calls, [call]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_context_object_names_execution_state_and_machine() {
    let world = World::of(json!({
        "A": { "Type": "Pass", "Output": "{% $states.context %}", "End": true },
    }));
    let started = world
        .service()
        .start_execution(MACHINE, Some("one".into()), json!({ "x": 1 }))
        .unwrap();
    let context = output(&world.ended(&started.execution_arn).await);
    assert_eq!(
        context,
        json!({
            "Execution": {
                "Id": started.execution_arn, "Input": { "x": 1 }, "StartTime": "2026-11-21T09:00:00.000Z", "Name": "one",
                "RoleArn": "arn:aws:iam::000000000000:role/flow", "RedriveCount": 0,
            },
            "State": { "EnteredTime": "2026-11-21T09:00:00.000Z", "Name": "A", "RetryCount": 0 },
            "StateMachine": { "Id": MACHINE, "Name": "flow" },
        })
    );
}

#[tokio::test(start_paused = true)]
async fn an_endless_loop_ends_when_its_history_is_full() {
    let world = World::of(json!({
        "A": { "Type": "Choice", "Choices": [{ "Condition": "{% $states.input.done %}", "Next": "C" }], "Default": "B" },
        "B": { "Type": "Pass", "Next": "A" },
        "C": { "Type": "Succeed" },
    }));
    let arn = world.start(json!({ "done": false }));
    let described = world.ended(&arn).await;
    assert_eq!(
        (&described["status"], &described["error"]),
        (&json!("FAILED"), &json!("States.Runtime"))
    );
    let request = json!({ "executionArn": arn, "reverseOrder": true, "maxResults": 1 });
    let last = &world.ask("GetExecutionHistory", request).await.unwrap()["events"][0];
    assert_eq!(
        (&last["id"], &last["type"]),
        (&json!(25_000), &json!("ExecutionFailed"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_machine_has_its_own_time_limit() {
    let mut world = World::of_definition(json!({
        "QueryLanguage": "JSONata", "TimeoutSeconds": 60, "StartAt": "W",
        "States": { "W": { "Type": "Wait", "Seconds": 3600, "End": true } },
    }));
    let arn = world.start(json!({}));
    tokio::time::sleep(Duration::from_secs(30)).await;
    world.restart(Duration::from_secs(10)).await;
    let described = world.ended(&arn).await;
    assert_eq!(described["status"], "TIMED_OUT");
    assert!((60.0..60.2).contains(&world.elapsed_s()), "{}", world.elapsed_s());
    assert_eq!(world.kinds(&arn).await.last().unwrap(), "ExecutionTimedOut");
}
