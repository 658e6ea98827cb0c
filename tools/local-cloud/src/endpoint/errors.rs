//! An [`AwsError`] as each protocol writes it.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::{Map, Value};

use crate::wire::{AwsError, Protocol};

pub(super) fn encode(protocol: Protocol, error: &AwsError, request_id: &str) -> Response<Bytes> {
    let (content_type, body) = match protocol {
        Protocol::AwsJson10 => ("application/x-amz-json-1.0", json(error)),
        Protocol::AwsJson11 => ("application/x-amz-json-1.1", json(error)),
        Protocol::RestJson => ("application/json", json(error)),
        Protocol::RestXml => ("application/xml", rest_xml(error, request_id)),
        Protocol::Query => ("text/xml", query_xml(error, request_id)),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(code) = HeaderValue::from_str(&error.code) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-amzn-errortype"), code);
    }
    response
}

/// Both spellings of the request id: S3 reads one, everything else the other.
pub(super) fn stamp(response: &mut Response<Bytes>, request_id: &str) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        for name in ["x-amzn-requestid", "x-amz-request-id"] {
            response
                .headers_mut()
                .entry(name)
                .or_insert_with(|| value.clone());
        }
    }
}

fn json(error: &AwsError) -> String {
    let mut body = Map::new();
    body.insert("__type".into(), Value::from(error.code.clone()));
    body.insert("message".into(), Value::from(error.message.clone()));
    body.extend(*error.members.clone());
    Value::Object(body).to_string()
}

fn rest_xml(error: &AwsError, request_id: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>{}<RequestId>{request_id}</RequestId></Error>",
        escape(&error.code),
        escape(&error.message),
        members_xml(error),
    )
}

fn query_xml(error: &AwsError, request_id: &str) -> String {
    let fault = if error.status < 500 { "Sender" } else { "Receiver" };
    format!(
        "<ErrorResponse><Error><Type>{fault}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        escape(&error.code),
        escape(&error.message),
    )
}

fn members_xml(error: &AwsError) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    error
        .members
        .iter()
        .map(|(name, value)| format!("<{name}>{}</{name}>", escape(&text(value))))
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
