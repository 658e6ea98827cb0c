//! Tokens good and bad, against sample keys that are used nowhere else, and how often the issuer is asked for its
//! keys. Not covered: the real issuer, and TLS towards it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use lambda_host::http::{HttpClient, HttpError};

use super::*;

const ISSUER: &str = "https://issuer.example.com";
const ARN: &str = "arn:aws:execute-api:eu-west-1:000000000000:api/live/$connect";

fn issuer_key() -> EncodingKey {
    EncodingKey::from_rsa_pem(include_bytes!("testdata/sample-issuer-key.pem")).unwrap()
}

fn other_key() -> EncodingKey {
    EncodingKey::from_rsa_pem(include_bytes!("testdata/sample-other-key.pem")).unwrap()
}

fn published(key_id: &str) -> Value {
    let mut key =
        serde_json::to_value(Jwk::from_encoding_key(&issuer_key(), Algorithm::RS256).unwrap()).unwrap();
    key["kid"] = json!(key_id);
    key["use"] = json!("sig");
    key
}

struct Issuer {
    keys: Mutex<Vec<Value>>,
    /// It answers, with an error.
    down: AtomicBool,
    asked: AtomicUsize,
}

#[async_trait]
impl HttpClient for Issuer {
    async fn send(&self, _request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let body = json!({"keys": *self.keys.lock().unwrap()}).to_string();
        let mut response = http::Response::new(body.into());
        if self.down.load(Ordering::SeqCst) {
            *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        }
        Ok(response)
    }
}

struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct World {
    issuer: Arc<Issuer>,
    clock: Arc<TestClock>,
    verifier: SignedTokens,
}

fn world() -> World {
    let issuer = Arc::new(Issuer {
        keys: Mutex::new(vec![published("key-1")]),
        down: AtomicBool::new(false),
        asked: AtomicUsize::new(0),
    });
    let clock = Arc::new(TestClock(Mutex::new(events_schema::samples::now())));
    let verifier = SignedTokens {
        keys: Keys::new(issuer.clone(), "https://issuer.example.com/keys").unwrap(),
        expected: Expected::new(ISSUER, "https://travel.example.com, http://localhost:8080").unwrap(),
        clock: clock.clone(),
    };
    World {
        issuer,
        clock,
        verifier,
    }
}

fn claims() -> Value {
    let now = events_schema::samples::now().as_second();
    json!({
        "sub": "sample-traveller-1",
        "iss": ISSUER,
        "azp": "https://travel.example.com",
        "iat": now - 5,
        "nbf": now - 5,
        "exp": now + 60,
    })
}

fn header(algorithm: Algorithm, key_id: &str) -> Header {
    let mut header = Header::new(algorithm);
    header.kid = Some(key_id.into());
    header
}

fn token(claims: &Value) -> String {
    encode(&header(Algorithm::RS256, "key-1"), claims, &issuer_key()).unwrap()
}

fn with(name: &str, value: Value) -> String {
    let mut claims = claims();
    claims[name] = value;
    token(&claims)
}

