//! Texts as vectors of an embedding model, by Bedrock's InvokeModel. Only this file knows the model's request and answer.
//!
//! A clause and a question are embedded for different purposes, and only vectors of one model can be compared: a version
//! names the model its clauses were embedded by, and questions to it are asked of that one.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::error::SdkError;
use aws_sdk_bedrockruntime::operation::invoke_model::InvokeModelError;
use aws_sdk_bedrockruntime::primitives::Blob;
use lambda_host::error::report;
use lambda_host::{ConfigError, Runtime};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

/// The setting for: found by words alone.
const NONE: &str = "none";
/// Of Nova's 256, 384, 1,024 and 3,072.
const DIMENSIONS: usize = 1024;
/// The most a traveller waits for a question's vector; without it, words find the clauses.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Of what is looked for.
    Index,
    /// Of what it is looked for with.
    Retrieval,
}

#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    #[error("the embedding model could not be asked")]
    Call(#[from] Box<SdkError<InvokeModelError>>),
    #[error("the embedding model's answer has no vector")]
    Answer(#[from] serde_json::Error),
    #[error("the embedding model's answer has {0} numbers, another number than was asked for")]
    Dimensions(usize),
    #[error("the embedding model did not answer within {0:?}")]
    TimedOut(Duration),
}

impl EmbedError {
    /// Whether asking again cannot help: somebody must grant access or name another model.
    pub fn is_final(&self) -> bool {
        let Self::Call(error) = self else {
            return matches!(self, Self::Answer(_) | Self::Dimensions(_));
        };
        error.as_service_error().is_some_and(|error| {
            error.is_access_denied_exception()
                || error.is_validation_exception()
                || error.is_resource_not_found_exception()
        })
    }
}

/// The port: a deployment asks Bedrock, the local cloud whatever model its user points to, or none.
#[async_trait]
pub trait Embedder: Send + Sync {
    async fn embed(&self, model: &str, text: &str, purpose: Purpose) -> Result<Vec<f32>, EmbedError>;
}

/// The model that new versions are embedded by, if any. Setting: `EMBEDDING_MODEL_ID`; `none` for none.
pub fn configured(runtime: &Runtime) -> Result<Option<String>, ConfigError> {
    let model = runtime.setting("EMBEDDING_MODEL_ID")?;
    Ok((model != NONE).then(|| model.to_owned()))
}

/// A question's vector, or `None` where it cannot be had in time: it is then found by its words.
pub async fn of_question(embedder: &dyn Embedder, model: &str, question: &str) -> Option<Vec<f32>> {
    let asked = timeout(
        QUESTION_TIMEOUT,
        embedder.embed(model, question, Purpose::Retrieval),
    )
    .await;
    match asked.unwrap_or(Err(EmbedError::TimedOut(QUESTION_TIMEOUT))) {
        Ok(vector) => Some(vector),
        Err(error) => {
            let error = report(&error);
            tracing::warn!(
                error,
                model,
                "no vector for a question: its words alone find the clauses"
            );
            None
        }
    }
}

pub struct Bedrock {
    client: Client,
}

impl Bedrock {
    pub fn new(aws: &aws_types::SdkConfig) -> Self {
        Self {
            client: Client::new(aws),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    embeddings: [Embedding; 1],
}

#[derive(Deserialize)]
struct Embedding {
    embedding: Vec<f32>,
}

#[async_trait]
impl Embedder for Bedrock {
    async fn embed(&self, model: &str, text: &str, purpose: Purpose) -> Result<Vec<f32>, EmbedError> {
        let purpose = match purpose {
            Purpose::Index => "GENERIC_INDEX",
            Purpose::Retrieval => "TEXT_RETRIEVAL",
        };
        let body = json!({
            "schemaVersion": "nova-multimodal-embed-v1",
            "taskType": "SINGLE_EMBEDDING",
            "singleEmbeddingParams": {
                "embeddingPurpose": purpose,
                "embeddingDimension": DIMENSIONS,
                "text": {"truncationMode": "END", "value": text},
            },
        });
        let call = self.client.invoke_model().model_id(model);
        let call = call
            .content_type("application/json")
            .accept("application/json")
            .body(Blob::new(body.to_string()));
        let answer = call.send().await.map_err(Box::new)?;
        let answer: Answer = serde_json::from_slice(answer.body().as_ref())?;
        let [Embedding { embedding }] = answer.embeddings;
        match embedding.len() {
            DIMENSIONS => Ok(embedding),
            // A model of the user's own has as many as it has.
            other if other > 0 && !model.starts_with("amazon.nova") => Ok(embedding),
            other => Err(EmbedError::Dimensions(other)),
        }
    }
}
