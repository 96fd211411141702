//! The frames of a result with their times, and which part of the source each range of them needs.
//!
//! Usually these are the frames of the source, each at its own time, or a part of them.
//! Deinterlacers may make two frames of each; a constant rate makes one frame for each tick.
//! Filters that look at neighbouring frames get margins.
//! Some filters alone know their frames;
//! then the film is one piece, and the frames of that piece count.

mod decode;
mod even;
mod laid;
mod rates;
mod steps;
mod ticks;

use crate::fault::{Fault, FaultCode};
use crate::frames::{FrameNo, FrameRange, Rational};
use crate::media::params::{Chain, Filter, Needs, Profile, SoundProfile, Span, Step};
use crate::media::plan::film::{Film, IndexedBy};
use crate::media::plan::track::{Content, Cuts, Track};
use crate::media::plan::work::{Cut, ResultWindow, SoundWork, Window};
use crate::media::source::index::{GROUPS_USUAL, Index};
use crate::media::source::{Picture, Source};
pub use laid::sounds_with_own_clock;
pub use rates::rate_of_own;

use even::Even;
use steps::{Made, Times};

pub use steps::may_be_made;
pub use ticks::can_tell;

#[derive(Debug, Clone)]
pub struct Timeline {
    /// The frame list of the source.
    pub index: Index,
    /// What ffmpeg subtracts from every time of the input:
    /// `zero` in ticks of the index, `start_us` in microseconds.
    zero: i64,
    start_us: i64,
    frames: Frames,
    /// The times of the result where they differ from those of its frames.
    even: Option<Even>,
    needs: Needs,
    chain: Option<Chain>,
    /// The frame rate by ffprobe.
    told_rate: Option<Rational>,
    /// See the methods of [`Source`] with these names.
    begins_anywhere: bool,
    can_begin_at_keys: bool,
    has_seek_table: bool,
    /// The part that the user wants, for filters that alone know their frames.
    span: Span,
    /// Why the file can't be cut, if so.
    whole: Option<String>,
}

#[derive(Debug, Clone)]
enum Frames {
    /// These frames of the source, at their own times.
    Source(FrameRange),
    /// Frames that filters make, at these times.
    Made(Made),
    /// Frames that only the filters know, made from these of the source.
    Own(FrameRange),
}

impl Timeline {
    /// Fails where the parameters leave no frame of the film, or make too many of it.
    pub fn new(index: Index, source: &Source, profile: &Profile) -> Result<Self, Fault> {
        let picture = source.film_stream().map(|(_, picture)| picture);
        let chain = chain(profile, picture);
        let needs = chain.as_ref().map(Chain::needs).unwrap_or_default();
        let start_us = source.zero_us(profile.sound != SoundProfile::Drop);
        let mut timeline = Self {
            zero: Rational::MICROS.rescale(start_us, index.time_base),
            start_us,
            frames: Frames::Source(FrameRange::new(0, index.frames())),
            even: None,
            index,
            needs,
            chain,
            told_rate: picture.map(|picture| picture.frame_rate).filter(|rate| rate.is_positive()),
            begins_anywhere: source.begins_anywhere(),
            can_begin_at_keys: source.can_begin_at_keys(),
            has_seek_table: source.has_seek_table(),
            span: profile.span,
            whole: None,
        };
        timeline.frames = timeline.wanted(profile)?;
        if timeline.frames() == 0 {
            let first = timeline.index.time_base.micros(timeline.index.time(0) - timeline.zero) as f64 / 1e6;
            let last = timeline.index.times.last().copied().unwrap_or(0) - timeline.zero;
            let last = timeline.index.time_base.micros(last) as f64 / 1e6;
            return Err(Fault::new(
                FaultCode::SourceUnreadable,
                format!(
                    "no frame of the film lies in the part that -ss, -to or -t ask for; its frames are at {first:.3} to {last:.3} s"
                ),
            ));
        }
        Ok(timeline)
    }

    /// Encodes the film in one piece if `why` is given, whatever the index says.
    pub fn in_one_piece(mut self, why: Option<String>) -> Self {
        self.whole = why;
        self
    }

    fn wanted(&self, profile: &Profile) -> Result<Frames, Fault> {
        let span = profile.span;
        steps::within_doublings(&self.needs)?;
        if self.needs.own {
            let from = Rational::MICROS.rescale(span.start_us, self.index.time_base) + self.zero;
            let first = if span.start_us > 0 { self.index.at_or_after(from) } else { 0 };
            return Ok(Frames::Own(FrameRange::new(first, self.index.frames())));
        }
        if self.needs.steps.is_empty() {
            let times = |frame: FrameNo| self.index.time(frame) - self.zero;
            return Ok(Frames::Source(steps::part(self.index.time_base, self.index.frames(), times, span)));
        }
        let times = Times::Listed(self.index.times.iter().map(|time| time - self.zero).collect());
        let source = Made { time_base: self.index.time_base, times, last_length: self.last_length() };
        let made = self.needs.steps.iter().try_fold(source, |made, step| made.step(step, span))?;
        Ok(Frames::Made(made.part(span)))
    }

