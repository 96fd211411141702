//! The frames of a result with their times, and which part of the source each range of them needs.
//!
//! Usually these are all or some frames of the source, each at its own time.
//! Deinterlacers may make two frames of each; a constant rate makes one frame for each tick.
//! Filters that look at neighbouring frames get margins.
//! Some filters determine their frames only as they run;
//! the film is then one piece, and the frames of that piece are the result.
//!
//! - [`ticks`]: the timescale that the parameters set
//! - [`even`]: exact times of a constant rate that the container rounded
//! - [`steps`]: frames that filters make
//! - [`rates`]: the rate that the user wants, and the actual rate of the frames
//! - [`window`]: which part of the source a range of frames needs
//! - [`decode`]: where decoders start, and which frames show whether that matters
//! - [`laid`]: sound of a film whose clock is set back
//! - [`part`]: the wanted part, for all streams
//! - [`film`]: what the scheduler knows about the film

mod decode;
mod even;
mod film;
mod laid;
mod part;
mod rates;
mod steps;
mod ticks;
mod window;

use crate::fault::{Fault, FaultCode};
use crate::frames::{FrameNo, FrameRange, FrameTimes, Rational};
use crate::media::params::{Chain, Filter, Needs, Profile, SoundProfile, Span};
use crate::media::source::index::Index;
use crate::media::source::resets::Resets;
use crate::media::source::{Picture, Source};

use even::ConstantRateTimes;
use steps::{TimedFrames, Times};

pub use self::{laid::sounds_with_own_clock, rates::rate_of_own, steps::may_be_made, ticks::can_tell};

#[derive(Debug, Clone)]
pub struct Timeline {
    /// The frame list of the source.
    pub index: Index,
    /// What ffmpeg subtracts from every time of the input:
    /// `zero` in ticks of the index, `start_us` in microseconds.
    zero: i64,
    start_us: i64,
    frames: Frames,
    /// The times of the result if they differ from those of its frames.
    even: Option<ConstantRateTimes>,
    needs: Needs,
    chain: Option<Chain>,
    /// The frame rate according to ffprobe.
    told_rate: Option<Rational>,
    /// See the methods of [`Source`] with these names.
    begins_anywhere: bool,
    can_begin_at_keys: bool,
    resets: Resets,
    /// The part that the user wants, for filters that determine their own frames.
    span: Span,
    /// Why the film must not be cut, if so.
    whole: Option<String>,
}

#[derive(Debug, Clone)]
enum Frames {
    /// These frames of the source, at their own times.
    Source(FrameRange),
    /// Frames that filters make at these known times.
    Made(TimedFrames),
    /// Frames that only the filters determine, made from these frames of the source.
    Own(FrameRange),
}

impl Timeline {
    /// Fails if the parameters leave no frame of the film, or make too many.
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
            resets: source.resets(),
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

    /// Encodes the film in one piece if `why` is given, regardless of the index.
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
        let source = TimedFrames { time_base: self.index.time_base, times, last_length: self.last_length() };
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

    /// The number of frames of the result; if only the filters determine it,
    /// the number of source frames, as a measure of the work.
    pub fn frames(&self) -> u64 {
        match &self.frames {
            Frames::Source(part) | Frames::Own(part) => part.len(),
            Frames::Made(made) => made.times.len(),
        }
    }

    /// Whether only the filters determine how many frames come out.
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

    /// Time of a frame of the result, on the film's clock that starts at zero.
    pub(crate) fn time(&self, frame: FrameNo) -> i64 {
        self.even.as_ref().map_or_else(|| self.frame_time(frame), |even| even.time(frame))
    }

    /// The time that the source and the filters give, before the frame is laid on an even rate.
    fn frame_time(&self, frame: FrameNo) -> i64 {
        match &self.frames {
            Frames::Source(part) | Frames::Own(part) => self.index.time(part.start + frame) - self.zero,
            Frames::Made(made) => made.times.at(frame),
        }
    }

    /// The time in microseconds, as exact as the source;
    /// the start of the part if only the filters determine their frames.
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

    /// When all frames are shown, and how long the last one is, in the same ticks; None if only filters know.
    pub(crate) fn shown(&self) -> Option<(FrameTimes, i64)> {
        let last = self.last_shown()?;
        let ticks = (0..self.frames()).map(|frame| self.time(frame)).collect();
        Some((FrameTimes { base: self.time_base(), ticks }, last))
    }

    /// When the wanted part begins, on the film's clock.
    pub(crate) fn begins_us(&self) -> i64 {
        self.span.start_us.max(0)
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
}

/// The user's filters, followed by the one that makes a constant rate, if the user asked for one.
fn chain(profile: &Profile, picture: Option<&Picture>) -> Option<Chain> {
    let user = profile.video.filters.iter().flat_map(Chain::filters).cloned();
    Chain::of(user.chain(rates::wished(profile, picture).map(Filter::rate)))
}

#[cfg(test)]
pub(crate) mod tests;
