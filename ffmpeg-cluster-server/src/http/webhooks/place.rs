//! Which addresses a webhook may have. A name is judged by what it resolves to, and only what was judged is spoken to.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;

const URL_CHARS_MAX: usize = 2000;

/// How far a webhook may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::http) enum Reach {
    /// Only addresses of the internet.
    Public,
    /// Also those of this machine and its networks.
    Lan,
}

impl Reach {
    pub(in crate::http) fn of(word: &str) -> Self {
        if word == "lan" { Self::Lan } else { Self::Public }
    }
}

/// A checked address of a receiver.
pub(in crate::http) fn url(text: &str, reach: Reach) -> Result<Url, String> {
    let no = |why: &str| Err(format!("url: {why}"));
    if text.chars().count() > URL_CHARS_MAX {
        return no("is longer than 2,000 characters");
    }
    let Ok(url) = Url::parse(text) else { return no("is no URL; https://example.org/hook is one") };
    match (url.scheme(), reach) {
        ("https", _) | ("http", Reach::Lan) => {}
        ("http", Reach::Public) => return no("must begin with https; http is for `\"allow\":\"lan\"`"),
        _ => return no("must begin with https"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return no("holds a password, which would stand in lists and logs; check the signature instead");
    }
    let Some(host) = host(&url) else { return no("names no machine") };
    if let Ok(address) = host.parse::<IpAddr>() {
        check(address, reach).map_err(|why| format!("url: {why}"))?;
    }
    Ok(url)
}

/// The name or the address, without brackets.
pub(super) fn host(url: &Url) -> Option<&str> {
    let host = url.host_str()?;
    Some(host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host))
}

/// Of the addresses that a name resolved to, those that may be spoken to; or why none may.
pub(super) fn allowed(found: Vec<SocketAddr>, reach: Reach) -> Result<Vec<SocketAddr>, String> {
    let mut why = "the name has no address".to_owned();
    let mut good = Vec::new();
    for address in found {
        match check(address.ip(), reach) {
            Ok(()) => good.push(address),
            Err(no) => why = no,
        }
    }
    if good.is_empty() { Err(why) } else { Ok(good) }
}

fn check(address: IpAddr, reach: Reach) -> Result<(), String> {
    match needs(address) {
        None => Err(format!("{address} is never spoken to")),
        Some(needs) if needs > reach => {
            Err(format!("{address} is not public; `\"allow\":\"lan\"` allows it"))
        }
        Some(_) => Ok(()),
    }
}

/// The reach that an address needs. None: link-local addresses, behind which clouds keep their keys, and all that is no
/// single machine.
fn needs(address: IpAddr) -> Option<Reach> {
    match address {
        IpAddr::V4(address) => needs_v4(address),
        IpAddr::V6(address) => embedded(address).map_or_else(|| needs_v6(address), needs_v4),
    }
}

fn needs_v4(address: Ipv4Addr) -> Option<Reach> {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        // Clouds answer here, too.
        (100, 100, 100) if address.octets()[3] == 200 => None,
        (0 | 224..=255, ..) | (169, 254, _) | (192, 0, 0 | 2) | (198, 18 | 19, _) => None,
        (198, 51, 100) | (203, 0, 113) | (192, 88, 99) => None,
        (10 | 127, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => Some(Reach::Lan),
        _ => Some(Reach::Public),
    }
}

fn needs_v6(address: Ipv6Addr) -> Option<Reach> {
    const CLOUD: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match address.segments() {
        _ if address == CLOUD => None,
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff, ..] => Some(Reach::Lan),
        // 2000::/3 is what is given out, but for examples and tunnels.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => None,
        [0x2000..=0x3fff, ..] => Some(Reach::Public),
        _ => None,
    }
}

/// The address of version 4 that one of version 6 leads to.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(text: &str) -> Option<Reach> {
        needs(text.parse().unwrap())
    }

    #[test]
    fn every_address_has_its_reach() {
        for public in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "2606:4700::1",
            "2001:4860::8888",
            "::ffff:1.1.1.1",
        ] {
            assert_eq!(reach(public), Some(Reach::Public), "{public}");
        }
        for lan in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "::1",
            "fd12::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:c0a8:101::1",
        ] {
            assert_eq!(reach(lan), Some(Reach::Lan), "{lan}");
        }
        for never in [
            "169.254.169.254",
            "169.254.0.1",
            "fe80::1",
            "febf::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "fd00:ec2::254",
            "100.100.100.200",
            "ff02::1",
            "fec0::1",
            "2001:db8::1",
            "192.0.2.7",
            "::127.0.0.1",
        ] {
            assert_eq!(reach(never), None, "{never}");
        }
    }

    #[test]
    fn of_a_name_only_what_was_judged_is_left() {
        let all =
            |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let mixed = all(&["169.254.169.254:80", "1.1.1.1:80", "10.0.0.1:80"]);
        assert_eq!(allowed(mixed.clone(), Reach::Public), Ok(all(&["1.1.1.1:80"])));
        assert_eq!(allowed(mixed, Reach::Lan), Ok(all(&["1.1.1.1:80", "10.0.0.1:80"])));
        assert!(allowed(all(&["[fe80::1]:80"]), Reach::Lan).unwrap_err().contains("never"));
        assert!(allowed(all(&["10.0.0.1:80"]), Reach::Public).unwrap_err().contains("lan"));
        assert!(allowed(Vec::new(), Reach::Lan).is_err());
    }

    #[test]
    fn a_url_is_checked_before_it_is_kept() {
        for good in ["https://example.org/a?b=c", "https://1.1.1.1:8443/", "https://[2606:4700::1]/"] {
            assert!(url(good, Reach::Public).is_ok(), "{good}");
        }
        assert!(url("http://127.0.0.1:9/hook", Reach::Lan).is_ok());
        for (bad, reach) in [
            ("http://example.org/", Reach::Public),
            ("https://127.0.0.1/", Reach::Public),
            ("https://0x7f.1/", Reach::Public),
            ("https://2130706433/", Reach::Public),
            ("https://[::ffff:10.0.0.1]/", Reach::Public),
            ("http://169.254.169.254/latest", Reach::Lan),
            ("http://0xa9fea9fe/", Reach::Lan),
            ("http://[fe80::1]/", Reach::Lan),
            ("ftp://example.org/", Reach::Lan),
            ("file:///etc/passwd", Reach::Lan),
            ("https://user:word@example.org/", Reach::Lan),
            ("example.org", Reach::Lan),
            ("", Reach::Lan),
        ] {
            let why = url(bad, reach).unwrap_err();
            assert!(why.starts_with("url: "), "{bad}: {why}");
        }
        assert!(url(&format!("https://example.org/{}", "x".repeat(2000)), Reach::Lan).is_err());
    }
}
