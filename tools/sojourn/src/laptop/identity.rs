//! A local identity provider for the sample people: signs session tokens as Clerk does and publishes its keys.
//! Only the local cloud's parameters name it as issuer; a deployment names its own and refuses these tokens.

use std::path::Path;

use axum::Router;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use events_schema::ids::EmployeeId;
use events_schema::person::Role;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};

use super::{AUTHORIZED_PARTY, IDENTITY_HOST};

const KEY_FILE: &str = "identity-key.pem";
const KEY_ID: &str = "local-1";
const KEY_BITS: usize = 2048;
/// As short-lived as Clerk's are not: a terminal keeps no refresh loop.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

#[derive(Clone)]
pub struct Identity {
    key: EncodingKey,
    keys: Value,
}

#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("the identity key {0} cannot be read or written")]
    File(String, #[source] std::io::Error),
    #[error("the identity key is not readable; delete {0} to have a new one made")]
    Key(String, #[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the token could not be signed")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

impl Identity {
    /// Reads the signing key kept in `data_dir`, or makes one.
    pub fn open(data_dir: &Path) -> Result<Self, IdentityError> {
        let path = data_dir.join(KEY_FILE);
        let name = path.display().to_string();
        let private = if path.exists() {
            let pem =
                std::fs::read_to_string(&path).map_err(|error| IdentityError::File(name.clone(), error))?;
            RsaPrivateKey::from_pkcs8_pem(&pem)
                .map_err(|error| IdentityError::Key(name.clone(), error.into()))?
        } else {
            let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS)
                .map_err(|error| IdentityError::Key(name.clone(), error.into()))?;
            let pem = private
                .to_pkcs8_pem(LineEnding::LF)
                .map_err(|error| IdentityError::Key(name.clone(), error.into()))?;
            std::fs::write(&path, pem.as_bytes())
                .map_err(|error| IdentityError::File(name.clone(), error))?;
            private
        };
        let pem = private
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| IdentityError::Key(name, error.into()))?;
        Ok(Self {
            key: EncodingKey::from_rsa_pem(pem.as_bytes())?,
            keys: key_set(&private),
        })
    }

    /// A session token for `employee`, good for an hour from `now`.
    pub fn token(
        &self,
        employee: &EmployeeId,
        roles: &[Role],
        now: Timestamp,
    ) -> Result<String, IdentityError> {
        let claims = json!({
            "iss": format!("http://{IDENTITY_HOST}"),
            "sub": employee,
            "azp": AUTHORIZED_PARTY,
            "sts": "active",
            "iat": now.as_second(),
            "nbf": now.as_second() - 5,
            "exp": (now + LIFETIME).as_second(),
            "metadata": {"roles": roles},
        });
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(KEY_ID.into());
        Ok(jsonwebtoken::encode(&header, &claims, &self.key)?)
    }

    /// `/.well-known/jwks.json`.
    pub fn router(&self) -> Router {
        let keys = self.keys.clone();
        Router::new().route(
            "/.well-known/jwks.json",
            get(move || async move { axum::Json(keys) }),
        )
    }
}

fn key_set(key: &RsaPrivateKey) -> Value {
    let number = |value: &rsa::BigUint| URL_SAFE_NO_PAD.encode(value.to_bytes_be());
    json!({"keys": [{
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": number(key.n()), "e": number(key.e()),
    }]})
}
