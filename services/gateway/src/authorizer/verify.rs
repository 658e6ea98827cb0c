//! Is this token good? Pure: the key and the time are given. Signatures are checked by `jsonwebtoken`; times are
//! checked here, because the crate would ask the machine's clock.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use lambda_host::ConfigError;

use super::Identity;
use super::claims::Claims;
use events_schema::ids::EmployeeId;

/// How far the issuer's clock and ours may differ.
const LEEWAY: SignedDuration = SignedDuration::from_secs(5);
/// The one algorithm accepted. Naming it ourselves, instead of believing the token, is what stops `none` and keys
/// of one kind being used as another.
const ALGORITHM: Algorithm = Algorithm::RS256;

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub issuer: String,
    /// Origins whose tokens are accepted.
    pub parties: Vec<String>,
}

/// Why a token is not good. For our logs; the person learns only that they are not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("no token")]
    NoToken,
    #[error("not a signed token")]
    Malformed,
    #[error("signed by another algorithm than {ALGORITHM:?}")]
    Algorithm,
    #[error("no key id")]
    NoKeyId,
    #[error("signed by a key the issuer does not publish")]
    UnknownKey,
    #[error("the key is not for {ALGORITHM:?} signatures")]
    UnfitKey,
    #[error("the signature is wrong")]
    Signature,
    #[error("from another issuer")]
    Issuer,
    #[error("made for a party we do not accept")]
    Party,
    #[error("expired")]
    Expired,
    #[error("not valid yet")]
    NotYet,
    #[error("the session is pending")]
    Pending,
    #[error("names nobody")]
    Nobody,
}

impl Expected {
    /// An empty list of parties would accept nobody: a configuration error, told at the start.
    pub fn new(issuer: &str, parties: &str) -> Result<Self, ConfigError> {
        let parties: Vec<_> = parties
            .split(',')
            .map(str::trim)
            .filter(|party| !party.is_empty())
            .map(str::to_owned)
            .collect();
        if parties.is_empty() {
            return Err(ConfigError::Invalid {
                name: "JWT_AUTHORIZED_PARTIES".into(),
                wanted: "a list of origins",
                reason: "it is empty".into(),
            });
        }
        Ok(Self {
            issuer: issuer.into(),
            parties,
        })
    }
}

/// The id of the key that the token says it is signed with; nothing else of an unverified token is looked at.
pub fn key_id(token: &str) -> Result<String, Refused> {
    let header = decode_header(token).map_err(|_| Refused::Malformed)?;
    if header.alg != ALGORITHM {
        return Err(Refused::Algorithm);
    }
    header.kid.ok_or(Refused::NoKeyId)
}

pub fn verify(token: &str, key: &Jwk, expected: &Expected, now: Timestamp) -> Result<Identity, Refused> {
    let mut rules = Validation::new(ALGORITHM);
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules.set_required_spec_claims(&["iss"]);
    rules.set_issuer(&[&expected.issuer]);
    let claims = decode::<Claims>(token, &signature_key(key)?, &rules)
        .map_err(|error| refused(error.kind()))?
        .claims;
    check(&claims, expected, now)?;
    Ok(Identity {
        token_issued_at: claims.iat.and_then(|at| Timestamp::from_second(at).ok()),
        roles: claims.roles(),
        employee: EmployeeId::new(claims.sub),
    })
}

fn signature_key(key: &Jwk) -> Result<DecodingKey, Refused> {
    let for_signatures = !matches!(
        key.common.public_key_use,
        Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
    );
    let for_algorithm = matches!(key.common.key_algorithm, None | Some(KeyAlgorithm::RS256));
    let is_rsa = matches!(key.algorithm, AlgorithmParameters::RSA(_));
    if !(for_signatures && for_algorithm && is_rsa) {
        return Err(Refused::UnfitKey);
    }
    DecodingKey::from_jwk(key).map_err(|_| Refused::UnfitKey)
}

fn refused(error: &ErrorKind) -> Refused {
    match error {
        ErrorKind::InvalidSignature => Refused::Signature,
        ErrorKind::InvalidAlgorithm => Refused::Algorithm,
        ErrorKind::InvalidIssuer | ErrorKind::MissingRequiredClaim(_) => Refused::Issuer,
        _ => Refused::Malformed,
    }
}

fn check(claims: &Claims, expected: &Expected, now: Timestamp) -> Result<(), Refused> {
    let (earliest, latest) = ((now - LEEWAY).as_second(), (now + LEEWAY).as_second());
    if claims.exp <= earliest {
        return Err(Refused::Expired);
    }
    // One that was issued in the future would count as fresh for as long.
    if claims.nbf.is_some_and(|from| from > latest) || claims.iat.is_some_and(|at| at > latest) {
        return Err(Refused::NotYet);
    }
    if !claims
        .azp
        .as_ref()
        .is_some_and(|party| expected.parties.contains(party))
    {
        return Err(Refused::Party);
    }
    if claims.sts.as_deref() == Some("pending") {
        return Err(Refused::Pending);
    }
    if claims.sub.is_empty() || claims.sub.len() > 200 {
        return Err(Refused::Nobody);
    }
    Ok(())
}
