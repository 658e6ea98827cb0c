//! What a call asks of which bucket and key. S3 has no operation names on the wire: method, address and query say it.

use http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;

use super::S3Error;
use crate::edge::form::Form;
use crate::wire::Call;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    ListBuckets,
    HeadBucket { bucket: String },
    GetBucketLocation { bucket: String },
    ListObjects { bucket: String },
    PutObject { bucket: String, key: String },
    GetObject { bucket: String, key: String },
    HeadObject { bucket: String, key: String },
    DeleteObject { bucket: String, key: String },
    CreateUpload { bucket: String, key: String },
    UploadPart { part: Part },
    CompleteUpload { upload: Upload },
    AbortUpload { upload: Upload },
}

/// A multipart upload under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upload {
    pub bucket: String,
    pub key: String,
    pub id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub upload: Upload,
    /// 1 to 10,000.
    pub number: u32,
}

impl Request {
    pub fn read<'b>(call: &Call, buckets: impl Iterator<Item = &'b str>) -> Result<Self, S3Error> {
        let (bucket, key) = address(&call.uri, &call.headers, buckets)?;
        let form = Form::of_query(&call.uri);
        let sub_resource = form.names().find(|name| !is_parameter(name));
        if let Some(name) = sub_resource.filter(|name| *name != "location") {
            return Err(S3Error::NotImplemented(format!("the S3 sub-resource {name}")));
        }
        if call.headers.contains_key("x-amz-copy-source") {
            return Err(S3Error::NotImplemented("s3:CopyObject".into()));
        }
        if let (Some(bucket), Some(key), Some(id)) = (&bucket, &key, form.get("uploadId")) {
            let upload = Upload {
                bucket: bucket.clone(),
                key: key.clone(),
                id: id.into(),
            };
            return Self::read_upload(call, &form, upload);
        }
        let request = match (&call.method, bucket, key) {
            (&Method::POST, Some(bucket), Some(key)) if form.has("uploads") => {
                Self::CreateUpload { bucket, key }
            }
            (&Method::GET, None, _) => Self::ListBuckets,
            (&Method::HEAD, Some(bucket), None) => Self::HeadBucket { bucket },
            (&Method::GET, Some(bucket), None) if form.has("location") => Self::GetBucketLocation { bucket },
            (&Method::GET, Some(bucket), None) if form.get("list-type") == Some("2") => {
                Self::ListObjects { bucket }
            }
            (&Method::PUT, Some(bucket), Some(key)) => Self::PutObject { bucket, key },
            (&Method::GET, Some(bucket), Some(key)) => Self::GetObject { bucket, key },
            (&Method::HEAD, Some(bucket), Some(key)) => Self::HeadObject { bucket, key },
            (&Method::DELETE, Some(bucket), Some(key)) => Self::DeleteObject { bucket, key },
            (method, ..) => {
                return Err(S3Error::NotImplemented(format!(
                    "S3's {method} {}",
                    call.uri.path()
                )));
            }
        };
        Ok(request)
    }

    fn read_upload(call: &Call, form: &Form, upload: Upload) -> Result<Self, S3Error> {
        match call.method {
            Method::PUT => {
                let number = form.get("partNumber").and_then(|number| number.parse().ok());
                let number = number.filter(|number| (1..=10_000).contains(number));
                let number = number.ok_or_else(|| {
                    S3Error::InvalidRequest(
                        "Part number must be an integer between 1 and 10000, inclusive".into(),
                    )
                })?;
                Ok(Self::UploadPart {
                    part: Part { upload, number },
                })
            }
            Method::POST => Ok(Self::CompleteUpload { upload }),
            Method::DELETE => Ok(Self::AbortUpload { upload }),
            _ => Err(S3Error::NotImplemented("s3:ListParts".into())),
        }
    }

    /// The permission this needs: IAM's name for it, and the ARN. Reading an object's head is reading the object.
    pub fn access(&self) -> (&'static str, String) {
        match self {
            Self::ListBuckets => ("s3:ListAllMyBuckets", "arn:aws:s3:::*".into()),
            Self::HeadBucket { bucket } | Self::ListObjects { bucket } => {
                ("s3:ListBucket", format!("arn:aws:s3:::{bucket}"))
            }
            Self::GetBucketLocation { bucket } => ("s3:GetBucketLocation", format!("arn:aws:s3:::{bucket}")),
            Self::PutObject { bucket, key } | Self::CreateUpload { bucket, key } => {
                ("s3:PutObject", format!("arn:aws:s3:::{bucket}/{key}"))
            }
            Self::UploadPart {
                part: Part { upload, .. },
            }
            | Self::CompleteUpload { upload } => (
                "s3:PutObject",
                format!("arn:aws:s3:::{}/{}", upload.bucket, upload.key),
            ),
            Self::AbortUpload { upload } => (
                "s3:AbortMultipartUpload",
                format!("arn:aws:s3:::{}/{}", upload.bucket, upload.key),
            ),
            Self::GetObject { bucket, key } | Self::HeadObject { bucket, key } => {
                ("s3:GetObject", format!("arn:aws:s3:::{bucket}/{key}"))
            }
            Self::DeleteObject { bucket, key } => ("s3:DeleteObject", format!("arn:aws:s3:::{bucket}/{key}")),
        }
    }
}

