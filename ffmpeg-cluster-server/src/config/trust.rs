//! By what this server is known, and whom it trusts for nothing but his place.

use std::path::PathBuf;

use ffmpeg_cluster_common::access::invite::is_host;

use super::one_of;
use crate::auth::certificate::OwnFiles;

pub(super) fn no_local_trust(given: Option<String>, insecure_lan: bool, mistakes: &mut Vec<String>) -> bool {
    let asked = one_of("no-local-trust", given, &[("false", false), ("true", true)], mistakes);
    if asked && insecure_lan {
        mistakes.push("--no-local-trust: with --insecure-lan everybody is trusted; one of the two".into());
    }
    asked
}

pub(super) fn host_names(given: Vec<String>, mistakes: &mut Vec<String>) -> Vec<String> {
    // An address is one of ours always.
    let is_name = |name: &String| is_host(name) && !name.contains(':');
    for name in given.iter().filter(|name| !is_name(name)) {
        mistakes.push(format!("--host-name {name:?}: a host name is wanted, without port or http://"));
    }
    given
}

pub(super) fn own_certificate(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    mistakes: &mut Vec<String>,
) -> Option<OwnFiles> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some(OwnFiles { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            mistakes.push("--tls-cert: --tls-key is wanted with it".into());
            None
        }
        (None, Some(_)) => {
            mistakes.push("--tls-key: --tls-cert is wanted with it".into());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_and_everybody_can_not_be_trusted_at_once() {
        for (asked, insecure_lan, wrong) in
            [("true", true, 1), ("true", false, 0), ("false", true, 0), ("maybe", false, 1)]
        {
            let mut mistakes = Vec::new();
            let told = no_local_trust(Some(asked.to_owned()), insecure_lan, &mut mistakes);
            assert_eq!(
                (told, mistakes.len()),
                (asked == "true", wrong),
                "{asked} {insecure_lan}: {mistakes:?}"
            );
        }
    }
}
