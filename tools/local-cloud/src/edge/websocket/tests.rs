//! The API with functions that record what they are sent: in process under a paused clock where time matters,
//! and over loopback with a real client where frames and closes do.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::*;
use crate::clock::Clock;
use crate::ports::{FunctionError, Functions, InvokeError};
use crate::wire::{AwsService as _, Call, Caller};

#[derive(Default)]
struct Recorded {
    calls: Mutex<Vec<(String, Value)>>,
}

impl Recorded {
    fn of(&self, function: &str) -> Vec<Value> {
        let calls = self.calls.lock().unwrap();
        calls
            .iter()
            .filter(|(name, _)| name == function)
            .map(|(_, event)| event.clone())
            .collect()
    }
}

#[async_trait]
impl Functions for Recorded {
    async fn invoke(&self, function: &str, event: Value) -> Result<Value, InvokeError> {
        self.calls.lock().unwrap().push((function.into(), event.clone()));
        let body = event["body"].as_str().unwrap_or_default();
        let fail = |message: &str| {
            InvokeError::Function(FunctionError {
                error_type: "Error".into(),
                message: message.into(),
            })
        };
        match function {
            "authorize" => match event["headers"]["Sec-WebSocket-Protocol"]
                .as_str()
                .and_then(|value| value.rsplit(' ').next())
            {
                Some("unknown") => Err(fail("Unauthorized")),
                Some("broken") => Err(fail("boom")),
                token => Ok(json!({
                    "principalId": "e-1",
                    "policyDocument": { "Statement": {
                        "Action": "execute-api:Invoke",
                        "Effect": if token == Some("denied") { "Deny" } else { "Allow" },
                        "Resource": event["methodArn"],
                    } },
                    "context": { "employeeId": "e-1" },
                })),
            },
            "connect" if event["queryStringParameters"]["full"] == "yes" => {
                Ok(json!({ "statusCode": 429, "body": "\"later\"" }))
            }
            "connect" if event["queryStringParameters"]["broken"] == "yes" => Err(fail("boom")),
            "connect" => {
                Ok(json!({ "statusCode": 200, "headers": { "Sec-WebSocket-Protocol": "sojourn.v1" } }))
            }
            "answer" if body.contains("boom") => Err(fail("secret")),
            "answer" if body.contains("slow") => std::future::pending().await,
            "answer" => Ok(json!({ "statusCode": 200, "body": format!("got {} bytes", body.len()) })),
            _ => Ok(json!({ "statusCode": 200, "body": "not for the client" })),
        }
    }

    async fn invoke_async(&self, _function: &str, _event: Value) -> Result<(), InvokeError> {
        unreachable!("an API's integrations are called for their answers")
    }
}

fn api(change: impl FnOnce(&mut WebSocketConfig)) -> (Arc<Recorded>, Arc<WebSocketApi>) {
    let route = |function: &str, responds| Route {
        function: function.into(),
        responds,
    };
    let mut config = WebSocketConfig {
        api_id: "sojourn".into(),
        region: "eu-west-1".into(),
        account: "000000000000".into(),
        stage: "local".into(),
        domain_name: "localhost".into(),
        route_selection_expression: "$request.body.action".into(),
        routes: BTreeMap::from([
            ("$connect".into(), route("connect", false)),
            ("$disconnect".into(), route("disconnect", false)),
            ("$default".into(), route("answer", true)),
            ("ping".into(), route("ping", false)),
        ]),
        authorizer: Some(Authorizer {
            function: "authorize".into(),
            identity_sources: vec!["route.request.header.Sec-WebSocket-Protocol".into()],
        }),
        limits: Limits::default(),
    };
    change(&mut config);
    let functions = Arc::new(Recorded::default());
    let clock = Clock::starting_at("2026-11-21T09:00:00Z".parse().unwrap());
    (
        Arc::clone(&functions),
        WebSocketApi::new(config, functions, clock, 7),
    )
}

fn handshake(token: &str, query: &str) -> Handshake {
    let protocols = format!("sojourn.v1, {token}").parse().unwrap();
    let headers = HeaderMap::from_iter([(http::header::SEC_WEBSOCKET_PROTOCOL, protocols)]);
    Handshake {
        headers,
        query: query.into(),
        source_ip: "192.0.2.1".into(),
    }
}

