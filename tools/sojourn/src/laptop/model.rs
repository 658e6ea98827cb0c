//! Bedrock's Converse endpoint, answered by the deterministic planner or by a model the user points to: the planner's own
//! code takes the same path through the same client, model or not.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use lambda_host::http::HttpClient;
use local_cloud::wire::{Access, AwsError, AwsService, Call, Protocol};

use super::openai::{OpenAiModel, converse};

pub(super) struct Bedrock {
    /// Without one, rules answer.
    pub model: Option<OpenAiModel>,
    pub http: Arc<dyn HttpClient>,
}

#[async_trait]
impl AwsService for Bedrock {
    fn signing_name(&self) -> &'static str {
        "bedrock"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let model = model_id(call)?;
        Ok(vec![Access {
            action: "bedrock:InvokeModel".into(),
            resource: format!("arn:aws:bedrock:eu-west-1:000000000000:inference-profile/{model}"),
        }])
    }

    async fn call(&self, call: Call) -> Result<http::Response<Bytes>, AwsError> {
        let model = model_id(&call)?;
        let invalid = |error: &dyn std::fmt::Display| AwsError::new("ValidationException", error.to_string());
        let body = serde_json::from_slice(&call.body).map_err(|error| invalid(&error))?;
        let answer = match &self.model {
            Some(plugged) => converse(plugged, &self.http, &body).await?,
            None => planner::converse_stand_in::answer(&model, &body).map_err(|error| invalid(&error))?,
        };
        Ok(http::Response::builder()
            .header("content-type", "application/json")
            .body(Bytes::from(answer.to_string()))
            .map_err(|error| invalid(&error))?)
    }
}

/// From `/model/{modelId}/converse`.
fn model_id(call: &Call) -> Result<String, AwsError> {
    let path = call.uri.path();
    path.strip_prefix("/model/")
        .and_then(|rest| rest.strip_suffix("/converse"))
        .map(|id| id.replace("%3A", ":"))
        .ok_or_else(|| AwsError::not_offered("bedrock", path))
}
