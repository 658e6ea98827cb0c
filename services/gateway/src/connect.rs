//! `$connect`: remembers the socket, so that progress reaches it.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;
use aws_sdk_dynamodb::Client;
use events_schema::rows::ConnectionRow;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use lambda_host::{Clock, ConfigError, Function, HandlerError, Invocation, Runtime};
use serde_json::{Value, json};

use crate::authorizer::offers_protocol;
use lambda_host::door::{Caller, PROTOCOL};

/// API Gateway ends every connection after this time.
const LONGEST: SignedDuration = SignedDuration::from_hours(2);

struct Connect {
    dynamo: Client,
    table: String,
    clock: Arc<dyn Clock>,
}

/// Setting: `CONNECTIONS_TABLE`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Connect {
        dynamo: Client::new(&runtime.aws),
        table: runtime.setting("CONNECTIONS_TABLE")?.into(),
        clock: runtime.clock.clone(),
    }))
}

#[async_trait]
impl Function for Connect {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let request: ApiGatewayWebsocketProxyRequest = serde_json::from_value(payload)?;
        let row = row(Caller::of(&request.request_context)?, self.clock.now());
        self.dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(&row)?))
            .send()
            .await?;
        Ok(answer(&request.headers))
    }
}

fn row(caller: Caller, now: Timestamp) -> ConnectionRow {
    ConnectionRow {
        employee_id: caller.employee,
        connection_id: caller.connection,
        roles: caller.roles,
        connected_at: now,
        ttl: (now + LONGEST).as_second(),
        behind_since: None,
    }
}

/// Browsers refuse a subprotocol that they did not offer; the one that carries the token is never echoed.
fn answer(headers: &HeaderMap) -> Value {
    match offers_protocol(headers) {
        true => json!({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": PROTOCOL}}),
        false => json!({"statusCode": 200}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_protocol_without_the_token_is_echoed() {
        let mut headers = HeaderMap::new();
        assert_eq!(answer(&headers), json!({"statusCode": 200}));
        headers.insert(
            "Sec-WebSocket-Protocol",
            "sojourn.v1, bearer.secret".parse().unwrap(),
        );
        let answer = answer(&headers);
        assert_eq!(answer["headers"]["Sec-WebSocket-Protocol"], "sojourn.v1");
        assert!(!answer.to_string().contains("secret"));
    }

    #[test]
    fn a_row_lives_as_long_as_a_connection_may() {
        let caller = Caller {
            employee: events_schema::samples::employee(),
            roles: Vec::new(),
            connection: events_schema::ids::ConnectionId::new("c-1"),
            token_issued_at: None,
        };
        let now = events_schema::samples::now();
        assert_eq!(row(caller, now).ttl, now.as_second() + 7200);
    }
}
