//! Bedrock on a laptop: Converse answered by the deterministic planner and drafter or by a model the user points to,
//! embeddings by such a model, documents read by the policy's own parser. The services' code takes the same path through
//! the same clients as on AWS.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use lambda_host::http::HttpClient;
use local_cloud::wire::{Access, AwsError, AwsService, Call, Protocol};
use percent_encoding::percent_decode_str;
use policy::draft::stand_in;
use serde_json::Value;

use super::openai::{OpenAiModel, converse, embed};
use super::readings::Readings;

pub(super) struct Bedrock {
    /// Without one, rules answer.
    pub model: Option<OpenAiModel>,
    /// Without one, nothing is embedded.
    pub embeddings: Option<OpenAiModel>,
    pub readings: Readings,
    pub http: Arc<dyn HttpClient>,
}

/// What is asked of which model.
enum Asked {
    Converse(String),
    Invoke(String),
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
        if let Some(operation) = Readings::operation(call) {
            return self.readings.access(operation, call);
        }
        // What is asked for a conversation is an inference profile; what embeds is the model itself.
        let resource = match asked(call)? {
            Asked::Converse(model) => {
                format!("arn:aws:bedrock:eu-west-1:000000000000:inference-profile/{model}")
            }
            Asked::Invoke(model) => format!("arn:aws:bedrock:eu-west-1::foundation-model/{model}"),
        };
        Ok(vec![Access {
            action: "bedrock:InvokeModel".into(),
            resource,
        }])
    }

    async fn call(&self, call: Call) -> Result<http::Response<Bytes>, AwsError> {
        let answer = match Readings::operation(&call) {
            Some(operation) => self.readings.call(operation, &call).await?,
            None => self.model_call(&call).await?,
        };
        Ok(http::Response::builder()
            .header("content-type", "application/json")
            .body(Bytes::from(answer.to_string()))
            .map_err(|error| invalid(&error))?)
    }
}

impl Bedrock {
    async fn model_call(&self, call: &Call) -> Result<Value, AwsError> {
        let body: Value = serde_json::from_slice(&call.body).map_err(|error| invalid(&error))?;
        match asked(call)? {
            Asked::Converse(model) => match &self.model {
                Some(plugged) => converse(plugged, &self.http, &body).await,
                None if stand_in::is_asked(&body) => stand_in::answer(&body).map_err(|error| invalid(&error)),
                None => planner::converse_stand_in::answer(&model, &body).map_err(|error| invalid(&error)),
            },
            Asked::Invoke(model) => match self.embeddings.as_ref().filter(|plugged| plugged.name == model) {
                Some(plugged) => embed(plugged, &self.http, &body).await,
                None => {
                    let message = format!("no embedding model {model} was pointed to: see --embedding-model");
                    Err(AwsError::new("ResourceNotFoundException", message).with_status(404))
                }
            },
        }
    }
}

fn invalid(error: &dyn std::fmt::Display) -> AwsError {
    AwsError::new("ValidationException", error.to_string())
}

/// From `/model/{modelId}/converse` and `/model/{modelId}/invoke`.
fn asked(call: &Call) -> Result<Asked, AwsError> {
    let path = call.uri.path();
    let asked = path
        .strip_prefix("/model/")
        .and_then(|rest| rest.rsplit_once('/'));
    let name = |id: &str| percent_decode_str(id).decode_utf8_lossy().into_owned();
    match asked {
        Some((id, "converse")) => Ok(Asked::Converse(name(id))),
        Some((id, "invoke")) => Ok(Asked::Invoke(name(id))),
        _ => Err(AwsError::not_offered("bedrock", path)),
    }
}
