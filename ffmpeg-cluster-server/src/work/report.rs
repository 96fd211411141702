//! What the report of a job says beside its proof: how the film was listed, what happened to it, and who made it.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::media::plan::film::IndexedBy;
use ffmpeg_cluster_common::media::plan::witness::{DecodeComparison, Verdict};
use ffmpeg_cluster_common::media::proof::damage;
use ffmpeg_cluster_common::media::proof::damage::Places;
use ffmpeg_cluster_common::media::proof::report::{EncodedBy, PieceLikeness};
use ffmpeg_cluster_common::media::source::clock::Clock;
use ffmpeg_cluster_common::media::source::index::IndexBuilder;

use super::join_run::{JoinRun, Sound};
use super::listed::{self, Decoding};

/// What the clients found when they compared their pieces with the source.
pub(super) fn likeness(joining: &JoinRun<'_>) -> Vec<PieceLikeness> {
    let told = joining
        .pictures
        .iter()
        .filter_map(|(range, piece)| Some(PieceLikeness::new(*range, piece.piece.facts.findings.likeness?)));
    told.collect()
}

/// Where decoding the source from its beginning finds damage, if a client's decoder complained; by pieces if the server
/// can't decode the source.
pub(super) async fn damage(joining: &JoinRun<'_>) -> Vec<String> {
    let places = joining.pictures.iter().filter_map(|(range, piece)| {
        damage::of_piece(joining.timeline(), *range, &piece.piece.facts.findings)
    });
    let by_pieces: Vec<String> = places.collect();
    // Without leading frames, a decoder lacks nothing at a key frame, so no complaint may be excused.
    let mut excused = joining.pictures.iter().map(|(_, piece)| piece.piece.facts.findings.excused);
    let may_be_hidden = !joining.timeline().index.leading && excused.any(|one| one);
    if by_pieces.is_empty() && !may_be_hidden {
        return by_pieces;
    }
    let (context, timeline) = (joining.context, joining.timeline());
    let base = timeline.index.time_base;
    let window = timeline.window(FrameRange::new(0, timeline.frames()));
    let end = window.end.map_or(i64::MAX, |end| base.micros(end));
    let places = Places::between(base.micros(window.start), end);
    let decoding =
        Decoding { builder: IndexBuilder::decoding(Clock::of(joining.source(), base), Vec::new()), places };
    match listed::decoded(context, &joining.film, joining.source(), decoding).await {
        Ok(Decoding { places, builder }) => places.sentences(|frame| builder.time_us(frame)),
        Err(fault) => {
            tracing::warn!(job = %context.job, "damage is reported by pieces only: {}", fault.message);
            by_pieces
        }
    }
}

/// Seams at which both clients' decoders saw the same pictures of the source.
pub(super) fn seams_compared(joining: &JoinRun<'_>) -> u64 {
    let ends = |n: usize| &joining.pictures[n].1.piece.facts.findings.ends;
    let agree = (1..joining.pictures.len()).filter(|&n| ends(n - 1).verdict(ends(n)) == Verdict::Agree);
    agree.count() as u64
}

/// Pieces whose two decodes, begun at different key frames, gave the same pictures.
pub(super) fn pieces_decoded_twice(joining: &JoinRun<'_>) -> u64 {
    seconds(joining).filter(|&second| second == DecodeComparison::Alike).count() as u64
}

pub(super) fn seconds(joining: &JoinRun<'_>) -> impl Iterator<Item = DecodeComparison> {
    joining.pictures.iter().filter_map(|(_, piece)| piece.piece.facts.findings.second)
}

pub(super) fn indexed_by(joining: &JoinRun<'_>) -> &'static str {
    match joining.planned.indexed_by {
        IndexedBy::Decoding => "decoding",
        IndexedBy::Clients => "clients",
        IndexedBy::Packets => "packets",
    }
}

/// The number of frames that each encoder made.
pub(super) fn encoded_with(joining: &JoinRun<'_>) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for (range, piece) in &joining.pictures {
        let otherwise = &joining.context.spec.profile.video.encoder;
        let encoder = piece.piece.facts.encoder.as_ref().unwrap_or(otherwise);
        *all.entry(encoder.clone()).or_default() += range.len();
    }
    all
}

pub(super) fn encoded_by(joining: &JoinRun<'_>, names: &BTreeMap<ClientId, String>) -> Vec<EncodedBy> {
    let mut all: BTreeMap<ClientId, (EncodedBy, u64)> = BTreeMap::new();
    let fresh = |client: &ClientId| {
        let (client_id, name) = (client.clone(), names.get(client).cloned());
        let name = name.unwrap_or_else(|| client.to_string());
        (EncodedBy { client_id, name, frames: 0, pieces: 0, fps: 0.0, sound: false }, 0)
    };
    for (range, piece) in &joining.pictures {
        let (by, encode_ms) = all.entry(piece.client.clone()).or_insert_with(|| fresh(&piece.client));
        by.frames += range.len();
        by.pieces += 1;
        *encode_ms += piece.encode_ms;
        by.fps = by.frames as f64 * 1000.0 / (*encode_ms).max(1) as f64;
    }
    for Sound { piece, .. } in &joining.sounds {
        all.entry(piece.client.clone()).or_insert_with(|| fresh(&piece.client)).0.sound = true;
    }
    all.into_values().map(|(by, _)| by).collect()
}
