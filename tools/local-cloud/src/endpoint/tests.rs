//! Who is calling, what is refused, how errors read on the wire. Services themselves are tested where they live.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::*;
use crate::iam::Statement;

struct Echo(Protocol);

#[async_trait]
impl AwsService for Echo {
    fn signing_name(&self) -> &'static str {
        "echo"
    }
    fn protocol(&self) -> Protocol {
        self.0
    }
    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        Ok(vec![Access {
            action: format!("echo:{}", call.operation),
            resource: "arn:echo".into(),
        }])
    }
    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        match call.operation.as_str() {
            "Fail" => Err(AwsError::new("EchoFailed", "a < b").with_member("Reasons", json!([1]))),
            operation => Ok(Response::new(Bytes::from(operation.to_string()))),
        }
    }
}

fn endpoint(protocol: Protocol) -> Endpoint {
    let endpoint = Endpoint::new("eu-west-1", 7);
    endpoint.register(Arc::new(Echo(protocol)));
    let allow = json!({ "Effect": "Allow", "Action": ["echo:Say", "echo:Fail"], "Resource": "arn:echo" });
    endpoint.set_policies(
        "PlannerFunction",
        Policies::new(Statement::parse_all(&allow).unwrap()),
    );
    endpoint
}

fn signed(caller: &str, target: &str) -> Request<Bytes> {
    Request::builder()
        .method("POST")
        .uri("http://local/")
        .header("x-amz-target", format!("Echo_20260101.{target}"))
        .header("authorization", format!("AWS4-HMAC-SHA256 Credential={caller}/20261121/eu-west-1/echo/aws4_request, SignedHeaders=host, Signature=0"))
        .body(Bytes::new())
        .unwrap()
}

fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test]
async fn a_functions_policies_decide_and_outsiders_may_do_anything() {
    let endpoint = endpoint(Protocol::AwsJson10);
    assert_eq!(
        endpoint
            .call(signed("PlannerFunction", "Say"))
            .await
            .body()
            .as_ref(),
        b"Say"
    );
    assert_eq!(
        endpoint.call(signed("AKIAEXAMPLE", "Burn")).await.body().as_ref(),
        b"Burn"
    );
    let refused = endpoint.call(signed("PlannerFunction", "Burn")).await;
    assert_eq!(refused.status(), 400);
    let refused = body(&refused);
    assert_eq!(refused["__type"], "AccessDeniedException");
    let message = refused["message"].as_str().unwrap();
    for part in ["PlannerFunction", "echo:Burn", "arn:echo"] {
        assert!(message.contains(part), "{message}");
    }
    let seen = endpoint.calls_seen();
    let denied: Vec<_> = seen.iter().filter(|s| !s.call.allowed).collect();
    assert_eq!(denied.len(), 1);
    assert_eq!(
        (denied[0].call.caller.as_str(), denied[0].call.action.as_str()),
        ("PlannerFunction", "echo:Burn")
    );
}

#[tokio::test]
async fn errors_keep_code_members_and_request_id_in_each_protocol() {
    let json = endpoint(Protocol::AwsJson11)
        .call(signed("PlannerFunction", "Fail"))
        .await;
    assert_eq!(json.headers()["content-type"], "application/x-amz-json-1.1");
    assert_eq!(json.headers()["x-amzn-errortype"], "EchoFailed");
    assert!(json.headers().contains_key("x-amzn-requestid"));
    assert_eq!(body(&json)["Reasons"], json!([1]));
    assert!(encoded(Protocol::RestXml).contains("<Error><Code>EchoFailed</Code><Message>a &lt; b</Message>"));
    assert!(encoded(Protocol::Query).contains("<Type>Sender</Type><Code>EchoFailed</Code>"));
}

fn encoded(protocol: Protocol) -> String {
    let error = AwsError::new("EchoFailed", "a < b");
    String::from_utf8(errors::encode(protocol, &error, "id").into_body().to_vec()).unwrap()
}

#[tokio::test]
async fn unsigned_and_unknown_are_refused_clearly() {
    let endpoint = endpoint(Protocol::AwsJson10);
    let unsigned = Request::builder()
        .uri("http://local/")
        .body(Bytes::new())
        .unwrap();
    assert_eq!(endpoint.call(unsigned).await.status(), 403);
    let mut unknown = signed("PlannerFunction", "Say");
    let scope = "AWS4-HMAC-SHA256 Credential=X/20261121/eu-west-1/nosuch/aws4_request";
    unknown
        .headers_mut()
        .insert("authorization", scope.parse().unwrap());
    assert!(
        body(&endpoint.call(unknown).await)["message"]
            .as_str()
            .unwrap()
            .contains("nosuch")
    );
}

#[tokio::test]
async fn a_presigned_query_string_names_the_caller() {
    let endpoint = endpoint(Protocol::RestJson);
    let request = Request::builder()
        .uri("http://local/x?X-Amz-Credential=AKID%2F20261121%2Feu-west-1%2Fecho%2Faws4_request&X-Amz-Signature=0")
        .body(Bytes::new())
        .unwrap();
    assert_eq!(endpoint.call(request).await.status(), 200);
    // The older way names no service: it is S3's, which is not here.
    let older = Request::builder()
        .uri("http://local/x?AWSAccessKeyId=AKID&Signature=0&Expires=1795251660")
        .body(Bytes::new())
        .unwrap();
    let answer = body(&endpoint.call(older).await);
    assert!(
        answer["message"].as_str().unwrap().contains("no service s3"),
        "{answer}"
    );
}

/// The answer comes after the whole body: one that came before would meet a client that is still sending.
#[tokio::test]
async fn a_body_that_is_too_large_is_refused_in_the_services_own_protocol() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = endpoint(Protocol::AwsJson10);
    let server = tokio::spawn(async move { endpoint.serve(listener).await });
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let length = 16 * 1024 * 1024 + 1;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: local\r\nConnection: close\r\nContent-Length: {length}\r\nX-Amz-Target: Echo.Say\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=PlannerFunction/20261121/eu-west-1/echo/aws4_request\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&vec![b'x'; length]).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    server.abort();
    assert!(
        answer.starts_with("HTTP/1.1 413")
            && answer.contains("\"__type\":\"RequestEntityTooLargeException\""),
        "{answer}"
    );
}

#[tokio::test]
async fn the_same_answers_over_http() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = endpoint(Protocol::AwsJson10);
    let server = tokio::spawn(async move { endpoint.serve(listener).await });
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = "POST / HTTP/1.1\r\nHost: local\r\nConnection: close\r\nContent-Length: 0\r\nX-Amz-Target: Echo.Say\r\nAuthorization: AWS4-HMAC-SHA256 Credential=PlannerFunction/20261121/eu-west-1/echo/aws4_request\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    server.abort();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("Say"),
        "{answer}"
    );
}

/// A cloud that starts again resumes work before all its services are in place.
#[tokio::test(start_paused = true)]
async fn a_call_that_comes_too_early_waits_for_its_service() {
    let endpoint = Endpoint::new("eu-west-1", 1);
    endpoint.hold();
    let early = tokio::spawn({
        let endpoint = endpoint.clone();
        async move {
            endpoint
                .call_as(Caller::Outside, "late", "Anything", Bytes::new())
                .await
        }
    });
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(
        !early.is_finished(),
        "it was answered before there was anybody to answer"
    );
    endpoint.open();
    let error = early.await.unwrap().unwrap_err();
    assert_eq!(error.code, "UnknownOperationException");
}
