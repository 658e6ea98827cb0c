//! Refusals as S3 words them: an XML document, or for HEAD the bare status.

use bytes::Bytes;
use http::{Method, Response};

use crate::edge::reply;
use crate::edge::xml::Xml;

#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    #[error("The specified bucket does not exist")]
    NoSuchBucket(String),
    #[error("The specified key does not exist.")]
    NoSuchKey(String),
    #[error(
        "The specified multipart upload does not exist. The upload ID may be invalid, or it was completed or aborted."
    )]
    NoSuchUpload,
    #[error("One or more of the specified parts could not be found, or its entity tag did not match.")]
    InvalidPart,
    #[error("The list of parts was not in ascending order.")]
    InvalidPartOrder,
    #[error("The XML you provided was not well-formed or did not validate against our published schema")]
    MalformedXml,
    #[error("The requested range is not satisfiable")]
    InvalidRange { size: u64 },
    #[error("At least one of the pre-conditions you specified did not hold")]
    PreconditionFailed,
    #[error("The {0} you specified did not match what we received.")]
    BadDigest(&'static str),
    #[error("You did not provide the number of bytes specified by the {0} HTTP header")]
    IncompleteBody(&'static str),
    #[error("{0}")]
    InvalidRequest(String),
    #[error("Your key is too long")]
    KeyTooLong,
    #[error("{0}")]
    AuthorizationQueryParameters(String),
    #[error("Request has expired")]
    Expired,
    #[error("{0}")]
    AccessDenied(String),
    #[error("the local cloud does not offer {0}")]
    NotImplemented(String),
    #[error("the bucket's files failed")]
    File(#[from] std::io::Error),
    #[error("the bucket's index failed")]
    Index(#[from] rusqlite::Error),
    #[error("a stored object's headers are unreadable")]
    Corrupt(#[from] serde_json::Error),
}

impl S3Error {
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchBucket(_) => "NoSuchBucket",
            Self::NoSuchKey(_) => "NoSuchKey",
            Self::NoSuchUpload => "NoSuchUpload",
            Self::InvalidPart => "InvalidPart",
            Self::InvalidPartOrder => "InvalidPartOrder",
            Self::MalformedXml => "MalformedXML",
            Self::InvalidRange { .. } => "InvalidRange",
            Self::PreconditionFailed => "PreconditionFailed",
            Self::BadDigest(_) => "BadDigest",
            Self::IncompleteBody(_) => "IncompleteBody",
            Self::InvalidRequest(_) => "InvalidRequest",
            Self::KeyTooLong => "KeyTooLongError",
            Self::AuthorizationQueryParameters(_) => "AuthorizationQueryParametersError",
            Self::Expired | Self::AccessDenied(_) => "AccessDenied",
            Self::NotImplemented(_) => "NotImplemented",
            Self::File(_) | Self::Index(_) | Self::Corrupt(_) => "InternalError",
        }
    }

    pub(super) fn status(&self) -> u16 {
        match self {
            Self::NoSuchBucket(_) | Self::NoSuchKey(_) | Self::NoSuchUpload => 404,
            Self::InvalidRange { .. } => 416,
            Self::PreconditionFailed => 412,
            Self::Expired | Self::AccessDenied(_) => 403,
            Self::NotImplemented(_) => 501,
            Self::File(_) | Self::Index(_) | Self::Corrupt(_) => 500,
            _ => 400,
        }
    }

    pub(super) fn response(&self, method: &Method) -> Response<Bytes> {
        if method == Method::HEAD {
            return reply::empty(self.status());
        }
        let mut xml = Xml::plain_document("Error");
        xml.leaf("Code", self.code()).leaf("Message", self);
        match self {
            Self::NoSuchBucket(name) => xml.leaf("BucketName", name),
            Self::NoSuchKey(key) => xml.leaf("Key", key),
            Self::InvalidRange { size } => xml.leaf("ActualObjectSize", size),
            _ => &mut xml,
        };
        reply::with_body(self.status(), "application/xml", xml.finish())
    }
}
