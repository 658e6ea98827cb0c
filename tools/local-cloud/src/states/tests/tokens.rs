//! Waiting for a task token: who may speak, when, and how often.

use serde_json::json;

use super::*;

/// A machine that asks `ask` with a token and waits.
fn waiting(more: Value) -> World {
    let mut state = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": { "FunctionName": "ask", "Payload": { "token": "{% $states.context.Task.Token %}" } },
        "Next": "Done", "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Done" }],
    });
    state
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    World::of(json!({ "T": state, "Done": { "Type": "Succeed" } }))
        .function("ask", |_, _| Reply::Now(json!("asked")))
}

pub fn last_token(world: &World) -> String {
    world.calls().last().unwrap().2["Payload"]["token"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_token_is_good_for_one_answer() {
    let world = waiting(json!({}));
    let arn = world.start(json!({}));
    settle().await;
    let token = last_token(&world);
    world
        .service()
        .send_task_success(&token, r#"{"option":2}"#)
        .unwrap();
    assert_eq!(
        world.service().send_task_success(&token, "{}").unwrap_err().code,
        "TaskTimedOut"
    );
    assert_eq!(
        world
            .service()
            .send_task_failure(&token, "E", "")
            .unwrap_err()
            .code,
        "TaskTimedOut"
    );
    assert_eq!(output(&world.ended(&arn).await), json!({ "option": 2 }));
    assert_eq!(
        world.kinds(&arn).await[1..7],
        [
            "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded",
            "TaskStateExited",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn wrong_tokens_and_answers_are_told_apart() {
    let world = waiting(json!({}));
    let arn = world.start(json!({}));
    settle().await;
    let token = last_token(&world);
    let unknown = format!("SJRN{}", "0".repeat(64));
    let service = world.service();
    assert_eq!(
        service.send_task_success("guess", "{}").unwrap_err().code,
        "InvalidToken"
    );
    assert_eq!(
        service.send_task_heartbeat(&unknown).unwrap_err().code,
        "TaskDoesNotExist"
    );
    assert_eq!(
        service.send_task_success(&token, "{no json").unwrap_err().code,
        "InvalidOutput"
    );
    assert_eq!(world.describe(&arn).await["status"], "RUNNING");
    service.send_task_failure(&token, "Declined", "too dear").unwrap();
    assert_eq!(
        output(&world.ended(&arn).await),
        json!({ "Error": "Declined", "Cause": "too dear" })
    );
}

#[tokio::test(start_paused = true)]
async fn heartbeats_keep_a_task_alive_but_never_beyond_its_timeout() {
    for (beats, beat_every_s, ends_after_s, error) in [
        (0, 1, 60.0, "States.HeartbeatTimeout"),
        (3, 50, 210.0, "States.HeartbeatTimeout"),
        (20, 50, 300.0, "States.Timeout"),
    ] {
        let world = waiting(json!({ "TimeoutSeconds": 300, "HeartbeatSeconds": 60 }));
        let arn = world.start(json!({}));
        settle().await;
        let token = last_token(&world);
        for _ in 0..beats {
            tokio::time::sleep(Duration::from_secs(beat_every_s)).await;
            let beat = world.service().send_task_heartbeat(&token);
            assert!(
                beat.is_ok() == (world.elapsed_s() < 300.0),
                "{beat:?} at {}",
                world.elapsed_s()
            );
        }
        let described = world.ended(&arn).await;
        assert_eq!(output(&described)["Error"], error, "{beats}");
        let took = described["stopDate"].as_f64().unwrap() - described["startDate"].as_f64().unwrap();
        assert!(
            (ends_after_s..ends_after_s + 0.2).contains(&took),
            "{beats}: {took}"
        );
        assert_eq!(
            world.service().send_task_success(&token, "{}").unwrap_err().code,
            "TaskTimedOut"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_at_the_deadline_itself_is_too_late() {
    let world = waiting(json!({ "TimeoutSeconds": 5 }));
    let arn = world.start(json!({}));
    settle().await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let late = world.service().send_task_success(&last_token(&world), "{}");
    assert_eq!(late.unwrap_err().code, "TaskTimedOut");
    assert_eq!(output(&world.ended(&arn).await)["Error"], "States.Timeout");
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_come_before_the_call_returns() {
    let world =
        waiting(json!({})).function("ask", |_, _| Reply::After(Duration::from_secs(5), json!("asked")));
    let arn = world.start(json!({}));
    settle().await;
    world
        .service()
        .send_task_success(&last_token(&world), "1")
        .unwrap();
    assert_eq!(output(&world.describe(&arn).await), json!(1));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_fails_the_task_and_a_retry_has_a_new_token() {
    let world = waiting(json!({ "Retry": [{ "ErrorEquals": ["Busy"] }] })).function("ask", |_, nth| {
        if nth == 0 {
            Reply::Fail("Busy")
        } else {
            Reply::Now(json!(nth))
        }
    });
    let arn = world.start(json!({}));
    settle().await;
    let first = last_token(&world);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let second = last_token(&world);
    assert_ne!(first, second);
    assert_eq!(
        world.service().send_task_success(&first, "1").unwrap_err().code,
        "TaskTimedOut"
    );
    world.service().send_task_success(&second, "2").unwrap();
    assert_eq!(output(&world.ended(&arn).await), json!(2));
    assert!(world.kinds(&arn).await.contains(&"TaskSubmitFailed".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_stopped_execution_takes_its_tokens_with_it() {
    let world = waiting(json!({}));
    let arn = world.start(json!({}));
    settle().await;
    world
        .service()
        .stop_execution(&arn, Some("Enough".into()), None)
        .unwrap();
    assert_eq!(
        world
            .service()
            .send_task_success(&last_token(&world), "1")
            .unwrap_err()
            .code,
        "TaskTimedOut"
    );
    let described = world.describe(&arn).await;
    assert_eq!(
        (&described["status"], &described["error"]),
        (&json!("ABORTED"), &json!("Enough"))
    );
}
