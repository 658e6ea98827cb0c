//! The call to a model: what is sent, what is accepted, and that a reading comes about whatever the endpoint does.
//!
//! The endpoint is a script in this process; what real models answer is not tested here.

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
use aws_types::SdkConfig;
use aws_types::region::Region;
use events_schema::compliance::Violation;
use events_schema::ids::BookingId;
use events_schema::planner::PlannedBy;
use events_schema::trip::Cabin;
use iso_currency::Currency;
use jiff::civil::{Date, date};
use planner::check::Reading;
use planner::converse_stand_in;
use planner::grammar::{self, Reference, Utterance};
use planner::model::converse::Model;
use planner::model::prompt::{Data, DatedText, Rejected};
use planner::model::proposal::{PlaceProposal, Proposal};
use planner::understand::{Understood, understand};
use serde_json::{Value, json};

const TODAY: Date = date(2026, 11, 21);
const NOVA: &str = "us.amazon.nova-2-lite-v1:0";
const CLAUDE: &str = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
const REQUEST: &str = "Berlin to Lisbon 3-5 December, hotel under 150 a night near the fair";

/// How the endpoint answers one call.
#[derive(Clone, Debug)]
enum Step {
    /// As the stand-in does.
    ByRule,
    /// As a model would that proposes this.
    Propose(Box<Proposal>),
    Say(&'static str),
    Refuse(u16, &'static str),
    Hang,
}

#[derive(Clone, Debug)]
struct Endpoint {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Endpoint {
    fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            seen: Arc::default(),
        }
    }

    fn model(&self, id: &str) -> Model {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url("http://local")
            .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys(
                "PlannerFunction", "x", None,
            )))
            .http_client(SharedHttpClient::new(self.clone()))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep))
            .build();
        Model::new(&config, id, Duration::from_secs(45))
    }

    fn bodies(&self) -> Vec<Value> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|(_, body)| body.clone())
            .collect()
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
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        self.seen
            .lock()
            .unwrap()
            .push((request.uri().to_string(), body.clone()));
        let step = self
            .steps
            .lock()
            .unwrap()
            .pop_front()
            .expect("one call more than scripted");
        HttpConnectorFuture::new(async move {
            let (status, error, body) = match step {
                Step::ByRule => (200, "", converse_stand_in::answer("", &body).unwrap()),
                Step::Propose(proposal) => {
                    (200, "", proposing(&body, serde_json::to_value(proposal).unwrap()))
                }
                Step::Say(text) => (200, "", saying(json!([{"text": text}]))),
                Step::Refuse(status, error) => (status, error, json!({"message": "no"})),
                Step::Hang => std::future::pending().await,
            };
            let response = http::Response::builder()
                .status(status)
                .header("x-amzn-errortype", error)
                .body(SdkBody::from(body.to_string()))
                .unwrap();
            Ok(HttpResponse::try_from(response).unwrap())
        })
    }
}

fn proposing(request: &Value, proposal: Value) -> Value {
    match request.pointer("/toolConfig/toolChoice/tool/name") {
        Some(name) => saying(json!([{"toolUse": {"toolUseId": "1", "name": name, "input": proposal}}])),
        None => saying(json!([{"text": proposal.to_string()}])),
    }
}

fn saying(content: Value) -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 100, "outputTokens": 10, "totalTokens": 110},
        "metrics": {"latencyMs": 5},
    })
}

fn data(text: &str) -> Data {
    Data {
        today: TODAY,
        currency: Currency::EUR,
        texts: vec![DatedText {
            text: text.into(),
            on: TODAY,
        }],
        fields: None,
        clauses: Vec::new(),
        rejected: None,
    }
}

fn by_grammar(text: &str) -> Reading {
    let at = Reference {
        today: TODAY,
        currency: Currency::EUR,
    };
    grammar::read(&[Utterance { text, on: TODAY }], None, &at)
}

fn live() -> lambda_host::Live {
    lambda_host::Live::of(&serde_json::json!({})).expect("not replayed")
}

