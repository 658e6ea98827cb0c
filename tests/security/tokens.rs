//! Covers: tokens that are not good, at the door of the whole system: the status on the wire, the reason in the audit,
//! an issuer that rotates its keys, and which issuers a deployment may have. The key is the local issuer's own, read
//! from its file, so that each token is wrong in one thing only. Does not cover a real identity provider.

use std::sync::Arc;
use std::time::Duration;

use events_schema::person::Role;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use lambda_host::{ConfigError, Runtime};
use local_cloud::edge::websocket::{Handshake, WebSocketApi};
use serde_json::{Value, json};
use sojourn::laptop::{Identity, LocalHttp, person_named};

use super::outcome::refused;
use super::public_key::PublicKey;
use crate::end_to_end::people::{door, enter};
use crate::end_to_end::world::World;

const KEY_FILE: &str = "identity-key.pem";

/// The issuer's own key and what a good token says.
struct Issuer {
    key: EncodingKey,
    key_id: String,
    claims: Value,
}

impl Issuer {
    fn of(world: &World) -> Self {
        // Signing one makes the key, if it is not there yet.
        let good = good(world);
        let pem = std::fs::read(world.data_dir().join(KEY_FILE)).expect("the issuer's key");
        let claims = good.split('.').nth(1).expect("claims");
        Self {
            key: EncodingKey::from_rsa_pem(&pem).expect("a key"),
            key_id: decode_header(&good).expect("a header").kid.expect("a key id"),
            claims: serde_json::from_slice(&unbase64(claims)).expect("JSON"),
        }
    }

    fn header(&self, algorithm: Algorithm) -> Header {
        let mut header = Header::new(algorithm);
        header.kid = Some(self.key_id.clone());
        header
    }

    fn sign(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.key).expect("a token")
    }

    fn with(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.sign(&self.header(Algorithm::RS256), &claims)
    }

    fn without(&self, name: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().expect("claims").remove(name);
        self.sign(&self.header(Algorithm::RS256), &claims)
    }

    /// As if nobody checked: a header of the attacker's choosing over the same claims.
    fn unsigned(&self, algorithm: &str) -> String {
        let header = json!({"alg": algorithm, "kid": self.key_id, "typ": "JWT"});
        format!(
            "{}.{}.",
            base64(&header.to_string()),
            base64(&self.claims.to_string())
        )
    }

    /// The public key, which everybody has, used as the secret of an HMAC.
    fn confused(&self, public: &str) -> String {
        let secret = EncodingKey::from_secret(public.as_bytes());
        encode(&self.header(Algorithm::HS256), &self.claims, &secret).expect("a token")
    }

    fn raised(&self) -> String {
        let good = self.sign(&self.header(Algorithm::RS256), &self.claims);
        let mut parts: Vec<_> = good.split('.').map(str::to_owned).collect();
        let mut claims = self.claims.clone();
        claims["metadata"]["roles"] = json!(["administrator"]);
        parts[1] = base64(&claims.to_string());
        parts.join(".")
    }

    fn under_another_key_id(&self) -> String {
        let mut header = self.header(Algorithm::RS256);
        header.kid = Some("made-up".into());
        self.sign(&header, &self.claims)
    }

    fn without_key_id(&self) -> String {
        self.sign(&Header::new(Algorithm::RS256), &self.claims)
    }
}

fn good(world: &World) -> String {
    let traveller = person_named("traveller").expect("a sample person");
    world.laptop.token(traveller).expect("a token")
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

fn unbase64(text: &str) -> Vec<u8> {
    use base64::Engine;
    let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text);
    decoded.expect("base64")
}

/// Somebody with a key pair of their own, who says they are the issuer.
fn foreign(issuer: &Issuer) -> String {
    let elsewhere = tempfile::tempdir().expect("a directory");
    let stranger = Identity::open(elsewhere.path()).expect("a directory of their own");
    stranger.ready().expect("a key is made");
    let pem = std::fs::read(elsewhere.path().join(KEY_FILE)).expect("the key");
    let key = EncodingKey::from_rsa_pem(&pem).expect("a key");
    encode(&issuer.header(Algorithm::RS256), &issuer.claims, &key).expect("a token")
}

