//! The places in a result where two pieces meet: what to decode there, and what must come out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::frames::{FrameNo, FrameRange, FrameTimes};
use crate::limits::memory_to_decode;
use crate::media::command::examine::Probed;
use crate::media::command::{Command, Line, Side};
use crate::media::source::guard::Guard;
use crate::media::words::container::Container;

/// Frames on either side of a seam.
pub const AROUND: FrameNo = 12;
/// The most seams that are decoded: all of an ordinary film, or an even selection of ten thousand.
const SEAMS_MAX: usize = 16;

/// Whether to decode a seam while other pieces are still being made; `begun` holds the seams already decoded.
/// A film with few seams gets all of them decoded; a film with many, at least one in each part.
pub fn is_worth_decoding(at: FrameNo, begun: &BTreeSet<FrameNo>, frames: u64) -> bool {
    let part = part_of_film(at, frames);
    begun.len() < SEAMS_MAX || begun.iter().all(|&other| part_of_film(other, frames) != part)
}

fn part_of_film(at: FrameNo, frames: u64) -> u64 {
    at * SEAMS_MAX as u64 / frames.max(1)
}

/// A stretch of the result around a seam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seam {
    /// The first frame of the later piece.
    pub at: FrameNo,
    pub frames: u64,
    /// Where to start, counted from the beginning of the file; None for the beginning.
    pub from_us: Option<i64>,
    /// How much to decode; None for all up to the end.
    pub length_us: Option<i64>,
}

/// Chooses the seams to decode: all, or one in each part of the film, preferably one in `good`.
/// `starts` are the first frames of all pieces; `times` are the result's.
/// `start_us` is where the file begins.
/// The edges of a stretch lie halfway between two frames, so no rounding moves a frame across.
pub fn seams(starts: &[FrameNo], good: &BTreeSet<FrameNo>, times: &FrameTimes, start_us: i64) -> Vec<Seam> {
    let frames = times.ticks.len() as u64;
    let mut inner: Vec<FrameNo> =
        starts.iter().copied().filter(|&start| start > 0 && start < frames).collect();
    if inner.len() > SEAMS_MAX {
        let mut parts: BTreeMap<u64, FrameNo> = BTreeMap::new();
        for at in inner {
            let chosen = parts.entry(part_of_film(at, frames)).or_insert(at);
            if good.contains(&at) {
                *chosen = at;
            }
        }
        inner = parts.into_values().collect();
    }
    let halfway = |frame: FrameNo| {
        let time =
            |n: FrameNo| times.base.micros(times.ticks[usize::try_from(n).expect("frames fit in memory")]);
        (time(frame - 1) + time(frame)) / 2 - start_us
    };
    let seam = |&at: &FrameNo| {
        let (first, end) = (at.saturating_sub(AROUND), at + AROUND);
        let from_us = (first > 0).then(|| halfway(first));
        let end_us = (end < frames).then(|| halfway(end));
        let frames = end.min(frames) - first;
        Seam { at, frames, from_us, length_us: end_us.map(|end| end - from_us.unwrap_or(0)) }
    };
    inner.iter().map(seam).collect()
}

/// A piece with at most this many frames is decoded from its beginning,
/// because in a list of pieces ffmpeg fails to seek back to the only key frame of a piece.
const WHOLE_FRAMES: u64 = 300;

/// The seam of two neighbouring pieces, counted from the beginning of the first one; `time_us` gives the film's times.
pub fn seam_of_pair(left: FrameRange, right: FrameRange, time_us: impl Fn(FrameNo) -> i64) -> Seam {
    let halfway = |frame: FrameNo| (time_us(frame - 1) + time_us(frame)) / 2 - time_us(left.start);
    let is_short = left.len() <= WHOLE_FRAMES;
    let first = if is_short { left.start } else { right.start - AROUND };
    let end = (right.start + AROUND).min(right.end);
    let from_us = (first > left.start).then(|| halfway(first));
    let end_us = (end < right.end).then(|| halfway(end));
    let length_us = end_us.map(|end| end - from_us.unwrap_or(0));
    Seam { at: right.start, frames: end - first, from_us, length_us }
}

/// How to open a list of pieces. Only the number of frames and the decoder's complaints count there, and neither depends on
/// the loop filter, which would be a fifth of the work.
const PIECES: &str = "-f concat -safe 0 -skip_loop_filter all";

/// Nobody waits for a seam of two pieces, so decoding it takes only what encoders leave.
/// The proof decodes in the result what is not done by then.
const NICE: i32 = 19;

/// Decodes the frames around the seam of the two pieces that `list` names; both are in `folder`.
pub fn decode_pair(seam: &Seam, list: &Path, folder: &Path, guard: &Guard, pixels: u64) -> Command {
    let arguments = arguments(seam, &list.display().to_string(), guard, PIECES);
    let run = Command::ffmpeg(Side::Server, arguments).reads(folder).memory(memory_to_decode(pixels));
    Command { nice: NICE, ..run }
}