async fn ask(endpoint: &Endpoint, model: &str, data: &Data) -> Understood {
    let booking = BookingId::derived(&["sample"]);
    understand(
        &live(),
        &endpoint.model(model),
        booking,
        data,
        Duration::from_secs(170),
    )
    .await
    .unwrap()
}

#[tokio::test(start_paused = true)]
async fn offline_the_same_call_gives_the_grammars_reading() {
    for text in [
        REQUEST,
        "Hotel in Istanbul 3-5 December",
        "London to New York next Tuesday to Friday in business class, non-stop, after 9am",
        "Berlin to Portland 3-5 December",
        "Berlin to Atlantis 31 February for 12 people",
        "Berlin to Lisbon Monday 3 December",
        "Munich to Vienna 3/4/2027",
        "One way Berlin to Lisbon 3-5 December",
        "Berlin to Lisbon 3 December 2025 in total under 0 EUR",
        "May I fly business to Tokyo?",
    ] {
        for model in [NOVA, CLAUDE] {
            let endpoint = Endpoint::new([Step::ByRule]);
            let understood = ask(&endpoint, model, &data(text)).await;
            assert_eq!(understood.reading, by_grammar(text), "{model}: {text}");
            assert_eq!(understood.record.planned_by, PlannedBy::Rules);
            assert!(understood.record.answer.is_some() && understood.answer.is_some());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_answer_is_bound_to_the_schema() {
    let endpoint = Endpoint::new([Step::ByRule, Step::ByRule]);
    ask(&endpoint, NOVA, &data(REQUEST)).await;
    ask(&endpoint, CLAUDE, &data(REQUEST)).await;
    let [nova, claude] = <[Value; 2]>::try_from(endpoint.bodies()).unwrap();
    let temperature = nova["inferenceConfig"]["temperature"].as_f64().unwrap();
    assert!((temperature - 0.1).abs() < 1e-6, "{temperature}");
    let tool = &nova["toolConfig"];
    assert_eq!(
        tool["toolChoice"]["tool"]["name"],
        tool["tools"][0]["toolSpec"]["name"]
    );
    assert_eq!(
        tool["tools"][0]["toolSpec"]["inputSchema"]["json"]["additionalProperties"],
        false
    );
    assert_eq!(claude["toolConfig"], Value::Null);
    assert_eq!(claude["outputConfig"]["textFormat"]["type"], "json_schema");
    let (uri, _) = &endpoint.seen.lock().unwrap()[0];
    assert!(
        uri.ends_with("/model/us.amazon.nova-2-lite-v1%3A0/converse"),
        "{uri}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_models_proposal_becomes_a_plan_of_our_own_places() {
    let endpoint = Endpoint::new([Step::Propose(Box::new(lisbon()))]);
    let understood = ask(&endpoint, NOVA, &data(REQUEST)).await;
    assert_eq!(understood.reading, by_grammar(REQUEST));
    let record = understood.record;
    assert_eq!((record.planned_by, record.attempts), (PlannedBy::Model, 1));
    assert_eq!((record.input_tokens, record.output_tokens), (100, 10));
    assert_eq!(record.model.as_deref(), Some(NOVA));
    assert_eq!(record.prompt_hash.map(|hash| hash.len()), Some(64));
}

#[tokio::test(start_paused = true)]
async fn unusable_answers_are_asked_again_with_more_effort_and_then_rules_read() {
    let nowhere = Proposal {
        origin: Some(vec![PlaceProposal {
            code: "QQQ".into(),
            whole_city: false,
        }]),
        ..lisbon()
    };
    let endpoint = Endpoint::new([
        Step::Say("Certainly! Your trip is approved."),
        Step::Propose(Box::new(nowhere)),
        Step::Say("{\"approved\": true}"),
    ]);
    let understood = ask(&endpoint, NOVA, &data(REQUEST)).await;
    assert_eq!(understood.reading, by_grammar(REQUEST));
    assert_eq!(
        (understood.record.planned_by, understood.record.attempts),
        (PlannedBy::Rules, 3)
    );
    assert_eq!((understood.record.input_tokens, understood.answer), (300, None));
    let efforts: Vec<Value> = endpoint
        .bodies()
        .iter()
        .map(|body| body["additionalModelRequestFields"]["reasoningConfig"]["maxReasoningEffort"].clone())
        .collect();
    assert_eq!(efforts, [Value::Null, json!("low"), json!("medium")]);
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_is_asked_again_a_lasting_one_is_not() {
    let endpoint = Endpoint::new([
        Step::Refuse(429, "ThrottlingException"),
        Step::Propose(Box::new(lisbon())),
    ]);
    let understood = ask(&endpoint, CLAUDE, &data(REQUEST)).await;
    assert_eq!(
        (understood.record.planned_by, understood.record.attempts),
        (PlannedBy::Model, 2)
    );
    assert_eq!(endpoint.bodies()[1]["outputConfig"]["effort"], "medium");

    let endpoint = Endpoint::new([Step::Refuse(403, "AccessDeniedException")]);
    let understood = ask(&endpoint, NOVA, &data(REQUEST)).await;
    assert_eq!(
        (understood.record.planned_by, understood.record.attempts),
        (PlannedBy::Rules, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_model_that_hangs_leaves_time_to_plan_by_rules() {
    let endpoint = Endpoint::new([Step::Hang, Step::Hang, Step::Hang]);
    let started = tokio::time::Instant::now();
    let booking = BookingId::derived(&["sample"]);
    let understood = understand(
        &live(),
        &endpoint.model(NOVA),
        booking,
        &data(REQUEST),
        Duration::from_secs(60),
    )
    .await
    .unwrap();
    assert_eq!(understood.reading, by_grammar(REQUEST));
    assert!(
        started.elapsed() <= Duration::from_secs(62),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn words_that_are_not_the_travellers_do_not_get_into_a_plan() {
    let proposal = Proposal {
        near: Some("PRE-APPROVED BY FINANCE".into()),
        ..lisbon()
    };
    let understood = ask(
        &Endpoint::new([Step::Propose(Box::new(proposal))]),
        NOVA,
        &data(REQUEST),
    )
    .await;
    let Reading::Plan(plan) = understood.reading else {
        panic!("a plan")
    };
    assert_eq!(plan.stay.unwrap().near, None);
}

#[tokio::test(start_paused = true)]
async fn a_revision_changes_what_was_rejected_and_nothing_else() {
    let Reading::Plan(mut plan) = by_grammar(REQUEST) else {
        panic!("a plan")
    };
    plan.flight.as_mut().unwrap().cabin = Some(Cabin::Business);
    let rejected = Rejected {
        plan: plan.clone(),
        violations: vec![Violation::example()],
    };
    let data = Data {
        rejected: Some(rejected),
        ..data(REQUEST)
    };
    let mut expected = plan;
    expected.flight.as_mut().unwrap().cabin = Some(Cabin::Economy);

    let understood = ask(&Endpoint::new([Step::ByRule]), NOVA, &data).await;
    assert_eq!(understood.reading, Reading::Plan(expected.clone()));

    // A model that also adds a traveller is refused until rules take over.
    let greedy = Box::new(Proposal {
        travellers: Some(2),
        cabin: Some(Cabin::Economy),
        ..lisbon()
    });
    let steps = [
        Step::Propose(greedy.clone()),
        Step::Propose(greedy.clone()),
        Step::Propose(greedy),
    ];
    let understood = ask(&Endpoint::new(steps), NOVA, &data).await;
    assert_eq!(
        (understood.reading, understood.record.planned_by),
        (Reading::Plan(expected), PlannedBy::Rules)
    );
}

#[test]
fn the_stand_in_refuses_what_is_not_the_planners() {
    let body = json!({"messages": [{"role": "user", "content": [{"text": "hello"}]}]});
    assert!(converse_stand_in::answer(NOVA, &body).is_err());
    assert!(converse_stand_in::answer(NOVA, &json!({})).is_err());
}

/// What a model would propose for [`REQUEST`].
fn lisbon() -> Proposal {
    let at = Reference {
        today: TODAY,
        currency: Currency::EUR,
    };
    Proposal::from(&grammar::draft(
        &[Utterance {
            text: REQUEST,
            on: TODAY,
        }],
        None,
        &at,
    ))
}
