//! What the function's address hands over: version 2.0 of Lambda's HTTP payload, as far as it is used.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    pub raw_path: String,
    /// Names in lower case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: Context,
}

#[derive(Deserialize)]
struct Context {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl Request {
    pub fn is_post(&self) -> bool {
        self.request_context.http.method == "POST"
    }

    /// The supplier it is addressed to.
    pub fn supplier(&self) -> &str {
        self.raw_path.trim_matches('/')
    }

    /// As it was sent: a signature is of these bytes. None if they were garbled on the way.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self.is_base64_encoded {
            true => BASE64_STANDARD.decode(&self.body).ok(),
            false => Some(self.body.clone().into_bytes()),
        }
    }
}

/// Nobody reads the words; they are for whoever tries the address by hand.
pub fn answer(status: u16, message: &str) -> Value {
    json!({
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json!({"message": message}).to_string(),
    })
}
