//! Answers the drafter's Converse requests by the patterns of `by_rules`, so that without a model the very same code path
//! runs. It says in the response that rules answered.

use lambda_host::converse::{ANSWERED_BY, RULES};
use serde_json::{Value, json};

use super::{TOOL, by_rules, data_of};

/// Maps to Bedrock's `ValidationException`.
#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    #[error("the request has no user message with a data block of the drafter's")]
    NoData,
    #[error("the data block is not the drafter's")]
    Data(#[from] serde_json::Error),
}

/// Whether a Converse request asks for rules, by tool or by output format.
pub fn is_asked(body: &Value) -> bool {
    let names = [
        "/toolConfig/toolChoice/tool/name",
        "/outputConfig/textFormat/structure/jsonSchema/name",
    ];
    names
        .iter()
        .any(|name| body.pointer(name).and_then(Value::as_str) == Some(TOOL))
}

/// The response to `POST /model/{modelId}/converse` with `body`, as JSON of the REST API.
pub fn answer(body: &Value) -> Result<Value, StandInError> {
    let user = body.pointer("/messages/0/content/0/text").and_then(Value::as_str);
    let data = data_of(user.ok_or(StandInError::NoData)?).ok_or(StandInError::NoData)??;
    let proposal = serde_json::to_value(by_rules::propose(&data))?;
    let forced = body.pointer("/toolConfig/toolChoice/tool/name");
    let (content, stop) = match forced.and_then(Value::as_str) {
        Some(tool) => (
            json!({"toolUse": {"toolUseId": "rules-1", "name": tool, "input": proposal}}),
            "tool_use",
        ),
        None => (json!({"text": proposal.to_string()}), "end_turn"),
    };
    Ok(json!({
        "output": {"message": {"role": "assistant", "content": [content]}},
        "stopReason": stop,
        "usage": {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0},
        "metrics": {"latencyMs": 0},
        "additionalModelResponseFields": {ANSWERED_BY: RULES},
    }))
}
