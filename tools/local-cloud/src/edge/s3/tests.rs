//! Buckets through the wire protocol. What real SDKs make of the answers is not covered here.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use http::{Method, Response};
use serde_json::json;

use super::*;
use crate::wire::{AwsService as _, Call, Caller};

#[derive(Default)]
struct Bus {
    taken: Mutex<Vec<ObjectEvent>>,
    refuses: AtomicBool,
}

#[async_trait]
impl ObjectEvents for Bus {
    async fn publish(&self, event: ObjectEvent) -> Result<(), PublishError> {
        if self.refuses.load(Ordering::Relaxed) {
            return Err(PublishError("no".into()));
        }
        self.taken.lock().unwrap().push(event);
        Ok(())
    }
}

struct Fixture {
    folder: tempfile::TempDir,
    bus: Arc<Bus>,
    buckets: Arc<Buckets>,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bus = Arc::new(Bus::default());
        let buckets = open(folder.path(), &bus);
        Self { folder, bus, buckets }
    }

    async fn call(
        &self,
        method: Method,
        uri: &str,
        headers: &[(&'static str, &str)],
        body: &[u8],
    ) -> Response<Bytes> {
        let call = Call {
            caller: Caller::Outside,
            operation: String::new(),
            method,
            uri: uri.parse().unwrap(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
                .collect(),
            body: Bytes::copy_from_slice(body),
        };
        self.buckets.call(call).await.unwrap()
    }

    async fn put(&self, uri: &str, body: &[u8]) {
        assert_eq!(self.call(Method::PUT, uri, &[], body).await.status(), 200);
    }

    fn events(&self) -> Vec<(String, String)> {
        let name = |event: &ObjectEvent| {
            (
                event.detail_type.clone(),
                event.detail["object"]["key"].as_str().unwrap().to_owned(),
            )
        };
        self.bus.taken.lock().unwrap().iter().map(name).collect()
    }
}

fn open(folder: &std::path::Path, bus: &Arc<Bus>) -> Arc<Buckets> {
    let config = S3Config {
        region: "eu-west-1".into(),
        account: "000000000000".into(),
        folder: folder.join("s3"),
        buckets: vec![
            BucketConfig {
                name: "policies".into(),
                event_bridge: true,
            },
            BucketConfig {
                name: "quiet".into(),
                event_bridge: false,
            },
        ],
    };
    let clock = Clock::starting_at("2026-11-21T09:00:00Z".parse().unwrap());
    Buckets::new(
        config,
        Store::open(&folder.join("store.sqlite")).unwrap(),
        clock,
        Arc::clone(bus) as _,
    )
    .unwrap()
}

fn header<'r>(response: &'r Response<Bytes>, name: &str) -> &'r str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

fn element<'x>(xml: &'x str, name: &str) -> Vec<&'x str> {
    let open = format!("<{name}>");
    xml.split(open.as_str())
        .skip(1)
        .map(|rest| rest.split("</").next().unwrap())
        .collect()
}

