//! Signature Version 4 for AgentCore.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use jiff::Timestamp;

use crate::error::BrowserError;

const SERVICE: &str = "bedrock-agentcore";

pub struct Signer {
    pub credentials: Credentials,
    pub region: String,
    pub at: Timestamp,
}

impl Signer {
    /// The headers to add: `authorization`, `x-amz-date`, and `x-amz-security-token` where the credentials have one.
    /// `uri` is what the host is taken from.
    pub fn headers(
        &self,
        method: &str,
        uri: &str,
        body: &[u8],
    ) -> Result<Vec<(String, String)>, BrowserError> {
        let identity: Identity = self.credentials.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(SystemTime::from(self.at))
            .settings(SigningSettings::default())
            .build()
            .map_err(BrowserError::not_started)?
            .into();
        let request = SignableRequest::new(method, uri, std::iter::empty(), SignableBody::Bytes(body))
            .map_err(BrowserError::not_started)?;
        let (signed, _) = sign(request, &params)
            .map_err(BrowserError::not_started)?
            .into_parts();
        let (headers, _) = signed.into_parts();
        Ok(headers
            .into_iter()
            .map(|header| (header.name().to_owned(), header.value().to_owned()))
            .collect())
    }
}
