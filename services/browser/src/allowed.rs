//! Which hosts a browser may talk to. Pure.

use http::Uri;

/// Hosts with their ports. Whatever is on no list is refused: other hosts, other ports, other schemes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    origins: Vec<Origin>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    is_secure: bool,
    host: String,
    port: u16,
}

impl Allowed {
    /// Those of these addresses; one without a host allows nothing.
    pub fn only<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            origins: urls.into_iter().filter_map(Origin::of).collect(),
        }
    }

    pub fn allows(&self, url: &str) -> bool {
        // These bring no request about.
        if url == "about:blank" || url.starts_with("data:") {
            return true;
        }
        Origin::of(url).is_some_and(|origin| self.origins.contains(&origin))
    }

    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().map(|origin| origin.host.as_str())
    }
}

impl Origin {
    fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.split('#').next()?.parse().ok()?;
        let authority = uri.authority()?;
        // Nobody needs a name or password in an address, and they hide the host from people.
        if authority.as_str().contains('@') {
            return None;
        }
        let is_secure = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let usual = if is_secure { 443 } else { 80 };
        Some(Self {
            is_secure,
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16().unwrap_or(usual),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_hosts_are_allowed_with_their_scheme_and_port() {
        let allowed = Allowed::only(["https://supplier.example/web/", "http://127.0.0.1:8790"]);
        for (url, expected) in [
            ("https://supplier.example/web/offers/1?x=y#z", true),
            ("https://SUPPLIER.example:443/", true),
            ("http://127.0.0.1:8790/web/", true),
            ("data:image/png;base64,AA==", true),
            ("about:blank", true),
            ("http://supplier.example/", false),
            ("https://supplier.example:8443/", false),
            ("https://supplier.example.evil.example/", false),
            ("https://evil.example/supplier.example", false),
            ("https://supplier.example@evil.example/", false),
            ("https://evil.example@supplier.example/", false),
            ("http://127.0.0.1:8791/", false),
            ("http://localhost:8790/", false),
            ("file:///etc/passwd", false),
            ("ftp://supplier.example/", false),
            ("chrome://settings", false),
            ("javascript:alert(1)", false),
            ("//supplier.example/", false),
            ("", false),
        ] {
            assert_eq!(allowed.allows(url), expected, "{url}");
        }
        assert!(!Allowed::only(["not an address"]).allows("http://not/"));
    }
}
