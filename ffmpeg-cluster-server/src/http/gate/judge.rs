//! Judges a request by its head alone. Pure, so that every trick of a web page is a line in a test.

use std::collections::BTreeSet;
use std::net::IpAddr;

use warp::http::uri::Authority;
use warp::http::{HeaderMap, HeaderValue, Method, Uri, header};

use crate::http::refusal::Refusal;
use crate::http::routes::Found;

/// The names that requests may call this machine by. Any IP address is accepted: a web page can make a name of its own
/// resolve to this machine, but not an address.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    pub(super) fn new(own: impl IntoIterator<Item = String>) -> Self {
        let own = own.into_iter().chain(["localhost".to_owned()]);
        Self(own.map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect())
    }

    fn knows(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host();
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        bare.parse::<IpAddr>().is_ok() || self.0.contains(&bare.trim_end_matches('.').to_ascii_lowercase())
    }

    /// Whether a request without a token was meant for us. DNS rebinding sends one under a foreign page's name.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (host, more) = (hosts.next(), hosts.next());
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
        let asked = uri.authority().map(Authority::as_str);
        match [Some(host), asked].into_iter().flatten().find(|host| !self.knows(host)) {
            None if more.is_none() => Ok(()),
            None => Err(Refusal::Host("two at once".into())),
            Some(stranger) => Err(Refusal::Host(stranger.chars().take(100).collect())),
        }
    }
}

/// Refuses pages of other origins. Only browsers send these headers, and clients do not run in pages.
pub(super) fn check_page(method: &Method, to: &Found, headers: &HeaderMap) -> Result<(), Refusal> {
    if to.is_for_all_pages() {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(origin) = text("origin") {
        let host = text("host").unwrap_or_default();
        let own = origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host));
        if !own || to.is_for_clients() {
            return Err(Refusal::Page);
        }
    }
    // Following a link is fine: it only reads, and the page with the link does not see the answer.
    let followed = method == Method::GET && text("sec-fetch-mode") == Some("navigate");
    match text("sec-fetch-site") {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) if followed => Ok(()),
        Some(_) => Err(Refusal::Page),
    }
}

/// Why a plain request of another machine is refused. A browser that asks for the page is told where it is: people type
/// addresses without `https`.
pub(super) fn over_tls(to: &Found, headers: &HeaderMap) -> Refusal {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host = text(header::HOST).filter(|host| host.parse::<Authority>().is_ok() && !host.contains('@'));
    let is_browser = text(header::ACCEPT).is_some_and(|kinds| kinds.contains("text/html"));
    match host {
        Some(host) if is_browser && to.is_page() => Refusal::TlsWantedAt(format!("https://{host}/")),
        Some(_) | None => Refusal::TlsWanted,
    }
}

/// A browser sends its cookie along with whatever a page asks for, so a change must name the page it comes from.
/// [`check_page`] has refused foreign ones.
pub(super) fn check_cookie(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let only_reads = matches!(*method, Method::GET | Method::HEAD);
    let names_its_page = headers.contains_key("origin")
        || headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes() == b"same-origin");
    if only_reads || names_its_page { Ok(()) } else { Err(Refusal::Page) }
}

