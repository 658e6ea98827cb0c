//! `ClientRequestToken`: the same transaction sent again within ten minutes answers as the first time and changes
//! nothing; another transaction under the same token is refused. SDK clients put one on every transaction, so a
//! retry after a lost answer stays a single write.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::wire::AwsError;

const WINDOW: SignedDuration = SignedDuration::from_mins(10);

#[derive(Debug, Default)]
pub(super) struct Tokens {
    finished: BTreeMap<String, Finished>,
}

#[derive(Debug)]
struct Finished {
    at: Timestamp,
    request: [u8; 32],
    answer: String,
}

impl Tokens {
    /// The first call's answer, if this call repeats it.
    pub fn find(
        &mut self,
        token: &str,
        request: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<String>, AwsError> {
        self.finished
            .retain(|_, finished| now.duration_since(finished.at) < WINDOW);
        match self.finished.get(token) {
            None => Ok(None),
            Some(finished) if &finished.request == request => Ok(Some(finished.answer.clone())),
            Some(_) => Err(AwsError::new(
                "IdempotentParameterMismatchException",
                "this ClientRequestToken was used with another transaction",
            )),
        }
    }

    pub fn keep(&mut self, token: String, request: [u8; 32], answer: String, now: Timestamp) {
        self.finished.insert(
            token,
            Finished {
                at: now,
                request,
                answer,
            },
        );
    }
}

/// The token of a transaction and a digest of what it asks; none for a call without a token.
pub(super) fn of(body: &[u8]) -> Option<(String, [u8; 32])> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let token = body["ClientRequestToken"].as_str()?.to_string();
    let items = sorted(body["TransactItems"].take()).to_string();
    Some((token, Sha256::digest(items.as_bytes()).into()))
}

/// SDKs write attribute maps in any order; the digest must not depend on it.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let sorted_members: BTreeMap<String, Value> =
                members.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            Value::Object(sorted_members.into_iter().collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}
