//! A question to a model through Bedrock's Converse: bound to a schema, tried with rising effort while time is left.
//!
//! Knows two ways to bind an answer: a forced tool (Nova, and whatever else Bedrock hosts) and a structured output
//! format (Claude). Either way the answer is re-read by whoever asked, as if it were not bound.

mod document;

use std::time::Duration;

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::error::{BuildError, SdkError};
use aws_sdk_bedrockruntime::operation::converse::{ConverseError, ConverseOutput};
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, InferenceConfiguration, JsonSchemaDefinition, Message, OutputConfig,
    OutputFormat, OutputFormatStructure, OutputFormatType, SpecificToolChoice, SystemContentBlock, Tool,
    ToolChoice, ToolConfiguration, ToolInputSchema, ToolSpecification,
};
use aws_smithy_types::Document;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use document::{document, value};

use crate::live::Live;

/// Where a response says who answered: an additional response field, which no model can write.
pub const ANSWERED_BY: &str = "answeredBy";
pub const RULES: &str = "rules";
const ATTEMPTS: u32 = 3;
const TEMPERATURE: f32 = 0.1;
/// A call that cannot take this long is not worth starting.
const SHORTEST_CALL: Duration = Duration::from_secs(2);

/// How hard the model is asked to think; each attempt asks for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effort {
    Usual,
    Medium,
    High,
}

impl Effort {
    fn of_attempt(attempt: u32) -> Self {
        match attempt {
            1 => Self::Usual,
            2 => Self::Medium,
            _ => Self::High,
        }
    }
}

pub struct Model {
    client: Client,
    pub id: String,
    /// The longest one call may take.
    pub call_timeout: Duration,
}

/// What is asked. The answer is the input of a tool that exists for nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    pub tool: &'static str,
    /// What the tool does, for the model.
    pub about: &'static str,
    pub schema: &'a Value,
    pub system: &'a str,
    pub user: &'a str,
    pub most_tokens: i32,
}

/// An answer that whoever asked can use.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    pub read: T,
    /// The answer as it came, JSON.
    pub raw: String,
    /// The endpoint said that rules answered, not a model.
    pub by_rules: bool,
}

/// What asking cost, whether or not it was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    pub attempts: u32,
    pub input_tokens: u32,
    pub output_tokens: u32,
    pub latency_ms: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("the call failed")]
    Call(#[from] Box<SdkError<ConverseError>>),
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    #[error("the request could not be built")]
    Build(#[from] BuildError),
    #[error("the answer has no draft")]
    Empty,
    #[error("the answer does not have the form of a draft")]
    Form(#[from] serde_json::Error),
    #[error("the draft was refused: {0}")]
    Refused(String),
    #[error("no time was left")]
    NoTime,
}

impl AskError {
    /// Whether asking once more may help.
    fn is_passing(&self) -> bool {
        match self {
            Self::Call(error) => match error.as_service_error() {
                Some(error) => {
                    !(error.is_access_denied_exception()
                        || error.is_validation_exception()
                        || error.is_resource_not_found_exception())
                }
                None => !matches!(error.as_ref(), SdkError::ConstructionFailure(_)),
            },
            Self::TimedOut(_) | Self::Empty | Self::Form(_) | Self::Refused(_) => true,
            Self::Build(_) | Self::NoTime => false,
        }
    }
}

/// Why an answer is not taken.
#[derive(Debug)]
pub enum Unfit {
    Form(serde_json::Error),
    Refused(String),
}

impl From<Unfit> for AskError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Form(error) => Self::Form(error),
            Unfit::Refused(why) => Self::Refused(why),
        }
    }
}

impl Model {
    /// `aws` as the function has it; our attempts are the only retries, or each would count three times.
    pub fn new(aws: &aws_types::SdkConfig, id: impl Into<String>, call_timeout: Duration) -> Self {
        let retries = aws_smithy_types::retry::RetryConfig::disabled();
        let config = aws_sdk_bedrockruntime::config::Builder::from(aws)
            .retry_config(retries)
            .build();
        Self {
            client: Client::from_conf(config),
            id: id.into(),
            call_timeout,
        }
    }

    /// Asks until `read` takes the answer, at most three times and only while `time_left` lasts.
    pub async fn ask<T>(
        &self,
        _live: &Live,
        task: &Task<'_>,
        time_left: Duration,
        read: impl Fn(Value) -> Result<T, Unfit>,
    ) -> (Result<Answer<T>, AskError>, Spent) {
        let started = Instant::now();
        let mut spent = Spent::default();
        let mut outcome = Err(AskError::NoTime);
        while spent.attempts < ATTEMPTS {
            let left = time_left.saturating_sub(started.elapsed()).min(self.call_timeout);
            if left < SHORTEST_CALL {
                break;
            }
            spent.attempts += 1;
            outcome = self
                .attempt(task, spent.attempts, left, &mut spent)
                .await
                .and_then(|(draft, by_rules)| {
                    let raw = draft.to_string();
                    let read = read(draft)?;
                    Ok(Answer { read, raw, by_rules })
                });
            match &outcome {
                Err(error) if error.is_passing() => sleep(Duration::from_millis(200 << spent.attempts)).await,
                _ => break,
            }
        }
        spent.latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        (outcome, spent)
    }

