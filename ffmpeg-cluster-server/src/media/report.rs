//! What the report of a job says beside its proof: how the film was listed, what became of it, who made it.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::media::command::sound;
use ffmpeg_cluster_common::media::params::hardware;
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::timeline::sounds_with_own_clock;
use ffmpeg_cluster_common::media::plan::witness::{Second, Verdict};
use ffmpeg_cluster_common::media::proof::damage::Places;
use ffmpeg_cluster_common::media::proof::report::{EncodedBy, PieceLikeness, Verify};
use ffmpeg_cluster_common::media::proof::{damage, kept};
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::extras;
use ffmpeg_cluster_common::media::source::index::IndexBuilder;
use ffmpeg_cluster_common::media::words::device::Hw;
use ffmpeg_cluster_common::text::counted;

use super::count::OwnFrames;
use super::index::{self, Decoding};
use super::join::Bench;

async fn film(bench: &Bench<'_>) -> Option<Film> {
    bench.asked.handle.reader.job(&bench.asked.job).await.ok().flatten().and_then(|row| row.film)
}

/// What the clients found when they compared their pieces with the source.
pub(super) fn likeness(bench: &Bench<'_>) -> Vec<PieceLikeness> {
    let told = bench
        .pictures
        .iter()
        .filter_map(|(range, piece)| Some(PieceLikeness::new(*range, piece.piece.facts.findings.likeness?)));
    told.collect()
}

/// Where a decode of the source from its beginning complains, if a client's decoder did; by pieces where the server can't
/// decode it.
pub(super) async fn damage(bench: &Bench<'_>) -> Vec<String> {
    let places = bench
        .pictures
        .iter()
        .filter_map(|(range, piece)| damage::of_piece(bench.timeline(), *range, &piece.piece.facts.findings));
    let by_pieces: Vec<String> = places.collect();
    if by_pieces.is_empty() {
        return by_pieces;
    }
    let (asked, timeline) = (bench.asked, bench.timeline());
    let base = timeline.index.time_base;
    let window = timeline.window(FrameRange::new(0, timeline.frames()));
    let end = window.end.map_or(i64::MAX, |end| base.micros(end));
    let places = Places::between(base.micros(window.start), end);
    let decoding = Decoding { builder: IndexBuilder::decoding(base, Vec::new()), places };
    match index::decoded(asked, &bench.film, bench.source(), decoding).await {
        Ok(Decoding { places, .. }) => places.sentences(),
        Err(fault) => {
            tracing::warn!(job = %asked.job, "damage is told by pieces: {}", fault.message);
            by_pieces
        }
    }
}

/// Seams at which both clients' decoders saw the same pictures of the source.
pub(super) fn seams_compared(bench: &Bench<'_>) -> u64 {
    let ends = |n: usize| &bench.pictures[n].1.piece.facts.findings.ends;
    let agree = (1..bench.pictures.len()).filter(|&n| ends(n - 1).verdict(ends(n)) == Verdict::Agree);
    agree.count() as u64
}

/// Pieces of which two decodes, begun at different key frames, gave the same pictures.
pub(super) fn pieces_decoded_twice(bench: &Bench<'_>) -> u64 {
    seconds(bench).filter(|&second| second == Second::Alike).count() as u64
}

/// Where a decoder begins matters to this film, and its pieces begin with it.
fn starts_differed(bench: &Bench<'_>) -> bool {
    seconds(bench).any(|second| matches!(second, Second::Differs { .. }))
}

fn seconds(bench: &Bench<'_>) -> impl Iterator<Item = Second> {
    bench.pictures.iter().filter_map(|(_, piece)| piece.piece.facts.findings.second)
}

pub(super) async fn indexed_by(bench: &Bench<'_>) -> String {
    match film(bench).await.map(|film| film.indexed_by) {
        Some(IndexedBy::Decoding) => "decoding".into(),
        Some(IndexedBy::Clients) => "clients".into(),
        Some(IndexedBy::Packets) | None => "packets".into(),
    }
}

