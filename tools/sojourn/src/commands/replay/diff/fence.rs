//! The only way out of a function that runs history again. It lets it read, and answers for the past: the booking's head
//! and Journal are as they stood. A transition is kept and not made; the model's answer is the recorded one; everything
//! else that is no read is refused, and counted.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// Operations that change nothing.
const READS: &[&str] = &[
    "GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems", "Decrypt", "DescribeKey",
    // Makes a key and keeps none of it.
    "GenerateDataKey",
];

/// The past that one reaction is run in.
#[derive(Debug, Default)]
pub struct Scene {
    pub bookings: String,
    pub journal: String,
    /// The head as an item in DynamoDB's JSON.
    pub head: Value,
    /// The newest event there is.
    pub sequence: u64,
    /// What a model answered then.
    pub answer: Option<Answer>,
    /// Items of the transition that would have been made.
    pub written: Option<Vec<Value>>,
    pub withheld: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub draft: String,
    pub by_rules: bool,
    pub input_tokens: u32,
    pub output_tokens: u32,
}

#[derive(Clone, Debug)]
pub struct Fence {
    way: SharedHttpConnector,
    pub scene: Arc<Mutex<Scene>>,
}

impl Fence {
    pub fn new(way: SharedHttpConnector) -> Self {
        Self {
            way,
            scene: Arc::default(),
        }
    }

    fn scene<T>(&self, look: impl FnOnce(&mut Scene) -> T) -> T {
        look(&mut self.scene.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request
            .headers()
            .get("x-amz-target")
            .unwrap_or_default()
            .to_owned();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body: Value =
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        if request.uri().ends_with("/converse") {
            return self.scene(|scene| converse(scene.answer.as_ref()));
        }
        if let Some(answer) = self.scene(|scene| scene.instead(&operation, &body)) {
            return respond(200, &answer);
        }
        if !READS.contains(&operation.as_str()) {
            let call = if operation.is_empty() {
                request.uri().to_owned()
            } else {
                target
            };
            self.scene(|scene| scene.withheld.push(call));
            return respond(
                403,
                &json!({"__type": "AccessDeniedException", "message": "withheld: this is history"}),
            );
        }
        let table = body["TableName"].as_str().unwrap_or_default().to_owned();
        let answer = self.way.call(request).await?;
        let now: Value =
            serde_json::from_slice(answer.body().bytes().unwrap_or_default()).unwrap_or_default();
        respond(
            answer.status().as_u16(),
            &self.scene(|scene| scene.as_it_was(&table, now)),
        )
    }
}

impl Scene {
    /// An answer that the cloud is not asked for.
    fn instead(&mut self, operation: &str, body: &Value) -> Option<Value> {
        let table = body["TableName"].as_str().unwrap_or_default();
        match operation {
            "GetItem" if table == self.bookings => Some(json!({"Item": self.head})),
            "GetItem" if table == self.journal && self.is_later(&body["Key"]) => Some(json!({})),
            "TransactWriteItems" => {
                self.written = body["TransactItems"].as_array().cloned();
                Some(json!({}))
            }
            // The transition's own announcement.
            "PutEvents" if self.written.is_some() => {
                Some(json!({"FailedEntryCount": 0, "Entries": [{"EventId": "withheld"}]}))
            }
            _ => None,
        }
    }

    /// Without what Journal says of later.
    fn as_it_was(&self, table: &str, mut answer: Value) -> Value {
        if table == self.journal
            && let Some(items) = answer["Items"].as_array_mut()
        {
            items.retain(|item| !self.is_later(item));
            answer["Count"] = items.len().into();
        }
        answer
    }

    fn is_later(&self, item: &Value) -> bool {
        let sequence = item["sequence"]["N"]
            .as_str()
            .and_then(|text| text.parse::<u64>().ok());
        sequence.is_some_and(|sequence| sequence > self.sequence)
    }
}

/// As text, which is taken from every kind of model.
fn converse(answer: Option<&Answer>) -> Result<HttpResponse, ConnectorError> {
    let Some(answer) = answer else {
        return respond(
            400,
            &json!({"__type": "ValidationException", "message": "no answer was recorded"}),
        );
    };
    let mut said = json!({
        "output": {"message": {"role": "assistant", "content": [{"text": answer.draft}]}},
        "stopReason": "end_turn",
        "usage": {
            "inputTokens": answer.input_tokens,
            "outputTokens": answer.output_tokens,
            "totalTokens": answer.input_tokens + answer.output_tokens,
        },
        "metrics": {"latencyMs": 0},
    });
    if answer.by_rules {
        let by = lambda_host::converse::ANSWERED_BY;
        said["additionalModelResponseFields"] = json!({by: lambda_host::converse::RULES});
    }
    respond(200, &said)
}

fn respond(status: u16, body: &Value) -> Result<HttpResponse, ConnectorError> {
    let response = http::Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(SdkBody::from(body.to_string()))
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}

impl HttpClient for Fence {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Fence {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let fence = self.clone();
        HttpConnectorFuture::new(async move { fence.answer(request).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene() -> Scene {
        Scene {
            bookings: "b".into(),
            journal: "j".into(),
            head: json!({"state": {"S": "requested"}}),
            sequence: 2,
            ..Scene::default()
        }
    }

    #[test]
    fn the_past_is_as_it_was() {
        let mut scene = scene();
        let head = scene.instead("GetItem", &json!({"TableName": "b"}));
        assert_eq!(head.unwrap()["Item"]["state"]["S"], "requested");
        let row = |sequence: u64| json!({"sequence": {"N": sequence.to_string()}});
        assert!(
            scene
                .instead("GetItem", &json!({"TableName": "j", "Key": row(2)}))
                .is_none()
        );
        assert!(
            scene
                .instead("GetItem", &json!({"TableName": "j", "Key": row(3)}))
                .is_some()
        );
        let found = scene.as_it_was("j", json!({"Items": [row(1), row(2), row(3)], "Count": 3}));
        assert_eq!(
            (found["Items"].as_array().unwrap().len(), &found["Count"]),
            (2, &json!(2))
        );
        let other = json!({"Items": [row(9)], "Count": 1});
        assert_eq!(scene.as_it_was("t", other.clone()), other);
    }

    #[tokio::test]
    async fn writes_go_nowhere_and_are_counted() {
        let fence = Fence::new(crate::commands::outside::connector());
        *fence.scene.lock().unwrap() = scene();
        let send = async |target: &str| {
            // Nobody listens there: what went out would fail.
            let request = http::Request::post("http://127.0.0.1:1/")
                .header("x-amz-target", target)
                .body(SdkBody::from(json!({"TransactItems": [1]}).to_string()));
            let request = HttpRequest::try_from(request.unwrap()).unwrap();
            fence
                .answer(request)
                .await
                .map(|answer| answer.status().as_u16())
                .ok()
        };
        for refused in [
            "DynamoDB_20120810.PutItem",
            "AWSEvents.PutEvents",
            "AWSStepFunctions.SendTaskSuccess",
            "",
        ] {
            assert_eq!(send(refused).await, Some(403), "{refused}");
        }
        assert_eq!(send("DynamoDB_20120810.TransactWriteItems").await, Some(200));
        assert_eq!(send("AWSEvents.PutEvents").await, Some(200), "its announcement");
        assert_eq!(send("DynamoDB_20120810.Query").await, None, "a read goes out");
        let scene = fence.scene.lock().unwrap();
        assert_eq!(
            (scene.withheld.len(), scene.written.as_ref().unwrap().len()),
            (4, 1)
        );
    }
}
