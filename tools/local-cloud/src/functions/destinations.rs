//! Where an asynchronous invocation's outcome goes: the OnSuccess or OnFailure destination, the older dead-letter
//! queue, or, with neither, nowhere but the log.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{AsyncConfig, FunctionSpec};
use crate::ports::{Delivery, DeliveryError, SharedTargets};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Outcome {
    Success { answer: Value },
    RetriesExhausted { error_type: String, message: String },
    EventAgeExceeded,
}

/// What there is to tell about one finished invocation.
pub(super) struct Record<'a> {
    pub function: &'a FunctionSpec,
    pub request_id: &'a str,
    pub payload: &'a Value,
    pub attempts: u32,
    pub outcome: &'a Outcome,
}

pub(super) async fn deliver(
    targets: &SharedTargets,
    config: &AsyncConfig,
    record: &Record<'_>,
    now: Timestamp,
) -> Result<(), DeliveryError> {
    let failed = !matches!(record.outcome, Outcome::Success { .. });
    if failed && let Some(arn) = &config.dead_letter_arn {
        targets.deliver(dead_letter(arn, record)).await?;
    }
    match if failed {
        &config.on_failure
    } else {
        &config.on_success
    } {
        Some(arn) => {
            targets
                .deliver(Delivery {
                    target_arn: arn.clone(),
                    payload: document(arn, record, now),
                    attributes: vec![],
                })
                .await
        }
        None if failed && config.dead_letter_arn.is_none() => {
            tracing::error!(
                function = %record.function.name, request_id = record.request_id, outcome = ?record.outcome,
                "an event was dropped: its invocation failed and the function has no OnFailure destination"
            );
            Ok(())
        }
        None => Ok(()),
    }
}

/// The destination record of the Lambda developer guide; a bus gets it as the detail of an event.
fn document(arn: &str, record: &Record<'_>, now: Timestamp) -> Value {
    let function_arn = format!("{}:$LATEST", record.function.arn);
    let (condition, response, answer) = match record.outcome {
        Outcome::Success { answer } => ("Success", executed(None), answer.clone()),
        Outcome::RetriesExhausted { error_type, message } => (
            "RetriesExhausted",
            executed(Some("Unhandled")),
            json!({ "errorMessage": message, "errorType": error_type }),
        ),
        Outcome::EventAgeExceeded => ("EventAgeExceeded", executed(Some("Unhandled")), Value::Null),
    };
    let document = json!({
        "version": "1.0",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "requestContext": {
            "requestId": record.request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": record.attempts,
        },
        "requestPayload": record.payload,
        "responseContext": response,
        "responsePayload": answer,
    });
    if !arn.contains(":event-bus/") {
        return document;
    }
    let result = if condition == "Success" {
        "Success"
    } else {
        "Failure"
    };
    json!({
        "source": "lambda",
        "detail-type": format!("Lambda Function Invocation Result - {result}"),
        "resources": [function_arn, arn],
        "detail": document,
    })
}

fn executed(function_error: Option<&str>) -> Value {
    let mut context = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
    if let Some(error) = function_error {
        context["functionError"] = Value::from(error);
    }
    context
}

/// The bare event, the reason in attributes.
fn dead_letter(arn: &str, record: &Record<'_>) -> Delivery {
    let message = match record.outcome {
        Outcome::RetriesExhausted { message, .. } => message.clone(),
        _ => "the event grew too old".to_string(),
    };
    let attributes = vec![
        ("RequestID".to_string(), record.request_id.to_string()),
        ("ErrorCode".to_string(), "200".to_string()),
        ("ErrorMessage".to_string(), message.chars().take(1024).collect()),
    ];
    Delivery {
        target_arn: arn.to_string(),
        payload: record.payload.clone(),
        attributes,
    }
}