async fn manage(api: &WebSocketApi, method: Method, id: &str, body: &str) -> (u16, Value) {
    let call = Call {
        caller: Caller::Outside,
        operation: String::new(),
        method,
        uri: format!("/local/@connections/{}", id.replace('=', "%3D"))
            .parse()
            .unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    match api.call(call).await {
        Ok(response) => (
            response.status().as_u16(),
            serde_json::from_slice(response.body()).unwrap_or(Value::Null),
        ),
        Err(error) => (error.status, json!(error.code)),
    }
}

#[tokio::test(start_paused = true)]
async fn who_may_not_connect_is_told_so_by_status() {
    let (functions, api) = api(|_| {});
    let cases = [
        (Handshake::default(), 401),
        (handshake("unknown", ""), 401),
        (handshake("denied", ""), 403),
        (handshake("broken", ""), 500),
        (handshake("good", "full=yes"), 429),
        (handshake("good", "broken=yes"), 502),
    ];
    for (handshake, status) in cases {
        let described = format!("{handshake:?}");
        assert_eq!(
            api.connect(handshake).await.err().map(|refusal| refusal.status),
            Some(status),
            "{described}"
        );
    }
    assert_eq!(
        functions.of("authorize").len(),
        5,
        "without an identity source the authorizer is not asked"
    );
    assert_eq!((api.connected(), functions.of("disconnect").len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn events_have_api_gateways_shape() {
    let (functions, api) = api(|_| {});
    let session = api.connect(handshake("good", "a=1&a=2")).await.unwrap();
    assert_eq!(session.protocol.as_deref(), Some("sojourn.v1"));
    session.message(json!({ "action": "ping" }).to_string()).await;
    session.message("not json".into()).await;
    let id = session.connection_id().to_owned();
    session
        .close(Ending::new(1005, "Client-side close frame status not set"))
        .await;

    let asked = functions.of("authorize").remove(0);
    assert_eq!(
        asked["methodArn"],
        "arn:aws:execute-api:eu-west-1:000000000000:sojourn/local/$connect"
    );
    assert_eq!(
        (&asked["type"], &asked["queryStringParameters"]["a"]),
        (&json!("REQUEST"), &json!("2"))
    );
    let expected = [
        ("connect", "$connect", "CONNECT"),
        ("ping", "ping", "MESSAGE"),
        ("answer", "$default", "MESSAGE"),
        ("disconnect", "$disconnect", "DISCONNECT"),
    ];
    for (function, route, kind) in expected {
        let event = functions.of(function).remove(0);
        let typed: ApiGatewayWebsocketProxyRequest = serde_json::from_value(event).unwrap();
        let context = typed.request_context;
        assert_eq!(
            (context.route_key.as_deref(), context.event_type.as_deref()),
            (Some(route), Some(kind))
        );
        assert_eq!(
            (context.connection_id.as_deref(), context.connected_at),
            (Some(id.as_str()), 1_795_251_600_000)
        );
        assert_eq!(
            context.request_time.as_deref(),
            Some("21/Nov/2026:09:00:00 +0000")
        );
        assert_eq!(
            (
                &context.authorizer.fields["employeeId"],
                &context.authorizer.fields["principalId"]
            ),
            (&json!("e-1"), &json!("e-1"))
        );
        assert_eq!(
            context.disconnect_status_code,
            (kind == "DISCONNECT").then_some(1005)
        );
    }
    assert_eq!((id.len(), id.ends_with('=')), (16, true));
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_or_hangs_answers_without_telling_why() {
    let (_, api) = api(|_| {});
    let session = api.connect(handshake("good", "")).await.unwrap();
    for (text, expected) in [
        ("boom", "Internal server error"),
        ("slow", "Endpoint request timed out"),
    ] {
        session.message(text.into()).await;
        let frame: Value = serde_json::from_str(&session.next_frame().await.unwrap()).unwrap();
        assert_eq!(
            (&frame["message"], &frame["connectionId"]),
            (&json!(expected), &json!(session.connection_id()))
        );
        assert!(frame["requestId"].is_string() && !frame.to_string().contains("secret"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_no_route_takes_is_forbidden() {
    let (_, api) = api(|config| drop(config.routes.remove("$default")));
    let session = api.connect(handshake("good", "")).await.unwrap();
    session.message(json!({ "action": "$connect" }).to_string()).await;
    let frame: Value = serde_json::from_str(&session.next_frame().await.unwrap()).unwrap();
    assert_eq!(frame["message"], "Forbidden");
}

#[tokio::test(start_paused = true)]
async fn posts_arrive_in_order_until_the_connection_is_gone() {
    let (_, api) = api(|_| {});
    let session = api.connect(handshake("good", "")).await.unwrap();
    let id = session.connection_id().to_owned();
    for frame in ["1", "2", "3"] {
        assert_eq!(manage(&api, Method::POST, &id, frame).await.0, 200);
    }
    for frame in ["1", "2", "3"] {
        assert_eq!(session.next_frame().await.as_deref(), Some(frame));
    }
    let (status, seen) = manage(&api, Method::GET, &id, "").await;
    assert_eq!(
        (status, &seen["identity"]["sourceIp"]),
        (200, &json!("192.0.2.1"))
    );
    let too_large = "x".repeat(128 * 1024 + 1);
    assert_eq!(
        manage(&api, Method::POST, &id, &too_large).await,
        (413, json!("PayloadTooLargeException"))
    );

    session.close(Ending::new(1000, "")).await;
    for method in [Method::POST, Method::GET, Method::DELETE] {
        assert_eq!(
            manage(&api, method, &id, "x").await,
            (410, json!("GoneException"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_too_slow_is_dropped_and_holds_up_nobody() {
    let (functions, api) = api(|config| config.limits.outgoing_bytes = 1000);
    let slow = api.connect(handshake("good", "")).await.unwrap();
    let quick = api.connect(handshake("good", "")).await.unwrap();
    let frame = "x".repeat(400);
    let posted: Vec<_> = (0..3)
        .map(|_| api.post(slow.connection_id(), frame.clone()))
        .collect();
    assert_eq!(posted, [Ok(()), Ok(()), Err(PostError::Gone)]);
    for _ in 0..3 {
        api.post(quick.connection_id(), frame.clone()).unwrap();
        assert!(quick.next_frame().await.is_some());
    }
    drop(slow);
    tokio::task::yield_now().await;
    assert_eq!((api.connected(), functions.of("disconnect").len()), (1, 1));
}

#[test]
fn access_is_on_the_stage_the_method_and_the_connection() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _guard = runtime.enter();
    let (_, api) = api(|_| {});
    let call = |uri: &str| Call {
        caller: Caller::Outside,
        operation: String::new(),
        method: Method::POST,
        uri: uri.parse().unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let access = api.access(&call("/local/@connections/abc%3D")).unwrap().remove(0);
    let resource = "arn:aws:execute-api:eu-west-1:000000000000:sojourn/local/POST/@connections/abc=";
    assert_eq!(
        (access.action.as_str(), access.resource.as_str()),
        ("execute-api:ManageConnections", resource)
    );
    assert_eq!(
        api.access(&call("/other/@connections/abc")).unwrap_err().status,
        403
    );
}

type Client = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

async fn serve(api: Arc<WebSocketApi>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/local", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(api)).await });
    url
}

async fn join(url: &str, token: &str) -> Result<Client, tungstenite::Error> {
    let mut request = url.into_client_request()?;
    let protocols = format!("sojourn.v1, {token}").parse().unwrap();
    request
        .headers_mut()
        .insert(http::header::SEC_WEBSOCKET_PROTOCOL, protocols);
    let (client, response) = tokio_tungstenite::connect_async(request).await?;
    assert_eq!(
        response.headers()[http::header::SEC_WEBSOCKET_PROTOCOL],
        "sojourn.v1"
    );
    Ok(client)
}

/// The code of the close that the server sends; `None` without a code, or if it does not think of closing.
async fn close_code(client: &mut Client) -> Option<u16> {
    let closed = async {
        while let Some(Ok(message)) = client.next().await {
            if let Message::Close(frame) = message {
                return frame.map(|frame| frame.code.into());
            }
        }
        None
    };
    tokio::time::timeout(Duration::from_secs(60), closed)
        .await
        .unwrap_or_default()
}

/// A message in frames of `size` bytes.
async fn send_in_frames(client: &mut Client, text: &str, size: usize) {
    use tungstenite::protocol::frame::Frame;
    use tungstenite::protocol::frame::coding::{Data, OpCode};
    let chunks: Vec<_> = text.as_bytes().chunks(size).collect();
    for (at, chunk) in chunks.iter().enumerate() {
        let code = OpCode::Data(if at == 0 { Data::Text } else { Data::Continue });
        let frame = Frame::message(chunk.to_vec(), code, at + 1 == chunks.len());
        client.send(Message::Frame(frame)).await.unwrap();
    }
}

#[tokio::test]
async fn a_real_client_connects_talks_and_leaves() {
    let (functions, api) = api(|_| {});
    let url = serve(Arc::clone(&api)).await;
    let mut client = join(&url, "good").await.unwrap();
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(
        client.next().await.unwrap().unwrap(),
        Message::text("got 5 bytes")
    );

    send_in_frames(&mut client, &"x".repeat(128 * 1024), 32 * 1024).await;
    assert_eq!(
        client.next().await.unwrap().unwrap(),
        Message::text("got 131072 bytes")
    );

    let id = functions.of("connect")[0]["requestContext"]["connectionId"]
        .as_str()
        .unwrap()
        .to_owned();
    api.post(&id, "pushed".into()).unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), Message::text("pushed"));

    client.close(None).await.unwrap();
    assert_eq!(close_code(&mut client).await, None);
    while functions.of("disconnect").is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        functions.of("disconnect")[0]["requestContext"]["disconnectStatusCode"],
        1005
    );
    assert_eq!(api.connected(), 0);
}

#[tokio::test]
async fn a_refused_client_sees_the_status() {
    let (_, api) = api(|_| {});
    let url = serve(api).await;
    for (token, expected) in [("unknown", 401), ("denied", 403)] {
        match join(&url, token).await {
            Err(tungstenite::Error::Http(response)) => assert_eq!(response.status().as_u16(), expected),
            other => panic!("{token}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_api_gateway_does_not_take_closes_the_connection_with_its_code() {
    let (functions, api) = api(|_| {});
    let url = serve(api).await;
    let mut one_large_frame = join(&url, "good").await.unwrap();
    one_large_frame
        .send(Message::text("x".repeat(32 * 1024 + 1)))
        .await
        .unwrap();
    assert_eq!(close_code(&mut one_large_frame).await, Some(1009));

    let mut large_message = join(&url, "good").await.unwrap();
    send_in_frames(&mut large_message, &"x".repeat(128 * 1024 + 1), 32 * 1024).await;
    assert_eq!(close_code(&mut large_message).await, Some(1009));

    let mut binary = join(&url, "good").await.unwrap();
    binary.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(close_code(&mut binary).await, Some(1003));
    assert!(functions.of("answer").is_empty());
}

/// Source: the quotas of API Gateway's WebSocket APIs. The other tests shorten the times; here they are what they are.
#[test]
fn the_limits_are_api_gateways() {
    let limits = Limits::default();
    assert_eq!((limits.frame_bytes, limits.message_bytes), (32_768, 131_072));
    assert_eq!((limits.idle.as_secs(), limits.lifetime.as_secs()), (600, 7_200));
    assert_eq!(limits.integration_timeout.as_secs(), 29);
}

#[tokio::test]
async fn a_deleted_an_idle_and_an_old_connection_are_closed() {
    let (functions, deleting) = api(|_| {});
    let mut client = join(&serve(Arc::clone(&deleting)).await, "good").await.unwrap();
    let id = functions.of("connect")[0]["requestContext"]["connectionId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(manage(&deleting, Method::DELETE, &id, "").await.0, 204);
    assert_eq!(close_code(&mut client).await, Some(1000));

    let (_, idling) = api(|config| config.limits.idle = Duration::from_millis(50));
    let mut client = join(&serve(idling).await, "good").await.unwrap();
    assert_eq!(close_code(&mut client).await, Some(1001));

    let (_, ageing) = api(|config| config.limits.lifetime = Duration::from_millis(50));
    let mut client = join(&serve(ageing).await, "good").await.unwrap();
    assert_eq!(close_code(&mut client).await, Some(1001));
}