    /// The length of the last frame in ticks: its own,
    /// one frame of ffprobe's rate, or the gap before it.
    fn last_length(&self) -> i64 {
        let gap = || self.index.times.windows(2).last().map(|pair| pair[1] - pair[0]);
        let rate = || self.told_rate.map(|rate| rate.inverse().rescale(1, self.index.time_base));
        let told = Some(self.index.last_length).filter(|&length| length > 0);
        told.or_else(rate).or_else(gap).unwrap_or(1).max(1)
    }

    /// The number of frames of the result;
    /// where only the filters know it, the source's, as a measure of the work.
    pub fn frames(&self) -> u64 {
        match &self.frames {
            Frames::Source(part) | Frames::Own(part) => part.len(),
            Frames::Made(made) => made.times.len(),
        }
    }

    /// Whether only the filters know how many frames come out.
    pub(crate) const fn is_own(&self) -> bool {
        matches!(self.frames, Frames::Own(_))
    }

    pub(crate) const fn time_base(&self) -> Rational {
        match &self.even {
            Some(even) => even.time_base,
            None => self.frames_base(),
        }
    }

    const fn frames_base(&self) -> Rational {
        match &self.frames {
            Frames::Source(_) | Frames::Own(_) => self.index.time_base,
            Frames::Made(made) => made.time_base,
        }
    }

    /// Time of a frame of the result, in times of the film that begin at zero.
    pub(crate) fn time(&self, frame: FrameNo) -> i64 {
        self.even.as_ref().map_or_else(|| self.frame_time(frame), |even| even.time(frame))
    }

    /// The time as it comes out of the source and the filters, before it is laid on an even rate.
    fn frame_time(&self, frame: FrameNo) -> i64 {
        match &self.frames {
            Frames::Source(part) | Frames::Own(part) => self.index.time(part.start + frame) - self.zero,
            Frames::Made(made) => made.times.at(frame),
        }
    }

    /// The time in microseconds, as exact as the source;
    /// the start of the part where only the filters know their frames.
    pub fn time_us(&self, frame: FrameNo) -> i64 {
        match &self.frames {
            Frames::Own(_) => self.span.start_us.max(0),
            Frames::Source(part) if self.even.is_none() => {
                self.index.time_base.micros(self.index.time(part.start + frame)) - self.start_us
            }
            Frames::Source(_) | Frames::Made(_) => {
                let rounding = self.index.time_base.micros(self.zero) - self.start_us;
                self.time_base().micros(self.time(frame)) + rounding
            }
        }
    }

