//! What the AWS SDKs make of the edge's answers: they check digests and checksums, sign bodies in chunks, put
//! buckets into host names and turn refusals into typed errors. boto3's and the CLI's habits are not covered here.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName};
use serde_json::{Value, json};

use super::s3::{BucketConfig, Buckets, ObjectEvent, ObjectEvents, PublishError, S3Config};
use super::sqs::{QueueConfig, Queues, SqsConfig};
use super::websocket::{Handshake, Limits, WebSocketApi, WebSocketConfig};
use crate::clock::Clock;
use crate::connector::sdk_config;
use crate::endpoint::{ACCOUNT, Endpoint};
use crate::ports::{Functions, InvokeError};
use crate::store::Store;

const REGION: &str = "eu-west-1";

struct Silent;

#[async_trait]
impl ObjectEvents for Silent {
    async fn publish(&self, _event: ObjectEvent) -> Result<(), PublishError> {
        Ok(())
    }
}

#[async_trait]
impl Functions for Silent {
    async fn invoke(&self, _function: &str, _event: Value) -> Result<Value, InvokeError> {
        Ok(json!({ "statusCode": 200 }))
    }

    async fn invoke_async(&self, _function: &str, _event: Value) -> Result<(), InvokeError> {
        Ok(())
    }
}

struct Fixture {
    sdk: aws_types::SdkConfig,
    api: Arc<WebSocketApi>,
    _folder: tempfile::TempDir,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.sqlite")).unwrap();
    let clock = Clock::starting_at("2026-11-21T09:00:00Z".parse().unwrap());
    let endpoint = Endpoint::new(REGION, 7);
    let queues = SqsConfig {
        region: REGION.into(),
        account: ACCOUNT.into(),
        base_url: crate::connector::ENDPOINT_URL.into(),
        queues: vec![QueueConfig::named("work")],
    };
    let buckets = S3Config {
        region: REGION.into(),
        account: ACCOUNT.into(),
        folder: folder.path().join("s3"),
        buckets: vec![BucketConfig {
            name: "policies".into(),
            event_bridge: true,
        }],
    };
    let sockets = WebSocketConfig {
        api_id: "sojourn".into(),
        region: REGION.into(),
        account: ACCOUNT.into(),
        stage: "local".into(),
        domain_name: "localhost".into(),
        route_selection_expression: "$request.body.action".into(),
        routes: BTreeMap::new(),
        authorizer: None,
        limits: Limits::default(),
    };
    endpoint.register(Queues::new(queues, store.clone(), clock).unwrap());
    endpoint.register(Buckets::new(buckets, store, clock, Arc::new(Silent)).unwrap());
    let api = WebSocketApi::new(sockets, Arc::new(Silent), clock, 7);
    endpoint.register(Arc::clone(&api) as _);
    Fixture {
        sdk: sdk_config(&endpoint, clock, REGION, "outside"),
        api,
        _folder: folder,
    }
}

#[tokio::test(start_paused = true)]
async fn sqs_messages_pass_the_sdks_digest_checks_and_errors_are_typed() {
    let fixture = fixture();
    let sqs = aws_sdk_sqs::Client::new(&fixture.sdk);
    let url = sqs
        .get_queue_url()
        .queue_name("work")
        .send()
        .await
        .unwrap()
        .queue_url
        .unwrap();
    let attribute = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("Boom")
        .build()
        .unwrap();
    let sent = sqs
        .send_message()
        .queue_url(&url)
        .message_body("hello")
        .message_attributes("ERROR_CODE", attribute);
    let sent = sent.send().await.unwrap();

    let received = sqs
        .receive_message()
        .queue_url(&url)
        .wait_time_seconds(20)
        .message_attribute_names("All")
        .message_system_attribute_names(MessageSystemAttributeName::All);
    let message = received.clone().send().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(
        (message.body(), message.message_id()),
        (Some("hello"), sent.message_id())
    );
    assert_eq!(
        message.md5_of_message_attributes(),
        sent.md5_of_message_attributes()
    );
    sqs.delete_message()
        .queue_url(&url)
        .receipt_handle(message.receipt_handle().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(received.send().await.unwrap().messages, None);

    let refused = sqs
        .get_queue_url()
        .queue_name("none")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(refused.is_queue_does_not_exist(), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn s3_objects_go_through_the_sdks_chunks_and_checksums() {
    let fixture = fixture();
    let path_style = aws_sdk_s3::config::Builder::from(&fixture.sdk)
        .force_path_style(true)
        .build();
    for s3 in [
        aws_sdk_s3::Client::new(&fixture.sdk),
        aws_sdk_s3::Client::from_conf(path_style),
    ] {
        let put = s3
            .put_object()
            .bucket("policies")
            .key("2026/ü b.md")
            .content_type("text/markdown");
        put.metadata("version", "7")
            .body(ByteStream::from_static(b"hello world"))
            .send()
            .await
            .unwrap();
        let got = s3
            .get_object()
            .bucket("policies")
            .key("2026/ü b.md")
            .send()
            .await
            .unwrap();
        assert_eq!(
            (got.content_type(), got.metadata().unwrap()["version"].as_str()),
            (Some("text/markdown"), "7")
        );
        assert_eq!(got.body.collect().await.unwrap().into_bytes(), "hello world");
        let listed = s3
            .list_objects_v2()
            .bucket("policies")
            .prefix("2026/")
            .send()
            .await
            .unwrap();
        assert_eq!(listed.contents()[0].key(), Some("2026/ü b.md"));

        let missing = s3
            .get_object()
            .bucket("policies")
            .key("none")
            .send()
            .await
            .unwrap_err();
        assert!(missing.into_service_error().is_no_such_key());
        let missing = s3
            .head_object()
            .bucket("policies")
            .key("none")
            .send()
            .await
            .unwrap_err();
        assert!(missing.into_service_error().is_not_found());
    }
}

#[tokio::test(start_paused = true)]
async fn frames_posted_by_an_sdk_arrive_until_the_connection_is_gone() {
    let fixture = fixture();
    for stage_url in ["http://local/local", "http://local"] {
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(&fixture.sdk)
            .endpoint_url(stage_url)
            .build();
        let sockets = aws_sdk_apigatewaymanagement::Client::from_conf(config);
        let session = fixture.api.connect(Handshake::default()).await.unwrap();
        let id = session.connection_id().to_owned();
        let post = sockets
            .post_to_connection()
            .connection_id(&id)
            .data(aws_smithy_types::Blob::new("frame"));
        post.clone().send().await.unwrap();
        assert_eq!(session.next_frame().await.as_deref(), Some("frame"));
        assert!(
            sockets
                .get_connection()
                .connection_id(&id)
                .send()
                .await
                .unwrap()
                .connected_at
                .is_some()
        );
        drop(session);
        assert!(
            post.send()
                .await
                .unwrap_err()
                .into_service_error()
                .is_gone_exception()
        );
    }
}
