//! Links that sign a browser in, once.

use std::net::IpAddr;

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::{clock, digest, random};
use ffmpeg_cluster_common::time::WallMillis;

use super::invite::Whereabouts;
use crate::store::catalog::LinkRow;

const CODE_BYTES: usize = 16;
pub(crate) const MINUTES: u64 = 10;
/// Enough of the certificate's digest to compare by eye.
const SHOWN_BYTES: usize = 8;

/// A new link: the row to store, and the code to show once.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) row: LinkRow,
    pub(crate) code: Secret,
}

impl Link {
    pub(crate) fn new(token: &str) -> anyhow::Result<Self> {
        let code = random::secret::<CODE_BYTES>()?;
        let hash = digest::of_bytes(code.reveal().as_bytes());
        let expires_at = WallMillis(clock::wall().0 + MINUTES * 60_000);
        Ok(Self { row: LinkRow { hash, token: token.to_owned(), expires_at }, code })
    }

    pub(crate) fn address(&self, place: &Whereabouts) -> String {
        format!("{}/#code={}", address(place), self.code.reveal())
    }
}

/// Where a browser opens the page. A loopback address needs no certificate.
pub(crate) fn address(place: &Whereabouts) -> String {
    let ip = place.host.parse::<IpAddr>().ok();
    let scheme = if ip.is_some_and(|ip| ip.is_loopback()) { "http" } else { "https" };
    let host = if place.host.contains(':') { format!("[{}]", place.host) } else { place.host.clone() };
    format!("{scheme}://{host}:{}", place.port)
}

/// The beginning of a fingerprint, as browsers print it.
pub(crate) fn shown(fingerprint: &str) -> String {
    let pairs: Vec<&str> =
        fingerprint.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
    pairs.iter().take(SHOWN_BYTES).map(|pair| pair.to_uppercase()).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_what_a_browser_understands() {
        let at =
            |host: &str| address(&Whereabouts { host: host.into(), port: 5001, fingerprint: String::new() });
        assert_eq!(at("nas"), "https://nas:5001");
        assert_eq!(at("192.0.2.7"), "https://192.0.2.7:5001");
        assert_eq!(at("127.0.0.1"), "http://127.0.0.1:5001");
        assert_eq!(at("2001:db8::1"), "https://[2001:db8::1]:5001");
        assert_eq!(shown("00ff10aa"), "00:FF:10:AA");
    }
}