/// What was tried, the token, and the reason in the audit.
type Case = (&'static str, String, &'static str);

fn not_signed_by_the_issuer(issuer: &Issuer) -> Vec<Case> {
    vec![
        ("no token beside the protocol", String::new(), "no token"),
        ("no token at all", "hello".into(), "not a signed token"),
        ("alg none", issuer.unsigned("none"), "not a signed token"),
        ("alg None", issuer.unsigned("NONE"), "not a signed token"),
        ("RS256 without a signature", issuer.unsigned("RS256"), "signature"),
        (
            "another RSA algorithm",
            issuer.sign(&issuer.header(Algorithm::RS384), &issuer.claims),
            "another algorithm",
        ),
        ("roles raised after signing", issuer.raised(), "signature"),
        (
            "a key of their own under our key id",
            foreign(&issuer),
            "signature",
        ),
        (
            "a key id nobody published",
            issuer.under_another_key_id(),
            "does not publish",
        ),
        ("no key id", issuer.without_key_id(), "no key id"),
    ]
}

fn signed_with_the_public_key(issuer: &Issuer) -> Vec<Case> {
    let public = PublicKey::of(&issuer.key);
    vec![
        (
            "HMAC with the public key's modulus",
            issuer.confused(&public.modulus()),
            "another algorithm",
        ),
        (
            "HMAC with the public key as PEM",
            issuer.confused(&public.pem()),
            "another algorithm",
        ),
        (
            "HMAC with the public key as PEM of PKCS #1",
            issuer.confused(&public.pkcs1_pem()),
            "another algorithm",
        ),
        (
            "HMAC with the public key as published",
            issuer.confused(&public.jwk()),
            "another algorithm",
        ),
    ]
}

fn not_for_us_or_not_now(issuer: &Issuer, now: i64) -> Vec<Case> {
    vec![
        (
            "another issuer",
            issuer.with("iss", json!("https://evil.example.com")),
            "another issuer",
        ),
        ("no issuer", issuer.without("iss"), "another issuer"),
        (
            "another party",
            issuer.with("azp", json!("https://evil.example.com")),
            "party",
        ),
        ("no party", issuer.without("azp"), "party"),
        ("expired", issuer.with("exp", json!(now - 60)), "expired"),
        ("never expiring", issuer.without("exp"), "not a signed token"),
        (
            "not valid yet",
            issuer.with("nbf", json!(now + 600)),
            "not valid yet",
        ),
        (
            "issued in the future",
            issuer.with("iat", json!(now + 600)),
            "not valid yet",
        ),
        (
            "a pending session",
            issuer.with("sts", json!("pending")),
            "pending",
        ),
        ("nobody", issuer.with("sub", json!("")), "names nobody"),
    ]
}

