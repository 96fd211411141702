//! Media segments: which frames of a film each file of a stream holds, and when they are shown.

use super::clock::Clock;
use crate::frames::{FrameNo, FrameRange, FrameTimes, Rational};
use crate::limits::TICKS_MAX;
use crate::media::params::ladder::FittedRung;
use crate::media::plan::timeline::Timeline;
use crate::media::plan::work::{LadderWork, PictureWork};
use crate::media::stream::sound::SoundPackets;
use crate::time::Millis;

/// A shorter last segment joins the one before.
const FRAMES_MIN: u64 = 12;
/// How many frames an encoder may usually hold back to reorder them.
const REORDERED: i64 = 4;

/// The media segments of a picture or of a sound. They tile its frames, or its packets, which are
/// called frames here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaSegments {
    /// Ticks in a second.
    timescale: u32,
    /// When each frame is shown, and when the last one ends.
    shown: Vec<i64>,
    /// The first frame of each media segment.
    starts: Vec<FrameNo>,
    order: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Pictures are decoded in another order than they are shown in, at most so many ticks after their time.
    Delayed(u32),
    /// Sound is decoded in its order; its first samples, this many, are not heard.
    Primed(u32),
}

impl MediaSegments {
    /// Media segments of about this length. The first begins with the film, and each other one with the first
    /// frame at or after a multiple of the length.
    pub fn of_pictures(times: &FrameTimes, last_length: i64, length: Millis) -> Result<Self, String> {
        Self::from(times, last_length, 0).map(|segments| segments.of_length(length))
    }

    /// All frames in one media segment; the stream begins at this time of the film.
    fn from(times: &FrameTimes, last_length: i64, begins_us: i64) -> Result<Self, String> {
        let clock = Clock::of(times.base)?;
        let shown = times.ticks.iter().map(|&ticks| clock.scaled(ticks));
        let mut shown: Vec<i64> = shown.collect::<Option<_>>().ok_or("a time is out of range")?;
        let end = times.ticks.last().and_then(|last| clock.scaled(last.checked_add(last_length)?));
        shown.push(end.ok_or("the end of the film is out of range")?);
        // The first wanted frame may be shown less than a tick before that time.
        let begins = Rational::MICROS.rescale(begins_us, Rational { num: 1, den: clock.timescale.into() });
        let begins = if begins_us > 0 { begins.min(shown[0]) } else { 0 };
        shown.iter_mut().for_each(|ticks| *ticks -= begins);
        if shown[0] < 0 || !shown.is_sorted_by(|a, b| a < b) {
            return Err("frames are not shown one after the other from the film's beginning on".into());
        }
        let frames = shown.len() as i64 - 1;
        let delay = (shown[shown.len() - 1] - shown[0]) * REORDERED / frames;
        let delay = u32::try_from(delay.max(1)).map_err(|_| "frames are too far apart")?;
        Ok(Self { timescale: clock.timescale, shown, starts: vec![0], order: Order::Delayed(delay) })
    }

    /// Media segments of the wanted part of a film.
    pub(super) fn of_film(timeline: &Timeline, length: Millis) -> Result<Self, String> {
        let (times, last_length) = timeline.shown().ok_or("filters of this film make frames of their own")?;
        Self::from(&times, last_length, timeline.begins_us()).map(|segments| segments.of_length(length))
    }

    fn of_length(mut self, length: Millis) -> Self {
        let length =
            (i128::from(length.0) * i128::from(self.timescale) / 1000).clamp(1, i128::from(TICKS_MAX)) as i64;
        let (first, frames) = (self.shown[0], self.frames());
        let mut next = first + length;
        for frame in 1..frames {
            let shown = self.shown_at(frame);
            if shown >= next {
                self.starts.push(frame);
                next = first + ((shown - first) / length + 1) * length;
            }
        }
        let last = *self.starts.last().expect("the first segment is never removed");
        if let [.., before, _] = self.starts[..]
            && frames - last < FRAMES_MIN
            && 2 * (self.shown_at(frames) - self.shown_at(before)) <= 3 * length
        {
            self.starts.pop();
        }
        self
    }

    /// Media segments of sound that begin where those of this picture do, as nearly as whole packets allow.
    pub fn beside(&self, sound: &SoundPackets) -> Result<Self, String> {
        let ticks =
            Rational::MICROS.rescale(sound.begins_us, Rational { num: 1, den: sound.rate.max(1).into() });
        if sound.rate == 0 || sound.lengths.is_empty() || ticks < 0 {
            return Err("the sound has no samples, or begins before the film".into());
        }
        let mut shown = vec![ticks - i64::from(sound.priming)];
        for &length in &sound.lengths {
            let end = shown[shown.len() - 1].checked_add_unsigned(length).filter(|end| *end < TICKS_MAX);
            shown.push(end.filter(|_| length > 0).ok_or("a packet of sound has an impossible length")?);
        }
        let order = Order::Primed(sound.priming);
        let mut segments = Self { timescale: sound.rate, shown, starts: vec![0], order };
        for &start in &self.starts[1..] {
            let at = i128::from(self.shown_at(start)) * i128::from(sound.rate);
            let is_before = |shown: &i64| i128::from(*shown) * i128::from(self.timescale) < at;
            let frame = segments.shown.partition_point(is_before) as u64;
            if frame > *segments.starts.last().expect("the first") && frame < segments.frames() {
                segments.starts.push(frame);
            }
        }
        Ok(segments)
    }

