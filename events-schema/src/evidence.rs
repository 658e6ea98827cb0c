//! What was kept to show how something came to be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A picture of a supplier's page, by reference: it expires, and shows nobody's personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// `s3://bucket/key`.
    pub reference: String,
    /// Of the picture, in hexadecimal.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub sha256: String,
}

impl Evidence {
    pub fn example() -> Self {
        Self {
            reference: "s3://sojourn-evidence/pages/5f2b7c0d9a31e884/2-order-0f.png".into(),
            sha256: "0".repeat(64),
        }
    }
}
