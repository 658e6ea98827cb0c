//! What a browser or terminal needs beside the AWS endpoint: the page's files, the sockets, and signing in as a sample
//! person, and what was e-mailed to them; and, for whoever looks after it, the bus live and grants against use.

pub mod doctor;
mod events;
mod mailbox;
pub mod page;
mod uploads;

use std::path::Path;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::laptop::{Laptop, SAMPLE_PEOPLE, person_named};

/// The sockets are at `/{stage}`, as on AWS; the page comes from the repository's files, as they deploy.
pub fn router(laptop: Arc<Laptop>, repository: &Path) -> Router {
    let sockets = laptop.cloud.websocket_router();
    let page = page::router(repository, &socket_path(&laptop));
    Router::new()
        .route("/local/people", get(people))
        .route("/local/sign-in", post(sign_in))
        .route("/local/events", get(events::live))
        .route("/local/mailbox", get(mailbox::page))
        .route("/local/mailbox.json", get(mailbox::json))
        .route("/local/upload", put(uploads::upload))
        .route("/local/doctor", get(doctor::doctor))
        .route("/local/not-honoured", get(doctor::not_honoured))
        .with_state(laptop)
        .merge(sockets)
        .merge(page)
}

/// The path of the WebSocket stage: `/live`.
pub fn socket_path(laptop: &Laptop) -> String {
    let stage = laptop.cloud.template().apis.first().map(|api| api.stage.as_str());
    format!("/{}", stage.unwrap_or_default())
}

async fn people() -> impl IntoResponse {
    let people = SAMPLE_PEOPLE.iter().map(|person| {
        json!({"name": person.name, "fullName": person.full_name, "employeeId": person.employee, "roles": person.roles})
    });
    Json(people.collect::<Vec<_>>())
}

#[derive(Deserialize)]
struct SignIn {
    name: String,
}

/// A session token for a sample person. Exists only here: a deployment's identity provider asks for more than a name.
async fn sign_in(State(laptop): State<Arc<Laptop>>, Json(SignIn { name }): Json<SignIn>) -> Response {
    let Some(person) = person_named(&name) else {
        let names: Vec<_> = SAMPLE_PEOPLE.iter().map(|person| person.name).collect();
        let message = format!(
            "there is no sample person {name:?}; there are {}",
            names.join(", ")
        );
        return (StatusCode::NOT_FOUND, Json(json!({"message": message}))).into_response();
    };
    match laptop.token(person) {
        Ok(token) => Json(json!({
            "token": token, "employeeId": person.employee, "fullName": person.full_name, "roles": person.roles,
            "socket": socket_path(&laptop),
        }))
        .into_response(),
        Err(error) => {
            tracing::error!(%error, "signing in failed");
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"message": "signing in failed"}))).into_response()
        }
    }
}