    /// The answer, and whether rules gave it.
    async fn attempt(
        &self,
        task: &Task<'_>,
        attempt: u32,
        left: Duration,
        spent: &mut Spent,
    ) -> Result<(Value, bool), AskError> {
        let call = self.request(task, Effort::of_attempt(attempt))?.send();
        let output = timeout(left, call)
            .await
            .map_err(|_| AskError::TimedOut(left))?
            .map_err(|error| AskError::Call(Box::new(error)))?;
        if let Some(usage) = output.usage() {
            spent.input_tokens += u32::try_from(usage.input_tokens()).unwrap_or(0);
            spent.output_tokens += u32::try_from(usage.output_tokens()).unwrap_or(0);
        }
        Ok((draft_in(&output, task.tool)?, answered_by_rules(&output)))
    }

    fn request(
        &self,
        task: &Task<'_>,
        effort: Effort,
    ) -> Result<aws_sdk_bedrockruntime::operation::converse::builders::ConverseFluentBuilder, BuildError>
    {
        let message = Message::builder()
            .role(ConversationRole::User)
            .content(ContentBlock::Text(task.user.into()))
            .build()?;
        let inference = InferenceConfiguration::builder()
            .temperature(TEMPERATURE)
            .max_tokens(task.most_tokens)
            .build();
        let request = self
            .client
            .converse()
            .model_id(&self.id)
            .system(SystemContentBlock::Text(task.system.into()))
            .messages(message)
            .inference_config(inference);
        Ok(if self.id.contains("anthropic.") {
            request.output_config(bound_output(task, effort)?)
        } else {
            request
                .tool_config(forced_tool(task)?)
                .set_additional_model_request_fields(self.reasoning(effort))
        })
    }

    /// Nova 2 reasons on demand. Its highest effort forbids a temperature, so the last attempt stops at medium.
    fn reasoning(&self, effort: Effort) -> Option<Document> {
        let level = match effort {
            Effort::Usual => return None,
            Effort::Medium => "low",
            Effort::High => "medium",
        };
        let fields = serde_json::json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": level}});
        self.id.contains("nova-2").then(|| document(&fields))
    }
}

fn forced_tool(task: &Task<'_>) -> Result<ToolConfiguration, BuildError> {
    let tool = ToolSpecification::builder()
        .name(task.tool)
        .description(task.about)
        .input_schema(ToolInputSchema::Json(document(task.schema)))
        .build()?;
    ToolConfiguration::builder()
        .tools(Tool::ToolSpec(tool))
        .tool_choice(ToolChoice::Tool(
            SpecificToolChoice::builder().name(task.tool).build()?,
        ))
        .build()
}

fn bound_output(task: &Task<'_>, effort: Effort) -> Result<OutputConfig, BuildError> {
    let schema = JsonSchemaDefinition::builder()
        .name(task.tool)
        .schema(task.schema.to_string())
        .build()?;
    let format = OutputFormat::builder()
        .r#type(OutputFormatType::JsonSchema)
        .structure(OutputFormatStructure::JsonSchema(schema))
        .build()?;
    let effort = match effort {
        // Not every Claude takes an effort: the first attempt works with all of them.
        Effort::Usual => None,
        Effort::Medium => Some("medium".to_string()),
        Effort::High => Some("high".to_string()),
    };
    Ok(OutputConfig::builder()
        .text_format(format)
        .set_effort(effort)
        .build())
}

/// The tool's input, or the text as JSON.
fn draft_in(output: &ConverseOutput, tool: &str) -> Result<Value, AskError> {
    let message = output
        .output()
        .and_then(|output| output.as_message().ok())
        .ok_or(AskError::Empty)?;
    for block in message.content() {
        match block {
            ContentBlock::ToolUse(used) if used.name() == tool => return Ok(value(used.input())),
            ContentBlock::Text(text) if text.trim_start().starts_with('{') => {
                return Ok(serde_json::from_str(text)?);
            }
            _ => {}
        }
    }
    Err(AskError::Empty)
}

/// Response fields are the endpoint's, not the model's: what a model writes cannot end up there.
fn answered_by_rules(output: &ConverseOutput) -> bool {
    output
        .additional_model_response_fields()
        .is_some_and(|fields| value(fields)[ANSWERED_BY] == RULES)
}