fn without(name: &str) -> String {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    token(&claims)
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// A token whose header says `none`, with or without a signature.
fn unsigned(algorithm: &str, signature: &str) -> String {
    let header = base64(&json!({"alg": algorithm, "kid": "key-1", "typ": "JWT"}).to_string());
    format!("{header}.{}.{signature}", base64(&claims().to_string()))
}

impl World {
    fn pass(&self, time: SignedDuration) {
        *self.clock.0.lock().unwrap() += time;
    }

    fn asked(&self) -> usize {
        self.issuer.asked.load(Ordering::SeqCst)
    }

    /// What becomes of a token that is good by this world's clock, signed under this key id.
    async fn verify(&self, key_id: &str) -> Result<Identity, VerifyError> {
        let now = self.clock.now().as_second();
        let mut claims = claims();
        for (name, value) in [("iat", now), ("nbf", now), ("exp", now + 60)] {
            claims[name] = json!(value);
        }
        let token = encode(&header(Algorithm::RS256, key_id), &claims, &issuer_key()).unwrap();
        self.verifier.verify(&token).await
    }
}

/// The classic confusion: the issuer's public key, which everybody has, used as the secret of an HMAC.
fn signed_with_the_public_key() -> String {
    let secret = EncodingKey::from_secret(published("key-1")["n"].as_str().unwrap().as_bytes());
    encode(&header(Algorithm::HS256, "key-1"), &claims(), &secret).unwrap()
}

fn tampered() -> String {
    let good = token(&claims());
    let mut parts: Vec<_> = good.split('.').map(str::to_owned).collect();
    let mut other = claims();
    other["sub"] = json!("sample-manager-1");
    parts[1] = base64(&other.to_string());
    parts.join(".")
}

#[tokio::test]
async fn a_good_token_names_the_person_and_their_roles() {
    let mut good = claims();
    good["org_role"] = json!("org:approver");
    let identity = world().verifier.verify(&token(&good)).await.unwrap();
    assert_eq!(identity.employee.as_str(), "sample-traveller-1");
    assert_eq!(identity.roles, vec![Role::Traveller, Role::Approver]);
    let issued_at = events_schema::samples::now() - SignedDuration::from_secs(5);
    assert_eq!(identity.token_issued_at, Some(issued_at));
    let silent = world().verifier.verify(&without("iat")).await.unwrap();
    assert_eq!(silent.token_issued_at, None);
}

#[tokio::test]
async fn bad_tokens_are_refused_each_for_its_own_reason() {
    let now = events_schema::samples::now().as_second();
    let stranger = encode(&header(Algorithm::RS256, "key-1"), &claims(), &other_key()).unwrap();
    let unknown = encode(&header(Algorithm::RS256, "key-9"), &claims(), &other_key()).unwrap();
    let rs512 = encode(&header(Algorithm::RS512, "key-1"), &claims(), &issuer_key()).unwrap();
    let nameless = encode(&Header::new(Algorithm::RS256), &claims(), &issuer_key()).unwrap();
    let cases = [
        ("nothing", String::new(), Refused::Malformed),
        ("no token", "hello".into(), Refused::Malformed),
        ("alg none", unsigned("none", ""), Refused::Malformed),
        ("alg None", unsigned("None", ""), Refused::Malformed),
        (
            "alg none, signed",
            unsigned("none", &base64("x")),
            Refused::Malformed,
        ),
        (
            "RS256 without signature",
            unsigned("RS256", ""),
            Refused::Signature,
        ),
        (
            "HMAC with the public key",
            signed_with_the_public_key(),
            Refused::Algorithm,
        ),
        ("another RSA algorithm", rs512, Refused::Algorithm),
        ("no key id", nameless, Refused::NoKeyId),
        (
            "somebody else's key under a known id",
            stranger,
            Refused::Signature,
        ),
        ("a key nobody published", unknown, Refused::UnknownKey),
        ("claims changed after signing", tampered(), Refused::Signature),
        (
            "another issuer",
            with("iss", json!("https://evil.example.com")),
            Refused::Issuer,
        ),
        ("no issuer", without("iss"), Refused::Issuer),
        ("expired", with("exp", json!(now - 6)), Refused::Expired),
        ("no expiry", without("exp"), Refused::Malformed),
        ("not yet", with("nbf", json!(now + 30)), Refused::NotYet),
        (
            "issued in the future",
            with("iat", json!(now + 30)),
            Refused::NotYet,
        ),
        (
            "another party",
            with("azp", json!("https://evil.example.com")),
            Refused::Party,
        ),
        ("no party", without("azp"), Refused::Party),
        ("pending session", with("sts", json!("pending")), Refused::Pending),
        ("nobody", with("sub", json!("")), Refused::Nobody),
        ("no subject", without("sub"), Refused::Malformed),
    ];
    for (name, token, expected) in cases {
        match world().verifier.verify(&token).await {
            Err(VerifyError::Refused(reason)) => assert_eq!(reason, expected, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_key_of_another_kind_does_not_verify() {
    let secret = json!({"kty": "oct", "kid": "key-1", "k": base64("secret")});
    let mut encryption = published("key-1");
    encryption["use"] = json!("enc");
    let mut rs512 = published("key-1");
    rs512["alg"] = json!("RS512");
    for key in [secret, encryption, rs512] {
        let world = world();
        *world.issuer.keys.lock().unwrap() = vec![key.clone()];
        let outcome = world.verifier.verify(&token(&claims())).await;
        assert!(
            matches!(outcome, Err(VerifyError::Refused(Refused::UnfitKey))),
            "{key}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn an_unknown_key_makes_us_ask_once_a_minute() {
    let world = world();
    let rotated = encode(&header(Algorithm::RS256, "key-2"), &claims(), &issuer_key()).unwrap();
    world.verifier.verify(&token(&claims())).await.unwrap();
    for _ in 0..20 {
        world.verifier.verify(&rotated).await.unwrap_err();
    }
    assert_eq!(world.issuer.asked.load(Ordering::SeqCst), 1);

    world.issuer.keys.lock().unwrap().push(published("key-2"));
    *world.clock.0.lock().unwrap() += SignedDuration::from_secs(61);
    world.verifier.verify(&rotated).await.unwrap();
    assert_eq!(world.issuer.asked.load(Ordering::SeqCst), 2);
}

/// A key that leaked is withdrawn where it is published: a function that has been warm all the while must notice.
#[tokio::test]
async fn a_withdrawn_key_counts_for_an_hour_at_most() {
    let world = world();
    world.verify("key-1").await.unwrap();
    *world.issuer.keys.lock().unwrap() = vec![published("key-2")];
    world.pass(SignedDuration::from_mins(59));
    world.verify("key-1").await.unwrap();
    assert_eq!(world.asked(), 1, "within the hour nobody asks");

    world.pass(SignedDuration::from_mins(2));
    for _ in 0..3 {
        let outcome = world.verify("key-1").await;
        assert!(
            matches!(outcome, Err(VerifyError::Refused(Refused::UnknownKey))),
            "{outcome:?}"
        );
    }
    world.verify("key-2").await.unwrap();
    assert_eq!(world.asked(), 2, "asked once for all of them");
}

/// While the issuer is away people still come in with the keys there are; it is asked once a minute, and heard at once.
#[tokio::test]
async fn keys_outlive_an_outage_of_their_issuer() {
    let world = world();
    world.verify("key-1").await.unwrap();
    world.issuer.down.store(true, Ordering::SeqCst);
    world.pass(SignedDuration::from_mins(61));
    for _ in 0..5 {
        world.verify("key-1").await.unwrap();
    }
    assert_eq!(world.asked(), 2, "not once for each of them");
    world.pass(SignedDuration::from_mins(1));
    world.verify("key-1").await.unwrap();
    assert_eq!(world.asked(), 3);

    world.issuer.down.store(false, Ordering::SeqCst);
    *world.issuer.keys.lock().unwrap() = vec![published("key-2")];
    world.pass(SignedDuration::from_mins(1));
    let outcome = world.verify("key-1").await;
    assert!(
        matches!(outcome, Err(VerifyError::Refused(Refused::UnknownKey))),
        "withdrawn meanwhile: {outcome:?}"
    );
    world.verify("key-2").await.unwrap();
    assert_eq!(world.asked(), 4);
}

/// Whoever has no keys at all cannot say anything of a token: an error, not a refusal.
#[tokio::test]
async fn without_any_keys_nobody_is_refused_nor_let_in() {
    let world = world();
    world.issuer.down.store(true, Ordering::SeqCst);
    let outcome = world.verify("key-1").await;
    assert!(
        matches!(outcome, Err(VerifyError::Keys(KeysError::Status(_)))),
        "{outcome:?}"
    );
    let outcome = world.verify("key-1").await;
    assert!(
        matches!(outcome, Err(VerifyError::Keys(KeysError::TriedJustNow))),
        "{outcome:?}"
    );
    world.issuer.down.store(false, Ordering::SeqCst);
    world.pass(SignedDuration::from_secs(1));
    world.verify("key-1").await.unwrap();
}

fn request(protocols: Option<&str>, query: Option<&str>) -> Value {
    let mut request = json!({
        "type": "REQUEST",
        "methodArn": ARN,
        "headers": {},
        "queryStringParameters": {},
        "requestContext": {"stage": "live", "apiId": "api"},
    });
    if let Some(protocols) = protocols {
        request["headers"]["Sec-WebSocket-Protocol"] = json!(protocols);
    }
    if let Some(query) = query {
        request["queryStringParameters"]["token"] = json!(query);
    }
    request
}

#[tokio::test]
async fn the_answer_is_a_policy_for_this_connection() {
    let good = token(&claims());
    let bearer = format!("sojourn.v1, bearer.{good}");
    let cases = [
        (request(Some(&bearer), None), "Allow"),
        (request(None, Some(&good)), "Allow"),
        (request(None, None), "Deny"),
        (request(Some("sojourn.v1"), None), "Deny"),
        (request(Some("sojourn.v1, bearer."), None), "Deny"),
        (request(Some("sojourn.v1, bearer.hello"), None), "Deny"),
    ];
    let issued_at = events_schema::samples::now().as_second() - 5;
    for (request, expected) in cases {
        let read = serde_json::from_value(request.clone()).unwrap();
        let (answer, reason) = answer(&world().verifier, &read).await.unwrap();
        let statement = &answer["policyDocument"]["Statement"][0];
        assert_eq!(statement["Effect"], expected, "{request}");
        assert_eq!(statement["Resource"], ARN);
        assert_eq!(reason.is_none(), expected == "Allow", "{request}");
        match expected {
            "Allow" => assert_eq!(
                answer["context"],
                json!({
                    "employeeId": "sample-traveller-1", "roles": "traveller",
                    "tokenIssuedAt": issued_at.to_string(),
                })
            ),
            _ => assert!(answer.get("context").is_none()),
        }
    }
}
