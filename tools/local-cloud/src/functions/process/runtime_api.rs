//! Lambda's Runtime API: what a `bootstrap` process asks for its next event and tells its answers.
//!
//! One server per process, as on AWS. Fields and paths:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{get, post};
use axum::{Json, Router};

use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::ports::FunctionError;

/// One invocation as the process is told of it.
pub struct Event {
    pub request_id: String,
    pub payload: Value,
    /// When Lambda would end it: milliseconds since the epoch.
    pub deadline_ms: i64,
    pub function_arn: String,
}

/// What the process says.
#[derive(Debug)]
pub enum Report {
    Answer {
        request_id: String,
        result: Result<Value, FunctionError>,
    },
    /// It cannot start.
    InitError(FunctionError),
}

pub struct RuntimeApi {
    pub address: SocketAddr,
    events: mpsc::UnboundedSender<Event>,
    reports: mpsc::UnboundedReceiver<Report>,
    server: JoinHandle<()>,
}

struct Process {
    events: Mutex<mpsc::UnboundedReceiver<Event>>,
    reports: mpsc::UnboundedSender<Report>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    error_type: String,
    error_message: String,
}

impl RuntimeApi {
    pub async fn start() -> std::io::Result<Self> {
        let (events, next) = mpsc::unbounded_channel();
        let (told, reports) = mpsc::unbounded_channel();
        let process = Arc::new(Process {
            events: Mutex::new(next),
            reports: told,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            // An error ends the connection, and the process finds out.
            let _ = axum::serve(listener, router(process)).await;
        });
        Ok(Self {
            address,
            events,
            reports,
            server,
        })
    }

    /// Has the process find `event` when it asks next.
    pub fn send(&self, event: Event) {
        // The receiver lives in the server, which lives as long as this.
        let _ = self.events.send(event);
    }

    /// The process's next word; `None` once the server has ended.
    pub async fn report(&mut self) -> Option<Report> {
        self.reports.recv().await
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(process: Arc<Process>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(process)
}

async fn next(State(process): State<Arc<Process>>) -> impl IntoResponse {
    let event = process.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let headers = AppendHeaders([
        ("lambda-runtime-aws-request-id", event.request_id),
        ("lambda-runtime-deadline-ms", event.deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", event.function_arn),
        (
            "lambda-runtime-trace-id",
            "Root=1-00000000-000000000000000000000000;Sampled=0".into(),
        ),
    ]);
    Ok::<_, StatusCode>((headers, Json(event.payload)))
}

async fn response(
    State(process): State<Arc<Process>>,
    Path(request_id): Path<String>,
    body: Bytes,
) -> impl IntoResponse {
    let report = |result| Report::Answer { request_id, result };
    accept(
        &process,
        serde_json::from_slice(&body).map(|answer: Value| report(Ok(answer))),
    )
}

async fn error(
    State(process): State<Arc<Process>>,
    Path(request_id): Path<String>,
    body: Bytes,
) -> impl IntoResponse {
    let report = |result| Report::Answer { request_id, result };
    accept(
        &process,
        serde_json::from_slice(&body).map(|error: ErrorBody| report(Err(error.into()))),
    )
}

async fn init_error(State(process): State<Arc<Process>>, body: Bytes) -> impl IntoResponse {
    accept(
        &process,
        serde_json::from_slice(&body).map(|error: ErrorBody| Report::InitError(error.into())),
    )
}

/// Bodies are JSON whatever their `content-type`: runtimes send none.
fn accept(process: &Process, report: serde_json::Result<Report>) -> StatusCode {
    let Ok(report) = report else {
        return StatusCode::BAD_REQUEST;
    };
    // Nobody listens any more if the invocation was given up; its process is about to be killed.
    let _ = process.reports.send(report);
    StatusCode::ACCEPTED
}

impl From<ErrorBody> for FunctionError {
    fn from(body: ErrorBody) -> Self {
        Self {
            error_type: body.error_type,
            message: body.error_message,
        }
    }
}
