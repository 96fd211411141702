//! What the server logs once it listens.

use std::net::{Ipv4Addr, SocketAddr};

use ffmpeg_cluster_common::io::owners;

use crate::access::certificate::Certificate;
use crate::settings::Settings;

/// The address for this machine comes first, in the same form whatever address is bound.
pub(crate) fn greet(settings: &Settings, address: SocketAddr, certificate: &Certificate) {
    let here = if address.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address.ip() };
    tracing::info!("listening on http://{}", SocketAddr::new(here, address.port()));
    let port =
        if address.port() == 5001 { String::new() } else { format!(" --server-port {}", address.port()) };
    if settings.no_local_trust {
        tracing::info!("--no-local-trust: everybody needs a token, on this machine too");
    } else {
        tracing::info!("to encode on this machine: ffmpeg-cluster-client{port}");
    }
    if settings.required_clients > 1 {
        let wanted = settings.required_clients;
        tracing::info!(
            "a job begins when {wanted} clients are connected; with fewer machines, start this server with \
             --required-clients 1, or a job that waits with: ffmpeg-cluster-client start JOB"
        );
    }
    if !settings.no_local_trust {
        owners::tell();
    }
    if address.ip().is_loopback() {
        return;
    }
    if settings.insecure_lan {
        tracing::warn!(
            "--insecure-lan: everybody who can reach this machine may do everything, and films go unencrypted"
        );
        tracing::info!("to encode on another machine: ffmpeg-cluster-client --server-ip THIS_MACHINE{port}");
    } else {
        tracing::info!(
            fingerprint = certificate.fingerprint,
            "other machines need TLS and a token: ffmpeg-cluster-server token add worker"
        );
    }
}
