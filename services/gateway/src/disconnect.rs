//! `$disconnect`: forgets the socket. API Gateway makes a best effort to call this; what it misses, heartbeat finds.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_host::{ConfigError, Function, HandlerError, Invocation, Runtime};
use serde_json::{Value, json};

use lambda_host::door::Caller;

struct Disconnect {
    dynamo: Client,
    table: String,
}

/// Setting: `CONNECTIONS_TABLE`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Disconnect {
        dynamo: Client::new(&runtime.aws),
        table: runtime.setting("CONNECTIONS_TABLE")?.into(),
    }))
}

#[async_trait]
impl Function for Disconnect {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let request: ApiGatewayWebsocketProxyRequest = serde_json::from_value(payload)?;
        let caller = Caller::of(&request.request_context)?;
        self.dynamo
            .delete_item()
            .table_name(&self.table)
            .key("employeeId", AttributeValue::S(caller.employee.to_string()))
            .key("connectionId", AttributeValue::S(caller.connection.to_string()))
            .send()
            .await?;
        Ok(json!({"statusCode": 200}))
    }
}
