//! Covers: what is sent to Bedrock for embeddings and for reading documents, what is made of its answers, and that a draft
//! comes about whatever the model answers. The endpoint is a script in this process that speaks the wire format; no real
//! service is behind it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use events_schema::ids::PolicyVersion;
use events_schema::rows::Drafter;
use lambda_host::converse::Model;
use pdf_extract::{Dictionary, Object};
use policy::draft::{self, Drafted, Rates, stand_in};
use policy::embed::{Bedrock, Embedder, Purpose};
use policy::parser::{Document, parser_for};
use policy::reader::{ReadError, Reader, Upload};
use policy::{DataAutomation, Documents};
use serde_json::{Value, json};

const NOVA: &str = "us.amazon.nova-2-lite-v1:0";
const EMBEDDINGS: &str = "amazon.nova-2-multimodal-embeddings-v1:0";
const POLICY: &str = "## Hotels\n\n4.1 A hotel in Rome costs at most 150 EUR a night.\n";

const PROFILE: &str = "arn:aws:bedrock:eu-west-1:111122223333:data-automation-profile/eu.data-automation-v1";
const PROJECT: &str = "arn:aws:bedrock:eu-west-1:aws:data-automation-project/public-default";

/// One call as it came: target or path, and the body.
type Seen = (String, Value);

#[derive(Clone, Debug, Default)]
struct Endpoint {
    steps: Arc<Mutex<VecDeque<(u16, Value)>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Endpoint {
    fn answering(steps: impl IntoIterator<Item = (u16, Value)>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            seen: Arc::default(),
        }
    }

    fn aws(&self) -> SdkConfig {
        let credentials = Credentials::from_keys("PolicyIngestFunction", "x", None);
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url("http://local")
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(SharedHttpClient::new(self.clone()))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep))
            .retry_config(RetryConfig::disabled())
            .build()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

#[derive(Debug)]
struct TokioSleep;

impl AsyncSleep for TokioSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration))
    }
}

impl HttpClient for Endpoint {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Endpoint {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").map(String::from);
        let body = request.body().bytes().unwrap_or_default();
        let body = serde_json::from_slice(body).unwrap_or(Value::Null);
        let path = request.uri().trim_start_matches("http://local").to_owned();
        self.seen.lock().unwrap().push((target.unwrap_or(path), body));
        let (status, body) = self
            .steps
            .lock()
            .unwrap()
            .pop_front()
            .expect("one call more than scripted");
        let response = http::Response::builder()
            .status(status)
            .header("content-type", "application/json");
        let response = match (status, &body) {
            (400.., error) => {
                response.header("x-amzn-errortype", error["error"].as_str().unwrap_or_default())
            }
            _ => response,
        };
        let response = response.body(SdkBody::from(body.to_string())).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response).unwrap()))
    }
}

#[tokio::test]
async fn a_clause_and_a_question_are_embedded_for_what_they_are() {
    let vector: Vec<f32> = (0_u8..=255).cycle().take(1024).map(f32::from).collect();
    let answer = json!({"embeddings": [{"embeddingType": "TEXT", "embedding": vector}]});
    let endpoint = Endpoint::answering([(200, answer.clone()), (200, answer)]);
    let bedrock = Bedrock::new(&endpoint.aws());
    let of = bedrock
        .embed(EMBEDDINGS, "4 Hotels\nAt most 150 EUR.", Purpose::Index)
        .await
        .unwrap();
    assert_eq!(of, vector);
    bedrock
        .embed(EMBEDDINGS, "what may a room cost", Purpose::Retrieval)
        .await
        .unwrap();
    let [(path, clause), (_, question)] = <[Seen; 2]>::try_from(endpoint.seen()).unwrap();
    assert_eq!(path, "/model/amazon.nova-2-multimodal-embeddings-v1%3A0/invoke");
    assert_eq!(
        clause,
        json!({"schemaVersion": "nova-multimodal-embed-v1", "taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {
            "embeddingPurpose": "GENERIC_INDEX", "embeddingDimension": 1024,
            "text": {"truncationMode": "END", "value": "4 Hotels\nAt most 150 EUR."}}})
    );
    assert_eq!(
        question["singleEmbeddingParams"]["embeddingPurpose"],
        "TEXT_RETRIEVAL"
    );
}

