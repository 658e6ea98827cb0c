//! The documents that functions of a WebSocket API receive.

use std::collections::BTreeMap;

use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::connections::{Connection, Ending};
use super::{Handshake, WebSocketConfig};

/// What is new with each event of a connection.
pub(super) struct Moment {
    pub now: Timestamp,
    pub request_id: String,
}

/// Who the event is about, before and after there is a connection.
pub(super) struct Subject<'a> {
    pub connection_id: &'a str,
    pub connected_at: Timestamp,
    pub source_ip: &'a str,
    pub user_agent: Option<&'a str>,
    pub authorizer: &'a Map<String, Value>,
}

impl Connection {
    pub fn as_subject(&self) -> Subject<'_> {
        Subject {
            connection_id: &self.id,
            connected_at: self.connected_at,
            source_ip: &self.source_ip,
            user_agent: self.user_agent.as_deref(),
            authorizer: &self.authorizer,
        }
    }
}

impl WebSocketConfig {
    /// The ARN under which policies allow or deny connecting.
    pub(super) fn connect_arn(&self) -> String {
        format!(
            "arn:aws:execute-api:{}:{}:{}/{}/$connect",
            self.region, self.account, self.api_id, self.stage
        )
    }

    pub(super) fn authorizer_event(
        &self,
        handshake: &Handshake,
        subject: &Subject<'_>,
        moment: &Moment,
    ) -> Value {
        let mut event = json!({ "type": "REQUEST", "methodArn": self.connect_arn() });
        add_handshake(&mut event, handshake, &self.domain_name);
        for member in ["queryStringParameters", "multiValueQueryStringParameters"] {
            if event.get(member).is_none() {
                event[member] = json!({});
            }
        }
        event["stageVariables"] = json!({});
        event["requestContext"] = self.context("$connect", "CONNECT", subject, moment);
        event
    }

    pub(super) fn connect_event(
        &self,
        handshake: &Handshake,
        subject: &Subject<'_>,
        moment: &Moment,
    ) -> Value {
        let mut event = json!({});
        add_handshake(&mut event, handshake, &self.domain_name);
        event["requestContext"] = self.context("$connect", "CONNECT", subject, moment);
        event["isBase64Encoded"] = json!(false);
        event
    }

    pub(super) fn message_event(
        &self,
        route_key: &str,
        body: &str,
        subject: &Subject<'_>,
        moment: &Moment,
    ) -> Value {
        let mut context = self.context(route_key, "MESSAGE", subject, moment);
        context["messageId"] = json!(moment.request_id);
        json!({ "requestContext": context, "body": body, "isBase64Encoded": false })
    }

    pub(super) fn disconnect_event(&self, ending: &Ending, subject: &Subject<'_>, moment: &Moment) -> Value {
        let mut context = self.context("$disconnect", "DISCONNECT", subject, moment);
        context["disconnectStatusCode"] = json!(ending.code);
        context["disconnectReason"] = json!(ending.reason);
        let headers = [
            ("Host", self.domain_name.as_str()),
            ("x-api-key", ""),
            ("X-Forwarded-For", ""),
            ("x-restapi", ""),
        ];
        let single: Map<_, _> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        let multi: Map<_, _> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!([value])))
            .collect();
        json!({ "headers": single, "multiValueHeaders": multi, "requestContext": context, "isBase64Encoded": false })
    }

    fn context(&self, route_key: &str, event_type: &str, subject: &Subject<'_>, moment: &Moment) -> Value {
        let mut identity = json!({ "sourceIp": subject.source_ip });
        if let Some(user_agent) = subject.user_agent {
            identity["userAgent"] = json!(user_agent);
        }
        let mut context = json!({
            "routeKey": route_key,
            "eventType": event_type,
            "extendedRequestId": moment.request_id,
            "requestTime": moment.now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "messageDirection": "IN",
            "stage": self.stage,
            "connectedAt": subject.connected_at.as_millisecond(),
            "requestTimeEpoch": moment.now.as_millisecond(),
            "identity": identity,
            "requestId": moment.request_id,
            "domainName": self.domain_name,
            "connectionId": subject.connection_id,
            "apiId": self.api_id,
        });
        if !subject.authorizer.is_empty() {
            context["authorizer"] = json!(subject.authorizer);
        }
        context
    }
}

/// The query's parameters, repeated ones together, in the order of their names.
pub(super) fn query_parameters(query: &str) -> BTreeMap<String, Vec<String>> {
    let mut parameters = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .or_default()
            .push(value.into_owned());
    }
    parameters
}

fn add_handshake(event: &mut Value, handshake: &Handshake, domain_name: &str) {
    let mut headers = canonical_headers(&handshake.headers);
    headers
        .entry("Host".into())
        .or_insert_with(|| vec![domain_name.into()]);
    headers.insert("X-Forwarded-For".into(), vec![handshake.source_ip.clone()]);
    event["headers"] = last_values(&headers);
    event["multiValueHeaders"] = json!(headers);
    let query = query_parameters(&handshake.query);
    if !query.is_empty() {
        event["queryStringParameters"] = last_values(&query);
        event["multiValueQueryStringParameters"] = json!(query);
    }
}

/// Where a name has several values, the single-valued form of an event shows the last.
fn last_values(values: &BTreeMap<String, Vec<String>>) -> Value {
    values
        .iter()
        .map(|(name, values)| (name.clone(), json!(values.last())))
        .collect::<Map<_, _>>()
        .into()
}

/// Header names as browsers and API Gateway write them; HTTP libraries here keep them in lower case.
fn canonical_headers(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let mut canonical = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        canonical
            .entry(canonical_name(name.as_str()))
            .or_default()
            .push(value);
    }
    canonical
}

fn canonical_name(name: &str) -> String {
    let capitalised = |part: &str| {
        let mut characters = part.chars();
        characters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + characters.as_str())
            .unwrap_or_default()
    };
    let parts: Vec<_> = name.split('-').map(capitalised).collect();
    parts.join("-").replace("Websocket", "WebSocket")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_read_as_a_browser_writes_them() {
        for (name, expected) in [
            ("sec-websocket-protocol", "Sec-WebSocket-Protocol"),
            ("host", "Host"),
            ("x-a", "X-A"),
        ] {
            assert_eq!(canonical_name(name), expected);
        }
    }
}
