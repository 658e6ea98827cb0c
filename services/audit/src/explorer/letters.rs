//! What lies in the dead-letter queues, looked at without taking it out: a message received with no time to be hidden
//! shows again at once. Of each queue as many are looked at as SQS gives at a time.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::Message;
use events_schema::ids::AggregateId;
use events_schema::socket::DeadLetter;
use lambda_host::{ConfigError, HandlerError, Runtime};
use serde_json::Value;

/// SQS gives no more at once.
const MOST: i32 = 10;

pub struct Letters {
    sqs: Client,
    prefix: String,
}

impl Letters {
    /// Setting: `QUEUES_PREFIX`, what the names of this stack's queues begin with.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            sqs: Client::new(&runtime.aws),
            prefix: runtime.setting("QUEUES_PREFIX")?.into(),
        })
    }

    /// Those about one history, each with the place of its event there.
    pub async fn about(&self, aggregate: &AggregateId) -> Result<Vec<(u64, DeadLetter)>, HandlerError> {
        let queues = self
            .sqs
            .list_queues()
            .queue_name_prefix(&self.prefix)
            .send()
            .await?;
        let mut found = Vec::new();
        for url in queues.queue_urls() {
            let name = url.rsplit('/').next().unwrap_or(url);
            if !name.contains("DeadLetters") {
                continue;
            }
            let received = self
                .sqs
                .receive_message()
                .queue_url(url)
                .max_number_of_messages(MOST)
                .visibility_timeout(0)
                .message_attribute_names("All")
                .send()
                .await?;
            let queue = name.strip_prefix(&self.prefix).unwrap_or(name);
            found.extend(
                received
                    .messages()
                    .iter()
                    .filter_map(|message| read(queue, message, aggregate)),
            );
        }
        Ok(found)
    }
}

/// The event, how often it was tried as far as that is written down, and why it lies there.
type Story<'a> = (&'a Value, Option<u64>, String);

fn read(queue: &str, message: &Message, aggregate: &AggregateId) -> Option<(u64, DeadLetter)> {
    let record: Value = serde_json::from_str(message.body()?).ok()?;
    let (event, attempts, why) = if record["requestContext"]["functionArn"].is_string() {
        of_lambda(&record)
    } else if let Some(webhook) = record["webhookId"].as_str() {
        of_webhook(&record, webhook)
    } else {
        of_rule(&record, message)
    };
    let meta = &event["detail"]["meta"];
    if meta["aggregateId"] != aggregate.as_str() {
        return None;
    }
    let letter = DeadLetter {
        queue: queue.into(),
        attempts: attempts.and_then(|attempts| attempts.try_into().ok()),
        why,
    };
    Some((meta["sequence"].as_u64()?, letter))
}

/// A function that failed for good leaves Lambda's record around the event.
fn of_lambda(record: &Value) -> Story<'_> {
    let said = &record["responsePayload"];
    let why = [&said["errorType"], &said["errorMessage"]];
    let why: Vec<_> = why.into_iter().filter_map(Value::as_str).collect();
    let attempts = &record["requestContext"]["approximateInvokeCount"];
    (&record["requestPayload"], attempts.as_u64(), why.join(": "))
}

/// A queue that gave up moves its message here as it was, an event for one webhook, without a word about it.
fn of_webhook<'a>(record: &'a Value, webhook: &str) -> Story<'a> {
    (&record["event"], None, format!("{webhook} could not be told"))
}

/// A rule that could not deliver leaves the event itself, and the reasons in attributes.
fn of_rule<'a>(event: &'a Value, message: &Message) -> Story<'a> {
    let attribute = |name: &str| {
        message
            .message_attributes()?
            .get(name)?
            .string_value()
            .map(str::to_owned)
    };
    let why = [attribute("ERROR_CODE"), attribute("ERROR_MESSAGE")];
    let why: Vec<_> = why.into_iter().flatten().collect();
    let attempts = attribute("RETRY_ATTEMPTS").and_then(|n| n.parse().ok());
    (event, attempts, why.join(": "))
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::MessageAttributeValue;
    use events_schema::samples;
    use serde_json::json;

    use super::*;

    fn booking() -> AggregateId {
        AggregateId::from(samples::booking())
    }

    fn event() -> Value {
        json!({"detail": {"meta": {"aggregateId": booking(), "sequence": 4}}})
    }

    fn letter(attempts: Option<u32>, why: &str) -> Option<(u64, DeadLetter)> {
        let letter = DeadLetter {
            queue: "Queue".into(),
            attempts,
            why: why.into(),
        };
        Some((4, letter))
    }

    /// Of this booking the fourth event, of another one nothing.
    fn check(message: &Message, expected: &Option<(u64, DeadLetter)>) {
        assert_eq!(&read("Queue", message, &booking()), expected, "{message:?}");
        let other = AggregateId::from(samples::previous_booking());
        assert_eq!(read("Queue", message, &other), None, "{message:?}");
    }

    #[test]
    fn whoever_puts_letters_there_is_read() {
        let attribute = |text: &str| {
            let value = MessageAttributeValue::builder().data_type("String");
            value.string_value(text).build().expect("an attribute")
        };
        let by_rule = Message::builder().body(event().to_string());
        let by_rule = by_rule.message_attributes("ERROR_CODE", attribute("NO_PERMISSIONS"));
        let by_rule = by_rule.message_attributes("RETRY_ATTEMPTS", attribute("185"));
        check(&by_rule.build(), &letter(Some(185), "NO_PERMISSIONS"));

        let cases = [
            (
                json!({
                    "requestContext": {"functionArn": "arn:function", "approximateInvokeCount": 3},
                    "requestPayload": event(),
                    "responsePayload": {"errorType": "Retry", "errorMessage": "no answer"},
                }),
                letter(Some(3), "Retry: no answer"),
            ),
            (
                json!({"webhookId": "webhook-1", "event": event()}),
                letter(None, "webhook-1 could not be told"),
            ),
            // A stream's batch: only where it stands in the stream is said.
            (json!({"DDBStreamBatchInfo": {"shardId": "shard-1"}}), None),
        ];
        for (body, expected) in cases {
            check(&Message::builder().body(body.to_string()).build(), &expected);
        }
        assert_eq!(
            read("Queue", &Message::builder().body("no JSON").build(), &booking()),
            None
        );
    }
}
