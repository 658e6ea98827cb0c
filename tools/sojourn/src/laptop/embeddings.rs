//! A sample of an embedding server, by its HTTP API: it hashes words into a vector, so that texts with the same words are
//! near. It understands nothing; it is there to try the path without a model.

use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const DIMENSIONS: usize = 1024;

#[derive(Deserialize)]
struct Request {
    model: String,
    input: String,
}

pub(super) fn router() -> Router {
    Router::new().route("/v1/embeddings", post(answer))
}

async fn answer(Json(Request { model, input }): Json<Request>) -> Json<Value> {
    let vector = hashed(&input);
    Json(
        json!({"object": "list", "model": model, "data": [{"object": "embedding", "index": 0, "embedding": vector}]}),
    )
}

fn hashed(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f32; DIMENSIONS];
    let text = text.to_lowercase();
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    for word in words.filter(|word| word.len() > 3) {
        let digest = Sha256::digest(word.as_bytes());
        vector[usize::from(u16::from_be_bytes([digest[0], digest[1]])) % DIMENSIONS] += 1.0;
    }
    // A text without words is somewhere, too.
    vector[DIMENSIONS - 1] += 0.01;
    vector
}
