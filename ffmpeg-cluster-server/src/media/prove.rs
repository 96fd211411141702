//! The proof: the joined file is looked at anew, its frames against the index and its streams against the plan.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::io::{clock, digest};
use ffmpeg_cluster_common::media::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::index::{IndexBuilder, decode_arguments, packet_arguments};
use ffmpeg_cluster_common::media::join::time_error_allowed_ms;
use ffmpeg_cluster_common::media::source::{Source, StreamKind};
use ffmpeg_cluster_common::media::verify::{EncodedBy, Report, Times, prove_times};
use ffmpeg_cluster_common::time::WallMillis;

use super::join::{self, Bench, wall_since};
use super::{probe, run};
use crate::perform::internal;

pub(super) async fn prove(
    bench: &Bench<'_>,
    result: &Path,
    names: &BTreeMap<ClientId, String>,
    created_at: WallMillis,
) -> Result<Report, Fault> {
    let asked = bench.asked;
    let found = probe::probe(&asked.handle, result, &asked.stop).await.map_err(failed)?;
    prove_streams(bench, &found)?;
    let rate = bench.source().film_stream().map(|(_, picture)| picture.frame_rate);
    let rate = rate.ok_or_else(|| Fault::new(FaultCode::Internal, "the source has no picture"))?;
    let allowed = time_error_allowed_ms(&asked.spec.profile, rate);
    let own = join::own_piece(bench).await?;
    let wanted = own.as_ref().map_or(Times::Known(bench.timeline()), Times::Piece);
    let (base, listed) = list(bench, result, &found, wanted.frames()).await?;
    let times = prove_times(&wanted, (base, &listed), allowed, asked.spec.exactly)?;
    let path = result.to_owned();
    let digested = asked.handle.background.blocking(move || digest::of_file(&path)).await;
    let (bytes, sha256) = digested
        .context("reading the result")
        .and_then(|d| d.context("reading the result"))
        .map_err(|e| internal(&e))?;
    let wall = wall_since(created_at, clock::wall());
    Ok(Report {
        frames_source: bench.timeline().index.frames(),
        frames_wanted: wanted.frames(),
        frames_result: times.frames,
        time_error_max_ms: times.error_max_ms,
        time_error_allowed_ms: allowed,
        indexed_by: indexed_by(bench).await,
        streams_kept: bench.carriage.kept_sentences(),
        streams_dropped: bench.carriage.dropped_sentences(),
        warnings: warnings(bench, wanted.frames(), times.frames).await,
        encoded_by: encoded_by(bench, names),
        pieces: bench.pictures.len() as u64,
        result_bytes: bytes,
        result_sha256: sha256,
        wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX),
        fps: times.frames as f64 / wall.as_secs_f64().max(0.001),
    })
}

fn failed(fault: Fault) -> Fault {
    Fault { code: FaultCode::ProofFailed, message: format!("the joined file: {}", fault.message), ..fault }
}

/// The times of the result's frames, by its packets; by decoding where those are not as many as there should be frames:
/// some encoders make packets that are never shown.
async fn list(
    bench: &Bench<'_>,
    result: &Path,
    found: &Source,
    frames: u64,
) -> Result<(Rational, Vec<i64>), Fault> {
    let asked = bench.asked;
    let no_picture = || Fault::new(FaultCode::ProofFailed, "the joined file has no picture");
    let (_, picture) = found.film_stream().ok_or_else(no_picture)?;
    let (base, input) = (picture.time_base, format!("file:{}", result.display()));
    let mut builder = IndexBuilder::packets(base);
    let arguments = packet_arguments(&input, &found.format);
    let what = (FaultCode::ProofFailed, "listing the result");
    run::lines(&asked.handle.tools.ffprobe, arguments, &asked.stop, what, |line| builder.line(line)).await?;
    let times = builder.times();
    if times.len() as u64 == frames {
        return Ok((base, times));
    }
    let mut builder = IndexBuilder::decoding(base, Vec::new()).as_they_stand();
    let arguments = decode_arguments(&input, &found.format, base);
    let what = (FaultCode::ProofFailed, "decoding the result");
    run::lines(&asked.handle.tools.ffmpeg, arguments, &asked.stop, what, |line| builder.line(line)).await?;
    Ok((base, builder.times()))
}

/// As many streams of each kind as were planned. A cover that became a film of its own would be one too many.
fn prove_streams(bench: &Bench<'_>, found: &Source) -> Result<(), Fault> {
    let kinds = [
        (StreamKind::Video, "picture"),
        (StreamKind::Audio, "sound"),
        (StreamKind::Subtitle, "subtitle"),
        (StreamKind::Attachment, "attached"),
    ];
    for (kind, word) in kinds {
        let planned = bench.carriage.tracks.iter().filter(|track| track.kind == kind).count();
        let there = found.of_kind(kind).count();
        if planned != there {
            let message = format!("{planned} {word} streams were planned, the result has {there}");
            return Err(Fault::new(FaultCode::ProofFailed, message));
        }
    }
    Ok(())
}

async fn film(bench: &Bench<'_>) -> Option<Film> {
    bench.asked.handle.reader.job(&bench.asked.job).await.ok().flatten().and_then(|row| row.film)
}

async fn indexed_by(bench: &Bench<'_>) -> String {
    match film(bench).await.map(|film| film.indexed_by) {
        Some(IndexedBy::Decoding) => "decoding".into(),
        Some(IndexedBy::Packets) | None => "packets".into(),
    }
}

async fn warnings(bench: &Bench<'_>, wanted: u64, frames: u64) -> Vec<String> {
    let mut all = Vec::new();
    if frames != wanted {
        all.push(format!(
            "the result has {frames} frames and should have {wanted}; the job did not ask for exactness"
        ));
    }
    if let Some(why) = film(bench).await.and_then(|film| film.one_piece) {
        all.push(format!("the film was encoded in one piece, by one client: {why}"));
    }
    let timeline = bench.timeline();
    if !timeline.index.doubled.is_empty() {
        let many = timeline.index.doubled.len();
        all.push(format!(
            "{many} frames of the source have no time of their own and follow a tick behind the one before"
        ));
    }
    if timeline.is_own() {
        let source = timeline.index.frames();
        all.push(format!("the filters made {wanted} frames of the source's {source}; only they know which"));
    }
    let rotation = bench.source().film_stream().map_or(0, |(_, picture)| picture.rotation);
    if rotation != 0 {
        all.push(format!(
            "the source is marked as rotated by {rotation}°; the picture was turned upright, as ffmpeg does"
        ));
    }
    all
}

fn encoded_by(bench: &Bench<'_>, names: &BTreeMap<ClientId, String>) -> Vec<EncodedBy> {
    let mut all: BTreeMap<ClientId, (EncodedBy, u64)> = BTreeMap::new();
    let pieces = bench.pictures.iter().map(|(_, piece)| piece).chain(&bench.sound);
    for piece in pieces {
        let name = names.get(&piece.client).cloned().unwrap_or_else(|| piece.client.to_string());
        let fresh =
            EncodedBy { client_id: piece.client.clone(), name, frames: 0, pieces: 0, fps: 0.0, sound: false };
        let (by, encode_ms) = all.entry(piece.client.clone()).or_insert((fresh, 0));
        match piece.share {
            Some(range) => {
                by.frames += range.len();
                by.pieces += 1;
                *encode_ms += piece.encode_ms;
            }
            None => by.sound = true,
        }
        by.fps = by.frames as f64 * 1000.0 / (*encode_ms).max(1) as f64;
    }
    all.into_values().map(|(by, _)| by).collect()
}