/// Whether a seek in such a file lands where it should.
pub const fn can_seek(container: Container) -> bool {
    match container {
        Container::Mp4 | Container::Mov | Container::Matroska | Container::WebM | Container::Mxf => true,
        Container::MpegTs | Container::Avi => false,
    }
}

/// Decodes the stretch, and prints a line for each frame.
fn arguments(seam: &Seam, path: &str, guard: &Guard, format: &str) -> Vec<String> {
    let mut line = Line::listing();
    line.say(format);
    if let Some(us) = seam.from_us {
        line.option("-ss", format!("{us}us"));
    }
    line.input(guard, path).map(0, "V:0");
    if let Some(us) = seam.length_us {
        line.option("-t", format!("{us}us"));
    }
    line.say(LISTED).finish()
}

/// Prints a line for each frame.
const LISTED: &str =
    "-vf scale=16:16:flags=neighbor -fps_mode passthrough -enc_time_base 1:1000000 -f framecrc -";

/// Decodes the first frames, or all, and prints a line for each.
fn pictures_arguments(path: &str, frames: Option<u64>, guard: &Guard) -> Vec<String> {
    let mut line = Line::listing();
    line.input(guard, path).map(0, "V:0");
    if let Some(frames) = frames {
        line.option("-frames:v", frames);
    }
    line.say(LISTED).finish()
}

impl Probed {
    /// Decodes the frames around a seam.
    pub fn seam(&self, seam: &Seam) -> Command {
        self.decoded(arguments(seam, &self.film.name(), &self.guard, ""))
    }

    /// Prints a checksum of each frame, or of each of the first frames.
    pub fn pictures(&self, frames: Option<u64>) -> Command {
        self.decoded(pictures_arguments(&self.film.name(), frames, &self.guard))
    }
}

/// The checksum in a line of such a list; None for a comment.
pub fn digest(line: &str) -> Option<&str> {
    let (_, digest) = line.rsplit_once(',').filter(|_| !line.starts_with('#'))?;
    Some(digest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Rational;

    const BASE: Rational = Rational { num: 1, den: 25 };

    #[test]
    fn a_stretch_begins_and_ends_between_two_frames() {
        let times = FrameTimes { base: BASE, ticks: (0..100).collect() };
        let all = seams(&[0, 5, 40, 95], &BTreeSet::new(), &times, -20_000);
        assert_eq!(
            all.iter().map(|seam| (seam.at, seam.frames)).collect::<Vec<_>>(),
            [(5, 17), (40, 24), (95, 17)]
        );
        assert_eq!((all[0].from_us, all[0].length_us), (None, Some(16 * 40_000 + 20_000 + 20_000)));
        assert_eq!(
            (all[1].from_us, all[1].length_us),
            (Some(27 * 40_000 + 20_000 + 20_000), Some(24 * 40_000))
        );
        assert_eq!(all[2].length_us, None);
    }

    #[test]
    fn the_seam_of_two_pieces_lies_where_the_result_would_have_it() {
        let pair = |left, right| seam_of_pair(left, right, |frame| frame as i64 * 40_000);
        let seam = pair(FrameRange::new(20, 520), FrameRange::new(520, 595));
        assert_eq!((seam.at, seam.frames), (520, 24));
        assert_eq!((seam.from_us, seam.length_us), (Some(487 * 40_000 + 20_000), Some(24 * 40_000)));
        let whole = pair(FrameRange::new(20, 40), FrameRange::new(40, 95));
        assert_eq!((whole.frames, whole.from_us, whole.length_us), (32, None, Some(31 * 40_000 + 20_000)));
        let short = pair(FrameRange::new(20, 30), FrameRange::new(30, 40));
        assert_eq!((short.frames, short.from_us, short.length_us), (20, None, None));
    }

    #[test]
    fn of_many_seams_some_from_all_over() {
        let times = FrameTimes { base: BASE, ticks: (0..100_000).collect() };
        let starts: Vec<u64> = (0..10_000).map(|n| n * 10).collect();
        let all = seams(&starts, &BTreeSet::new(), &times, 0);
        assert!(all.len() == SEAMS_MAX && all.last().unwrap().at > 90_000, "{}", all.len());
        assert!(seams(&[0], &BTreeSet::new(), &times, 0).is_empty());
        let again = seams(&starts, &[30, 50_000].into(), &times, 0);
        assert!(again.len() == SEAMS_MAX && again[0].at == 30 && again.iter().any(|seam| seam.at == 50_000));
    }

    #[test]
    fn the_first_seams_are_decoded_ahead_and_later_one_of_each_part() {
        let (mut begun, frames) = (BTreeSet::new(), 160_000);
        for at in (100..frames).step_by(100) {
            if is_worth_decoding(at, &begun, frames) {
                begun.insert(at);
            }
        }
        assert_eq!(begun.len(), SEAMS_MAX + SEAMS_MAX - 1);
        assert!(begun.contains(&100) && begun.contains(&1_600) && begun.contains(&150_000));
    }
}
