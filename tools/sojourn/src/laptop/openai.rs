//! A model behind an OpenAI-compatible endpoint (Ollama, llama.cpp, vLLM and the like), spoken to as Bedrock's Converse:
//! the request is translated there, the answer back. Which answers are acceptable is the planner's to judge.

use std::sync::Arc;

use bytes::Bytes;
use lambda_host::http::HttpClient;
use local_cloud::wire::AwsError;
use serde_json::{Value, json};

/// Where such a model is, and what it is called there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAiModel {
    /// Up to and with the version: `http://127.0.0.1:11434/v1`.
    pub url: String,
    pub name: String,
}

pub(super) async fn converse(
    model: &OpenAiModel,
    http: &Arc<dyn HttpClient>,
    body: &Value,
) -> Result<Value, AwsError> {
    let answer = ask(model, http, "chat/completions", &request(&model.name, body)).await?;
    Ok(response_of(&answer))
}

async fn ask(
    model: &OpenAiModel,
    http: &Arc<dyn HttpClient>,
    path: &str,
    body: &Value,
) -> Result<Value, AwsError> {
    let unavailable = |why: String| AwsError::new("ServiceUnavailableException", why).with_status(503);
    let request = http::Request::post(format!("{}/{path}", model.url.trim_end_matches('/')))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .map_err(|error| AwsError::new("ValidationException", error.to_string()))?;
    let response = http
        .send(request)
        .await
        .map_err(|error| unavailable(format!("the model's endpoint does not answer: {error}")))?;
    if !response.status().is_success() {
        let said = String::from_utf8_lossy(response.body())
            .chars()
            .take(300)
            .collect::<String>();
        return Err(unavailable(format!(
            "the model's endpoint answered {}: {said}",
            response.status()
        )));
    }
    serde_json::from_slice(response.body())
        .map_err(|error| unavailable(format!("the model's endpoint answered no JSON: {error}")))
}

/// InvokeModel's request for an embedding, as that of the OpenAI-compatible endpoint, and its answer.
pub(super) async fn embed(
    model: &OpenAiModel,
    http: &Arc<dyn HttpClient>,
    body: &Value,
) -> Result<Value, AwsError> {
    let text = &body["singleEmbeddingParams"]["text"]["value"];
    let answer = ask(
        model,
        http,
        "embeddings",
        &json!({"model": model.name, "input": text}),
    )
    .await?;
    let embedding = answer["data"][0]["embedding"].clone();
    Ok(json!({"embeddings": [{"embeddingType": "TEXT", "embedding": embedding}]}))
}

/// Converse's request as a chat completion.
fn request(name: &str, body: &Value) -> Value {
    let mut messages: Vec<Value> = texts(&body["system"])
        .map(|text| json!({"role": "system", "content": text}))
        .collect();
    for message in body["messages"].as_array().into_iter().flatten() {
        let text: Vec<&str> = texts(&message["content"]).collect();
        messages.push(json!({"role": message["role"], "content": text.join("\n")}));
    }
    let mut request = json!({"model": name, "messages": messages, "stream": false});
    let inference = &body["inferenceConfig"];
    for (ours, theirs) in [("temperature", "temperature"), ("maxTokens", "max_tokens")] {
        if !inference[ours].is_null() {
            request[theirs] = inference[ours].clone();
        }
    }
    let tools = body.pointer("/toolConfig/tools").and_then(Value::as_array);
    if let Some(tools) = tools {
        request["tools"] = tools.iter().map(tool).collect();
    }
    if let Some(forced) = body.pointer("/toolConfig/toolChoice/tool/name") {
        request["tool_choice"] = json!({"type": "function", "function": {"name": forced}});
    }
    request
}

fn texts(blocks: &Value) -> impl Iterator<Item = &str> {
    blocks
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|block| block["text"].as_str())
}

fn tool(tool: &Value) -> Value {
    let spec = &tool["toolSpec"];
    json!({"type": "function", "function": {
        "name": spec["name"], "description": spec["description"], "parameters": spec["inputSchema"]["json"],
    }})
}

