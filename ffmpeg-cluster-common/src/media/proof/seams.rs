//! Where two pieces meet in a result: what to decode there, and what must come out.

use crate::frames::{FrameNo, FrameTimes};
use crate::media::command::examine::Probed;
use crate::media::command::{Command, Line};
use crate::media::source::guard::Guard;
use crate::media::words::container::Container;

/// Frames on either side of a seam.
pub const AROUND: FrameNo = 12;
/// The most seams that are decoded: all of an ordinary film, and an even selection of ten thousand.
const SEAMS_MAX: usize = 16;

/// A stretch of the result around a seam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seam {
    /// The first frame of the later piece.
    pub at: FrameNo,
    pub frames: u64,
    /// Where to start, counted from the beginning of the file; None: at the beginning.
    pub from_us: Option<i64>,
    /// How much to decode; None: up to the end.
    pub length_us: Option<i64>,
}

/// Chooses the seams to decode.
/// `starts` are the first frames of all pieces; `times` are the result's.
/// `start_us` is where the file begins.
/// Edges lie halfway between two frames, so that no rounding moves a frame across.
pub fn seams(starts: &[FrameNo], times: &FrameTimes, start_us: i64) -> Vec<Seam> {
    let frames = times.ticks.len() as u64;
    let inner: Vec<FrameNo> = starts.iter().copied().filter(|&start| start > 0 && start < frames).collect();
    let step = inner.len().div_ceil(SEAMS_MAX).max(1);
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
    inner.iter().step_by(step).map(seam).collect()
}

/// Whether a seek in such a file lands where it should.
pub const fn can_seek(container: Container) -> bool {
    match container {
        Container::Mp4 | Container::Mov | Container::Matroska | Container::WebM | Container::Mxf => true,
        Container::MpegTs | Container::Avi => false,
    }
}

/// Decodes the stretch, and prints a line for each frame.
fn arguments(seam: &Seam, path: &str, guard: &Guard) -> Vec<String> {
    let mut line = Line::listing();
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
        self.decoded(arguments(seam, &self.film.name(), &self.guard))
    }

    /// Prints a checksum of each frame, or of the first ones.
    pub fn pictures(&self, frames: Option<u64>) -> Command {
        self.decoded(pictures_arguments(&self.film.name(), frames, &self.guard))
    }
}

/// The checksum in such a line; None for a comment.
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
        let all = seams(&[0, 5, 40, 95], &times, -20_000);
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
    fn of_many_seams_some_from_all_over() {
        let times = FrameTimes { base: BASE, ticks: (0..100_000).collect() };
        let starts: Vec<u64> = (0..10_000).map(|n| n * 10).collect();
        let all = seams(&starts, &times, 0);
        assert!(all.len() <= SEAMS_MAX && all.last().unwrap().at > 90_000, "{}", all.len());
        assert!(seams(&[0], &times, 0).is_empty());
    }
}
