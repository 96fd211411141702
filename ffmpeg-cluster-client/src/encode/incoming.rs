//! The driver's events: messages of the server, and results of background work.

use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::media::words::device::Device;

use super::work::Made;
use super::work::piece::Sent;
use crate::server::link::LinkEvent;

/// One event for the driver.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// `session` counts the attempts to connect, so that the driver recognises late events of an old session.
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
