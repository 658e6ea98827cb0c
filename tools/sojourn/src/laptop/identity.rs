//! A local identity provider for the sample people: signs session tokens as Clerk does and publishes its keys.
//! Only the local cloud's parameters name it as issuer; a deployment names its own and refuses these tokens.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
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

/// Its key is kept in the data directory. Making one takes longer than starting everything else together, so a new
/// directory has none before somebody needs it: most of what is hosted never does.
#[derive(Clone)]
pub struct Identity {
    path: PathBuf,
    pair: Arc<Mutex<Option<Arc<Pair>>>>,
}

struct Pair {
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
    /// Reads the signing key kept in `data_dir`, if there is one.
    pub fn open(data_dir: &Path) -> Result<Self, IdentityError> {
        let path = data_dir.join(KEY_FILE);
        let pair = match path.exists() {
            true => Some(Arc::new(read(&path)?)),
            false => None,
        };
        Ok(Self {
            path,
            pair: Arc::new(Mutex::new(pair)),
        })
    }

    /// Makes the key if there is none yet. Takes a moment, and nobody else signs or checks meanwhile.
    pub fn ready(&self) -> Result<(), IdentityError> {
        self.pair().map(drop)
    }

    fn pair(&self) -> Result<Arc<Pair>, IdentityError> {
        let mut pair = self.pair.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pair) = &*pair {
            return Ok(pair.clone());
        }
        let made = Arc::new(make(&self.path)?);
        *pair = Some(made.clone());
        Ok(made)
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
        Ok(jsonwebtoken::encode(&header, &claims, &self.pair()?.key)?)
    }

    /// `/.well-known/jwks.json`.
    pub fn router(&self) -> Router {
        let identity = self.clone();
        let answer = move || async move {
            identity
                .pair()
                .map(|pair| Json(pair.keys.clone()))
                .map_err(|error| {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "there is no key to publish"
                    );
                    StatusCode::INTERNAL_SERVER_ERROR
                })
        };
        Router::new().route("/.well-known/jwks.json", get(answer))
    }
}

fn read(path: &Path) -> Result<Pair, IdentityError> {
    let pem = std::fs::read_to_string(path).map_err(|error| unusable(path, error))?;
    let private = RsaPrivateKey::from_pkcs8_pem(&pem).map_err(|error| unreadable(path, error.into()))?;
    pair_of(&private, &pem)
}

fn make(path: &Path) -> Result<Pair, IdentityError> {
    let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS)
        .map_err(|error| unreadable(path, error.into()))?;
    let pem = private
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| unreadable(path, error.into()))?;
    // In one step: half a key, left by a process that was killed here, would be refused for ever.
    let unfinished = path.with_extension("new");
    let written =
        std::fs::write(&unfinished, pem.as_bytes()).and_then(|()| std::fs::rename(&unfinished, path));
    written.map_err(|error| unusable(path, error))?;
    pair_of(&private, &pem)
}

fn pair_of(private: &RsaPrivateKey, pem: &str) -> Result<Pair, IdentityError> {
    Ok(Pair {
        key: EncodingKey::from_rsa_pem(pem.as_bytes())?,
        keys: key_set(private),
    })
}

fn unusable(path: &Path, error: std::io::Error) -> IdentityError {
    IdentityError::File(path.display().to_string(), error)
}

fn unreadable(path: &Path, error: Box<dyn std::error::Error + Send + Sync>) -> IdentityError {
    IdentityError::Key(path.display().to_string(), error)
}

fn key_set(key: &RsaPrivateKey) -> Value {
    let number = |value: &rsa::BigUint| URL_SAFE_NO_PAD.encode(value.to_bytes_be());
    json!({"keys": [{
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": number(key.n()), "e": number(key.e()),
    }]})
}
