//! How others know this server, and whom it trusts only for being on this machine.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use ffmpeg_cluster_common::access::invite::is_host;
use ffmpeg_cluster_common::io::settings::parsers::{Checked, Mistakes};

/// The operator's own certificate and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// The address of this server that others use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advertised {
    /// A name or an address, without brackets.
    pub host: String,
    /// Set if another port leads to ours.
    pub port: Option<u16>,
}

impl std::str::FromStr for Advertised {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "must be a host name or address, optionally with a port: farm.example:5001, [2001:db8::1]:5001";
        let (host, port) = match text.trim().strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or_else(wanted)?)),
            None if text.trim().parse::<Ipv6Addr>().is_ok() => (text.trim(), None),
            None => {
                text.trim().split_once(':').map_or((text.trim(), None), |(host, port)| (host, Some(port)))
            }
        };
        let port =
            port.map(|port| port.parse().ok().filter(|port| *port > 0).ok_or_else(wanted)).transpose()?;
        if is_host(host) { Ok(Self { host: host.to_owned(), port }) } else { Err(wanted().to_owned()) }
    }
}

pub(super) fn no_local_trust(given: Checked<bool>, insecure_lan: bool, mistakes: &mut Mistakes) -> bool {
    let asked = mistakes.value("no-local-trust", given);
    if asked && insecure_lan {
        mistakes.note("--no-local-trust can't be used with --insecure-lan, which trusts everybody");
    }
    asked
}

pub(super) fn host_names(given: Vec<String>, mistakes: &mut Mistakes) -> Vec<String> {
    // An address always counts as ours, so it needs no flag.
    let is_name = |name: &String| is_host(name) && !name.contains(':');
    for name in given.iter().filter(|name| !is_name(name)) {
        mistakes.note(format!("--host-name {name:?} must be a host name without port or http://"));
    }
    given
}

pub(super) fn own_certificate(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    mistakes: &mut Mistakes,
) -> Option<OwnFiles> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some(OwnFiles { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            mistakes.note("--tls-cert needs --tls-key");
            None
        }
        (None, Some(_)) => {
            mistakes.note("--tls-key needs --tls-cert");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::io::settings::parsers::truth;

    use super::*;

    #[test]
    fn nobody_and_everybody_can_not_be_trusted_at_once() {
        for (asked, insecure_lan, wrong) in
            [("true", true, 1), ("true", false, 0), ("false", true, 0), ("maybe", false, 1)]
        {
            let (mut mistakes, Ok(given)) = (Mistakes::default(), truth(asked));
            let told = no_local_trust(given, insecure_lan, &mut mistakes);
            let wanted = (asked == "true", wrong);
            assert_eq!((told, mistakes.0.len()), wanted, "{asked} {insecure_lan}: {mistakes:?}");
        }
    }

    #[test]
    fn what_the_server_may_be_called() {
        let read = |text: &str| text.parse::<Advertised>().map(|a| (a.host, a.port)).ok();
        let some = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(read("farm.example"), some("farm.example", None));
        assert_eq!(read(" farm.example:7000 "), some("farm.example", Some(7000)));
        assert_eq!(read("192.0.2.7:1"), some("192.0.2.7", Some(1)));
        assert_eq!(read("2001:db8::1"), some("2001:db8::1", None));
        assert_eq!(read("[2001:db8::1]"), some("2001:db8::1", None));
        assert_eq!(read("[2001:db8::1]:443"), some("2001:db8::1", Some(443)));
        for bad in ["", ":5001", "farm:0", "farm:65536", "farm:x", "[::1]5001", "http://farm", "a b", "1:2:3"]
        {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
