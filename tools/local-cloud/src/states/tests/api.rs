//! The wire: names, pages, shapes, and the status changes told.

use serde_json::json;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_name_starts_one_execution() {
    let world = World::of(json!({ "W": { "Type": "Wait", "Seconds": 10, "End": true } }));
    let start = |input: &str| {
        world.ask(
            "StartExecution",
            json!({ "stateMachineArn": MACHINE, "name": "one", "input": input }),
        )
    };
    let first = start(r#"{"a":1}"#).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(start(r#"{ "a": 1 }"#).await.unwrap(), first);
    assert_eq!(
        start(r#"{"a":2}"#).await.unwrap_err().code,
        "ExecutionAlreadyExists"
    );
    world.ended(first["executionArn"].as_str().unwrap()).await;
    assert_eq!(
        start(r#"{"a":1}"#).await.unwrap_err().code,
        "ExecutionAlreadyExists"
    );
    assert_eq!(
        first["executionArn"],
        "arn:aws:states:eu-west-1:000000000000:execution:flow:one"
    );
}

#[tokio::test(start_paused = true)]
async fn wrong_requests_get_awss_errors() {
    let world = World::of(json!({ "S": { "Type": "Succeed" } }));
    let nowhere = "arn:aws:states:eu-west-1:000000000000:stateMachine:none";
    for (operation, request, code) in [
        (
            "StartExecution",
            json!({ "stateMachineArn": nowhere }),
            "StateMachineDoesNotExist",
        ),
        (
            "StartExecution",
            json!({ "stateMachineArn": MACHINE, "input": "{" }),
            "InvalidExecutionInput",
        ),
        (
            "StartExecution",
            json!({ "stateMachineArn": MACHINE, "name": "a b" }),
            "InvalidName",
        ),
        ("StartExecution", json!({}), "ValidationException"),
        (
            "DescribeExecution",
            json!({ "executionArn": "arn" }),
            "ExecutionDoesNotExist",
        ),
        (
            "GetExecutionHistory",
            json!({ "executionArn": "arn" }),
            "ExecutionDoesNotExist",
        ),
        (
            "ListExecutions",
            json!({ "stateMachineArn": nowhere }),
            "StateMachineDoesNotExist",
        ),
        (
            "ListExecutions",
            json!({ "stateMachineArn": MACHINE, "nextToken": "?" }),
            "InvalidToken",
        ),
        (
            "SendTaskSuccess",
            json!({ "taskToken": "x", "output": "1" }),
            "InvalidToken",
        ),
        (
            "StartSyncExecution",
            json!({ "stateMachineArn": MACHINE }),
            "UnknownOperationException",
        ),
    ] {
        let error = world.ask(operation, request.clone()).await.unwrap_err();
        assert_eq!(error.code, code, "{operation} {request}");
    }
}

#[tokio::test(start_paused = true)]
async fn executions_are_listed_newest_first_by_page_and_status() {
    let world = World::of(json!({
        "C": { "Type": "Choice", "Choices": [{ "Condition": "{% $states.input.wait %}", "Next": "W" }], "Default": "S" },
        "W": { "Type": "Wait", "Seconds": 1000, "Next": "S" },
        "S": { "Type": "Succeed" },
    }));
    for n in 0..5 {
        let input = json!({ "wait": n == 2 });
        world
            .service()
            .start_execution(MACHINE, Some(format!("n{n}")), input)
            .unwrap();
    }
    let mut names = Vec::new();
    let mut request = json!({ "stateMachineArn": MACHINE, "maxResults": 2 });
    loop {
        let page = world.ask("ListExecutions", request.clone()).await.unwrap();
        names.push(
            page["executions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|e| e["name"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>(),
        );
        if page["nextToken"].is_null() {
            break;
        }
        request["nextToken"] = page["nextToken"].clone();
    }
    assert_eq!(names, [vec!["n4", "n3"], vec!["n2", "n1"], vec!["n0"]]);
    let request = json!({ "stateMachineArn": MACHINE, "statusFilter": "RUNNING" });
    let running = world.ask("ListExecutions", request).await.unwrap();
    assert_eq!(running["executions"].as_array().unwrap().len(), 1);
    assert_eq!(running["executions"][0]["name"], "n2");
}

#[tokio::test(start_paused = true)]
async fn history_has_awss_shapes_and_pages_both_ways() {
    let world = World::of(json!({ "T": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 9, "Assign": { "v": 1 }, "End": true,
        "Arguments": { "FunctionName": "f", "Payload": 1 }, "Output": "{% $states.result.Payload %}" } }))
    .function("f", |_, _| Reply::After(Duration::from_millis(1500), json!(2)));
    let arn = world.start(json!({ "x": 1 }));
    world.ended(&arn).await;
    let whole = json!({ "truncated": false });
    let started = 1_795_251_600.0;
    let result = r#"{"ExecutedVersion":"$LATEST","Payload":2,"StatusCode":200}"#;
    assert_eq!(
        world.history(&arn).await,
        [
            json!({ "timestamp": started, "type": "ExecutionStarted", "id": 1, "previousEventId": 0, "executionStartedEventDetails":
            { "input": "{\"x\":1}", "inputDetails": whole, "roleArn": "arn:aws:iam::000000000000:role/flow" } }),
            json!({ "timestamp": started, "type": "TaskStateEntered", "id": 2, "previousEventId": 0, "stateEnteredEventDetails":
            { "name": "T", "input": "{\"x\":1}", "inputDetails": whole } }),
            json!({ "timestamp": started, "type": "TaskScheduled", "id": 3, "previousEventId": 2, "taskScheduledEventDetails":
            { "resourceType": "lambda", "resource": "invoke", "region": "eu-west-1",
              "parameters": "{\"FunctionName\":\"f\",\"Payload\":1}", "timeoutInSeconds": 9 } }),
            json!({ "timestamp": started, "type": "TaskStarted", "id": 4, "previousEventId": 3, "taskStartedEventDetails":
            { "resourceType": "lambda", "resource": "invoke" } }),
            json!({ "timestamp": started + 1.5, "type": "TaskSucceeded", "id": 5, "previousEventId": 4, "taskSucceededEventDetails":
            { "resourceType": "lambda", "resource": "invoke", "output": result, "outputDetails": whole } }),
            json!({ "timestamp": started + 1.5, "type": "TaskStateExited", "id": 6, "previousEventId": 5, "stateExitedEventDetails":
            { "name": "T", "output": "2", "outputDetails": whole, "assignedVariables": { "v": "1" }, "assignedVariablesDetails": whole } }),
            json!({ "timestamp": started + 1.5, "type": "ExecutionSucceeded", "id": 7, "previousEventId": 6,
            "executionSucceededEventDetails": { "output": "2", "outputDetails": whole } }),
        ]
    );
    for (reverse, expected) in [
        (false, vec![1, 2, 3, 4, 5, 6, 7]),
        (true, vec![7, 6, 5, 4, 3, 2, 1]),
    ] {
        let mut ids = Vec::new();
        let mut request = json!({ "executionArn": arn, "reverseOrder": reverse, "maxResults": 3 });
        loop {
            let page = world.ask("GetExecutionHistory", request.clone()).await.unwrap();
            ids.extend(
                page["events"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|event| event["id"].as_u64().unwrap()),
            );
            if page["nextToken"].is_null() {
                break;
            }
            request["nextToken"] = page["nextToken"].clone();
        }
        assert_eq!(ids, expected);
    }
    let request = json!({ "executionArn": arn, "includeExecutionData": false });
    let bare = world
        .ask("GetExecutionHistory", request)
        .await
        .unwrap()
        .to_string();
    assert!(!bare.contains("\\\"x\\\"") && !bare.contains("$LATEST"), "{bare}");
}

#[tokio::test(start_paused = true)]
async fn status_changes_are_told_in_order_and_once_more_after_a_crash_only_if_untold() {
    let mut world = World::of(
        json!({ "W": { "Type": "Wait", "Seconds": 10, "Next": "F" }, "F": { "Type": "Fail", "Error": "E", "Cause": "c" } }),
    );
    let arn = world.start(json!({ "x": 1 }));
    world.ended(&arn).await;
    settle().await;
    world.restart(Duration::from_secs(1)).await;
    settle().await;
    let told = world.changes.0.lock().unwrap().clone();
    let seen: Vec<_> = told
        .iter()
        .map(|change| (&change.execution_arn, change.detail["status"].as_str().unwrap()))
        .collect();
    assert_eq!(seen, [(&arn, "RUNNING"), (&arn, "FAILED")]);
    assert_eq!(
        (&told[0].detail["stopDate"], &told[0].detail["error"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(told[1].detail["error"], "E");
    assert_eq!(told[1].detail["startDate"], 1_795_251_600_000_i64);
    assert!(!world.service().is_busy());
}

#[tokio::test(start_paused = true)]
async fn machines_are_described() {
    let world = World::of(json!({ "S": { "Type": "Succeed" } }));
    let listed = world.ask("ListStateMachines", json!({})).await.unwrap();
    assert_eq!(listed["stateMachines"][0]["stateMachineArn"], MACHINE);
    let described = world
        .ask("DescribeStateMachine", json!({ "stateMachineArn": MACHINE }))
        .await
        .unwrap();
    assert_eq!(
        (&described["type"], &described["status"]),
        (&json!("STANDARD"), &json!("ACTIVE"))
    );
    let tags = world
        .ask("ListTagsForResource", json!({ "resourceArn": MACHINE }))
        .await
        .unwrap();
    assert_eq!(tags, json!({ "tags": [{ "key": "team", "value": "travel" }] }));
    for (definition, result) in [(world.definition.to_string(), "OK"), ("{}".into(), "FAIL")] {
        let validated = world
            .ask(
                "ValidateStateMachineDefinition",
                json!({ "definition": definition }),
            )
            .await
            .unwrap();
        assert_eq!(validated["result"], result);
    }
}

#[tokio::test(start_paused = true)]
async fn access_names_what_iam_checks() {
    let world = World::of(json!({ "S": { "Type": "Succeed" } }));
    for (operation, request, resource) in [
        ("StartExecution", json!({ "stateMachineArn": MACHINE }), MACHINE),
        ("DescribeExecution", json!({ "executionArn": "e" }), "e"),
        ("SendTaskSuccess", json!({ "taskToken": "t" }), "*"),
        ("ListStateMachines", json!({}), "*"),
    ] {
        let call = Call {
            caller: Caller::Outside,
            operation: operation.into(),
            method: http::Method::POST,
            uri: "/".parse().unwrap(),
            headers: http::HeaderMap::new(),
            body: request.to_string().into(),
        };
        assert_eq!(world.service().access(&call).unwrap()[0].resource, resource);
    }
}