pub(super) async fn warnings(
    bench: &Bench<'_>,
    found: &Source,
    (wanted, frames): (u64, u64),
    likeness: &[PieceLikeness],
    own: Option<&OwnFrames>,
) -> Vec<String> {
    let mut all = Vec::new();
    if frames != wanted {
        all.push(format!(
            "the result has {} and should have {wanted}; the job did not ask for exactness",
            counted(frames, "frame")
        ));
    }
    let film = film(bench).await;
    if let Some(why) = film.as_ref().and_then(|film| film.first().whole()) {
        all.push(format!("the film was encoded in one piece, by one client: {why}"));
    }
    if let Some(kind) = film.and_then(|film| film.first().one_kind.clone()) {
        all.push(format!(
            "only clients of one kind ({kind}) encoded the film: decoders of another kind saw other pictures"
        ));
    }
    all.extend(without_hardware(bench));
    let timeline = bench.timeline();
    if !timeline.index.doubled.is_empty() {
        let many = counted(timeline.index.doubled.len() as u64, "frame");
        all.push(format!(
            "{many} of the source without a time of its own: each follows a tick behind the one before"
        ));
    }
    all.extend(sound_apart(bench));
    if let Some(why) = own.and_then(OwnFrames::not_counted) {
        all.push(format!(
            "how many frames the filters make nobody knows but the client that ran them ({} of the source's {}): \
             the server can't run them itself, because {why}",
            counted(wanted, "frame"),
            timeline.index.frames()
        ));
    }
    all.extend(likeness.iter().filter_map(PieceLikeness::warning));
    let not_compared = (bench.pictures.len() as u64).saturating_sub(1 + seams_compared(bench));
    if not_compared > 0 {
        all.push(format!(
            "at {} between pieces nothing tells whether both decoders saw the same pictures",
            counted(not_compared, "place")
        ));
    }
    if starts_differed(bench) {
        all.push(
            "decoders that began at different key frames saw different pictures; every piece was decoded from the film's beginning"
                .into(),
        );
    }
    if bench.asked.spec.care.verify == Verify::Full && likeness.len() < bench.pictures.len() {
        let missing = bench.pictures.len() - likeness.len();
        all.push(format!(
            "{} could not be compared with the source by the client that made it",
            counted(missing as u64, "piece")
        ));
    }
    all.extend(lost(bench, found));
    let rotation = bench.source().film_stream().map_or(0, |(_, picture)| picture.rotation);
    if rotation != 0 {
        all.push(format!(
            "the source is marked as rotated by {rotation}°; the picture was turned upright, as ffmpeg does"
        ));
    }
    all
}

/// Where the clock of the film's sound is not set back with the picture's, nobody knows which of them go together.
fn sound_apart(bench: &Bench<'_>) -> Option<String> {
    let encoded = sound::sound_work(bench.source(), &bench.carriage, &bench.asked.spec.profile);
    let apart = sounds_with_own_clock(&encoded?, bench.source());
    let streams = apart.iter().map(|stream| format!("0:{stream}")).collect::<Vec<_>>().join(", ");
    let sentence = "the clock of the sound is not set back where the picture's is";
    (!apart.is_empty()).then(|| {
        format!(
            "{sentence} (stream {streams}): all sound lies as ffmpeg lays it, and may not fit the picture"
        )
    })
}

/// The job would have liked hardware, and nothing there makes the like.
fn without_hardware(bench: &Bench<'_>) -> Option<String> {
    let spec = &bench.asked.spec;
    let (_, picture) = bench.source().film_stream()?;
    let refusal = hardware::methods(&spec.profile.video, picture).err().filter(|_| spec.hw == Hw::Prefer)?;
    Some(format!("hw: prefer: it was encoded in software alone: {refusal}"))
}

/// Frames by the encoder that made them.
pub(super) fn encoded_with(bench: &Bench<'_>) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for (range, piece) in &bench.pictures {
        let otherwise = &bench.asked.spec.profile.video.encoder;
        let encoder = piece.piece.facts.encoder.as_ref().unwrap_or(otherwise);
        *all.entry(encoder.clone()).or_default() += range.len();
    }
    all
}

/// What the source has and the result has not.
fn lost(bench: &Bench<'_>, found: &Source) -> Vec<String> {
    let profile = &bench.asked.spec.profile;
    let mut all = match (bench.source().film_stream(), found.film_stream()) {
        (Some((_, source)), Some((_, result))) => extras::lost(source, result, &profile.video.encoder),
        _ => Vec::new(),
    };
    all.extend(kept::missed(bench.source(), found, &bench.carriage, profile));
    all
}

pub(super) fn encoded_by(bench: &Bench<'_>, names: &BTreeMap<ClientId, String>) -> Vec<EncodedBy> {
    let mut all: BTreeMap<ClientId, (EncodedBy, u64)> = BTreeMap::new();
    let pieces = bench.pictures.iter().map(|(_, piece)| piece).chain(&bench.sound);
    for piece in pieces {
        let name = names.get(&piece.client).cloned().unwrap_or_else(|| piece.client.to_string());
        let fresh =
            EncodedBy { client_id: piece.client.clone(), name, frames: 0, pieces: 0, fps: 0.0, sound: false };
        let (by, encode_ms) = all.entry(piece.client.clone()).or_insert((fresh, 0));
        if piece.segment.track == Film::SOUND {
            by.sound = true;
        } else {
            by.frames += piece.segment.units.len();
            by.pieces += 1;
            *encode_ms += piece.encode_ms;
        }
        by.fps = by.frames as f64 * 1000.0 / (*encode_ms).max(1) as f64;
    }
    all.into_values().map(|(by, _)| by).collect()
}
