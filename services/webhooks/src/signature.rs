//! Standard Webhooks signatures: HMAC-SHA256 over id, time and body. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";

/// What both sides know. It has no `Debug`, so that no log can show it.
pub struct Secret(Zeroizing<Vec<u8>>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is whsec_ and the base64 of 24 to 64 bytes")]
pub struct NoSecret;

impl Secret {
    pub fn parse(text: &str) -> Result<Self, NoSecret> {
        let bytes = STANDARD
            .decode(text.strip_prefix(PREFIX).ok_or(NoSecret)?)
            .map_err(|_| NoSecret)?;
        match (24..=64).contains(&bytes.len()) {
            true => Ok(Self(Zeroizing::new(bytes))),
            false => Err(NoSecret),
        }
    }

    /// As both sides write it down.
    pub fn text(bytes: &[u8]) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(bytes)))
    }

    fn sign(&self, content: &str) -> Option<String> {
        // A key of any length will do for HMAC.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(content.as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// The value of `webhook-signature`: one for every secret, so that a receiver may know either.
pub fn signature(secrets: &[Secret], id: &str, timestamp_s: i64, body: &str) -> String {
    let content = format!("{id}.{timestamp_s}.{body}");
    let all: Vec<_> = secrets
        .iter()
        .filter_map(|secret| secret.sign(&content))
        .collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's own libraries.
    #[test]
    fn a_known_message_has_its_known_signature() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signature(
            &[secret],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_give_two_signatures() {
        let secret = |byte: u8| Secret::parse(&Secret::text(&[byte; 32])).unwrap();
        let signed = signature(&[secret(1), secret(2)], "id", 0, "{}");
        assert_eq!(signed.split(' ').count(), 2);
        assert!(signed.split(' ').all(|one| one.starts_with("v1,")));
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        for text in [
            "",
            "whsec_",
            "whsec_c2hvcnQ=",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_!",
        ] {
            assert_eq!(Secret::parse(text).err(), Some(NoSecret), "{text}");
        }
    }
}