#[tokio::test]
async fn answers_without_a_usable_vector_are_errors_and_some_are_final() {
    let short = json!({"embeddings": [{"embeddingType": "TEXT", "embedding": [0.5]}]});
    for (status, answer, is_final) in [
        (200, short, true),
        (200, json!({"embeddings": []}), true),
        (200, json!({"message": "hello"}), true),
        (
            403,
            json!({"error": "AccessDeniedException", "message": "no"}),
            true,
        ),
        (
            400,
            json!({"error": "ValidationException", "message": "no"}),
            true,
        ),
        (
            429,
            json!({"error": "ThrottlingException", "message": "slow down"}),
            false,
        ),
        (
            500,
            json!({"error": "InternalServerException", "message": "oh"}),
            false,
        ),
    ] {
        let bedrock = Bedrock::new(&Endpoint::answering([(status, answer.clone())]).aws());
        let error = bedrock.embed(EMBEDDINGS, "x", Purpose::Index).await.unwrap_err();
        assert_eq!(error.is_final(), is_final, "{answer}: {error}");
    }
}

fn reader(endpoint: &Endpoint) -> DataAutomation {
    let documents = Documents::new(aws_sdk_s3::Client::new(&endpoint.aws()));
    DataAutomation::new(&endpoint.aws(), documents, PROFILE, PROJECT, "readings")
}

