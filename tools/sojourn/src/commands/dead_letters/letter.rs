//! A dead letter read: who was to get which event, and why it did not.
//!
//! Three hands put letters into one queue. A rule that could not deliver leaves the event, the reasons in attributes; a
//! function that failed for good leaves Lambda's record around the event; a stream's mapping leaves the place in the
//! stream only, where the records can be read again for a day.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stream_batch::StreamBatch;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Letter {
    /// Whom the event was for; absent if it cannot be sent again.
    pub to: Option<Recipient>,
    /// The event, exactly as the recipient gets it; null for a reader of a stream.
    pub event: Value,
    /// What stands in the record about the reason.
    pub why: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Recipient {
    /// By ARN.
    Function(String),
    /// By ARN.
    Machine(String),
    /// A function that reads a stream, by ARN, and what it was to read.
    Reader(String, StreamBatch),
}

impl Letter {
    pub fn read(body: &str, attributes: &BTreeMap<String, String>) -> Self {
        let record: Value = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        if record["requestContext"]["functionArn"].is_string() {
            return Self::of_lambda(record);
        }
        let named = [
            ("rule", "RULE_ARN"),
            ("error", "ERROR_CODE"),
            ("message", "ERROR_MESSAGE"),
            ("gave up on", "EXHAUSTED_RETRY_CONDITION"),
            ("retries", "RETRY_ATTEMPTS"),
        ];
        let why = named
            .into_iter()
            .filter_map(|(name, key)| Some((name, attributes.get(key)?.clone())));
        Self {
            to: attributes.get("TARGET_ARN").and_then(|arn| recipient(arn)),
            why: why.collect(),
            event: record,
        }
    }

    fn of_lambda(mut record: Value) -> Self {
        let (context, answer) = (&record["requestContext"], &record["responsePayload"]);
        let named = [
            ("condition", &context["condition"]),
            ("attempts", &context["approximateInvokeCount"]),
            ("error", &answer["errorType"]),
            ("message", &answer["errorMessage"]),
            ("stream", &record["DDBStreamBatchInfo"]),
        ];
        let why = named.into_iter().filter(|(_, value)| !value.is_null());
        let why = why.map(|(name, value)| (name, plain(value))).collect();
        let arn = context["functionArn"].as_str().unwrap_or_default();
        let to = match StreamBatch::read(&record["DDBStreamBatchInfo"]) {
            Some(batch) => Some(Recipient::Reader(arn.to_owned(), batch)),
            None => record.get("requestPayload").and_then(|_| recipient(arn)),
        };
        let event = record["requestPayload"].take();
        Self { to, event, why }
    }
}

fn recipient(arn: &str) -> Option<Recipient> {
    if arn.contains(":function:") {
        Some(Recipient::Function(arn.to_owned()))
    } else if arn.contains(":stateMachine:") {
        Some(Recipient::Machine(arn.to_owned()))
    } else {
        None
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    //! The kinds of record, and what is none of them.

    use serde_json::json;

    use super::*;

    fn read(body: &Value, attributes: &[(&str, &str)]) -> Letter {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Letter::read(&body.to_string(), &attributes.iter().map(owned).collect())
    }

    #[test]
    fn a_rule_leaves_the_event_itself() {
        let event = json!({ "detail-type": "PlanProposed" });
        let function = "arn:aws:lambda:eu-west-1:000000000000:function:compliance";
        let letter = read(&event, &[("TARGET_ARN", function), ("ERROR_CODE", "TIMEOUT")]);
        assert_eq!(letter.to, Some(Recipient::Function(function.into())));
        assert_eq!(letter.event, event);
        assert_eq!(letter.why, [("error", "TIMEOUT".to_owned())]);

        let machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:booking";
        let letter = read(&event, &[("TARGET_ARN", machine)]);
        assert_eq!(letter.to, Some(Recipient::Machine(machine.into())));
    }

    #[test]
    fn a_function_leaves_the_event_in_a_record() {
        let function = "arn:aws:lambda:eu-west-1:000000000000:function:planner:$LATEST";
        let event = json!({ "detail-type": "PolicyRetrieved" });
        let record = json!({
            "requestContext": { "functionArn": function, "condition": "RetriesExhausted", "approximateInvokeCount": 3 },
            "requestPayload": event,
            "responsePayload": { "errorType": "Retry", "errorMessage": "no answer" },
        });
        let letter = read(&record, &[]);
        assert_eq!(letter.to, Some(Recipient::Function(function.into())));
        assert_eq!(letter.event, event);
        let why: Vec<_> = letter
            .why
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        assert_eq!(
            why,
            [
                "condition RetriesExhausted", "attempts 3", "error Retry", "message no answer"
            ]
        );
    }

    #[test]
    fn a_stream_leaves_the_place_of_its_records() {
        let function = "arn:aws:lambda:eu-west-1:000000000000:function:audit";
        let info = json!({
            "shardId": "shardId-1", "startSequenceNumber": "100", "endSequenceNumber": "102", "batchSize": 3,
            "streamArn": "arn:aws:dynamodb:eu-west-1:000000000000:table/bookings/stream/now",
        });
        let record = json!({
            "requestContext": { "functionArn": function, "condition": "RetryAttemptsExhausted" },
            "DDBStreamBatchInfo": info,
        });
        let letter = read(&record, &[]);
        let batch = StreamBatch::read(&info).expect("a place");
        assert_eq!(letter.to, Some(Recipient::Reader(function.into(), batch)));
        assert_eq!(letter.event, Value::Null);
    }

    #[test]
    fn what_holds_no_event_or_names_nobody_is_for_nobody() {
        let batch = json!({
            "requestContext": { "functionArn": "arn:aws:lambda:eu-west-1:000000000000:function:audit" },
            "DDBStreamBatchInfo": { "batchSize": 3 },
        });
        assert_eq!(read(&batch, &[]).to, None);
        assert_eq!(read(&json!({ "any": "thing" }), &[]).to, None);
        assert_eq!(Letter::read("no JSON", &BTreeMap::new()).to, None);
    }
}
