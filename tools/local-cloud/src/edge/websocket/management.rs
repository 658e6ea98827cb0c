//! `@connections`: how functions post to clients, look at a connection, and close it.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Response};
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::WebSocketApi;
use super::connections::{Ending, PostError};
use crate::edge::reply;
use crate::wire::{Access, AwsError, AwsService, Call, Protocol};

impl From<PostError> for AwsError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Gone => Self::new("GoneException", "Gone").with_status(410),
            PostError::TooLarge { .. } => {
                Self::new("PayloadTooLargeException", error.to_string()).with_status(413)
            }
        }
    }
}

#[async_trait]
impl AwsService for WebSocketApi {
    fn signing_name(&self) -> &'static str {
        "execute-api"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let id = self.connection_in(call)?;
        let config = &self.config;
        let api = format!(
            "arn:aws:execute-api:{}:{}:{}",
            config.region, config.account, config.api_id
        );
        let resource = format!("{api}/{}/{}/@connections/{id}", config.stage, call.method);
        Ok(vec![Access {
            action: "execute-api:ManageConnections".into(),
            resource,
        }])
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        let id = self.connection_in(&call)?;
        match call.method {
            Method::POST => {
                self.post(&id, String::from_utf8_lossy(&call.body).into_owned())?;
                Ok(reply::empty(200))
            }
            Method::GET => {
                let connection = self.connections.get(&id)?;
                let mut identity = json!({ "sourceIp": connection.source_ip });
                if let Some(user_agent) = &connection.user_agent {
                    identity["userAgent"] = json!(user_agent);
                }
                let answer = json!({
                    "connectedAt": connection.connected_at.to_string(),
                    "identity": identity,
                    "lastActiveAt": connection.last_active().0.to_string(),
                });
                Ok(reply::with_body(200, "application/json", answer.to_string()))
            }
            Method::DELETE => {
                self.connections
                    .get(&id)?
                    .end(Ending::new(1000, "Connection Closed Normally"));
                Ok(reply::empty(204))
            }
            other => Err(AwsError::not_offered("execute-api", other.as_str())),
        }
    }
}

impl WebSocketApi {
    /// The id in `/{stage}/@connections/{id}`. Behind a custom domain the stage is not in the path.
    fn connection_in(&self, call: &Call) -> Result<String, AwsError> {
        let path = percent_decode_str(call.uri.path())
            .decode_utf8_lossy()
            .into_owned();
        let forbidden = || AwsError::new("ForbiddenException", "Forbidden").with_status(403);
        let (stage, id) = path.split_once("/@connections/").ok_or_else(forbidden)?;
        let is_ours = stage.is_empty() || stage.trim_start_matches('/') == self.config.stage;
        if is_ours && !id.is_empty() {
            Ok(id.into())
        } else {
            Err(forbidden())
        }
    }
}
