//! The cookie of a signed-in browser. Cookies ignore ports, so its name tells servers of one machine apart.

use std::sync::Arc;

use warp::http::{HeaderMap, header};

/// Enough digits of the certificate to tell servers apart; they are no secret.
const NAME_DIGITS: usize = 8;

#[derive(Debug, Clone)]
pub(crate) struct Cookie {
    name: Arc<str>,
    is_secure: bool,
}

impl Cookie {
    /// `fingerprint` is the one of the server's certificate. `__Host-` keeps the cookie to this host and to TLS.
    pub(crate) fn new(fingerprint: &str, is_secure: bool) -> Self {
        let digits: String = fingerprint.chars().take(NAME_DIGITS).collect();
        let prefix = if is_secure { "__Host-" } else { "" };
        Self { name: format!("{prefix}fc-{digits}").into(), is_secure }
    }

    pub(crate) fn read<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == &*self.name).map(|(_, value)| value)
    }

    /// The header that sets it. Without `seconds` it ends with the browser.
    pub(crate) fn set(&self, value: &str, seconds: Option<u64>) -> String {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}", self.name)
    }

    pub(crate) fn clear(&self) -> String {
        self.set("", Some(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINT: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn it_is_found_among_others_by_its_whole_name() {
        let cookie = Cookie::new(PRINT, true);
        let read = |all: &[&str]| {
            let mut headers = HeaderMap::new();
            for text in all {
                headers.append(header::COOKIE, text.parse().unwrap());
            }
            cookie.read(&headers).map(str::to_owned)
        };
        assert_eq!(read(&["a=1; __Host-fc-00112233=abc; b=2"]).as_deref(), Some("abc"));
        assert_eq!(read(&["a=1", "__Host-fc-00112233=abc"]).as_deref(), Some("abc"));
        for other in ["fc-00112233=abc", "__Host-fc-00112234=abc", "x__Host-fc-00112233=abc", "", ";;="] {
            assert_eq!(read(&[other]), None, "{other}");
        }
    }

    #[test]
    fn no_script_reads_it_and_no_other_site_sends_it() {
        let (tls, plain) = (Cookie::new(PRINT, true), Cookie::new(PRINT, false));
        assert_eq!(
            tls.set("v", Some(9)),
            "__Host-fc-00112233=v; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=9"
        );
        assert_eq!(plain.set("v", None), "fc-00112233=v; Path=/; HttpOnly; SameSite=Strict");
        assert!(tls.clear().ends_with("Max-Age=0"));
    }
}
