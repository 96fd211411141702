//! The frame list that clients make:
//! each client decodes a segment of the film and reports the frames' times.
//!
//! A piece of the list also reports some frames on either side of its segment,
//! so neighbours report the same frames from different key frames.
//! The server accepts the pieces if neighbours agree,
//! no time goes back, and the number of frames is right.
//! The server knows that number from the packets; no client can change it.

use std::io::{BufRead, Read};

use crate::frames::{FrameRange, Rational};
use crate::limits::{LIST_BESIDE as BESIDE, LIST_LINE_BYTES_MAX as LINE_BYTES_MAX};
use crate::media::params::Profile;
use crate::media::plan::film::{Film, IndexedBy};
use crate::media::plan::track::{Content, Cuts, Track, WorkKind};
use crate::media::plan::work::ListWork;
use crate::media::source::Source;
use crate::media::source::index::{GROUPS_USUAL, Index, IndexBuilder};

/// Roughly how many pixels one processor decodes per second.
const PIXELS_A_SECOND: u64 = 300_000_000;

/// Whether the server alone would take more than `here_secs` to decode the film,
/// and clients can decode segments of it.
pub fn is_worth_sharing(source: &Source, packets: &Index, here_secs: u64) -> bool {
    let pixels = source.pixels().saturating_mul(packets.frames());
    let long = pixels > here_secs.saturating_mul(PIXELS_A_SECOND);
    long && packets.keys.len() > GROUPS_USUAL && source.can_begin_at_keys() && !source.begins_anywhere()
}

/// The film as the scheduler sees it while clients list it: the clients that will encode it also list it.
pub fn film(source: &Source, packets: &Index, profile: &Profile) -> Film {
    let film = source.film_stream();
    let rate = film.map(|(_, picture)| picture.frame_rate).filter(|rate| rate.is_positive());
    let (codec, pixels) = film.map_or(("", 0), |(stream, picture)| (stream.codec.as_str(), picture.pixels()));
    let encoders = vec![profile.video.encoder.clone()];
    let track = Track {
        cuts: Cuts::Near(packets.cuts()),
        reads: vec![codec.to_owned()],
        kind: Some(WorkKind(format!("decoding {codec} of {pixels} pixels"))),
        ..Track::new(Content::List, packets.frames(), encoders)
    };
    Film {
        tracks: vec![track],
        frame_rate: rate.unwrap_or(Rational { num: 25, den: 1 }),
        indexed_by: IndexedBy::Clients,
        copied: None,
    }
}

/// The work for these packets; None if the source has no picture.
pub fn work(source: &Source, packets: &Index, range: FrameRange) -> Option<ListWork> {
    let (stream, picture) = source.film_stream()?;
    let (first, end) = (range.start.saturating_sub(BESIDE), range.end + BESIDE);
    Some(ListWork {
        range,
        stream: stream.index,
        pixels: picture.pixels(),
        time_base: packets.time_base,
        start: (range.start > 0 && first > 0).then(|| packets.time(first)),
        end: (end < packets.frames()).then(|| packets.time(end)),
        seek: packets.seek_from(first, first, GROUPS_USUAL).filter(|_| first > 0),
    })
}

/// The frames of a piece, in display order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPiece {
    pub times: Vec<i64>,
    last_length: i64,
}

/// Reads the output of a piece's run; fails with a reason if no honest run can have written it.
pub fn read(work: &ListWork, mut from: impl BufRead) -> Result<ListPiece, String> {
    let mut builder = IndexBuilder::decoding(work.time_base, Vec::new());
    let mut line = String::new();
    loop {
        line.clear();
        let read = (&mut from).take(LINE_BYTES_MAX).read_line(&mut line);
        match read.map_err(|error| format!("it can't be read: {error}"))? as u64 {
            0 => break,
            LINE_BYTES_MAX => return Err("it has a line that is too long".to_owned()),
            _ => builder.line(line.trim_end()),
        }
        if builder.is_beyond() {
            return Err("it has more frames than a film may have".to_owned());
        }
    }
    if builder.without_time > 0 {
        return Err("it has frames without a time".to_owned());
    }
    let within =
        |time: &i64| work.start.is_none_or(|first| *time >= first) && work.end.is_none_or(|end| *time < end);
    if !builder.times.iter().all(within) {
        return Err("it has frames outside its range".to_owned());
    }
    Ok(ListPiece { last_length: builder.last.map_or(0, |(_, length)| length), times: builder.times })
}

/// Joins all pieces, in their order, into the film's frame list;
/// fails with a reason if they contradict each other.
pub fn join(packets: &Index, pieces: &[(ListWork, ListPiece)]) -> Result<Index, String> {
    let keys = packets.keys.iter().map(|&key| packets.time(key)).collect();
    let mut builder = IndexBuilder::decoding(packets.time_base, keys);
    for (n, (work, piece)) in pieces.iter().enumerate() {
        if let Some(pair) = piece.times.windows(2).find(|pair| pair[1] < pair[0]) {
            return Err(format!("time goes back to {}", builder.seconds(pair[1])));
        }
        if let Some((after, next)) = pieces.get(n + 1)
            && seen_by(piece, work, after) != seen_by(next, after, work)
        {
            return Err(format!(
                "two neighbouring pieces list different frames around packet {}",
                after.range.start
            ));
        }
        builder.times.extend_from_slice(own(packets, work.range, piece));
    }
    let (told, known) = (builder.times.len() as u64, packets.frames());
    if told != known {
        return Err(format!("{told} frames were listed, and the packets have {known} times"));
    }
    let length = pieces.last().map_or(0, |(_, piece)| piece.last_length);
    builder.last = builder.times.last().map(|&time| (time, length));
    builder.finish().map_err(|untrusted| untrusted.reason)
}

/// The times that one piece reports within the stretch that both pieces cover.
fn seen_by<'a>(piece: &'a ListPiece, work: &ListWork, other: &ListWork) -> &'a [i64] {
    between(piece, work.start.max(other.start), [work.end, other.end].into_iter().flatten().min())
}

/// The times within a piece's own range.
fn own<'a>(packets: &Index, range: FrameRange, piece: &'a ListPiece) -> &'a [i64] {
    let first = (range.start > 0).then(|| packets.time(range.start));
    between(piece, first, (range.end < packets.frames()).then(|| packets.time(range.end)))
}

fn between(piece: &ListPiece, first: Option<i64>, end: Option<i64>) -> &[i64] {
    let at = |time: i64| piece.times.partition_point(|&known| known < time);
    let (from, to) = (first.map_or(0, at), end.map_or(piece.times.len(), at));
    &piece.times[from.min(to)..to]
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