/// The word after `Bearer`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let (kind, token) = value.split_once(' ').unwrap_or((value, ""));
    Some(if kind.eq_ignore_ascii_case("bearer") { token.trim() } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn addresses_and_own_names_are_ours_and_nothing_else() {
        let names = Names::new(["Nas".to_owned(), "films.example.".to_owned()]);
        let check =
            |uri: &str, all: &[(&'static str, &str)]| names.check(&uri.parse().unwrap(), &headers(all));
        for host in [
            "localhost",
            "LOCALHOST:5001",
            "localhost.",
            "127.0.0.1:1",
            "[::1]:5001",
            "10.1.2.3",
            "nas:9",
            "films.example",
        ] {
            assert_eq!(check("/", &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "nas.evil.example",
            "evil.example:5001",
            "user@localhost",
            "",
            "localhost evil",
            "[::1",
            "localhost:5001:80",
            "2130706433x",
            "xn--lcalhost-8ra",
            "localhost,evil.example",
        ] {
            assert!(check("/", &[("host", host)]).is_err(), "{host}");
        }
        assert!(check("/", &[]).is_err(), "no host at all");
        assert!(check("/", &[("host", "localhost"), ("host", "localhost")]).is_err(), "two hosts");
        assert!(
            check("http://evil.example/", &[("host", "localhost")]).is_err(),
            "another host in the address"
        );
        assert_eq!(check("http://localhost:5001/", &[("host", "localhost:5001")]), Ok(()));
    }

    #[test]
    fn pages_of_others_stay_out() {
        let check = |method: Method, path: &str, all: &[(&'static str, &str)]| {
            check_page(&method, &Found::of(&method, path), &headers(all))
        };
        let own = [("host", "localhost:5001"), ("origin", "http://localhost:5001")];
        assert_eq!(check(Method::POST, "/ws/command", &own), Ok(()));
        assert_eq!(check(Method::GET, "/ws", &own), Err(Refusal::Page), "no client runs in a page");
        assert_eq!(check(Method::GET, "/ws/", &own), Err(Refusal::Page), "by whatever name");
        for origin in [
            "http://evil.example",
            "null",
            "http://localhost",
            "http://localhost:5002",
            "",
            "localhost:5001",
            "http://localhost:5001.evil.example",
        ] {
            let asked = [("host", "localhost:5001"), ("origin", origin)];
            assert_eq!(check(Method::POST, "/ws/command", &asked), Err(Refusal::Page), "{origin}");
        }
        for site in ["cross-site", "same-site", "odd"] {
            assert_eq!(check(Method::GET, "/api/v1/jobs", &[("sec-fetch-site", site)]), Err(Refusal::Page));
            let followed = [("sec-fetch-site", site), ("sec-fetch-mode", "navigate")];
            assert_eq!(check(Method::GET, "/api/v1/jobs", &followed), Ok(()));
            assert_eq!(
                check(Method::POST, "/ws/command", &followed),
                Err(Refusal::Page),
                "a form that is sent"
            );
        }
        assert_eq!(check(Method::GET, "/api/v1/jobs", &[("sec-fetch-site", "none")]), Ok(()));
        assert_eq!(check(Method::POST, "/ws/command", &[]), Ok(()), "curl");
    }

    #[test]
    fn a_browser_that_forgets_tls_is_led_to_the_page_and_nobody_else_anywhere() {
        let told = |path: &str, all: &[(&'static str, &str)]| {
            over_tls(&Found::of(&Method::GET, path), &headers(all))
        };
        let browser = ("accept", "text/html,*/*");
        let page = Refusal::TlsWantedAt("https://nas:5001/".into());
        assert_eq!(told("/", &[browser, ("host", "nas:5001")]), page);
        assert_eq!(told("/", &[("host", "nas:5001")]), Refusal::TlsWanted);
        assert_eq!(told("/api/v1/jobs", &[browser, ("host", "nas:5001")]), Refusal::TlsWanted);
        for host in ["", "a@b", "a b", "a/b", "a?b"] {
            assert_eq!(told("/", &[browser, ("host", host)]), Refusal::TlsWanted, "{host}");
        }
    }

    #[test]
    fn a_change_by_cookie_names_its_page() {
        let check = |method: Method, all: &[(&'static str, &str)]| check_cookie(&method, &headers(all));
        let origin = [("origin", "http://localhost:5001")];
        for method in [Method::POST, Method::PATCH, Method::DELETE, Method::PUT, Method::OPTIONS] {
            assert_eq!(check(method.clone(), &[]), Err(Refusal::Page), "{method}");
            assert_eq!(check(method.clone(), &[("sec-fetch-site", "none")]), Err(Refusal::Page), "{method}");
            assert_eq!(check(method.clone(), &[("sec-fetch-site", "same-origin")]), Ok(()), "{method}");
            assert_eq!(check(method.clone(), &origin), Ok(()), "{method}");
        }
        assert_eq!([Method::GET, Method::HEAD].map(|method| check(method, &[])), [Ok(()), Ok(())]);
    }

    #[test]
    fn tokens_as_they_come() {
        let read = |value: &str| bearer(&headers(&[("authorization", value)])).map(str::to_owned);
        assert_eq!(read("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(read("bearer  abc ").as_deref(), Some("abc"));
        assert_eq!(read("Basic abc").as_deref(), Some(""), "another way to show oneself is no token");
        assert_eq!(read("Bearer").as_deref(), Some(""));
        assert_eq!(bearer(&headers(&[])), None);
    }
}
