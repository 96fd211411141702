//! The leases on this machine, with their readers, folders and pieces.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::media::plan::work::{Window, Work};
use ffmpeg_cluster_common::protocol::to_client::Offer;
use tokio_util::sync::CancellationToken;

use crate::encode::gateway::{self, Opened};
use crate::encode::work::Made;

/// One lease on this machine.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) offer: Arc<Offer>,
    pub(super) opened: Arc<Opened>,
    pub(super) folder: PathBuf,
    /// Ends the encoder or the transfer.
    pub(super) stop: CancellationToken,
    pub(super) frames_done: Arc<AtomicU64>,
    pub(super) made: Option<Made>,
}

#[derive(Debug, Default)]
pub(super) struct Leases(pub(super) BTreeMap<LeaseId, Held>);

impl Leases {
    /// The place where a queued lease will probably read, estimated from a running lease of the same source.
    pub(super) fn likely_byte(&self, offer: &Offer) -> Option<u64> {
        let next = window(offer)?;
        let mut others = self.0.values().filter(|held| held.offer.source == offer.source);
        others.find_map(|held| {
            let now = window(&held.offer)?;
            let frames = units(&held.offer)?.max(1);
            let done = held.frames_done.load(Ordering::Relaxed).min(frames);
            let length = now.result.time_base.rescale(now.result.last - now.result.first, now.time_base);
            let at = i128::from(now.start) + i128::from(length) * i128::from(done) / i128::from(frames);
            let likely =
                gateway::likely_byte(held.opened.at(), i64::try_from(at).ok()?, next.seek.unwrap_or(0));
            likely.filter(|byte| *byte < offer.source.bytes)
        })
    }

    /// For log lines.
    pub(super) fn describe(&self, lease: LeaseId) -> String {
        match self.0.get(&lease).map(|held| &held.offer.work) {
            Some(Work::Picture(work)) => format!("frames {}", work.range),
            Some(Work::List(work)) => format!("packets {}", work.range),
            Some(Work::Sound(_)) => "the sound".to_owned(),
            None => "a lease".to_owned(),
        }
    }
}

fn window(offer: &Offer) -> Option<Window> {
    match &offer.work {
        Work::Picture(work) => Some(work.window),
        Work::List(_) | Work::Sound(_) => None,
    }
}

/// The number of frames or packets in a lease; none for sound.
fn units(offer: &Offer) -> Option<u64> {
    match &offer.work {
        Work::Picture(work) => Some(work.range.len()),
        Work::List(work) => Some(work.range.len()),
        Work::Sound(_) => None,
    }
}
