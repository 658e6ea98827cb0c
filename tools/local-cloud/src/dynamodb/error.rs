//! dynoxide's errors as the endpoint's, members such as `CancellationReasons` and `Item` kept.

use dynoxide::DynoxideError;
use serde_json::Value;

use crate::wire::AwsError;

pub(super) fn aws_error(error: DynoxideError) -> AwsError {
    let mut body = match serde_json::from_str(&error.to_json()) {
        Ok(Value::Object(body)) => body,
        _ => return AwsError::new("InternalServerError", error.to_string()).with_status(500),
    };
    body.remove("message");
    body.remove("Message");
    body.remove("__type");
    let code = error.error_type().rsplit('#').next().unwrap_or_default();
    let mut aws = AwsError::new(code, error.to_string()).with_status(error.status_code());
    aws.members = Box::new(body);
    aws
}

/// A body the engine's own types refuse. They mark which of DynamoDB's two classes a refusal belongs to by a
/// prefix on the message; serde_json appends where it happened, which DynamoDB does not say.
pub(super) fn unreadable(error: &serde_json::Error) -> AwsError {
    let text = error.to_string();
    let text = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(message, _)| message);
    for marker in ["VALIDATION_REQUEST:", "VALIDATION_AS_READ:", "VALIDATION:"] {
        if let Some(message) = text.strip_prefix(marker) {
            return AwsError::new("ValidationException", message);
        }
    }
    let validation = [
        "missing field", "unknown variant", "invalid type: null", "Supplied AttributeValue",
        "empty AttributeValue",
    ];
    if validation.iter().any(|known| text.contains(known)) {
        return AwsError::new("ValidationException", text);
    }
    let message = text
        .trim_start_matches("SERIALIZATION_AS_READ:")
        .trim_start_matches("SERIALIZATION:");
    AwsError::new("SerializationException", message)
}
