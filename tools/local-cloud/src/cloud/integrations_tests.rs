//! What a state machine calls, through the endpoint, under its own policies: one state each, and what came of it.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sfn::types::ExecutionStatus;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{LocalCloud, Options};
use crate::clock::Clock;
use crate::functions::FunctionSpec;
use crate::ports::{FunctionCode, FunctionError, Invocation};

struct Nothing;

#[async_trait]
impl FunctionCode for Nothing {
    async fn invoke(&self, _: Invocation) -> Result<Value, FunctionError> {
        Ok(Value::Null)
    }
}

const STACK: &str = r"
Resources:
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: trips } }
  Told: { Type: AWS::SQS::Queue, Properties: { QueueName: told } }
  ToldPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Told]
      PolicyDocument:
        Statement: { Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: sqs:SendMessage, Resource: !GetAtt Told.Arn }
  Tell:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: { source: [machine] }
      Targets: [{ Id: queue, Arn: !GetAtt Told.Arn, InputPath: $.detail }]
  Trips:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: trips
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Child:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: child
      Definition: { QueryLanguage: JSONata, StartAt: Done, States: { Done: { Type: Succeed } } }
  Parent:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: parent
      Policies:
        - DynamoDBCrudPolicy: { TableName: !Ref Trips }
        - EventBridgePutEventsPolicy: { EventBusName: !Ref Bus }
        - Statement: { Effect: Allow, Action: states:StartExecution, Resource: !Ref Child }
      Definition: DEFINITION
";

/// A cloud whose machine `parent` has the one state.
async fn cloud(folder: &Path, resource: &str, arguments: Value) -> LocalCloud {
    let definition = json!({ "QueryLanguage": "JSONata", "StartAt": "Do", "States": { "Do": {
        "Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Arguments": arguments,
        "TimeoutSeconds": 600, "End": true } } });
    let template = folder.join("template.yaml");
    std::fs::write(&template, STACK.replace("DEFINITION", &definition.to_string())).unwrap();
    let clock = Clock::starting_at(Timestamp::from_second(1_795_000_000).unwrap());
    let options = Options::new(template, folder.join("data"), clock, 7);
    let code = |_: &FunctionSpec| Ok(Arc::new(Nothing) as Arc<dyn FunctionCode>);
    LocalCloud::start(options, &code)
        .await
        .unwrap_or_else(|e| panic!("{e:?}"))
}

fn machine(cloud: &LocalCloud, id: &str) -> String {
    let machines = &cloud.template().machines;
    let found = machines.iter().find(|machine| machine.logical_id == id);
    found.unwrap().arn.clone()
}

async fn start(cloud: &LocalCloud) -> String {
    let states = aws_sdk_sfn::Client::new(&cloud.sdk_config("outside"));
    let started = states
        .start_execution()
        .state_machine_arn(machine(cloud, "Parent"));
    started.send().await.unwrap().execution_arn
}

/// Status, and its output or its error's name.
async fn outcome(cloud: &LocalCloud, execution: &str) -> (ExecutionStatus, Value) {
    let states = aws_sdk_sfn::Client::new(&cloud.sdk_config("outside"));
    let described = states
        .describe_execution()
        .execution_arn(execution)
        .send()
        .await
        .unwrap();
    let said = match (&described.output, &described.error) {
        (Some(output), _) => serde_json::from_str(output).unwrap(),
        (None, error) => json!(error),
    };
    (described.status, said)
}

async fn words(cloud: &LocalCloud) -> Vec<String> {
    let dynamo = aws_sdk_dynamodb::Client::new(&cloud.sdk_config("outside"));
    let all = dynamo.scan().table_name("trips").send().await.unwrap();
    let word =
        |item: &std::collections::HashMap<String, AttributeValue>| item["word"].as_s().unwrap().clone();
    all.items().iter().map(word).collect()
}