/// Bucket and key, from the host (`BUCKET.anything`, if that bucket exists) or else from the path.
fn address<'b>(
    uri: &Uri,
    headers: &HeaderMap,
    mut buckets: impl Iterator<Item = &'b str>,
) -> Result<(Option<String>, Option<String>), S3Error> {
    let host = headers
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .or(uri.host())
        .unwrap_or_default();
    let path = uri.path().strip_prefix('/').unwrap_or_default();
    let bucket_in_host = buckets
        .find(|bucket| {
            host.strip_prefix(bucket)
                .is_some_and(|rest| rest.starts_with('.'))
        })
        .or_else(|| unknown_bucket_in(host));
    let (bucket, key) = match bucket_in_host {
        Some(bucket) => (bucket, path),
        None => path.split_once('/').unwrap_or((path, "")),
    };
    let key = percent_decode_str(key)
        .decode_utf8()
        .map_err(|_| S3Error::InvalidRequest("the key is not UTF-8".into()))?;
    if key.len() > 1024 {
        return Err(S3Error::KeyTooLong);
    }
    let given = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty());
    Ok((given(bucket), given(&key)))
}

/// The bucket that a client on this machine put before our own name, though there is no such bucket.
fn unknown_bucket_in(host: &str) -> Option<&str> {
    let name = host.split(':').next().unwrap_or_default();
    let before = [".localhost", ".local"]
        .iter()
        .find_map(|ours| name.strip_suffix(ours))?;
    Some(before).filter(|bucket| *bucket != "s3")
}

/// Query members that belong to signing, to a listing, to an upload in parts or to the shape of an answer; any other names a sub-resource.
fn is_parameter(name: &str) -> bool {
    const KNOWN: [&str; 17] = [
        "list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after", "encoding-type",
        "fetch-owner", "x-id", "uploads", "uploadId", "partNumber", "AWSAccessKeyId", "Signature", "Expires",
        // What the older presigned URLs repeat of the headers that they sign.
        "content-md5", "content-type",
    ];
    KNOWN.contains(&name) || name.starts_with("response-") || name.to_ascii_lowercase().starts_with("x-amz-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Caller;

    fn read(method: Method, host: &'static str, uri: &str) -> Result<Request, S3Error> {
        let call = Call {
            caller: Caller::Outside,
            operation: String::new(),
            method,
            uri: uri.parse().unwrap(),
            headers: HeaderMap::from_iter([(http::header::HOST, host.parse().unwrap())]),
            body: bytes::Bytes::new(),
        };
        Request::read(&call, ["policies"].into_iter())
    }

    #[test]
    fn both_address_styles_name_the_same_object() {
        let expected = Request::GetObject {
            bucket: "policies".into(),
            key: "2026/travel policy.pdf".into(),
        };
        let cases = [
            (
                "localhost:4566",
                "/policies/2026/travel%20policy.pdf?x-id=GetObject",
            ),
            (
                "policies.localhost:4566",
                "/2026/travel%20policy.pdf?X-Amz-Signature=0&response-content-type=a",
            ),
            ("policies.s3.eu-west-1.amazonaws.com", "/2026/travel%20policy.pdf"),
        ];
        for (host, uri) in cases {
            assert_eq!(read(Method::GET, host, uri).unwrap(), expected, "{host}{uri}");
        }
        let unknown = read(Method::HEAD, "other.localhost:4566", "/").unwrap();
        assert_eq!(
            unknown,
            Request::HeadBucket {
                bucket: "other".into()
            }
        );
        assert_eq!(
            read(Method::GET, "s3.localhost:4566", "/").unwrap(),
            Request::ListBuckets
        );
    }

    #[test]
    fn what_is_not_offered_is_refused_by_name() {
        for uri in [
            "/policies/key?tagging", "/policies/key?versionId=x", "/policies/key?acl",
        ] {
            let refused = read(Method::PUT, "localhost", uri);
            assert!(
                matches!(refused, Err(S3Error::NotImplemented(_))),
                "{uri}: {refused:?}"
            );
        }
        assert!(matches!(
            read(Method::GET, "localhost", "/policies"),
            Err(S3Error::NotImplemented(_))
        ));
    }

    #[test]
    fn access_is_on_the_object_or_the_bucket() {
        let put = read(Method::PUT, "localhost", "/policies/a/b").unwrap();
        assert_eq!(put.access(), ("s3:PutObject", "arn:aws:s3:::policies/a/b".into()));
        let head = read(Method::HEAD, "localhost", "/policies/a").unwrap();
        assert_eq!(head.access(), ("s3:GetObject", "arn:aws:s3:::policies/a".into()));
        let list = read(Method::GET, "localhost", "/policies?list-type=2").unwrap();
        assert_eq!(list.access(), ("s3:ListBucket", "arn:aws:s3:::policies".into()));
    }
}
