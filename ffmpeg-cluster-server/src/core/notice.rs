//! Notices of the core → log lines. Read from top to bottom, they tell the path of a job.

use ffmpeg_cluster_common::cluster::effect::Notice;
use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::ids::{JobId, LeaseId};
use ffmpeg_cluster_common::media::plan::film::IndexedBy;
use ffmpeg_cluster_common::protocol::command::JobState;
use tracing::{debug, info, warn};

fn by_text(by: IndexedBy) -> &'static str {
    match by {
        IndexedBy::Packets => "by its packets",
        IndexedBy::Clients => "from what clients decoded",
        IndexedBy::Decoding => "by decoding it",
    }
}

pub(crate) fn tell(notice: Notice) {
    match notice {
        Notice::JobAccepted { job, file_name, params, output_name } => {
            info!(%job, file = file_name, params, output = output_name, "job accepted");
        }
        Notice::JobToList { job, packets } => {
            info!(%job, packets, "its packets do not tell its frames; clients list them by decoding");
        }
        Notice::JobIndexed { job, frames, cuts, by, sound, one_piece } => {
            info!(%job, frames, key_frames = cuts, sound_to_encode = sound, "source indexed {}", by_text(by));
            one_piece
                .iter()
                .for_each(|why| warn!(%job, "the film is encoded in one piece, by one client: {why}"));
        }
        Notice::JobPaused { job, paused } => info!(%job, "{}", if paused { "paused" } else { "resumed" }),
        Notice::JobMoved { job, from, to, why } => info!(%job, "{} → {}: {why}", from.as_str(), to.as_str()),
        Notice::Leased { job, client, lease, what, measure, seat } => {
            let why = if measure { ", as a benchmark" } else { "" };
            let by = seat.map_or_else(String::new, |seat| format!(" by {} ({})", seat.encoder, seat.device));
            info!(%job, %lease, client = client.name, "leased {what}{by}{why}");
        }
        Notice::SecondTry { job, lease, late } => {
            info!(%job, %lease, "a second lease of the segment that {late} is late with")
        }
        Notice::PieceKept { job, client, lease, what, bytes, fps, left } => {
            let fps = format!("{fps:.1}");
            info!(%job, %lease, client = client.name, bytes, fps, frames_left = left, "piece kept: {what}, checked");
        }
        Notice::LeaseLost { job, client, lease, what, attempt, fault } => {
            warn!(%job, %lease, client = client.name, attempt, code = ?fault.code, "lost {what}: {}", fault.message);
            tell_tail(&job, lease, &fault);
        }
        Notice::TrackGivenUp { job, track, why } => {
            warn!(%job, track = track.0, "the job goes on without this track: {why}")
        }
        Notice::JobEnded { job, state, why } => tell_end(&job, state, &why),
        Notice::ClientUp { client, cores, clients, back } => {
            let what = if back { "client back" } else { "client connected" };
            info!(client = client.name, id = %client.id, cores, clients, "{what}");
        }
        Notice::ClientGone { client, clients, why } => {
            info!(client = client.name, id = %client.id, clients, "client gone: {why}");
        }
        Notice::SetAside { client, why } => warn!(client = client.name, id = %client.id, "client {why}"),
        Notice::TakenBack { client, why } => {
            info!(client = client.name, id = %client.id, "the client gets work again: {why}")
        }
        Notice::Struck { client, strikes, why } => {
            warn!(client = client.name, id = %client.id, strikes, "a piece was falsified: {why}");
        }
        Notice::Doubted { job, client, pieces, frames } => {
            warn!(%job, client = client.name, id = %client.id, pieces, frames, "pieces of a client that lied are encoded again");
        }
        Notice::SeamDiffers { job, at, then } => {
            warn!(%job, "two clients' decoders saw different pictures of the source around frame {at}: {then}");
        }
        Notice::StartsDiffer { job, range, then } => {
            warn!(%job, "decoders that began at two key frames saw different pictures within frames {range}: {then}");
        }
        Notice::Audited { job, lease, spot, audit } => {
            let (piece_mdb, own_mdb) = (audit.piece_mdb, audit.own_mdb);
            info!(%job, %lease, piece_mdb, own_mdb, "audited frames {spot}");
        }
        Notice::NotAudited { job, why } => warn!(%job, "its pieces can't be audited: {why}"),
        Notice::DeviceSpared { client, device, why } => warn!(client = client.name, device, "device: {why}"),
        Notice::SpeedMeasured { client, kind, fps } => {
            debug!(client = client.name, kind, fps, "speed measured");
        }
        Notice::Stale { client, lease, what } => debug!(%client, %lease, what, "stale message"),
    }
}

/// Logs the last output lines of the program that failed.
fn tell_tail(job: &JobId, lease: LeaseId, fault: &Fault) {
    fault.tail.iter().for_each(|line| debug!(%job, %lease, "ffmpeg: {line}"));
}

/// The last output of a failed program gets lines of its own: one event, one line.
fn tell_end(job: &JobId, state: JobState, why: &str) {
    let mut lines = why.lines();
    let first = lines.next().unwrap_or_default();
    if state == JobState::Failed {
        warn!(%job, "job {}: {first}", state.as_str());
        lines.for_each(|line| warn!(%job, "ffmpeg: {line}"));
    } else {
        info!(%job, "job {}: {first}", state.as_str());
    }
}
