//! AWS's own client against this service: it reads our answers, history events and errors as AWS's.

use aws_sdk_sfn::types::{ExecutionStatus, HistoryEventType};
use serde_json::json;

use super::tokens::last_token;
use super::*;
use crate::connector::sdk_config;
use crate::endpoint::Endpoint;

#[tokio::test(start_paused = true)]
async fn the_sdk_starts_wakes_and_reads_an_execution() {
    let world = World::of(json!({ "T": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": true,
        "TimeoutSeconds": 60, "HeartbeatSeconds": 20, "Assign": { "v": 1 },
        "Arguments": { "FunctionName": "ask", "Payload": { "token": "{% $states.context.Task.Token %}" } } } }))
    .function("ask", |_, _| Reply::Now(json!({})));
    let endpoint = Endpoint::new("eu-west-1", 7);
    endpoint.register(world.service.clone().unwrap());
    let client = aws_sdk_sfn::Client::new(&sdk_config(&endpoint, world.clock, "eu-west-1", "outside"));

    let start = |input: &str| {
        client
            .start_execution()
            .state_machine_arn(MACHINE)
            .name("one")
            .input(input)
    };
    let arn = start("{}").send().await.unwrap().execution_arn;
    let refused = start("[1]").send().await.unwrap_err().into_service_error();
    assert!(refused.is_execution_already_exists(), "{refused:?}");

    settle().await;
    let token = last_token(&world);
    client
        .send_task_heartbeat()
        .task_token(&token)
        .send()
        .await
        .unwrap();
    let succeed = || {
        client
            .send_task_success()
            .task_token(&token)
            .output(r#"{"option":2}"#)
            .send()
    };
    succeed().await.unwrap();
    let late = succeed().await.unwrap_err().into_service_error();
    assert!(late.is_task_timed_out(), "{late:?}");
    let failure = client
        .send_task_failure()
        .task_token("guess")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(failure.is_invalid_token(), "{failure:?}");

    let described = client
        .describe_execution()
        .execution_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (&described.status, described.output.as_deref()),
        (&ExecutionStatus::Succeeded, Some(r#"{"option":2}"#))
    );
    let events = client
        .get_execution_history()
        .execution_arn(&arn)
        .send()
        .await
        .unwrap()
        .events;
    let kinds: Vec<_> = events.iter().map(|event| event.r#type.clone()).collect();
    assert_eq!(
        kinds,
        [
            HistoryEventType::ExecutionStarted,
            HistoryEventType::TaskStateEntered,
            HistoryEventType::TaskScheduled,
            HistoryEventType::TaskStarted,
            HistoryEventType::TaskSubmitted,
            HistoryEventType::TaskSucceeded,
            HistoryEventType::TaskStateExited,
            HistoryEventType::ExecutionSucceeded,
        ]
    );
    let scheduled = events[2].task_scheduled_event_details.as_ref().unwrap();
    assert_eq!(
        (scheduled.resource.as_str(), scheduled.heartbeat_in_seconds),
        ("invoke.waitForTaskToken", Some(20))
    );
    let exited = events[6].state_exited_event_details.as_ref().unwrap();
    assert_eq!(exited.assigned_variables.as_ref().unwrap()["v"], "1");

    let listed = client
        .list_executions()
        .state_machine_arn(MACHINE)
        .status_filter(ExecutionStatus::Succeeded);
    assert_eq!(listed.send().await.unwrap().executions.len(), 1);
    let machines = client.list_state_machines().send().await.unwrap().state_machines;
    assert_eq!(machines[0].name, "flow");
}

/// Every type this service can write is one that AWS's client knows.
#[test]
fn history_types_are_awss() {
    let states = ["Pass", "Task", "Choice", "Wait", "Succeed", "Parallel", "Map"];
    let mut kinds: Vec<String> = vec!["FailStateEntered".into(), "EvaluationFailed".into()];
    kinds.extend(
        states
            .iter()
            .flat_map(|state| [format!("{state}StateEntered"), format!("{state}StateExited")]),
    );
    kinds.extend(
        ["Task", "Wait", "Parallel", "Map"]
            .iter()
            .map(|state| format!("{state}StateAborted")),
    );
    for what in ["Started", "Succeeded", "Failed"] {
        kinds.extend([
            format!("ParallelState{what}"),
            format!("MapState{what}"),
            format!("MapIteration{what}"),
        ]);
    }
    kinds.extend(["MapIterationAborted", "TaskSubmitted", "TaskSubmitFailed"].map(str::to_owned));
    for what in ["Scheduled", "Started", "Succeeded", "Failed", "TimedOut"] {
        kinds.extend([format!("Task{what}"), format!("LambdaFunction{what}")]);
    }
    kinds.extend(
        ["Started", "Succeeded", "Failed", "Aborted", "TimedOut"].map(|what| format!("Execution{what}")),
    );
    let unknown: Vec<_> = kinds
        .iter()
        .filter(|kind| HistoryEventType::try_parse(kind).is_err())
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
