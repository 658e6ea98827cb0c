//! Retry, Catch and time-outs.

use serde_json::json;

use super::*;

const INVOKE: &str = "arn:aws:states:::lambda:invoke";

fn task(more: Value) -> Value {
    let mut state = json!({
        "Type": "Task", "Resource": INVOKE, "Arguments": { "FunctionName": "f", "Payload": {} }, "End": true,
        "Output": "{% $states.result.Payload %}",
    });
    state
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    state
}

#[tokio::test(start_paused = true)]
async fn retries_wait_as_their_backoff_says() {
    for (retry, failures, elapsed, ends) in [
        (json!({}), 2, 1.0 + 2.0, "SUCCEEDED"),
        (json!({}), 4, 1.0 + 2.0 + 4.0, "FAILED"),
        (
            json!({ "IntervalSeconds": 3, "BackoffRate": 1.0, "MaxAttempts": 5 }),
            5,
            15.0,
            "SUCCEEDED",
        ),
        (
            json!({ "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 4, "MaxDelaySeconds": 10 }),
            4,
            2.0 + 6.0 + 10.0 + 10.0,
            "SUCCEEDED",
        ),
        (json!({ "MaxAttempts": 0 }), 1, 0.0, "FAILED"),
    ] {
        let mut retrier = json!({ "ErrorEquals": ["Busy"] });
        retrier
            .as_object_mut()
            .unwrap()
            .extend(retry.as_object().unwrap().clone());
        let world = World::of(json!({ "T": task(json!({ "Retry": [retrier] })) }));
        let world = world.function("f", move |_, nth| {
            if nth < failures {
                Reply::Fail("Busy")
            } else {
                Reply::Now(json!(nth))
            }
        });
        let described = world.run(json!({})).await;
        assert_eq!(described["status"], ends, "{retry} {failures}");
        let took = world.elapsed_s();
        assert!(
            (elapsed..elapsed + 0.2).contains(&took),
            "{retry} {failures}: {took}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn full_jitter_waits_anything_up_to_the_delay_and_the_same_in_every_run() {
    let mut times = Vec::new();
    for _ in 0..2 {
        let retry = json!([{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 100, "BackoffRate": 1, "JitterStrategy": "FULL" }]);
        let world = World::of(json!({ "T": task(json!({ "Retry": retry })) }));
        let world = world.function("f", |_, nth| {
            if nth < 3 {
                Reply::Fail("Busy")
            } else {
                Reply::Now(json!(nth))
            }
        });
        world.run(json!({})).await;
        times.push(world.elapsed_s());
    }
    assert_eq!(times[0], times[1]);
    assert!(times[0] > 0.0 && times[0] < 300.0, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn the_first_retrier_that_names_the_error_decides() {
    let retry = json!([
        { "ErrorEquals": ["Busy"], "MaxAttempts": 1, "IntervalSeconds": 5 },
        { "ErrorEquals": ["States.ALL"], "MaxAttempts": 9, "IntervalSeconds": 50 },
    ]);
    let world =
        World::of(json!({ "T": task(json!({ "Retry": retry })) })).function("f", |_, _| Reply::Fail("Busy"));
    let described = world.run(json!({})).await;
    assert_eq!(
        (&described["status"], &described["error"]),
        (&json!("FAILED"), &json!("Busy"))
    );
    assert_eq!(world.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_catch_matches_by_name_and_goes_on_with_its_own_output_and_variables() {
    for (error, names, caught) in [
        ("Busy", json!(["Busy"]), true),
        ("Busy", json!(["Other", "Busy"]), true),
        ("Busy", json!(["Other"]), false),
        ("Busy", json!(["States.ALL"]), true),
        ("Busy", json!(["States.TaskFailed"]), true),
        ("States.Timeout", json!(["States.TaskFailed"]), false),
        ("States.HeartbeatTimeout", json!(["States.Timeout"]), true),
        ("States.DataLimitExceeded", json!(["States.ALL"]), false),
        (
            "States.DataLimitExceeded",
            json!(["States.DataLimitExceeded"]),
            true,
        ),
    ] {
        let catch = json!([{ "ErrorEquals": names, "Next": "C",
            "Assign": { "why": "{% $states.errorOutput.Error %}" }, "Output": "{% $states.errorOutput.Cause %}" }]);
        let world = World::of(json!({
            "T": task(json!({ "Catch": catch })),
            "C": { "Type": "Pass", "Output": "{% [$why, $states.input] %}", "End": true },
        }))
        .function("f", move |_, _| Reply::Fail(error));
        let described = world.run(json!({})).await;
        if caught {
            assert_eq!(
                output(&described),
                json!([error, format!("{error} happened")]),
                "{error} {names}"
            );
        } else {
            assert_eq!(described["error"], error, "{names}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_an_output_a_catch_passes_on_the_error() {
    let world = World::of(json!({
        "T": task(json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "C" }] })),
        "C": { "Type": "Succeed" },
    }))
    .function("f", |_, _| Reply::Fail("Busy"));
    let arn = world.start(json!({}));
    assert_eq!(
        output(&world.ended(&arn).await),
        json!({ "Error": "Busy", "Cause": "Busy happened" })
    );
    assert_eq!(
        world.kinds(&arn).await,
        [
            "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed",
            "TaskStateExited", "SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_expression_that_fails_can_be_caught() {
    let world = World::of(json!({
        "T": task(json!({ "Output": "{% $states.result.none %}",
            "Catch": [{ "ErrorEquals": ["States.QueryEvaluationError"], "Next": "C", "Output": "caught" }] })),
        "C": { "Type": "Succeed" },
    }))
    .function("f", |_, _| Reply::Now(json!({})));
    let arn = world.start(json!({}));
    assert_eq!(output(&world.ended(&arn).await), json!("caught"));
    assert!(world.kinds(&arn).await.contains(&"EvaluationFailed".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_takes_too_long_times_out_and_its_late_answer_is_ignored() {
    let world = World::of(json!({
        "T": task(json!({ "TimeoutSeconds": "{% $states.input.limit %}",
            "Retry": [{ "ErrorEquals": ["States.Timeout"], "MaxAttempts": 1 }] })),
    }))
    .function("f", |_, nth| match nth {
        0 => Reply::After(Duration::from_secs(11), json!("late")),
        _ => Reply::After(Duration::from_secs(5), json!("in time")),
    });
    let arn = world.start(json!({ "limit": 10 }));
    assert_eq!(output(&world.ended(&arn).await), json!("in time"));
    assert!((16.0..16.2).contains(&world.elapsed_s()), "{}", world.elapsed_s());
    let history = world.history(&arn).await;
    let timed_out = history
        .iter()
        .find(|event| event["type"] == "TaskTimedOut")
        .unwrap();
    assert_eq!(timed_out["taskTimedOutEventDetails"]["error"], "States.Timeout");
}

/// A limit that Step Functions does not take is no limit of another length: the state fails before anything is asked
/// of anybody, and says which field and why.
#[tokio::test(start_paused = true)]
async fn a_time_limit_out_of_range_fails_the_state_with_field_and_reason() {
    for (field, given) in [
        ("TimeoutSeconds", json!(100_000_000)),
        ("TimeoutSeconds", json!(0)),
        ("TimeoutSeconds", json!(2.5)),
        ("TimeoutSeconds", json!("soon")),
        ("HeartbeatSeconds", json!(100_000_000)),
    ] {
        let world = World::of(json!({
            "T": task(json!({ "Resource": format!("{INVOKE}.waitForTaskToken"), field: "{% $states.input.limit %}" })),
        }))
        .function("f", |_, _| Reply::Never);
        let arn = world.start(json!({ "limit": given }));
        let ended = world.ended(&arn).await;
        assert_eq!(ended["error"], "States.QueryEvaluationError", "{field}: {given}");
        let cause = ended["cause"].as_str().unwrap();
        for part in [field, &given.to_string(), "from 1 to 99999999"] {
            assert!(cause.contains(part), "{part:?} is not in: {cause}");
        }
        let kinds = [
            "ExecutionStarted", "TaskStateEntered", "EvaluationFailed", "ExecutionFailed",
        ];
        assert_eq!(world.kinds(&arn).await, kinds, "{field}: {given}");
        assert!(
            world.calls().is_empty(),
            "nobody may hold a token of a wait that never began"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_evaluates_its_arguments_anew_and_counts() {
    let world = World::of(json!({
        "T": task(json!({
            "Arguments": { "FunctionName": "f", "Payload": "{% $states.context.State.RetryCount %}" },
            "Retry": [{ "ErrorEquals": ["States.ALL"] }] })),
    }))
    .function("f", |payload, _| {
        if *payload == json!(2) {
            Reply::Now(json!("third time"))
        } else {
            Reply::Fail("Busy")
        }
    });
    assert_eq!(output(&world.run(json!({})).await), json!("third time"));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_panics_fails_its_task() {
    let world = World::of(json!({ "T": task(json!({})) })).function("f", |_, _| panic!("a bug"));
    assert_eq!(world.run(json!({})).await["error"], "States.TaskFailed");
}