    pub const fn timescale(&self) -> u32 {
        self.timescale
    }

    pub fn frames(&self) -> u64 {
        self.shown.len() as u64 - 1
    }

    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The first frame of each, where alone leases may end.
    pub fn starts(&self) -> &[FrameNo] {
        &self.starts
    }

    pub fn range(&self, segment: usize) -> FrameRange {
        let end = self.starts.get(segment + 1).copied().unwrap_or(self.frames());
        FrameRange::new(self.starts[segment], end)
    }

    /// The media segments that these frames fill; None if the frames begin or end within one.
    pub fn within(&self, range: FrameRange) -> Option<std::ops::Range<usize>> {
        let first = self.starts.binary_search(&range.start).ok()?;
        let end = if range.end == self.frames() {
            self.count()
        } else {
            self.starts.binary_search(&range.end).ok()?
        };
        (first < end).then_some(first..end)
    }

    /// When a frame is shown; after the last one, when that ends.
    pub fn shown_at(&self, frame: FrameNo) -> i64 {
        self.shown[frame as usize]
    }

    /// By how many ticks a player shows everything earlier than the file says.
    pub const fn edit(&self) -> u32 {
        match self.order {
            Order::Delayed(ticks) | Order::Primed(ticks) => ticks,
        }
    }

    /// Whether frames may be decoded in another order than they are shown in.
    pub(super) const fn is_picture(&self) -> bool {
        matches!(self.order, Order::Delayed(_))
    }

    /// When the first frame of a media segment is decoded, which is the time that the file states.
    pub(super) fn decoded_at(&self, frame: FrameNo) -> i64 {
        self.shown_at(frame)
            + match self.order {
                Order::Delayed(_) => 0,
                Order::Primed(priming) => i64::from(priming),
            }
    }

    /// When a media segment begins to be seen or heard; the first leaves out samples that only
    /// begin the sound.
    pub(super) fn begins(&self, segment: usize) -> i64 {
        let Some(&start) = self.starts.get(segment) else { return self.shown_at(self.frames()) };
        if segment == 0 { self.decoded_at(start) } else { self.shown_at(start) }
    }

    /// The lengths of all media segments, rounded so that each begins where the sum says.
    pub(super) fn lengths_us(&self) -> Vec<u64> {
        let begins = |segment| self.micros(self.begins(segment));
        (0..self.count()).map(|segment| begins(segment + 1).abs_diff(begins(segment))).collect()
    }

    pub(super) fn frames_per_1000_s(&self) -> u64 {
        let length = self.shown_at(self.frames()) - self.shown_at(0);
        let frames = 1000 * i128::from(self.frames()) * i128::from(self.timescale);
        ((2 * frames + i128::from(length)) / (2 * i128::from(length))) as u64
    }

    pub(super) const fn micros(&self, ticks: i64) -> i64 {
        let exact = ticks as i128 * 1_000_000;
        let timescale = self.timescale as i128;
        ((2 * exact + timescale) / (2 * timescale)) as i64
    }

    /// Where an encoder of these frames must begin anew, in microseconds from the first on: between two frames,
    /// because ffmpeg rounds the time to ticks of the encoder, and nearer to the second, because those may be
    /// whole frames.
    pub fn keys_us(&self, range: FrameRange) -> Vec<i64> {
        let inside = self.starts.iter().filter(|start| range.start < **start && **start < range.end);
        let first = self.shown_at(range.start);
        let before = |start: FrameNo| (self.shown_at(start) - self.shown_at(start - 1)) / 4;
        inside.map(|&start| self.micros(self.shown_at(start) - before(start) - first)).collect()
    }

    /// The most key frames that are forced in one piece if all frames are in it.
    pub(super) fn forced_in_one_piece(&self) -> usize {
        self.count() - 1
    }

    /// The work on these frames, in these rungs instead of one.
    pub(super) fn in_rungs(&self, work: PictureWork, rungs: Vec<FittedRung>) -> PictureWork {
        let longest = (0..self.count()).map(|number| self.range(number).len()).max().unwrap_or(0);
        let ladder = LadderWork { rungs, keys_us: self.keys_us(work.range), longest };
        PictureWork { ladder: Some(Box::new(ladder)), ..work }
    }
}

#[cfg(test)]
#[path = "segments_tests.rs"]
mod tests;
