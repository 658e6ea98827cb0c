//! Definitions that are refused, with the state and the reason.

use serde_json::json;

use super::*;

fn refused(states: Value) -> String {
    let start_at = states.as_object().unwrap().keys().next().unwrap().clone();
    let definition = json!({ "QueryLanguage": "JSONata", "StartAt": start_at, "States": states });
    Definition::parse(&definition.to_string())
        .unwrap_err()
        .to_string()
}

#[test]
fn a_fault_in_a_state_names_the_state_and_the_reason() {
    for (state, reason) in [
        (json!({ "Type": "Pass" }), "Next is missing"),
        (json!({ "Type": "Pass", "Next": "T", "End": true }), "exclude"),
        (
            json!({ "Type": "Pass", "Next": "Nowhere" }),
            "Next: there is no state `Nowhere`",
        ),
        (
            json!({ "Type": "Pass", "End": true, "Colour": 1 }),
            "unknown field Colour",
        ),
        (
            json!({ "Type": "Pass", "End": true, "ResultPath": "$.x" }),
            "ResultPath belongs to JSONPath; with JSONata use Output",
        ),
        (
            json!({ "Type": "Pass", "End": true, "Parameters": {} }),
            "use Arguments",
        ),
        (
            json!({ "Type": "Pass", "End": true, "Retry": [] }),
            "unknown field Retry",
        ),
        (
            json!({ "Type": "Pass", "End": true, "QueryLanguage": "JSONPath" }),
            "JSONata in every state",
        ),
        (
            json!({ "Type": "Pass", "End": true, "Output": "{% 1 + %}" }),
            "Output: the JSONata expression '1 +' is invalid",
        ),
        (
            json!({ "Type": "Pass", "End": true, "Output": { "a": ["{% ( %}"] } }),
            "Output/a[0]",
        ),
        (
            json!({ "Type": "Pass", "End": true, "Output": "{% $eval('1') %}" }),
            "$eval",
        ),
        (
            json!({ "Type": "Pass", "End": true, "Output": "{% $states.result %}" }),
            "$states.result has no value here",
        ),
        (
            json!({ "Type": "Pass", "End": true, "Assign": "{% {} %}" }),
            "Assign must be an object",
        ),
        (
            json!({ "Type": "Pass", "End": true, "Assign": { "states": 1 } }),
            "`states` cannot name a variable",
        ),
        (json!({ "Type": "Jump", "End": true }), "Type `Jump` is unknown"),
        (json!({ "End": true }), "Type is missing"),
        (json!({ "Type": "Choice", "Choices": [] }), "at least one rule"),
        (
            json!({ "Type": "Choice", "Choices": [{ "Variable": "$.x", "Next": "T" }] }),
            "Condition is missing",
        ),
        (
            json!({ "Type": "Choice", "Choices": [{ "Condition": "yes", "Next": "T" }] }),
            "must be a JSONata expression",
        ),
        (
            json!({ "Type": "Choice", "Choices": [{ "Condition": true, "Next": "T" }], "Default": "X" }),
            "Default: there is no state `X`",
        ),
        (
            json!({ "Type": "Wait", "End": true }),
            "either Seconds or Timestamp",
        ),
        (
            json!({ "Type": "Wait", "Seconds": -1, "End": true }),
            "Seconds must be",
        ),
        (
            json!({ "Type": "Wait", "Timestamp": "noon", "End": true }),
            "Timestamp",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true }),
            "not offered",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject", "End": true }),
            "not offered",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem.waitForTaskToken", "End": true }),
            "cannot wait",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": { "Payload": 1 }, "End": true }),
            "FunctionName",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "TimeoutSeconds": 5, "HeartbeatSeconds": 5, "End": true }),
            "less than",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "TimeoutSeconds": "{% 5", "End": true }),
            "TimeoutSeconds must be",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true, "Retry": [{ "ErrorEquals": ["States.ALL", "X"] }] }),
            "stand alone",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true, "Retry": [{ "ErrorEquals": ["States.Nope"] }] }),
            "not an error of",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true, "Catch": [{ "ErrorEquals": ["X"], "Next": "Y" }] }),
            "Catch: there is no state `Y`",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true, "Retry": [{ "ErrorEquals": ["X"], "BackoffRate": 0.5 }] }),
            "BackoffRate",
        ),
        (
            json!({ "Type": "Map", "End": true, "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED" } } }),
            "INLINE",
        ),
        (
            json!({ "Type": "Map", "End": true, "ItemBatcher": {}, "ItemProcessor": { "StartAt": "I", "States": { "I": { "Type": "Succeed" } } } }),
            "ItemBatcher belongs to a distributed Map",
        ),
        (
            json!({ "Type": "Map", "End": true, "ToleratedFailureCount": 1, "ItemProcessor": { "StartAt": "I", "States": { "I": { "Type": "Succeed" } } } }),
            "ToleratedFailureCount belongs to a distributed Map",
        ),
        (
            json!({ "Type": "Map", "End": true, "ItemProcessor": { "StartAt": "I", "States": { "I": { "Type": "Pass", "Next": "I" } } } }),
            "Workflow has no terminal state",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "Arguments": { "Input": 1 }, "End": true }),
            "Arguments must give StateMachineArn",
        ),
        (
            json!({ "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Arguments": { "StateMachineArn": "a" }, "End": true }),
            "not offered",
        ),
        (
            json!({ "Type": "Map", "End": true, "ItemProcessor": { "StartAt": "J", "States": { "I": { "Type": "Succeed" } } } }),
            "no state `J`",
        ),
        (
            json!({ "Type": "Parallel", "End": true, "Branches": [] }),
            "at least one branch",
        ),
    ] {
        let refused = refused(json!({ "T": state }));
        assert!(
            refused.starts_with("state `T`: ") && refused.contains(reason),
            "{state:#}: {refused}"
        );
    }
}

