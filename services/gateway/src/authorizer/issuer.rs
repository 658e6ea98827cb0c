//! Which issuers a deployment may trust: only ones that are reached over TLS by a public name. The local cloud's own
//! issuer signs anybody in as anybody, so the deployed functions refuse to start with it, whatever their settings say.

use lambda_host::ConfigError;

/// Names that only mean something on one machine or one network.
const PRIVATE: &[&str] = &[".local", ".localhost", ".internal", ".test", ".invalid"];

pub(super) fn must_be_public(name: &str, url: &str) -> Result<(), ConfigError> {
    match is_public(url) {
        true => Ok(()),
        false => Err(ConfigError::Invalid {
            name: name.into(),
            wanted: "the https address of a public identity provider",
            reason: format!("{url} is not one; sample people's tokens are worth nothing here"),
        }),
    }
}

fn is_public(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let is_name = host.contains('.') && host.split('.').next_back().is_some_and(starts_with_a_letter);
    uri.scheme_str() == Some("https") && is_name && !PRIVATE.iter().any(|suffix| host.ends_with(suffix))
}

/// As every top-level domain does, and no IP address.
fn starts_with_a_letter(label: &str) -> bool {
    label.starts_with(|first: char| first.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_issuers_over_tls_are_trusted() {
        let cases = [
            ("https://clerk.example.com", true),
            ("https://clerk.example.com/.well-known/jwks.json", true),
            ("https://Clerk.Example.COM:8443", true),
            ("http://clerk.example.com", false),
            ("http://identity.local", false),
            ("https://identity.local", false),
            ("https://IDENTITY.LOCAL/keys", false),
            ("https://localhost", false),
            ("https://localhost:8080", false),
            ("https://127.0.0.1", false),
            ("https://[::1]", false),
            ("https://192.168.0.7/keys", false),
            ("identity.local", false),
            ("", false),
        ];
        for (url, expected) in cases {
            assert_eq!(is_public(url), expected, "{url}");
            assert_eq!(must_be_public("JWT_ISSUER", url).is_ok(), expected, "{url}");
        }
    }
}
