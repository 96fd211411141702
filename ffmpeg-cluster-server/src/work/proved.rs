//! The proof's findings as the job's report.

use std::collections::BTreeMap;
use std::time::Duration;

use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::media::proof::times::TimeProof;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::time::WallMillis;

use super::count::OwnFrames;
use super::join_run::JoinRun;
use super::{report, warnings};

/// What the proof found in a result.
pub(super) struct Proved<'a> {
    pub(super) found: &'a Source,
    pub(super) frames: Frames,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// What the proof found about the frames.
pub(super) struct Frames {
    pub(super) wanted: u64,
    pub(super) times: TimeProof,
    pub(super) allowed_ms: f64,
    pub(super) seams_decoded: u64,
}

pub(super) async fn report(
    joining: &JoinRun<'_>,
    proved: Proved<'_>,
    names: &BTreeMap<ClientId, String>,
    created_at: WallMillis,
) -> Report {
    let Proved { found, frames, bytes, sha256 } = proved;
    let (likeness, timeline) = (report::likeness(joining), joining.timeline());
    let inexact = warnings::inexact(frames.wanted, frames.times.frames);
    let copied = joining.profile.copies_picture();
    let wall = wall_since(created_at, clock::wall());
    Report {
        frames_source: if copied { frames.wanted } else { timeline.index.frames() },
        frames_wanted: frames.wanted,
        frames_result: frames.times.frames,
        counts_packets: copied,
        time_error_max_ms: frames.times.error_max_ms,
        time_error_allowed_ms: frames.allowed_ms,
        indexed_by: report::indexed_by(joining).to_owned(),
        times_laid_on: timeline.laid_rate().map(|rate| rate.to_string()),
        clock_set_back: timeline.clock_set_back(joining.source()),
        streams_kept: joining.carriage.kept_sentences(),
        streams_dropped: joining.carriage.dropped_sentences(),
        warnings: inexact.into_iter().chain(warnings::warnings(joining, found, &likeness)).collect(),
        damage: report::damage(joining).await,
        frames_counted: joining.own.as_ref().map(OwnFrames::count),
        seams_decoded: frames.seams_decoded,
        seams_compared: report::seams_compared(joining),
        pieces_decoded_twice: report::pieces_decoded_twice(joining),
        likeness,
        encoded_by: report::encoded_by(joining, names),
        encoded_with: report::encoded_with(joining),
        pieces: joining.pictures.len() as u64,
        renditions: Vec::new(),
        result_bytes: bytes,
        result_sha256: sha256,
        wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX),
        fps: frames.times.frames as f64 / wall.as_secs_f64().max(0.001),
    }
}

/// How long a job took, from its acceptance to now.
fn wall_since(created_at: WallMillis, now: WallMillis) -> Duration {
    Duration::from_millis(now.0.saturating_sub(created_at.0))
}
