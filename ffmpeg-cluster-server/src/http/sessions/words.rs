//! Turns a client's messages into events for the core.

use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::ids::{ClientId, SessionNo};
use ffmpeg_cluster_common::media::plan::piece::SentPiece;
use ffmpeg_cluster_common::protocol::to_server::ToServer;
use ffmpeg_cluster_common::protocol::{tidied_devices, tidied_list};
use tokio_tungstenite::tungstenite::Message;

/// A newer client may send messages that we do not know; its session goes on.
pub(super) fn understood(message: &Message, client: &ClientId) -> Option<ToServer> {
    let text = message.to_text().ok().filter(|_| message.is_text())?;
    serde_json::from_str(text)
        .inspect_err(|error| tracing::debug!(%client, "a message was not understood: {error}"))
        .ok()
}

pub(super) fn event(said: ToServer, session: SessionNo, client: ClientId) -> Option<Event> {
    Some(match said {
        ToServer::Abilities { encoders, devices } => {
            let (encoders, devices) = (tidied_list(encoders), tidied_devices(devices));
            Event::Abilities { client, session, encoders, devices }
        }
        ToServer::Progress { lease, frames, fps } => Event::Progress { client, lease, frames, fps },
        ToServer::Encoded { lease, encode_ms, spent, .. } => {
            Event::Encoded { client, lease, encode_ms, spent }
        }
        ToServer::PieceSent { lease, piece } => {
            let piece = SentPiece { findings: piece.findings.tidied(), ..piece };
            Event::PieceSent { client, lease, piece }
        }
        ToServer::Failed { lease, fault } => Event::LeaseFailed { client, lease, fault: fault.tidied() },
        ToServer::Finishing { returned } => Event::Finishing { client, session, returned },
        ToServer::Leaving { .. } => Event::Leaving { client, session },
        // A second hello adds nothing to the first.
        ToServer::Ping { .. } | ToServer::Hello(_) => return None,
    })
}