/// Each: the call, its arguments, what the execution ends with, and what the table holds then.
#[tokio::test(start_paused = true)]
async fn the_answer_or_the_failure_of_a_call_is_the_states() {
    let key = json!({ "id": { "S": "t-1" } });
    let row = json!({ "id": { "S": "t-1" }, "word": { "S": "kept" } });
    let of = |key: &Value| json!({ "TableName": "trips", "Key": key });
    let entry = |detail: Value| json!({ "Entries": [{ "EventBusName": "trips", "Source": "machine", "DetailType": "Told", "Detail": detail }] });
    let old = json!({ "TableName": "trips", "Key": key, "ReturnValues": "ALL_OLD" });
    let succeeded = ExecutionStatus::Succeeded;
    let failed = ExecutionStatus::Failed;
    let cases = [
        (
            "dynamodb:getItem",
            of(&key),
            &succeeded,
            json!({ "Item": row }),
            1,
        ),
        (
            "dynamodb:getItem",
            of(&json!({ "id": { "S": "t-2" } })),
            &succeeded,
            json!({}),
            1,
        ),
        (
            "dynamodb:getItem",
            of(&json!({ "no": { "S": "t-1" } })),
            &failed,
            json!("DynamoDB.ValidationException"),
            1,
        ),
        (
            "dynamodb:deleteItem",
            old,
            &succeeded,
            json!({ "Attributes": row }),
            0,
        ),
        (
            "events:putEvents",
            entry(json!("no object")),
            &failed,
            json!("EventBridge.FailedEntry"),
            1,
        ),
        (
            "events:putEvents.waitForTaskToken",
            entry(json!("no object")),
            &failed,
            json!("EventBridge.FailedEntry"),
            1,
        ),
    ];
    for (resource, arguments, status, said, left) in cases {
        let folder = tempfile::tempdir().unwrap();
        let cloud = cloud(folder.path(), resource, arguments.clone()).await;
        let dynamo = aws_sdk_dynamodb::Client::new(&cloud.sdk_config("outside"));
        let text = |text: &str| AttributeValue::S(text.into());
        let put = dynamo
            .put_item()
            .table_name("trips")
            .item("id", text("t-1"))
            .item("word", text("kept"));
        put.send().await.unwrap();
        let execution = start(&cloud).await;
        cloud.idle().await;
        assert_eq!(
            outcome(&cloud, &execution).await,
            (status.clone(), said),
            "{resource} {arguments}"
        );
        assert_eq!(words(&cloud).await.len(), left, "{resource} {arguments}");
    }
}

async fn succeed(cloud: &LocalCloud, token: &str) {
    let states = aws_sdk_sfn::Client::new(&cloud.sdk_config("outside"));
    let success = states
        .send_task_success()
        .task_token(token)
        .output(r#"{"answer":2}"#);
    success.send().await.unwrap();
}

/// Whoever was told holds the token; the state waits for them, and their answer is its result.
#[tokio::test(start_paused = true)]
async fn an_event_with_a_token_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let token = json!({ "token": "{% $states.context.Task.Token %}" });
    let arguments = json!({ "Entries": [{ "EventBusName": "trips", "Source": "machine", "DetailType": "Told", "Detail": token }] });
    let cloud = cloud(folder.path(), "events:putEvents.waitForTaskToken", arguments).await;
    let execution = start(&cloud).await;
    let sqs = aws_sdk_sqs::Client::new(&cloud.sdk_config("outside"));
    let received = sqs
        .receive_message()
        .queue_url("http://local/000000000000/told")
        .wait_time_seconds(20)
        .send()
        .await
        .unwrap();
    let told: Value = serde_json::from_str(received.messages()[0].body().unwrap()).unwrap();
    assert_eq!(outcome(&cloud, &execution).await.0, ExecutionStatus::Running);
    succeed(&cloud, told["token"].as_str().unwrap()).await;
    cloud.idle().await;
    let (status, said) = outcome(&cloud, &execution).await;
    assert_eq!(
        (status, said),
        (ExecutionStatus::Succeeded, json!({ "answer": 2 }))
    );
}

/// The machine that is started has the token; its own end does not end the waiting.
#[tokio::test(start_paused = true)]
async fn a_machine_that_was_given_a_token_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let child = "arn:aws:states:eu-west-1:000000000000:stateMachine:child";
    let arguments = json!({ "StateMachineArn": child, "Name": "one", "Input": { "token": "{% $states.context.Task.Token %}" } });
    let cloud = cloud(folder.path(), "states:startExecution.waitForTaskToken", arguments).await;
    assert_eq!(machine(&cloud, "Child"), child);
    let execution = start(&cloud).await;
    let states = aws_sdk_sfn::Client::new(&cloud.sdk_config("outside"));
    let started = "arn:aws:states:eu-west-1:000000000000:execution:child:one";
    let given = loop {
        match states.describe_execution().execution_arn(started).send().await {
            Ok(described) if described.status == ExecutionStatus::Succeeded => {
                break described.input.unwrap();
            }
            _ => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    };
    assert_eq!(outcome(&cloud, &execution).await.0, ExecutionStatus::Running);
    let given: Value = serde_json::from_str(&given).unwrap();
    succeed(&cloud, given["token"].as_str().unwrap()).await;
    cloud.idle().await;
    let (status, said) = outcome(&cloud, &execution).await;
    assert_eq!(
        (status, said),
        (ExecutionStatus::Succeeded, json!({ "answer": 2 }))
    );
}
