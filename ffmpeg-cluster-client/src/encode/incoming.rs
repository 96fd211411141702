//! What the driver is given: words of the server, and ends of what runs in the background.

use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::media::words::device::Device;

use super::work::Made;
use super::work::piece::Sent;
use crate::server::link::LinkEvent;

/// What the driver is given.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// `session` counts the attempts to connect, so that late words of an old one are known as such.
    Link {
        session: u64,
        what: LinkEvent,
    },
    Progress {
        lease: LeaseId,
        frames: u64,
        fps: f32,
    },
    Made {
        lease: LeaseId,
        made: Made,
    },
    Failed {
        lease: LeaseId,
        fault: Fault,
    },
    Sent {
        lease: LeaseId,
        sent: Sent,
    },
    Abilities {
        encoders: Vec<String>,
        devices: Vec<Device>,
    },
}
