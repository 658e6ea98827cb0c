//! An issuer's public key in every form in which somebody would feed it to an HMAC: the confusion works only if the
//! secret is byte for byte what the verifier holds, so one form alone tries little.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::Value;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
/// `rsaEncryption` (1.2.840.113549.1.1.1) and its absent parameters, as DER.
const RSA: [u8; 13] = [
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

pub struct PublicKey {
    jwk: Value,
}

impl PublicKey {
    pub fn of(key: &EncodingKey) -> Self {
        let jwk = Jwk::from_encoding_key(key, Algorithm::RS256).expect("a public key");
        Self {
            jwk: serde_json::to_value(jwk).expect("JSON"),
        }
    }

    /// As in the key set.
    pub fn jwk(&self) -> String {
        self.jwk.to_string()
    }

    pub fn modulus(&self) -> String {
        self.jwk["n"].as_str().expect("a modulus").to_owned()
    }

    /// As `openssl rsa -pubout` writes it.
    pub fn pem(&self) -> String {
        pem("PUBLIC KEY", &self.spki())
    }

    /// PKCS #1, as `openssl rsa -RSAPublicKey_out` writes it.
    pub fn pkcs1_pem(&self) -> String {
        pem("RSA PUBLIC KEY", &self.pkcs1())
    }

    fn spki(&self) -> Vec<u8> {
        // No bit of the last byte is unused.
        let mut bits = vec![0];
        bits.extend(self.pkcs1());
        let content = [der(SEQUENCE, &RSA), der(BIT_STRING, &bits)].concat();
        der(SEQUENCE, &content)
    }

    fn pkcs1(&self) -> Vec<u8> {
        let numbers = ["n", "e"].map(|name| self.integer(name));
        der(SEQUENCE, &numbers.concat())
    }

    fn integer(&self, name: &str) -> Vec<u8> {
        let text = self.jwk[name].as_str().expect("a number");
        let mut bytes = URL_SAFE_NO_PAD.decode(text).expect("base64");
        // A first bit would make it negative.
        if bytes[0] >= 0x80 {
            bytes.insert(0, 0);
        }
        der(INTEGER, &bytes)
    }
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => bytes.push(short),
        Ok(byte) => bytes.extend([0x81, byte]),
        Err(_) => {
            let long = u16::try_from(content.len()).expect("below 64 KB");
            bytes.push(0x82);
            bytes.extend(long.to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