    /// All filters, including the one for a constant rate.
    pub(crate) fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()
    }

    /// Why the film must be encoded in one piece, if so.
    pub fn one_piece(&self) -> Option<String> {
        if let Some(why) = &self.whole {
            return Some(why.clone());
        }
        if let Some(why) = self.ambiguous() {
            return Some(why);
        }
        let names = &self.needs.whole;
        let noun = if names.len() == 1 { "the filter" } else { "the filters" };
        (!names.is_empty()).then(|| format!("{noun} {} must see the whole film", names.join(", ")))
    }

    pub fn window(&self, range: FrameRange) -> Window {
        let result = ResultWindow {
            time_base: self.time_base(),
            first: self.time(range.start),
            last: self.time(range.end - 1),
            end: (range.end < self.frames()).then(|| self.time(range.end)),
            lay: self.even.as_ref().map(|even| even.lay),
            cut: Cut::None,
        };
        match &self.frames {
            Frames::Source(part) => {
                let read = FrameRange::new(part.start + range.start, part.start + range.end);
                self.read(read, result)
            }
            Frames::Made(made) => {
                let (first, last) = (self.frame_time(range.start), self.frame_time(range.end - 1));
                let read = self.needed_for(made.time_base, first, last);
                let pad = self.pad(made, read.end);
                let cut = Cut::Margins { pad };
                self.read(read, ResultWindow { cut, ..result })
            }
            Frames::Own(_) => {
                let cut = Cut::Own { start_us: self.span.start_us.max(0), length_us: self.span.length_us };
                self.read(FrameRange::new(0, self.index.frames()), ResultWindow { cut, end: None, ..result })
            }
        }
    }

    /// The frames of the source around two times of the result, up to one tick behind the last.
    /// There are two more frames on either side, because times are rounded.
    fn needed_for(&self, base: Rational, first: i64, last: i64) -> FrameRange {
        let [first, end] = [first, last + 1].map(|time| base.rescale(time, self.index.time_base) + self.zero);
        let start = self.index.at_or_after(first).saturating_sub(2);
        FrameRange::new(start, (self.index.at_or_after(end) + 2).min(self.index.frames()))
    }

    /// How many frames of a constant rate to add behind the film's last frame.
    /// ffmpeg's own number depends on its guess of that frame's length.
    fn pad(&self, made: &Made, read_to: FrameNo) -> u32 {
        let is_rate = |step: &Step| matches!(step, Step::Rate(_));
        if read_to < self.index.frames() || !self.needs.steps.iter().any(is_rate) {
            return 0;
        }
        let last = self.index.times.last().copied().unwrap_or(0) - self.zero;
        let last = self.index.time_base.rescale(last, made.time_base);
        let behind = made.times.len() - made.at_or_after(last);
        u32::try_from(behind).unwrap_or(u32::MAX).saturating_add(2)
    }

    /// Adds the margins of the filters, and whole groups of frames that share a time.
    fn read(&self, wanted: FrameRange, mut result: ResultWindow) -> Window {
        let frames = self.index.frames();
        let from_start = !self.needs.whole.is_empty();
        let mut start = if from_start { 0 } else { wanted.start.saturating_sub(self.needs.before) };
        while self.index.is_doubled(start) {
            start -= 1;
        }
        let mut end = (wanted.end + self.needs.after).min(frames);
        while self.index.is_doubled(end) {
            end += 1;
        }
        let exactly = start == wanted.start && end == wanted.end;
        if result.cut == Cut::None && !exactly {
            result.cut = Cut::Margins { pad: 0 };
        }
        Window {
            time_base: self.index.time_base,
            start: self.index.time(start),
            end: (end < frames).then(|| self.index.time(end)),
            seek: self.seek_back(start, start, GROUPS_USUAL),
            zero: self.zero,
            doubled: !self.index.doubled.is_empty(),
            counted_from: self.begins_anywhere.then(|| self.index.time(0)),
            result,
        }
    }

    /// What the scheduler knows of this film.
    pub fn film(&self, source: &Source, profile: &Profile, by: IndexedBy, sounds: &[SoundWork]) -> Film {
        let (stream, picture) = source.film_stream().unzip();
        let (width, height) = picture.map_or((0, 0), |picture| (picture.width, picture.height));
        let pictures = Track {
            cuts: self.one_piece().map_or_else(|| Cuts::Near(self.cuts()), Cuts::Never),
            kind: Some(profile.kind(width, height)),
            frames_own: self.is_own(),
            reads: stream.map(|stream| stream.codec.clone()).into_iter().collect(),
            ..Track::new(Content::Picture, self.frames(), vec![profile.video.encoder.clone()])
        };
        Film {
            tracks: [pictures].into_iter().chain(sounds.iter().map(|work| work.track(source))).collect(),
            frame_rate: self.mean_rate(picture),
            indexed_by: by,
        }
    }

    fn cuts(&self) -> Vec<FrameNo> {
        let keys = self.index.cuts();
        match &self.frames {
            Frames::Source(part) | Frames::Own(part) => keys
                .into_iter()
                .filter(|key| (part.start..part.end).contains(key))
                .map(|key| key - part.start)
                .collect(),
            Frames::Made(made) => {
                let told = |key: FrameNo| {
                    self.index.time_base.rescale(self.index.time(key) - self.zero, made.time_base)
                };
                let mut cuts: Vec<FrameNo> =
                    keys.into_iter().map(|key| made.at_or_after(told(key))).collect();
                cuts.dedup();
                cuts.retain(|&cut| cut < self.frames());
                cuts
            }
        }
    }

    fn mean_rate(&self, picture: Option<&Picture>) -> Rational {
        let frames = self.frames();
        let (base, span) = (self.time_base(), self.time(frames - 1) - self.time(0));
        let rate = (frames as i64 - 1)
            .checked_mul(base.den)
            .zip(span.checked_mul(base.num))
            .and_then(|(num, den)| Rational::new(num, den));
        let told = picture.map(|picture| picture.frame_rate);
        let any = Rational { num: 25, den: 1 };
        [rate, told].into_iter().flatten().find(|rate| rate.is_positive()).unwrap_or(any)
    }
}

/// The user's filters, followed by the one that makes a constant rate, if the user asked for one.
fn chain(profile: &Profile, picture: Option<&Picture>) -> Option<Chain> {
    let user = profile.video.filters.iter().flat_map(Chain::filters).cloned();
    Chain::of(user.chain(rates::wished(profile, picture).map(Filter::rate)))
}

#[cfg(test)]
pub(crate) mod tests;