#[tokio::test(start_paused = true)]
async fn whoever_has_no_good_token_is_refused_and_written_down() {
    let world = World::start().await;
    let door = door(&world);
    let issuer = Issuer::of(&world);
    let now = world.laptop.now().as_second();
    let cases = [
        not_signed_by_the_issuer(&issuer),
        signed_with_the_public_key(&issuer),
        not_for_us_or_not_now(&issuer, now),
    ]
    .concat();
    for (attempt, token, _) in &cases {
        let refusal = enter(&door, token).await.err();
        println!(
            "{attempt:<72} {}",
            refusal.as_ref().map_or(0, |refusal| refusal.status)
        );
        assert_eq!(refusal.map(|refusal| refusal.status), Some(403), "{attempt}");
        // The wrong token of one is not the flood of many.
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    // Without the header API Gateway asks nobody.
    let bare = door.connect(Handshake::default()).await.err();
    assert_eq!(bare.map(|refusal| refusal.status), Some(401));

    let written = refused(&world, "$connect").await;
    assert_eq!(written.len(), cases.len());
    for (row, (attempt, token, reason)) in written.iter().zip(&cases) {
        assert!(row.evidence.contains(reason), "{attempt}: {}", row.evidence);
        assert!(
            row.evidence.contains("AUTH_FAILED") && row.employee_id.is_none(),
            "{attempt}"
        );
        assert!(
            token.is_empty() || !row.evidence.contains(token.as_str()),
            "{attempt}"
        );
    }
}

/// A form that nobody's key has would try nothing: what is fed to the HMAC verifies the issuer's own tokens.
#[tokio::test(start_paused = true)]
async fn the_public_key_is_the_issuers() {
    let world = World::start().await;
    let public = PublicKey::of(&Issuer::of(&world).key);
    let mut validation = Validation::new(Algorithm::RS256);
    // By the wall's clock, not the world's.
    validation.validate_exp = false;
    validation.validate_aud = false;
    for pem in [public.pem(), public.pkcs1_pem()] {
        let key = DecodingKey::from_rsa_pem(pem.as_bytes()).expect("a public key");
        let error = decode::<Value>(good(&world), &key, &validation).err();
        assert!(error.is_none(), "{pem}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_bad_tokens_is_cheap_and_keeps_nobody_out() {
    let world = World::start().await;
    let door = door(&world);
    for _ in 0..60 {
        assert!(enter(&door, "hello").await.is_err());
    }
    enter(&door, &good(&world)).await.expect("let in meanwhile");
    let written = refused(&world, "$connect").await.len();
    assert!((1..=10).contains(&written), "{written} rows for one flood");
}

/// The old key is withdrawn and its tokens with it; what the new one signs is good at once.
#[tokio::test(start_paused = true)]
async fn a_rotated_key_counts_and_a_withdrawn_one_does_not() {
    let world = World::start().await;
    let before = good(&world);
    enter(&door(&world), &before).await.expect("let in");
    std::fs::remove_file(world.data_dir().join(KEY_FILE)).expect("removed");
    let world = world.crash().await;
    let door = door(&world);
    enter(&door, &good(&world)).await.expect("the new key is good");
    assert_eq!(
        enter(&door, &before).await.err().map(|refusal| refusal.status),
        Some(403)
    );
    let written = refused(&world, "$connect").await;
    assert!(written[0].evidence.contains("does not publish"), "{written:?}");
}

/// What deploys does not start with the local issuer, whatever the stack's parameters say.
#[tokio::test(start_paused = true)]
async fn a_deployment_refuses_the_local_issuer() {
    let world = World::start().await;
    let functions = &world.laptop.cloud.template().functions;
    let authorizer = functions
        .iter()
        .find(|function| function.logical_id == "GatewayAuthorizerFunction")
        .expect("an authorizer");
    let mut runtime = Runtime {
        aws: world.laptop.cloud.sdk_config("a-test"),
        settings: authorizer.environment.clone(),
        clock: Arc::new(StandingClock),
        http: Arc::new(LocalHttp::new()),
    };
    let refusal = gateway::authorizer::function(&runtime).err().expect("refused");
    assert!(
        matches!(&refusal, ConfigError::Invalid { name, .. } if name == "JWT_ISSUER"),
        "{refusal}"
    );
    for name in ["JWT_ISSUER", "JWT_JWKS_URL"] {
        runtime
            .settings
            .insert(name.into(), "https://clerk.example.com".into());
    }
    gateway::authorizer::function(&runtime).expect("a public issuer is fine");
}

struct StandingClock;

impl lambda_host::Clock for StandingClock {
    fn now(&self) -> jiff::Timestamp {
        crate::end_to_end::world::beginning()
    }
}

/// A role of one's own invention gives nothing.
#[tokio::test(start_paused = true)]
async fn an_invented_role_gives_nothing() {
    let world = World::start().await;
    let issuer = Issuer::of(&world);
    let door: Arc<WebSocketApi> = door(&world);
    let token = issuer.with("metadata", json!({"roles": ["travel_manager ", "root", "*"]}));
    let session = super::outcome::Bare(enter(&door, &token).await.expect("let in"));
    let frame = session
        .say(json!({"action": "who_am_i", "actionId": "me"}).to_string())
        .await;
    let events_schema::socket::FrameBody::YouAre { roles, .. } = frame.body else {
        panic!("{frame:?}")
    };
    assert_eq!(roles, [Role::Traveller]);
}
