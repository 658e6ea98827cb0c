//! A message, its attributes, and the digests that SDKs recompute to check both.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::SqsError;

pub type MessageAttributes = BTreeMap<String, MessageAttribute>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, each with an optional label behind a dot.
    pub data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

impl MessageAttribute {
    pub fn string(value: impl Into<String>) -> Self {
        Self {
            data_type: "String".into(),
            string_value: Some(value.into()),
            binary_value: None,
        }
    }

    /// The value's bytes as the digest and the size limit count them.
    fn bytes(&self) -> Vec<u8> {
        match (&self.string_value, &self.binary_value) {
            (Some(text), _) => text.as_bytes().to_vec(),
            (None, Some(encoded)) => STANDARD.decode(encoded).unwrap_or_default(),
            (None, None) => Vec::new(),
        }
    }

    pub(super) fn check(&self, name: &str) -> Result<(), SqsError> {
        let kind = self.data_type.split('.').next().unwrap_or_default();
        let value_fits = match kind {
            "String" | "Number" => self.string_value.as_ref().is_some_and(|value| !value.is_empty()),
            "Binary" => self
                .binary_value
                .as_ref()
                .is_some_and(|value| STANDARD.decode(value).is_ok()),
            _ => {
                return Err(SqsError::invalid(format!(
                    "The type of message (user) attribute '{name}' is invalid."
                )));
            }
        };
        if value_fits {
            return Ok(());
        }
        Err(SqsError::invalid(format!(
            "The message (user) attribute '{name}' must contain a non-empty value of its type."
        )))
    }
}

/// A received message. Receiving it again changes `receipt_handle` and raises `receive_count`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub message_id: String,
    pub receipt_handle: String,
    pub body: String,
    pub attributes: MessageAttributes,
    /// `AWSTraceHeader`, if the sender set one.
    pub trace_header: Option<String>,
    pub sender: String,
    /// Milliseconds since 1970.
    pub sent_ms: i64,
    pub first_received_ms: i64,
    pub receive_count: u32,
    /// The queue whose redrive policy moved the message here.
    pub dead_letter_source: Option<String>,
}

impl Message {
    /// What SQS knows about the message, by the names ReceiveMessage and Lambda use.
    pub fn system_attributes(&self) -> BTreeMap<&'static str, String> {
        let mut attributes = BTreeMap::from([
            (
                "ApproximateFirstReceiveTimestamp",
                self.first_received_ms.to_string(),
            ),
            ("ApproximateReceiveCount", self.receive_count.to_string()),
            ("SenderId", self.sender.clone()),
            ("SentTimestamp", self.sent_ms.to_string()),
        ]);
        attributes.extend(self.trace_header.clone().map(|header| ("AWSTraceHeader", header)));
        attributes.extend(
            self.dead_letter_source
                .clone()
                .map(|arn| ("DeadLetterQueueSourceArn", arn)),
        );
        attributes
    }

    /// The record a Lambda function receives for this message.
    pub fn lambda_record(&self, queue_arn: &str) -> Value {
        let attributes: BTreeMap<_, _> = self
            .attributes
            .iter()
            .map(|(name, value)| (name, lambda_attribute(value)))
            .collect();
        json!({
            "messageId": self.message_id,
            "receiptHandle": self.receipt_handle,
            "body": self.body,
            "attributes": self.system_attributes(),
            "messageAttributes": attributes,
            "md5OfBody": md5_hex(self.body.as_bytes()),
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn,
            "awsRegion": queue_arn.split(':').nth(3).unwrap_or_default(),
        })
    }
}

fn lambda_attribute(attribute: &MessageAttribute) -> Value {
    let mut value = json!({
        "dataType": attribute.data_type,
        "stringListValues": [],
        "binaryListValues": [],
    });
    if let Some(text) = &attribute.string_value {
        value["stringValue"] = json!(text);
    }
    if let Some(encoded) = &attribute.binary_value {
        value["binaryValue"] = json!(encoded);
    }
    value
}

pub(super) fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

/// The digest of a message's attributes as SQS defines it: names in order; for each the name, its type, a byte
/// for the kind of value (1 text, 2 binary) and the value, every part led by its length as four bytes.
pub(super) fn md5_of_attributes<'a>(
    attributes: impl IntoIterator<Item = (&'a String, &'a MessageAttribute)>,
) -> Option<String> {
    let mut digest = Md5::new();
    let mut any = false;
    for (name, attribute) in attributes {
        any = true;
        for part in [name.as_bytes(), attribute.data_type.as_bytes()] {
            digest.update(length_of(part));
            digest.update(part);
        }
        digest.update([if attribute.binary_value.is_some() { 2 } else { 1 }]);
        let value = attribute.bytes();
        digest.update(length_of(&value));
        digest.update(&value);
    }
    any.then(|| hex::encode(digest.finalize()))
}

fn length_of(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// What counts towards a message's size limit: the body and every attribute's name, type and value.
pub(super) fn size(body: &str, attributes: &MessageAttributes) -> usize {
    let of_attributes = attributes
        .iter()
        .map(|(name, value)| name.len() + value.data_type.len() + value.bytes().len());
    body.len() + of_attributes.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number's digest as several SQS implementations' tests record it from AWS.
    #[test]
    fn attribute_digests_match_what_sdks_compute() {
        assert_eq!(md5_of_attributes(&MessageAttributes::new()), None);
        let number = MessageAttribute {
            data_type: "Number".into(),
            ..MessageAttribute::string("1493147359900")
        };
        let attributes = MessageAttributes::from([("timestamp".into(), number)]);
        assert_eq!(
            md5_of_attributes(&attributes).as_deref(),
            Some("235c5c510d26fb653d073faed50ae77c")
        );
    }

    #[test]
    fn an_attribute_needs_a_value_of_its_type() {
        let cases = [
            ("String", Some("x"), None, true),
            ("Number.int", Some("4"), None, true),
            ("Binary", None, Some("AAE="), true),
            ("String", Some(""), None, false),
            ("Binary", Some("x"), None, false),
            ("Binary", None, Some("not base64!"), false),
            ("Date", Some("x"), None, false),
        ];
        for (data_type, text, binary, valid) in cases {
            let attribute = MessageAttribute {
                data_type: data_type.into(),
                string_value: text.map(Into::into),
                binary_value: binary.map(Into::into),
            };
            assert_eq!(attribute.check("n").is_ok(), valid, "{attribute:?}");
        }
    }
}
