//! `sign-in`: a link that signs a browser in, once. The link has a token of its own, whose secret nobody learns; revoking it
//! ends what the link began.

use std::net::IpAddr;

use anyhow::ensure;
use clap::Args;
use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::io::{clock, digest, random};
use ffmpeg_cluster_common::time::WallMillis;

use super::token::{self, Beside};
use crate::access::audit_log::AuditAction;
use crate::access::invite::{self, Whereabouts};
use crate::access::tokens::Minted;
use crate::settings::Settings;
use crate::store::catalog::{Catalog, LinkRow};

const CODE_BYTES: usize = 16;
const MINUTES: u64 = 10;
/// Enough of the certificate's digest to compare by eye.
const SHOWN_BYTES: usize = 8;

#[derive(Debug, Clone, Args)]
pub struct SignIn {
    /// submitter brings films and fetches its own results; admin does everything that people may do
    #[arg(value_name = "submitter|admin", default_value = "admin")]
    role: Role,
    /// A note about its use, shown by `token list`
    #[arg(long, value_name = "NAME", default_value = "a browser")]
    name: String,
}

pub(super) fn run(asked: SignIn, settings: &Settings, port_said: bool) -> anyhow::Result<()> {
    let SignIn { role, name } = asked;
    ensure!(role != Role::Worker, "a worker is a client and has no page; choose submitter or admin");
    token::check_name(&name)?;
    let Beside { folders, mut catalog } = Beside::open(settings)?;
    let place = token::place(settings, &folders, port_said)?;
    let Minted { row, text: _ } = Minted::new(role, name)?;
    let code = random::secret::<CODE_BYTES>()?;
    let expires_at = WallMillis(clock::wall().0 + MINUTES * 60_000);
    let hash = digest::of_bytes(code.reveal().as_bytes());
    catalog.add_token(&row)?;
    catalog.add_link(&LinkRow { hash, token: row.id.clone(), expires_at })?;
    invite::tell(&format!("{}/#code={}", address(&place), code.reveal()))?;
    token::note(&format!(
        "Open this link within {MINUTES} minutes; it signs one browser in, as {role}. The browser may warn of a certificate \
         that it does not know: its SHA-256 fingerprint begins with {}. \
         `ffmpeg-cluster-server token revoke {}` signs the browser out.",
        shown(&place.fingerprint),
        row.id
    ));
    token::note_action(&folders, AuditAction::MakeLink, &row.id)
}

/// Where a browser opens the page. A loopback address needs no certificate.
fn address(place: &Whereabouts) -> String {
    let ip = place.host.parse::<IpAddr>().ok();
    let scheme = if ip.is_some_and(|ip| ip.is_loopback()) { "http" } else { "https" };
    let host = if place.host.contains(':') { format!("[{}]", place.host) } else { place.host.clone() };
    format!("{scheme}://{host}:{}", place.port)
}

/// As browsers print it.
fn shown(fingerprint: &str) -> String {
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
