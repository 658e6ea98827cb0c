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

/// A rule that could not deliver leaves the event and the reasons in attributes; a function that failed for good leaves
/// Lambda's record around the event.
fn read(queue: &str, message: &Message, aggregate: &AggregateId) -> Option<(u64, DeadLetter)> {
    let record: Value = serde_json::from_str(message.body()?).ok()?;
    let of_lambda = record["requestContext"]["functionArn"].is_string();
    let event = if of_lambda {
        &record["requestPayload"]
    } else {
        &record
    };
    let meta = &event["detail"]["meta"];
    if meta["aggregateId"] != aggregate.as_str() {
        return None;
    }
    let attribute = |name: &str| {
        message
            .message_attributes()?
            .get(name)?
            .string_value()
            .map(str::to_owned)
    };
    let (attempts, why) = match of_lambda {
        true => {
            let said = &record["responsePayload"];
            let why = [&said["errorType"], &said["errorMessage"]];
            let why: Vec<_> = why.into_iter().filter_map(Value::as_str).collect();
            (
                record["requestContext"]["approximateInvokeCount"].as_u64(),
                why.join(": "),
            )
        }
        false => {
            let why = [attribute("ERROR_CODE"), attribute("ERROR_MESSAGE")];
            let why: Vec<_> = why.into_iter().flatten().collect();
            (
                attribute("RETRY_ATTEMPTS").and_then(|n| n.parse().ok()),
                why.join(": "),
            )
        }
    };
    let letter = DeadLetter {
        queue: queue.into(),
        attempts: attempts.and_then(|attempts| attempts.try_into().ok()),
        why,
    };
    Some((meta["sequence"].as_u64()?, letter))
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::MessageAttributeValue;
    use events_schema::samples;
    use serde_json::json;

    use super::*;

    #[test]
    fn both_hands_that_put_letters_there_are_read() {
        let aggregate = AggregateId::from(samples::booking());
        let event = json!({"detail": {"meta": {"aggregateId": aggregate, "sequence": 4}}});
        let by_rule = Message::builder().body(event.to_string());
        let text = |text: &str| {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(text);
            value.build().expect("an attribute")
        };
        let by_rule = by_rule
            .message_attributes("ERROR_CODE", text("NO_PERMISSIONS"))
            .message_attributes("RETRY_ATTEMPTS", text("185"))
            .build();
        let (sequence, letter) = read("PlannerDeadLetters", &by_rule, &aggregate).expect("a letter");
        assert_eq!(
            (sequence, letter.attempts, letter.why.as_str()),
            (4, Some(185), "NO_PERMISSIONS")
        );

        let record = json!({
            "requestContext": {"functionArn": "arn:function", "approximateInvokeCount": 3},
            "requestPayload": event, "responsePayload": {"errorType": "Retry", "errorMessage": "no answer"},
        });
        let by_lambda = Message::builder().body(record.to_string()).build();
        let (sequence, letter) = read("PlannerDeadLetters", &by_lambda, &aggregate).expect("a letter");
        assert_eq!(
            (sequence, letter.attempts, letter.why.as_str()),
            (4, Some(3), "Retry: no answer")
        );

        let other = AggregateId::from(samples::previous_booking());
        assert_eq!(read("PlannerDeadLetters", &by_lambda, &other), None);
    }
}
