//! Duffel's JSON, version 2, as far as we use it.

pub mod air;
pub mod stays;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything sent and received is wrapped.
#[derive(Deserialize, Serialize)]
pub struct Data<T> {
    pub data: T,
}

#[derive(Deserialize)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub meta: Option<Cursors>,
}

#[derive(Deserialize)]
pub struct Cursors {
    /// Null on the last page.
    pub after: Option<String>,
}

/// Key and value pairs that we may attach to what we buy; Duffel keeps them and does nothing with them.
pub type Metadata = BTreeMap<String, String>;

/// Under which our idempotency key is attached.
pub const KEY: &str = "sojourn_key";
/// What we paid, as we paid it.
pub const PAID: &str = "sojourn_paid";

#[derive(Default, Deserialize)]
pub struct Failure {
    #[serde(default)]
    pub errors: Vec<FailureDetail>,
}

#[derive(Default, Deserialize)]
pub struct FailureDetail {
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub title: String,
}