fn body(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

#[tokio::test]
async fn an_object_comes_back_whole_in_part_and_as_a_head() {
    let fixture = Fixture::new();
    let headers = [
        ("content-type", "text/markdown"),
        ("x-amz-meta-version", "7"),
        ("content-encoding", "aws-chunked"),
    ];
    let chunked = b"b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
    let put = fixture
        .call(Method::PUT, "/policies/a%20b.md", &headers, chunked)
        .await;
    assert_eq!(
        (put.status().as_u16(), header(&put, "etag")),
        (200, "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"")
    );

    let got = fixture.call(Method::GET, "/policies/a%20b.md", &[], b"").await;
    assert_eq!(
        (body(&got), header(&got, "content-type")),
        ("hello world", "text/markdown")
    );
    assert_eq!(
        (
            header(&got, "x-amz-meta-version"),
            header(&got, "content-encoding")
        ),
        ("7", "")
    );
    assert_eq!(header(&got, "last-modified"), "Sat, 21 Nov 2026 09:00:00 GMT");

    let cases = [
        ("bytes=0-4", 206, "hello"),
        ("bytes=6-", 206, "world"),
        ("bytes=-3", 206, "rld"),
        ("bytes=9-99", 206, "ld"),
    ];
    for (range, status, expected) in cases {
        let part = fixture
            .call(Method::GET, "/policies/a%20b.md", &[("range", range)], b"")
            .await;
        assert_eq!(
            (part.status().as_u16(), body(&part)),
            (status, expected),
            "{range}"
        );
    }
    let beyond = fixture
        .call(Method::GET, "/policies/a%20b.md", &[("range", "bytes=11-")], b"")
        .await;
    assert_eq!(
        (beyond.status().as_u16(), element(body(&beyond), "Code")),
        (416, vec!["InvalidRange"])
    );

    let head = fixture
        .call(
            Method::HEAD,
            "/policies/a%20b.md",
            &[("x-amz-checksum-mode", "ENABLED")],
            b"",
        )
        .await;
    assert_eq!((head.body().len(), header(&head, "content-length")), (0, "11"));
    assert_eq!(header(&head, "x-amz-checksum-crc32"), "DUoRhQ==");
}

#[tokio::test]
async fn what_is_missing_or_damaged_is_refused_by_code() {
    let fixture = Fixture::new();
    let md5 = [("content-md5", "AAAA")];
    let sha = [(
        "x-amz-content-sha256",
        "0000000000000000000000000000000000000000000000000000000000000000",
    )];
    let crc = [("x-amz-checksum-crc32", "AAAAAA==")];
    type Headers<'a> = &'a [(&'static str, &'a str)];
    let cases: [(Method, &str, Headers<'_>, u16, &str); 6] = [
        (Method::GET, "/policies/none", &[], 404, "NoSuchKey"),
        (Method::GET, "/nowhere/none", &[], 404, "NoSuchBucket"),
        (Method::PUT, "/nowhere/none", &[], 404, "NoSuchBucket"),
        (Method::PUT, "/policies/k", &md5, 400, "BadDigest"),
        (Method::PUT, "/policies/k", &sha, 400, "BadDigest"),
        (Method::PUT, "/policies/k", &crc, 400, "BadDigest"),
    ];
    for (method, uri, headers, status, code) in cases {
        let refused = fixture.call(method, uri, headers, b"x").await;
        assert_eq!(
            (refused.status().as_u16(), element(body(&refused), "Code")),
            (status, vec![code]),
            "{uri}"
        );
    }
    let head = fixture.call(Method::HEAD, "/policies/none", &[], b"").await;
    assert_eq!((head.status().as_u16(), head.body().len()), (404, 0));
    assert!(fixture.events().is_empty());
}

#[tokio::test]
async fn a_listing_pages_folds_and_encodes() {
    let fixture = Fixture::new();
    for key in ["a/1", "a/2", "b/1", "c", "d%20e"] {
        fixture.put(&format!("/quiet/{key}"), b"x").await;
    }
    let list = async |query: &str| {
        let response = fixture
            .call(Method::GET, &format!("/quiet?list-type=2&{query}"), &[], b"")
            .await;
        body(&response).to_owned()
    };
    assert_eq!(element(&list("prefix=a/").await, "Key"), ["a/1", "a/2"]);
    assert_eq!(
        element(&list("encoding-type=url&start-after=c").await, "Key"),
        ["d%20e"]
    );

    let (mut seen, mut token) = (Vec::new(), String::new());
    for _ in 0..4 {
        let page = list(&format!("delimiter=/&max-keys=1{token}")).await;
        seen.extend(element(&page, "Key").into_iter().map(str::to_owned));
        let folded = element(&page, "CommonPrefixes><Prefix");
        seen.extend(folded.into_iter().map(str::to_owned));
        token = element(&page, "NextContinuationToken")
            .first()
            .map(|token| format!("&continuation-token={token}"))
            .unwrap_or_default();
    }
    assert_eq!(seen, ["a/", "b/", "c", "d e"]);
    assert!(token.is_empty());
}

#[tokio::test]
async fn changes_are_announced_where_the_bucket_asks_for_it() {
    let fixture = Fixture::new();
    fixture.put("/policies/p.md", b"one").await;
    fixture.put("/quiet/p.md", b"one").await;
    fixture.call(Method::DELETE, "/policies/p.md", &[], b"").await;
    let again = fixture.call(Method::DELETE, "/policies/p.md", &[], b"").await;
    assert_eq!(again.status(), 204);
    let expected = [("Object Created", "p.md"), ("Object Deleted", "p.md")];
    assert_eq!(
        fixture.events(),
        expected.map(|(kind, key)| (kind.to_owned(), key.to_owned()))
    );
    let created = fixture.bus.taken.lock().unwrap()[0].clone();
    assert_eq!(
        (
            &created.detail["bucket"]["name"],
            &created.detail["object"]["size"]
        ),
        (&json!("policies"), &json!(3))
    );
    assert!(
        created.detail["object"]["sequencer"].as_str()
            < fixture.bus.taken.lock().unwrap()[1].detail["object"]["sequencer"].as_str()
    );
}

#[tokio::test]
async fn an_event_the_bus_did_not_take_survives_a_restart() {
    let fixture = Fixture::new();
    fixture.bus.refuses.store(true, Ordering::Relaxed);
    fixture.put("/policies/p.md", b"one").await;
    fixture.bus.refuses.store(false, Ordering::Relaxed);
    assert!(fixture.events().is_empty());

    let reopened = open(fixture.folder.path(), &fixture.bus);
    reopened.resume_events().await.unwrap();
    reopened.resume_events().await.unwrap();
    assert_eq!(fixture.events().len(), 1);
    reopened.delete("policies", "p.md").await.unwrap();
    let again = open(fixture.folder.path(), &fixture.bus);
    again
        .put(
            "policies",
            "p.md",
            &Bytes::from_static(b"one"),
            BTreeMap::new(),
            true,
        )
        .await
        .unwrap();
    let taken = fixture.bus.taken.lock().unwrap().clone();
    let sequencers: Vec<_> = taken
        .iter()
        .map(|event| event.detail["object"]["sequencer"].as_str())
        .collect();
    assert!(sequencers.is_sorted() && sequencers.len() == 3, "{sequencers:?}");
    let object = reopened.head("policies", "p.md").unwrap();
    assert_eq!(reopened.read("policies", &object, 0, 3).unwrap(), "one");
}

#[tokio::test]
async fn overwriting_leaves_one_file_and_a_start_sweeps_what_a_crash_left() {
    let fixture = Fixture::new();
    fixture.put("/quiet/k", b"one").await;
    fixture.put("/quiet/k", b"two").await;
    let refused = fixture
        .call(Method::PUT, "/quiet/k", &[("if-none-match", "*")], b"three")
        .await;
    assert_eq!(refused.status(), 412);
    let folder = fixture.folder.path().join("s3/quiet");
    let count = || std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(count(), 1);

    std::fs::write(folder.join("99"), b"orphan").unwrap();
    std::fs::write(folder.join("100.part"), b"half").unwrap();
    let reopened = open(fixture.folder.path(), &fixture.bus);
    assert_eq!(count(), 1);
    assert_eq!(reopened.head("quiet", "k").unwrap().size, 3);
}

#[tokio::test]
async fn an_upload_in_parts_becomes_one_object_across_a_restart() {
    let mut fixture = Fixture::new();
    let begun = fixture
        .call(
            Method::POST,
            "/policies/k?uploads",
            &[("content-type", "text/plain")],
            b"",
        )
        .await;
    let id = element(body(&begun), "UploadId")[0].to_owned();
    let part = |number: u32| format!("/policies/k?partNumber={number}&uploadId={id}");
    let mut etags = Vec::new();
    for (number, content) in [(1, "one, "), (2, "wrong"), (2, "two")] {
        let uploaded = fixture
            .call(Method::PUT, &part(number), &[], content.as_bytes())
            .await;
        etags.push(header(&uploaded, "etag").to_owned());
    }
    fixture.buckets = open(fixture.folder.path(), &fixture.bus);
    let complete = format!("/policies/k?uploadId={id}");
    let list = |parts: &[(u32, &str)]| {
        let part = |(number, etag): &(u32, &str)| {
            format!(
                "<Part><ETag>{}</ETag><PartNumber>{number}</PartNumber></Part>",
                etag.replace('"', "&quot;")
            )
        };
        format!(
            "<CompleteMultipartUpload>{}</CompleteMultipartUpload>",
            parts.iter().map(part).collect::<String>()
        )
    };
    let cases = [
        (list(&[(1, &etags[0]), (2, &etags[1])]), "InvalidPart"),
        (list(&[(1, &etags[0]), (3, &etags[2])]), "InvalidPart"),
        (list(&[(2, &etags[2]), (1, &etags[0])]), "InvalidPartOrder"),
        (list(&[]), "MalformedXML"),
    ];
    for (parts, expected) in cases {
        let refused = fixture.call(Method::POST, &complete, &[], parts.as_bytes()).await;
        assert_eq!(element(body(&refused), "Code"), [expected]);
    }
    let parts = list(&[(1, &etags[0]), (2, &etags[2])]);
    let completed = fixture.call(Method::POST, &complete, &[], parts.as_bytes()).await;
    assert!(
        element(body(&completed), "ETag")[0].ends_with("-2&quot;"),
        "{completed:?}"
    );
    let got = fixture.call(Method::GET, "/policies/k", &[], b"").await;
    assert_eq!(
        (body(&got), header(&got, "content-type")),
        ("one, two", "text/plain")
    );
    assert_eq!(fixture.events().len(), 1);
    assert_eq!(
        std::fs::read_dir(fixture.folder.path().join("s3/policies"))
            .unwrap()
            .count(),
        1
    );
    let again = fixture.call(Method::POST, &complete, &[], parts.as_bytes()).await;
    assert_eq!(element(body(&again), "Code"), ["NoSuchUpload"]);
}

#[tokio::test]
async fn twenty_megabytes_go_in_and_out() {
    let fixture = Fixture::new();
    let content: Vec<u8> = (0..21 * 1024 * 1024_u32).map(|at| at.to_le_bytes()[1]).collect();
    fixture.put("/quiet/large", &content).await;
    let got = fixture.call(Method::GET, "/quiet/large", &[], b"").await;
    assert!(got.body() == content.as_slice());
}

#[tokio::test(start_paused = true)]
async fn a_presigned_url_stops_working_when_its_time_is_up() {
    let fixture = Fixture::new();
    let uris = [
        "/quiet/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=me&X-Amz-SignedHeaders=host\
         &X-Amz-Date=20261121T090000Z&X-Amz-Expires=60&X-Amz-Signature=0",
        "/quiet/k?AWSAccessKeyId=me&Signature=0&content-type=text%2Fplain&Expires=1795251660",
    ];
    for uri in uris {
        fixture.put(uri, b"x").await;
    }
    tokio::time::advance(std::time::Duration::from_secs(61)).await;
    for uri in uris {
        let late = fixture.call(Method::GET, uri, &[], b"").await;
        assert_eq!(
            (late.status().as_u16(), element(body(&late), "Message")),
            (403, vec!["Request has expired"]),
            "{uri}"
        );
    }
}
