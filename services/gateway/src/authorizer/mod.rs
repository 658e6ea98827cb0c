//! Who opens a socket: the `$connect` route's REQUEST authorizer.
//!
//! The token comes as a subprotocol (`sojourn.v1, bearer.<token>`), since a browser can set no other header, or as
//! the query parameter `token`. Neither is ever logged. A refused token is answered with a Deny policy (403) and
//! leaves a trace in the audit ([`attempts`]); an error is left for what we could not find out, such as keys that
//! cannot be fetched.

mod attempts;
mod claims;
mod issuer;
mod keys;
mod verify;

use std::sync::Arc;

use async_trait::async_trait;
use aws_lambda_events::event::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest;
use events_schema::ids::EmployeeId;
use events_schema::person::Role;
use http::HeaderMap;
use jiff::Timestamp;
use lambda_host::{Clock, ConfigError, Function, HandlerError, Invocation, Live, Runtime};
use serde_json::{Value, json};

pub use keys::KeysError;
pub use verify::{Expected, Refused};

use attempts::Attempts;
use keys::Keys;
use lambda_host::door::{PROTOCOL, issued_to_context, roles_to_context};

/// A verified person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub employee: EmployeeId,
    pub roles: Vec<Role>,
    /// Decisions about money want to know; `None` where the token does not say.
    pub token_issued_at: Option<Timestamp>,
}

#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The token is not good.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// We cannot say.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

/// Any identity provider: a token in, a person out.
#[async_trait]
pub trait Verifier: Send + Sync {
    async fn verify(&self, token: &str) -> Result<Identity, VerifyError>;
}

/// Signed tokens (RS256) with published keys, as Clerk and most OpenID providers issue them.
struct SignedTokens {
    keys: Keys,
    expected: Expected,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Verifier for SignedTokens {
    async fn verify(&self, token: &str) -> Result<Identity, VerifyError> {
        // Cheap checks first: a malformed token must not make us fetch keys.
        let key_id = verify::key_id(token)?;
        let now = self.clock.now();
        let key = self.keys.find(&key_id, now).await?.ok_or(Refused::UnknownKey)?;
        Ok(verify::verify(token, &key, &self.expected, now)?)
    }
}

struct Authorizer {
    verifier: Arc<dyn Verifier>,
    attempts: Attempts,
}

/// Settings: `JWT_ISSUER`, `JWT_JWKS_URL`, `JWT_AUTHORIZED_PARTIES` (comma-separated origins, at least one), and those
/// of `Attempts`. Refuses an issuer that is not a public one.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    for name in ["JWT_ISSUER", "JWT_JWKS_URL"] {
        issuer::must_be_public(name, runtime.setting(name)?)?;
    }
    for_any_issuer(runtime)
}

/// The same for the local cloud, whose issuer signs sample people in. No deployed binary calls this.
pub fn for_any_issuer(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let expected = Expected::new(
        runtime.setting("JWT_ISSUER")?,
        runtime.setting("JWT_AUTHORIZED_PARTIES")?,
    )?;
    let keys = Keys::new(runtime.http.clone(), runtime.setting("JWT_JWKS_URL")?)?;
    let clock = runtime.clock.clone();
    function_with(
        Arc::new(SignedTokens {
            keys,
            expected,
            clock,
        }),
        runtime,
    )
}

/// The authorizer over another identity provider.
pub fn function_with(
    verifier: Arc<dyn Verifier>,
    runtime: &Runtime,
) -> Result<Arc<dyn Function>, ConfigError> {
    let attempts = Attempts::from_runtime(runtime)?;
    Ok(Arc::new(Authorizer { verifier, attempts }))
}

#[async_trait]
impl Function for Authorizer {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let live = Live::of(&payload);
        // The crate's type of this request, made for another kind of API, leaves it out.
        let connection = payload
            .pointer("/requestContext/connectionId")
            .and_then(Value::as_str);
        let connection = connection.unwrap_or("unknown").to_owned();
        let request: ApiGatewayCustomAuthorizerRequestTypeRequest = serde_json::from_value(payload)?;
        let (answer, refused) = answer(self.verifier.as_ref(), &request).await?;
        if let (Some(reason), Some(live)) = (refused, live) {
            tracing::info!(%reason, "socket refused");
            self.attempts.remember(&live, &connection, &reason).await;
        }
        Ok(answer)
    }
}

/// The policy for this connection, and why it says no.
async fn answer(
    verifier: &dyn Verifier,
    request: &ApiGatewayCustomAuthorizerRequestTypeRequest,
) -> Result<(Value, Option<Refused>), KeysError> {
    let resource = request.method_arn.as_deref().unwrap_or("*");
    let identity = match token(request) {
        Some(token) => verifier.verify(&token).await,
        None => Err(Refused::NoToken.into()),
    };
    match identity {
        Ok(identity) => Ok((allow(resource, &identity), None)),
        Err(VerifyError::Refused(reason)) => Ok((deny(resource), Some(reason))),
        Err(VerifyError::Keys(error)) => Err(error),
    }
}

/// Whether the client speaks our protocol: only then may it be named in the answer.
pub fn offers_protocol(headers: &HeaderMap) -> bool {
    protocols(headers).any(|protocol| protocol == PROTOCOL)
}

fn protocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all("Sec-WebSocket-Protocol")
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn token(request: &ApiGatewayCustomAuthorizerRequestTypeRequest) -> Option<String> {
    let bearer = protocols(&request.headers).find_map(|protocol| protocol.strip_prefix("bearer."));
    bearer
        .or_else(|| request.query_string_parameters.first("token"))
        .filter(|token| !token.is_empty())
        .map(str::to_owned)
}

fn allow(resource: &str, identity: &Identity) -> Value {
    let mut answer = policy("Allow", resource, identity.employee.as_str());
    answer["context"] = json!({
        "employeeId": identity.employee,
        "roles": roles_to_context(&identity.roles),
    });
    if let Some(at) = identity.token_issued_at {
        answer["context"]["tokenIssuedAt"] = json!(issued_to_context(at));
    }
    answer
}

fn deny(resource: &str) -> Value {
    policy("Deny", resource, "unknown")
}

fn policy(effect: &str, resource: &str, principal: &str) -> Value {
    json!({
        "principalId": principal,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}],
        },
    })
}

#[cfg(test)]
mod tests;
