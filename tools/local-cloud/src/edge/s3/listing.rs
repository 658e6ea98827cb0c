//! ListObjectsV2: pages of keys in order, folded at a delimiter.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Buckets, ObjectHead, S3Error, index};
use crate::edge::form::Form;
use crate::edge::xml::Xml;

/// What `encoding-type=url` leaves as it is.
const IN_KEYS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/')
    .remove(b'*');

struct Page {
    objects: Vec<ObjectHead>,
    common_prefixes: Vec<String>,
    /// The last key or common prefix on this page, if there is more behind it.
    more_after: Option<String>,
}

impl Buckets {
    pub(super) fn list(&self, bucket: &str, form: &Form) -> Result<String, S3Error> {
        self.bucket(bucket)?;
        let max_keys = form.get("max-keys").map_or(Ok(1000), str::parse::<usize>);
        let max_keys = max_keys
            .map_err(|_| S3Error::InvalidRequest("max-keys must be a number".into()))?
            .min(1000);
        let page = self.page(bucket, form, max_keys)?;

        let encode = |text: &str| match form.get("encoding-type") {
            Some("url") => utf8_percent_encode(text, IN_KEYS).to_string(),
            _ => text.to_owned(),
        };
        let mut xml = Xml::document("ListBucketResult", "http://s3.amazonaws.com/doc/2006-03-01/");
        xml.leaf("Name", bucket)
            .leaf("Prefix", encode(form.get("prefix").unwrap_or_default()));
        xml.leaf("KeyCount", page.objects.len() + page.common_prefixes.len())
            .leaf("MaxKeys", max_keys);
        for (name, element) in [("delimiter", "Delimiter"), ("start-after", "StartAfter")] {
            form.get(name).map(|value| xml.leaf(element, encode(value)));
        }
        for (name, element) in [
            ("encoding-type", "EncodingType"),
            ("continuation-token", "ContinuationToken"),
        ] {
            form.get(name).map(|value| xml.leaf(element, value));
        }
        xml.leaf("IsTruncated", page.more_after.is_some());
        page.more_after
            .map(|last| xml.leaf("NextContinuationToken", URL_SAFE_NO_PAD.encode(last)));
        for object in &page.objects {
            let modified = Timestamp::from_millisecond(object.modified_ms).unwrap_or(Timestamp::UNIX_EPOCH);
            xml.open("Contents")
                .leaf("Key", encode(&object.key))
                .leaf("LastModified", format!("{modified:.3}"));
            xml.leaf("ETag", &object.etag)
                .leaf("Size", object.size)
                .leaf("StorageClass", "STANDARD")
                .close();
        }
        for prefix in &page.common_prefixes {
            xml.open("CommonPrefixes").leaf("Prefix", encode(prefix)).close();
        }
        Ok(xml.finish())
    }

    fn page(&self, bucket: &str, form: &Form, max_keys: usize) -> Result<Page, S3Error> {
        let prefix = form.get("prefix").unwrap_or_default();
        let delimiter = form.get("delimiter").filter(|delimiter| !delimiter.is_empty());
        let after = match form.get("continuation-token") {
            Some(token) => continuation(token)?,
            None => form.get("start-after").unwrap_or_default().to_owned(),
        };
        let mut page = Page {
            objects: Vec::new(),
            common_prefixes: Vec::new(),
            more_after: None,
        };
        let mut last = None;
        index::walk(&self.store.lock(), bucket, prefix, &after, |object| {
            let folded = delimiter.and_then(|delimiter| folded(&object.key, prefix, delimiter));
            // The rest of what the page before, or this one, already folded into one prefix.
            if folded.is_some_and(|folded| {
                folded == after || page.common_prefixes.last().is_some_and(|last| last == folded)
            }) {
                return true;
            }
            if page.objects.len() + page.common_prefixes.len() >= max_keys {
                page.more_after = last.take();
                return false;
            }
            match folded {
                Some(folded) => {
                    last = Some(folded.to_owned());
                    page.common_prefixes.push(folded.to_owned());
                }
                None => {
                    last = Some(object.key.clone());
                    page.objects.push(object);
                }
            }
            true
        })?;
        Ok(page)
    }
}

/// The part of `key` up to and with the first delimiter behind the prefix.
fn folded<'k>(key: &'k str, prefix: &str, delimiter: &str) -> Option<&'k str> {
    let behind = key.get(prefix.len()..)?;
    let at = behind.find(delimiter)?;
    key.get(..prefix.len() + at + delimiter.len())
}

fn continuation(token: &str) -> Result<String, S3Error> {
    let decoded = URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.ok_or_else(|| S3Error::InvalidRequest("The continuation token provided is incorrect".into()))
}
