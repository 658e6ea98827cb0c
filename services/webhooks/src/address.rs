//! Where a webhook may point: somewhere public, over TLS. Whoever may add an address must not reach through us what only
//! we can reach: instance metadata, other machines of the network, ourselves. Pure; names are resolved elsewhere.

use std::net::IpAddr;

use http::Uri;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    #[error("it is no address")]
    Malformed,
    #[error("it must begin with https://")]
    NotSecure,
    #[error("it must not name a user or password")]
    Credentials,
    #[error("it leads to {0}, which is not on the public network")]
    NotPublic(IpAddr),
    #[error("its name leads nowhere")]
    Nowhere,
}

/// What may be used besides: on a laptop, the laptop itself, without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Besides {
    Nothing,
    Loopback,
}

/// The address, its host and its port; a host that is a number is judged at once.
pub fn parse(address: &str, besides: Besides) -> Result<(Uri, String, u16), NotAllowed> {
    let uri: Uri = address.parse().map_err(|_| NotAllowed::Malformed)?;
    let authority = uri.authority().ok_or(NotAllowed::Malformed)?;
    if authority.as_str().contains('@') {
        return Err(NotAllowed::Credentials);
    }
    let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
    if host.is_empty() {
        return Err(NotAllowed::Malformed);
    }
    let number = host.parse::<IpAddr>().ok();
    let here = besides == Besides::Loopback && number.is_some_and(|ip| ip.is_loopback());
    let standard = match uri.scheme_str() {
        Some("https") => 443,
        Some("http") if here => 80,
        _ => return Err(NotAllowed::NotSecure),
    };
    if let Some(ip) = number {
        judge(&[ip], besides)?;
    }
    let port = authority.port_u16().unwrap_or(standard);
    Ok((uri, host, port))
}

/// What the host's name leads to: all of it must be allowed, or the next look might lead elsewhere.
pub fn judge(resolved: &[IpAddr], besides: Besides) -> Result<(), NotAllowed> {
    if resolved.is_empty() {
        return Err(NotAllowed::Nowhere);
    }
    let allowed = |ip: &IpAddr| is_public(*ip) || (besides == Besides::Loopback && ip.is_loopback());
    match resolved.iter().find(|ip| !allowed(ip)) {
        Some(ip) => Err(NotAllowed::NotPublic(*ip)),
        None => Ok(()),
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let reserved =
                a == 0 || a >= 240 || (a == 192 && b == 0 && c == 0) || (a == 198 && (b == 18 || b == 19));
            let private = ip.is_private() || ip.is_loopback() || ip.is_link_local();
            !(private || shared || reserved || ip.is_multicast() || ip.is_documentation())
        }
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(mapped) => is_public(IpAddr::V4(mapped)),
            // 2000::/3 is what is handed out; 6to4, Teredo and translation prefixes carry IPv4 addresses inside.
            None => {
                let [first, second, ..] = ip.segments();
                let carries = first == 0x2002 || (first == 0x2001 && (second == 0 || second == 0xdb8));
                first & 0xe000 == 0x2000 && !carries
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_what_is_said_of_them() {
        let cases = [
            ("https://hooks.example.com/in", None),
            ("https://93.184.216.34:8443/in", None),
            ("https://[2606:2800:220:1::1]/in", None),
            ("http://hooks.example.com/in", Some("https")),
            ("http://127.0.0.1:9000/in", Some("https")),
            ("ftp://hooks.example.com", Some("https")),
            ("hooks.example.com", Some("https")),
            ("/in", Some("no address")),
            ("https://user:word@hooks.example.com/", Some("user")),
            ("https://127.0.0.1/", Some("not on the public")),
            ("https://10.1.2.3/", Some("not on the public")),
            ("https://172.16.0.1/", Some("not on the public")),
            ("https://192.168.1.1/", Some("not on the public")),
            (
                "https://169.254.169.254/latest/meta-data",
                Some("not on the public"),
            ),
            ("https://100.64.0.1/", Some("not on the public")),
            ("https://0.0.0.0/", Some("not on the public")),
            ("https://224.0.0.1/", Some("not on the public")),
            ("https://[::1]/", Some("not on the public")),
            ("https://[fd00::1]/", Some("not on the public")),
            ("https://[fe80::1]/", Some("not on the public")),
            ("https://[::ffff:10.0.0.1]/", Some("not on the public")),
            ("https://[2002:7f00:1::]/", Some("not on the public")),
        ];
        for (address, expected) in cases {
            let said = parse(address, Besides::Nothing)
                .map(|_| ())
                .map_err(|error| error.to_string());
            match expected {
                None => assert_eq!(said, Ok(()), "{address}"),
                Some(words) => assert!(
                    said.as_ref().is_err_and(|said| said.contains(words)),
                    "{address}: {said:?}"
                ),
            }
        }
    }

    #[test]
    fn a_laptop_may_call_itself_and_nothing_else_near_it() {
        assert!(parse("http://127.0.0.1:9000/in", Besides::Loopback).is_ok());
        assert!(parse("http://hooks.example.com/in", Besides::Loopback).is_err());
        assert!(parse("http://192.168.1.1/in", Besides::Loopback).is_err());
        assert!(parse("https://192.168.1.1/in", Besides::Loopback).is_err());
    }

    #[test]
    fn one_forbidden_address_behind_a_name_is_enough() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(judge(&[ip("93.184.216.34")], Besides::Nothing), Ok(()));
        let mixed = [ip("93.184.216.34"), ip("10.0.0.1")];
        assert_eq!(
            judge(&mixed, Besides::Nothing),
            Err(NotAllowed::NotPublic(ip("10.0.0.1")))
        );
        assert_eq!(judge(&[], Besides::Nothing), Err(NotAllowed::Nowhere));
    }
}
