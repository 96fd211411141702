//! What the driver tells beside its changes: events with their owners, and the moments of leases.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::Published;
use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::time::WallMillis;

use super::leases::HeldLeases;
use crate::store::catalog::{Moments, NewEvent};

/// The moments of current leases. Those of an earlier start are not known.
#[derive(Debug, Default)]
pub(super) struct Phases(BTreeMap<LeaseId, Moments>);

impl Phases {
    /// Notes when a lease passes a phase. A message about a lease that has ended is not noted.
    pub(super) fn hear(&mut self, event: &Event, leases: &HeldLeases) {
        let at = clock::wall();
        match event {
            Event::Progress { lease, .. } => self.note(*lease, leases, |moments| &mut moments.began, at),
            Event::Encoded { lease, .. } => self.note(*lease, leases, |moments| &mut moments.encoded, at),
            Event::PieceSent { lease, .. } => self.note(*lease, leases, |moments| &mut moments.sent, at),
            _ => {}
        }
    }

    fn note(
        &mut self,
        lease: LeaseId,
        leases: &HeldLeases,
        phase: fn(&mut Moments) -> &mut Option<WallMillis>,
        at: WallMillis,
    ) {
        if leases.has(lease) {
            phase(self.0.entry(lease).or_default()).get_or_insert(at);
        }
    }

    /// The moments of the leases that these changes end.
    pub(super) fn ended(
        &mut self,
        changes: &[Change],
        published: &[Published],
    ) -> BTreeMap<LeaseId, Moments> {
        let ended = changes.iter().filter_map(|change| match change {
            Change::LeaseEnded { lease, .. } => Some(*lease),
            Change::PieceKept { piece, .. } => Some(piece.lease),
            _ => None,
        });
        let mut all: BTreeMap<LeaseId, Moments> =
            ended.map(|lease| (lease, self.0.remove(&lease).unwrap_or_default())).collect();
        for lost in published.iter().filter(|told| told.kind == "segment.lost") {
            let lease = lost.data["lease"].as_str().and_then(|lease| lease.parse().ok());
            if let Some(moments) = lease.and_then(|lease: LeaseId| all.get_mut(&lease)) {
                moments.code = lost.data["code"].as_str().map(str::to_owned);
            }
        }
        all
    }
}

pub(super) fn event(told: Published, owner: Option<String>) -> NewEvent {
    let Published { kind, job, client, data } = told;
    NewEvent { kind, job, client, owner, data: data.to_string() }
}
