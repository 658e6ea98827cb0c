//! Reads who signed a request, for which service, and which operation it names.

use bytes::Bytes;
use http::request::Parts;

use crate::wire::Protocol;

/// The credential scope of a SigV4 signature: `AKID/20261121/eu-west-1/events/aws4_request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signer {
    pub access_key_id: String,
    pub service: String,
}

impl Signer {
    /// From the `Authorization` header, or from the query string of a presigned URL.
    pub fn of(parts: &Parts) -> Option<Self> {
        let header = parts
            .headers
            .get(http::header::AUTHORIZATION)
            .and_then(|v| v.to_str().ok());
        match header {
            Some(header) => Self::from_scope(header.split("Credential=").nth(1)?.split([',', ' ']).next()?),
            None => {
                let query = parts.uri.query()?;
                let credential = query
                    .split('&')
                    .find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
                Self::from_scope(&credential.replace("%2F", "/").replace("%2f", "/"))
            }
        }
    }

    fn from_scope(scope: &str) -> Option<Self> {
        let mut segments = scope.rsplitn(5, '/');
        if segments.next()? != "aws4_request" {
            return None;
        }
        let service = segments.next()?.to_string();
        let (_region, _date) = (segments.next()?, segments.next()?);
        Some(Self {
            access_key_id: segments.next()?.to_string(),
            service,
        })
    }
}

/// The operation as far as the protocol names it outside the path; empty for REST services, which derive it.
pub(super) fn operation(parts: &Parts, body: &Bytes, protocol: Protocol) -> String {
    match protocol {
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            let target = parts
                .headers
                .get("x-amz-target")
                .and_then(|v| v.to_str().ok())
                .unwrap_or_default();
            target.rsplit('.').next().unwrap_or_default().to_string()
        }
        Protocol::Query => {
            let body = std::str::from_utf8(body).unwrap_or_default();
            let pairs = body
                .split('&')
                .chain(parts.uri.query().unwrap_or_default().split('&'));
            let mut actions = pairs.filter_map(|pair| pair.strip_prefix("Action="));
            actions.next().unwrap_or_default().to_string()
        }
        Protocol::RestJson | Protocol::RestXml => String::new(),
    }
}