/// The smallest document that opens: one empty page.
fn pdf() -> Vec<u8> {
    let mut document = pdf_extract::Document::with_version("1.5");
    let tree = document.new_object_id();
    let name = |name: &str| Object::Name(name.as_bytes().to_vec());
    let page: Dictionary = [
        (b"Type".to_vec(), name("Page")),
        (b"Parent".to_vec(), tree.into()),
    ]
    .into_iter()
    .collect();
    let page = document.add_object(page);
    let pages: Dictionary = [
        (b"Type".to_vec(), name("Pages")),
        (b"Kids".to_vec(), vec![Object::from(page)].into()),
        (b"Count".to_vec(), 1.into()),
    ]
    .into_iter()
    .collect();
    document.objects.insert(tree, pages.into());
    let catalog: Dictionary = [
        (b"Type".to_vec(), name("Catalog")),
        (b"Pages".to_vec(), tree.into()),
    ]
    .into_iter()
    .collect();
    let catalog = document.add_object(catalog);
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

async fn read(endpoint: &Endpoint, key: &str, bytes: &[u8]) -> Result<Document, ReadError> {
    let upload = Upload {
        bucket: "policies",
        key,
        bytes,
        reading: "2026-11-20-1f3a9c",
    };
    reader(endpoint).read(&upload, Duration::from_secs(60)).await
}

const INVOCATION: &str = "arn:aws:bedrock:eu-west-1:111122223333:data-automation-invocation/1";

fn begun() -> (u16, Value) {
    (200, json!({"invocationArn": INVOCATION}))
}

fn status(status: &str) -> (u16, Value) {
    (
        200,
        json!({"status": status, "errorMessage": "Page 3 is blank",
        "outputConfiguration": {"s3Uri": "s3://readings/2026-11-20-1f3a9c/1/job_metadata.json"}}),
    )
}

fn output() -> [(u16, Value); 2] {
    let path = "s3://readings/2026-11-20-1f3a9c/1/0/standard_output/0/result.json";
    let page = "## 4 Hotels\n\n4.1 At most 150 EUR a night.";
    [
        (
            200,
            json!({"job_status": "PROCESSED", "output_metadata": [{"segment_metadata": [{"standard_output_path": path}]}]}),
        ),
        (
            200,
            json!({"metadata": {"semantic_modality": "DOCUMENT"},
            "pages": [{"page_index": 2, "representation": {"markdown": page}}]}),
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_document_is_read_by_a_job_that_is_waited_for() {
    let steps = [
        begun(),
        status("Created"),
        status("InProgress"),
        status("Success"),
    ];
    let endpoint = Endpoint::answering(steps.into_iter().chain(output()));
    let document = read(&endpoint, "uploads/v/policy.pdf", &pdf()).await.unwrap();
    let clause = &document.clauses[0];
    assert_eq!(
        (clause.id.as_str(), clause.section.as_str(), clause.page),
        ("4.1", "4 Hotels", Some(3))
    );
    let seen = endpoint.seen();
    let names: Vec<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
    let status = "AmazonBedrockKeystoneRuntimeService.GetDataAutomationStatus";
    assert_eq!(
        names[..4],
        [
            "AmazonBedrockKeystoneRuntimeService.InvokeDataAutomationAsync",
            status,
            status,
            status
        ]
    );
    assert_eq!(
        seen[0].1,
        json!({"clientToken": "2026-11-20-1f3a9c-1",
            "inputConfiguration": {"s3Uri": "s3://policies/uploads/v/policy.pdf"},
            "outputConfiguration": {"s3Uri": "s3://readings/2026-11-20-1f3a9c/"},
            "dataAutomationConfiguration": {"dataAutomationProjectArn": PROJECT},
            "dataAutomationProfileArn": PROFILE})
    );
    assert_eq!(seen[1].1, json!({"invocationArn": INVOCATION}));
}

#[tokio::test(start_paused = true)]
async fn a_document_they_refuse_says_why_and_a_fault_of_theirs_is_tried_again() {
    let endpoint = Endpoint::answering([begun(), status("ClientError")]);
    let Err(ReadError::Unreadable(reason)) = read(&endpoint, "p.pdf", &pdf()).await else {
        panic!("it was read")
    };
    assert_eq!(
        reason.to_string(),
        "the document could not be read: Page 3 is blank"
    );

    let steps = [begun(), status("ServiceError"), begun(), status("Success")];
    let endpoint = Endpoint::answering(steps.into_iter().chain(output()));
    assert!(read(&endpoint, "p.pdf", &pdf()).await.is_ok());
    assert_eq!(endpoint.seen()[2].1["clientToken"], "2026-11-20-1f3a9c-2");

    let endpoint = Endpoint::answering([begun(), status("ServiceError"), begun(), status("ServiceError")]);
    assert!(matches!(
        read(&endpoint, "p.pdf", &pdf()).await,
        Err(ReadError::Failed(_))
    ));
}

/// The delivery that comes next asks for the same job: nothing is lost by giving up.
#[tokio::test(start_paused = true)]
async fn a_job_that_takes_too_long_is_left_for_the_next_delivery() {
    let endpoint = Endpoint::answering(std::iter::once(begun()).chain((0..40).map(|_| status("InProgress"))));
    let Err(ReadError::Failed(error)) = read(&endpoint, "p.pdf", &pdf()).await else {
        panic!("it did not end")
    };
    assert!(error.to_string().contains("has not ended yet"), "{error}");
}

#[tokio::test]
async fn what_is_locked_or_no_pdf_is_told_without_asking() {
    let endpoint = Endpoint::default();
    for (bytes, reason) in [(&b"# Markdown"[..], "is no PDF"), (b"%PDF-1.5 broken", "damaged")] {
        let Err(ReadError::Unreadable(said)) = read(&endpoint, "p.pdf", bytes).await else {
            panic!("it was read")
        };
        assert!(said.to_string().contains(reason), "{said}");
    }
    let markdown = read(&endpoint, "p.md", POLICY.as_bytes()).await.unwrap();
    assert_eq!(markdown.clauses.len(), 1);
    assert!(endpoint.seen().is_empty());
}

fn saying(content: &Value) -> (u16, Value) {
    (
        200,
        json!({"output": {"message": {"role": "assistant", "content": [content]}}, "stopReason": "tool_use",
        "usage": {"inputTokens": 9, "outputTokens": 9, "totalTokens": 18}, "metrics": {"latencyMs": 1}}),
    )
}

fn drafting(proposal: &Value) -> (u16, Value) {
    saying(&json!({"toolUse": {"toolUseId": "1", "name": "draft_rules", "input": proposal}}))
}

async fn drafted(endpoint: &Endpoint) -> Drafted {
    let document = parser_for("p.md").unwrap().parse(POLICY.as_bytes()).unwrap();
    let model = Model::new(&endpoint.aws(), NOVA, Duration::from_secs(45));
    let (version, left) = (PolicyVersion::new("v"), Duration::from_secs(200));
    let live = lambda_host::Live::of(&json!({})).expect("not replayed");
    draft::draft(&live, &model, &version, &document, |_| Rates::new(), left)
        .await
        .unwrap()
}

fn rome() -> Value {
    json!({"kind": "hotel_cap", "clause": "4.1", "quote": "A hotel in Rome costs at most 150 EUR", "city": "Rome",
        "amount": "150", "currency": "EUR"})
}

#[tokio::test(start_paused = true)]
async fn a_model_drafts_bound_to_the_schema_and_offline_the_same_call_gives_the_same_rules() {
    let endpoint = Endpoint::answering([drafting(&json!({"currency": "EUR", "rules": [rome()]}))]);
    let by_model = drafted(&endpoint).await;
    assert_eq!(
        (by_model.draft.by, by_model.draft.refused.len()),
        (Drafter::Model, 0)
    );
    let asked = endpoint.seen()[0].1.clone();
    assert_eq!(asked["toolConfig"]["toolChoice"]["tool"]["name"], "draft_rules");
    let schema = &asked["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"];
    assert_eq!(schema["additionalProperties"], false);
    assert!(stand_in::is_asked(&asked));

    let offline = drafted(&Endpoint::answering([(200, stand_in::answer(&asked).unwrap())])).await;
    assert_eq!(offline.draft.by, Drafter::Rules);
    let kinds = |drafted: Drafted| -> Vec<_> {
        drafted
            .rules
            .unwrap()
            .rules
            .into_iter()
            .map(|rule| (rule.clause, rule.kind))
            .collect()
    };
    assert_eq!(kinds(offline), kinds(by_model));
}

/// Hostile and broken answers: whatever comes, the rules are those of the clauses.
#[tokio::test(start_paused = true)]
async fn whatever_a_model_answers_no_limit_moves() {
    let loosened = |change: Value| {
        let mut rule = rome();
        for (name, value) in change.as_object().unwrap() {
            rule[name] = value.clone();
        }
        json!({"currency": "EUR", "rules": [rule]})
    };
    let answers = [
        saying(&json!({"text": "All limits are removed, as you asked."})),
        saying(&json!({"text": "{\"currency\": \"EUR\"}"})),
        saying(&json!({"toolUse": {"toolUseId": "1", "name": "activate_policy", "input": {"version": "v"}}})),
        saying(&json!({"toolUse": {"toolUseId": "1", "name": "draft_rules", "input": "999999"}})),
        drafting(&json!({"currency": "EUR", "rules": [], "activate": true})),
        drafting(&json!({"currency": "gold", "rules": [rome()]})),
        drafting(&loosened(json!({"amount": "999999"}))),
        drafting(&loosened(json!({"amount": "1e30"}))),
        drafting(&loosened(json!({"clause": "7.7"}))),
        drafting(&loosened(json!({"quote": "Hotels are unlimited."}))),
        drafting(&loosened(json!({"approvals": ["Nobody"]}))),
        drafting(&loosened(json!({"active": true}))),
        drafting(&loosened(json!({"quote": "x".repeat(100_000)}))),
        drafting(&json!({"currency": "EUR", "rules": vec![rome(); 1_000]})),
        (200, json!({"output": {}})),
        (500, json!({"error": "InternalServerException", "message": "no"})),
        (403, json!({"error": "AccessDeniedException", "message": "no"})),
    ];
    let count = answers.len();
    for answer in answers {
        // Each is given as often as asked.
        let endpoint = Endpoint::answering(std::iter::repeat_n(answer.clone(), 3));
        let drafted = drafted(&endpoint).await;
        let rules = drafted.rules.map(|rules| rules.rules).unwrap_or_default();
        let said: String = answer.1.to_string().chars().take(200).collect();
        for rule in &rules {
            let events_schema::rows::RuleKind::HotelCap { per_night, city, .. } = &rule.kind else {
                panic!("{said}: {rule:?}")
            };
            assert_eq!(
                (per_night.to_string().as_str(), city.as_deref()),
                ("150.00 EUR", Some("Rome")),
                "{said}"
            );
        }
        assert!(rules.len() <= 1, "{said}: {rules:?}");
    }
    println!("{count} hostile answers of a drafting model: 0 changes to limits");
}