#[test]
fn faults_between_states_are_found_too() {
    let succeed = json!({ "Type": "Succeed" });
    for (states, expected) in [
        (
            json!({ "A": succeed, "B": succeed }),
            "state `B`: no state leads to it",
        ),
        (
            json!({ "P": { "Type": "Parallel", "End": true, "Branches": [{ "StartAt": "P", "States": { "P": succeed } }] } }),
            "state `P`: the name is used",
        ),
        (
            json!({
                "A": { "Type": "Pass", "Assign": { "v": 1 }, "Next": "P" },
                "P": { "Type": "Parallel", "End": true, "Branches": [
                    { "StartAt": "I", "States": { "I": { "Type": "Pass", "Assign": { "v": 2 }, "End": true } } }] },
            }),
            "state `I`: Assign: the variable `v` belongs",
        ),
        (
            json!({ "P": { "Type": "Parallel", "End": true, "Branches": [
                { "StartAt": "I", "States": { "I": { "Type": "Pass", "Next": "Q" } } }], "Next": "Q" }, "Q": succeed }),
            "state `I`: Next: there is no state `Q`",
        ),
    ] {
        let refused = refused(states);
        assert!(refused.contains(expected), "{refused}");
    }
}

#[test]
fn faults_of_the_machine_itself_name_no_state() {
    let states = json!({ "S": { "Type": "Succeed" } });
    for (definition, reason) in [
        (
            json!({ "StartAt": "S", "States": states }),
            "QueryLanguage must be `JSONata`",
        ),
        (
            json!({ "QueryLanguage": "JSONPath", "StartAt": "S", "States": states }),
            "not offered",
        ),
        (
            json!({ "QueryLanguage": "JSONata", "States": states }),
            "StartAt is missing",
        ),
        (
            json!({ "QueryLanguage": "JSONata", "StartAt": "X", "States": states }),
            "StartAt: there is no state `X`",
        ),
        (
            json!({ "QueryLanguage": "JSONata", "StartAt": "S", "States": states, "Foo": 1 }),
            "unknown field Foo",
        ),
        (
            json!({ "QueryLanguage": "JSONata", "StartAt": "S", "States": {
                "S": { "Type": "Pass", "Next": "T" }, "T": { "Type": "Pass", "Next": "S" } } }),
            "Workflow has no terminal state",
        ),
        (
            json!({ "QueryLanguage": "JSONata", "StartAt": "S", "States": {} }),
            "States is empty",
        ),
        (json!([]), "JSON object"),
    ] {
        let error = Definition::parse(&definition.to_string()).unwrap_err();
        assert_eq!(error.state, None, "{error}");
        assert!(error.reason.contains(reason), "{error}");
    }
    assert!(Definition::parse("{").unwrap_err().reason.contains("not JSON"));
}
