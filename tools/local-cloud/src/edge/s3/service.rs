//! S3 over the wire: REST, with XML where there is a body to write.

use std::collections::BTreeMap;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use jiff::Timestamp;
use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::chunked::{self, Decoded};
use super::request::Request;
use super::{Buckets, ObjectHead, S3Error, presigned};
use crate::edge::form::Form;
use crate::edge::reply;
use crate::edge::xml::Xml;
use crate::wire::{Access, AwsError, AwsService, Call, Protocol};

const MAX_PUT_BYTES: usize = 1024 * 1024 * 1024;
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
const CHECKSUM: &str = "x-amz-checksum-crc32";
/// Request headers that an object keeps and gives back, besides `x-amz-meta-…`.
const KEPT: [&str; 6] = [
    "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires",
];

#[async_trait]
impl AwsService for Buckets {
    fn signing_name(&self) -> &'static str {
        "s3"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestXml
    }

    /// S3 takes 5 GB in one request; here it is held in memory.
    fn max_body_bytes(&self) -> usize {
        MAX_PUT_BYTES
    }

    fn body_too_large(&self) -> AwsError {
        let message = "Your proposed upload exceeds the maximum allowed size";
        AwsError::new("EntityTooLarge", message).with_member("MaxSizeAllowed", MAX_PUT_BYTES.into())
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let request = Request::read(call, self.names())
            .map_err(|error| AwsError::new(error.code(), error.to_string()).with_status(error.status()))?;
        let (action, resource) = request.access();
        Ok(vec![Access {
            action: action.into(),
            resource,
        }])
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        let answer = self.answer(&call).await.unwrap_or_else(|error| {
            if error.status() >= 500 {
                tracing::error!(
                    path = call.uri.path(),
                    error = &error as &dyn std::error::Error,
                    "bucket call failed"
                );
            }
            error.response(&call.method)
        });
        Ok(answer)
    }
}

impl Buckets {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.buckets.keys().map(String::as_str)
    }

    async fn answer(&self, call: &Call) -> Result<Response<Bytes>, S3Error> {
        let form = Form::of_query(&call.uri);
        presigned::check(&form, self.clock.now())?;
        match Request::read(call, self.names())? {
            Request::ListBuckets => Ok(xml(self.list_buckets())),
            Request::HeadBucket { bucket } => {
                self.bucket(&bucket)?;
                Ok(with(
                    reply::empty(200),
                    "x-amz-bucket-region",
                    &self.config.region,
                ))
            }
            Request::GetBucketLocation { bucket } => {
                self.bucket(&bucket)?;
                Ok(xml(format!(
                    "<LocationConstraint xmlns=\"{NAMESPACE}\">{}</LocationConstraint>",
                    self.config.region
                )))
            }
            Request::ListObjects { bucket } => Ok(xml(self.list(&bucket, &form)?)),
            Request::PutObject { bucket, key } => self.put_object(call, &bucket, &key).await,
            Request::GetObject { bucket, key } | Request::HeadObject { bucket, key } => {
                match self.get_object(call, &form, &bucket, &key) {
                    // Overwritten between looking it up and opening its file: look again.
                    Err(S3Error::File(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                        self.get_object(call, &form, &bucket, &key)
                    }
                    outcome => outcome,
                }
            }
            Request::CreateUpload { bucket, key } => {
                let id = self.create_upload(&bucket, &key, kept_headers(&call.headers))?;
                let mut xml = Xml::document("InitiateMultipartUploadResult", NAMESPACE);
                xml.leaf("Bucket", bucket).leaf("Key", key).leaf("UploadId", id);
                Ok(reply::with_body(200, "application/xml", xml.finish()))
            }
            Request::UploadPart { part } => {
                let decoded = chunked::decode(&call.headers, &call.body)?;
                let checksum = check_digests(&call.headers, &decoded)?;
                let response = with(
                    reply::empty(200),
                    "etag",
                    &self.upload_part(&part, &decoded.content)?,
                );
                Ok(checksum
                    .into_iter()
                    .fold(response, |response, checksum| with(response, CHECKSUM, &checksum)))
            }
            Request::CompleteUpload { upload } => {
                let object = self.complete_upload(&upload, &call.body).await?;
                let mut xml = Xml::document("CompleteMultipartUploadResult", NAMESPACE);
                xml.leaf("Bucket", upload.bucket)
                    .leaf("Key", upload.key)
                    .leaf("ETag", object.etag);
                Ok(reply::with_body(200, "application/xml", xml.finish()))
            }
            Request::AbortUpload { upload } => {
                self.abort_upload(&upload)?;
                Ok(reply::empty(204))
            }
            Request::DeleteObject { bucket, key } => {
                self.delete(&bucket, &key).await?;
                Ok(reply::empty(204))
            }
        }
    }

    fn list_buckets(&self) -> String {
        let mut xml = Xml::document("ListAllMyBucketsResult", NAMESPACE);
        xml.open("Owner")
            .leaf("ID", &self.config.account)
            .close()
            .open("Buckets");
        for name in self.names() {
            xml.open("Bucket")
                .leaf("Name", name)
                .leaf("BucketRegion", &self.config.region);
            xml.leaf("CreationDate", format!("{:.3}", Timestamp::UNIX_EPOCH))
                .close();
        }
        xml.finish()
    }

    async fn put_object(&self, call: &Call, bucket: &str, key: &str) -> Result<Response<Bytes>, S3Error> {
        let decoded = chunked::decode(&call.headers, &call.body)?;
        let checksum = check_digests(&call.headers, &decoded)?;
        let mut headers = kept_headers(&call.headers);
        headers.extend(checksum.clone().map(|checksum| (CHECKSUM.to_owned(), checksum)));
        let only_if_absent = text(&call.headers, "if-none-match") == Some("*");
        let object = self
            .put(bucket, key, &decoded.content, headers, only_if_absent)
            .await?;
        let mut response = with(reply::empty(200), "etag", &object.etag);
        if let Some(checksum) = checksum {
            response = with(
                with(response, CHECKSUM, &checksum),
                "x-amz-checksum-type",
                "FULL_OBJECT",
            );
        }
        Ok(response)
    }

    fn get_object(
        &self,
        call: &Call,
        form: &Form,
        bucket: &str,
        key: &str,
    ) -> Result<Response<Bytes>, S3Error> {
        let object = self.head(bucket, key)?;
        let names_it = |tags: &str| {
            tags.split(',')
                .any(|tag| tag.trim() == "*" || tag.trim() == object.etag)
        };
        if text(&call.headers, "if-match").is_some_and(|tags| !names_it(tags)) {
            return Err(S3Error::PreconditionFailed);
        }
        if text(&call.headers, "if-none-match").is_some_and(names_it) {
            return Ok(with(reply::empty(304), "etag", &object.etag));
        }
        let range = text(&call.headers, "range").map_or(Ok(None), |range| byte_range(range, object.size))?;
        let (start, length) = range.unwrap_or((0, object.size));
        let mut response = reply::empty(if range.is_some() { 206 } else { 200 });
        if call.method == Method::GET {
            *response.body_mut() = self.read(bucket, &object, start, length)?;
        }
        response = with(response, "content-length", &length.to_string());
        if range.is_some() {
            let covered = format!("bytes {start}-{}/{}", start + length - 1, object.size);
            response = with(response, "content-range", &covered);
        }
        let wants_checksum = range.is_none() && text(&call.headers, "x-amz-checksum-mode") == Some("ENABLED");
        Ok(with_object_headers(response, &object, form, wants_checksum))
    }
}

