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
    /// From the `Authorization` header, or from the query string of a presigned URL: the older way of signing those
    /// names no service, and only S3 still takes it.
    pub fn of(parts: &Parts) -> Option<Self> {
        let header = parts
            .headers
            .get(http::header::AUTHORIZATION)
            .and_then(|v| v.to_str().ok());
        match header {
            Some(header) => Self::from_scope(header.split("Credential=").nth(1)?.split([',', ' ']).next()?),
            None => {
                let query = parts.uri.query()?;
                let member = |name: &str| {
                    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                    pairs.find_map(|(found, value)| (found == name).then_some(value))
                };
                match (member("X-Amz-Credential"), member("AWSAccessKeyId")) {
                    (Some(scope), _) => Self::from_scope(&scope.replace("%2F", "/").replace("%2f", "/")),
                    (None, Some(id)) => Some(Self {
                        access_key_id: id.to_string(),
                        service: "s3".into(),
                    }),
                    (None, None) => None,
                }
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
