//! Killed in the middle of every kind of wait, and started again over the same store.

use serde_json::json;

use super::tokens::last_token;
use super::*;

fn task(resource: &str, more: Value) -> Value {
    let mut state = json!({ "Type": "Task", "Resource": format!("arn:aws:states:::lambda:{resource}"), "End": true,
        "Arguments": { "FunctionName": "f", "Payload": { "token": "{% $exists($states.context.Task.Token) ? $states.context.Task.Token : 'none' %}" } } });
    state
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    state
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_it_would_have_ended() {
    for (down, ends) in [(10, 60.0), (100, 130.0)] {
        let mut world = World::of(json!({ "W": { "Type": "Wait", "Seconds": 60, "End": true } }));
        let arn = world.start(json!({}));
        tokio::time::sleep(Duration::from_secs(30)).await;
        world.restart(Duration::from_secs(down)).await;
        world.ended(&arn).await;
        assert!(
            (ends..ends + 0.2).contains(&world.elapsed_s()),
            "{}",
            world.elapsed_s()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_in_flight_is_called_again() {
    let mut world = World::of(json!({ "T": task("invoke", json!({})) })).function("f", |_, nth| {
        if nth == 0 {
            Reply::Never
        } else {
            Reply::Now(json!("second"))
        }
    });
    let arn = world.start(json!({}));
    settle().await;
    world.restart(Duration::from_secs(1)).await;
    assert_eq!(output(&world.ended(&arn).await)["Payload"], "second");
    let calls = world.calls();
    assert_eq!((calls.len(), &calls[0]), (2, &calls[1]));
    assert_eq!(
        world
            .kinds(&arn)
            .await
            .iter()
            .filter(|kind| *kind == "TaskScheduled")
            .count(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_waiting_token_stays_good_and_its_call_is_not_made_again() {
    let mut world = World::of(json!({ "T": task("invoke.waitForTaskToken", json!({})) }))
        .function("f", |_, _| Reply::Now(json!({})));
    let arn = world.start(json!({}));
    settle().await;
    let token = last_token(&world);
    world.restart(Duration::from_secs(3600)).await;
    settle().await;
    world.service().send_task_success(&token, "5").unwrap();
    assert_eq!(output(&world.ended(&arn).await), json!(5));
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_whose_call_was_in_flight_is_handed_out_again() {
    let mut world = World::of(json!({ "T": task("invoke.waitForTaskToken", json!({})) }))
        .function("f", |_, _| Reply::Never);
    let arn = world.start(json!({}));
    settle().await;
    let token = last_token(&world);
    world.restart(Duration::from_secs(1)).await;
    settle().await;
    assert_eq!((world.calls().len(), last_token(&world)), (2, token.clone()));
    world.service().send_task_success(&token, "5").unwrap();
    assert_eq!(output(&world.ended(&arn).await), json!(5));
}

#[tokio::test(start_paused = true)]
async fn a_tokens_deadline_stays_where_it_was() {
    for (limit, error) in [
        ("TimeoutSeconds", "States.Timeout"),
        ("HeartbeatSeconds", "States.HeartbeatTimeout"),
    ] {
        for (down, ends) in [(10, 60.0), (100, 130.0)] {
            let mut limits = json!({});
            limits[limit] = json!(60);
            let mut world = World::of(json!({ "T": task("invoke.waitForTaskToken", limits) }))
                .function("f", |_, _| Reply::Now(json!({})));
            let arn = world.start(json!({}));
            tokio::time::sleep(Duration::from_secs(30)).await;
            let token = last_token(&world);
            world.restart(Duration::from_secs(down)).await;
            assert_eq!(world.ended(&arn).await["error"], error);
            assert!(
                (ends..ends + 0.2).contains(&world.elapsed_s()),
                "{}",
                world.elapsed_s()
            );
            assert_eq!(
                world.service().send_task_success(&token, "5").unwrap_err().code,
                "TaskTimedOut"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_can_no_longer_be_read_fails_instead_of_hanging() {
    let mut world = World::of(json!({ "W": { "Type": "Wait", "Seconds": 10, "End": true } }));
    let arn = world.start(json!({}));
    let store = Store::open(&world.path()).unwrap();
    store
        .lock()
        .execute("UPDATE states_executions SET frames = '{}'", [])
        .unwrap();
    world.restart(Duration::from_secs(1)).await;
    let described = world.describe(&arn).await;
    assert_eq!(
        (&described["status"], &described["error"]),
        (&json!("FAILED"), &json!("States.Runtime"))
    );
    assert_eq!(
        world.kinds(&arn).await,
        ["ExecutionStarted", "WaitStateEntered", "ExecutionFailed"]
    );
}

#[tokio::test(start_paused = true)]
async fn retries_go_on_with_the_attempts_left() {
    let retry = json!({ "Retry": [{ "ErrorEquals": ["Busy"], "IntervalSeconds": 10, "BackoffRate": 1, "MaxAttempts": 3 }] });
    let mut world =
        World::of(json!({ "T": task("invoke", retry) })).function("f", |_, _| Reply::Fail("Busy"));
    let arn = world.start(json!({}));
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(world.calls().len(), 2);
    world.restart(Duration::from_secs(1)).await;
    assert_eq!(world.ended(&arn).await["error"], "Busy");
    assert_eq!(world.calls().len(), 4, "one call and three retries in all");
    assert!((30.0..30.2).contains(&world.elapsed_s()), "{}", world.elapsed_s());
}

#[tokio::test(start_paused = true)]
async fn branches_and_variables_go_on_where_they_were() {
    let mut world = World::of(json!({
        "V": { "Type": "Pass", "Assign": { "v": 0.1 }, "Next": "M" },
        "M": { "Type": "Map", "Items": [1, 2, 3], "MaxConcurrency": 1, "End": true, "ItemProcessor": {
            "StartAt": "A", "States": {
                "A": { "Type": "Pass", "Assign": { "own": "{% $states.input * 10 %}" }, "Next": "W" },
                "W": { "Type": "Wait", "Seconds": 10, "Next": "B" },
                "B": { "Type": "Pass", "Output": "{% $v + $own %}", "End": true } } } },
    }));
    let arn = world.start(json!({}));
    tokio::time::sleep(Duration::from_secs(15)).await;
    world.restart(Duration::from_secs(1)).await;
    assert_eq!(output(&world.ended(&arn).await), json!([10.1, 20.1, 30.1]));
    assert!((30.0..30.2).contains(&world.elapsed_s()), "{}", world.elapsed_s());
    let history = world.history(&arn).await;
    let ids: Vec<u64> = history
        .iter()
        .map(|event| event["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, (1..=history.len() as u64).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn an_execution_keeps_the_definition_it_began_with() {
    let mut world = World::of(json!({
        "W": { "Type": "Wait", "Seconds": 10, "Next": "Old" }, "Old": { "Type": "Succeed", "Output": "old" },
    }));
    let arn = world.start(json!({}));
    settle().await;
    world.definition = json!({ "QueryLanguage": "JSONata", "StartAt": "New", "States": { "New": { "Type": "Succeed", "Output": "new" } } });
    world.restart(Duration::from_secs(1)).await;
    assert_eq!(output(&world.ended(&arn).await), json!("old"));
    assert_eq!(output(&world.run(json!({})).await), json!("new"));
    let request = json!({ "executionArn": arn });
    let described = world
        .ask("DescribeStateMachineForExecution", request)
        .await
        .unwrap();
    assert!(described["definition"].as_str().unwrap().contains("Old"));
}

#[tokio::test(start_paused = true)]
async fn finished_executions_stay_readable_and_new_names_stay_new() {
    let mut world = World::of(json!({ "S": { "Type": "Succeed" } }));
    let first = world.start(json!({ "n": 1 }));
    world.restart(Duration::from_secs(1)).await;
    let second = world.start(json!({ "n": 1 }));
    assert_ne!(first, second);
    assert_eq!(output(&world.describe(&first).await), json!({ "n": 1 }));
    assert_eq!(world.kinds(&first).await.len(), 4);
}