/// The chat completion as Converse's response. Arguments that are no JSON are given as text: the planner refuses them.
fn response_of(answer: &Value) -> Value {
    let message = answer.pointer("/choices/0/message").cloned().unwrap_or_default();
    let call = &message["tool_calls"][0];
    let arguments = call["function"]["arguments"].as_str();
    let input = arguments.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let (content, stop) = match input {
        Some(input) => {
            let id = call["id"].as_str().unwrap_or("call-1");
            let tool_use = json!({"toolUseId": id, "name": call["function"]["name"], "input": input});
            (json!({"toolUse": tool_use}), "tool_use")
        }
        None => {
            let text = arguments.or(message["content"].as_str()).unwrap_or_default();
            (json!({"text": text}), "end_turn")
        }
    };
    let tokens = |name: &str| answer["usage"][name].as_u64().unwrap_or(0);
    let (input, output) = (tokens("prompt_tokens"), tokens("completion_tokens"));
    json!({
        "output": {"message": {"role": "assistant", "content": [content]}},
        "stopReason": stop,
        "usage": {"inputTokens": input, "outputTokens": output, "totalTokens": input + output},
        "metrics": {"latencyMs": 0},
    })
}

#[cfg(test)]
mod tests {
    //! Against a server on a free port that speaks the protocol; no model is behind it.

    use std::sync::Mutex;

    use axum::routing::post;
    use axum::{Json, Router};

    use super::*;
    use crate::laptop::LocalHttp;

    async fn endpoint(answer: Value) -> (OpenAiModel, Arc<Mutex<Vec<Value>>>) {
        let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
        let record = seen.clone();
        let handler = post(move |Json(body): Json<Value>| {
            record.lock().expect("not poisoned").push(body);
            let answer = answer.clone();
            async move { Json(answer) }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let router = Router::new().route("/v1/chat/completions", handler);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let name = "any-model".into();
        (OpenAiModel { url, name }, seen)
    }

    fn converse_body() -> Value {
        json!({
            "system": [{"text": "Be exact."}],
            "messages": [{"role": "user", "content": [{"text": "<data>{}</data>"}]}],
            "inferenceConfig": {"temperature": 0.1, "maxTokens": 2000},
            "toolConfig": {
                "tools": [{"toolSpec": {"name": "draft", "description": "Takes it.", "inputSchema": {"json": {"type": "object"}}}}],
                "toolChoice": {"tool": {"name": "draft"}},
            },
        })
    }

    fn http() -> Arc<dyn HttpClient> {
        Arc::new(LocalHttp::new())
    }

    #[tokio::test]
    async fn a_forced_tool_is_a_forced_function_and_its_arguments_are_the_input() {
        let call = json!({"id": "c-7", "type": "function", "function": {"name": "draft", "arguments": "{\"stay\": true}"}});
        let (model, seen) = endpoint(json!({
            "choices": [{"message": {"role": "assistant", "content": null, "tool_calls": [call]}}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 5},
        }))
        .await;
        let answer = converse(&model, &http(), &converse_body())
            .await
            .expect("an answer");
        assert_eq!(
            answer["output"]["message"]["content"][0]["toolUse"],
            json!({"toolUseId": "c-7", "name": "draft", "input": {"stay": true}})
        );
        assert_eq!(answer["usage"]["totalTokens"], 16);
        let asked = seen.lock().expect("not poisoned")[0].clone();
        assert_eq!(asked["model"], "any-model");
        assert_eq!(
            asked["messages"][0],
            json!({"role": "system", "content": "Be exact."})
        );
        assert_eq!(asked["tool_choice"]["function"]["name"], "draft");
        assert_eq!(
            asked["tools"][0]["function"]["parameters"],
            json!({"type": "object"})
        );
    }

    #[tokio::test]
    async fn text_stays_text_and_silence_is_unavailable() {
        let (model, _) = endpoint(json!({"choices": [{"message": {"content": "{\"stay\": true}"}}]})).await;
        let answer = converse(&model, &http(), &converse_body())
            .await
            .expect("an answer");
        assert_eq!(
            answer["output"]["message"]["content"][0]["text"],
            "{\"stay\": true}"
        );
        let nowhere = OpenAiModel {
            url: "http://127.0.0.1:9/v1".into(),
            name: "m".into(),
        };
        let error = converse(&nowhere, &http(), &converse_body())
            .await
            .expect_err("nobody there");
        assert_eq!(
            (error.status, error.code.as_str()),
            (503, "ServiceUnavailableException")
        );
    }
}