fn with_object_headers(
    mut response: Response<Bytes>,
    object: &ObjectHead,
    form: &Form,
    wants_checksum: bool,
) -> Response<Bytes> {
    let modified = Timestamp::from_millisecond(object.modified_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    response = with(
        response,
        "last-modified",
        &modified.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
    );
    response = with(response, "etag", &object.etag);
    response = with(response, "accept-ranges", "bytes");
    response = with(response, "content-type", "binary/octet-stream");
    for (name, value) in object
        .headers
        .iter()
        .filter(|(name, _)| wants_checksum || *name != CHECKSUM)
    {
        response = with(response, name, value);
    }
    for name in KEPT {
        if let Some(value) = form.get(&format!("response-{name}")) {
            response = with(response, name, value);
        }
    }
    response
}

/// Checks whatever digests came with the content; returns the CRC-32, if it was among them.
fn check_digests(headers: &HeaderMap, decoded: &Decoded) -> Result<Option<String>, S3Error> {
    let content = &decoded.content;
    if text(headers, "content-md5").is_some_and(|digest| digest != STANDARD.encode(Md5::digest(content))) {
        return Err(S3Error::BadDigest("Content-MD5"));
    }
    let sha256 = text(headers, "x-amz-content-sha256").filter(|value| value.len() == 64);
    if sha256.is_some_and(|digest| !digest.eq_ignore_ascii_case(&hex::encode(Sha256::digest(content)))) {
        return Err(S3Error::BadDigest("x-amz-content-sha256"));
    }
    let in_trailers = || {
        decoded
            .trailers
            .iter()
            .find(|(name, _)| name == CHECKSUM)
            .map(|(_, value)| value.as_str())
    };
    let Some(promised) = text(headers, CHECKSUM).or_else(in_trailers) else {
        return Ok(None);
    };
    if promised != STANDARD.encode(crc32fast::hash(content).to_be_bytes()) {
        return Err(S3Error::BadDigest("CRC32"));
    }
    Ok(Some(promised.to_owned()))
}

fn kept_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for (name, value) in headers {
        let (name, Ok(value)) = (name.as_str(), value.to_str()) else {
            continue;
        };
        if KEPT.contains(&name) || name.starts_with("x-amz-meta-") {
            kept.insert(name.to_owned(), value.to_owned());
        }
    }
    // `aws-chunked` was the transfer's encoding, not the object's.
    if let Some(encodings) = kept.remove("content-encoding") {
        let own: Vec<_> = encodings
            .split(',')
            .map(str::trim)
            .filter(|encoding| *encoding != "aws-chunked")
            .collect();
        if own.iter().any(|encoding| !encoding.is_empty()) {
            kept.insert("content-encoding".into(), own.join(","));
        }
    }
    kept
}

/// Start and length of one byte range. Several ranges, or another unit, mean the whole object, as HTTP allows.
fn byte_range(range: &str, size: u64) -> Result<Option<(u64, u64)>, S3Error> {
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Ok(None);
    };
    let (start, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), Ok(last)) if last < start => return Ok(None),
        (Ok(start), Ok(last)) => (start, last.saturating_add(1).min(size)),
        (Ok(start), Err(_)) if last.is_empty() => (start, size),
        (Err(_), Ok(suffix)) if first.is_empty() => (size.saturating_sub(suffix), size),
        _ => return Ok(None),
    };
    if start >= end {
        Err(S3Error::InvalidRange { size })
    } else {
        Ok(Some((start, end - start)))
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn with(mut response: Response<Bytes>, name: &str, value: &str) -> Response<Bytes> {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
    response
}

fn xml(document: String) -> Response<Bytes> {
    reply::with_body(200, "application/xml", document)
}
