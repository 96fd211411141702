//! How filters that make new frames change the times of a film.
//!
//! This computes the number of frames before it makes any,
//! because a film of four frames may have a pause of thirty days.

use super::{chain, rates};
use crate::fault::{Fault, FaultCode};
use crate::frames::{FrameNo, FrameRange, Rational};
use crate::limits::{DOUBLINGS_MAX, FRAMES_MAX};
use crate::media::params::{Needs, Profile, Span, Step};
use crate::media::source::Source;

/// Frames and their ascending times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimedFrames {
    pub(super) time_base: Rational,
    pub(super) times: Times,
    /// How long the last frame is shown, in ticks.
    pub(super) last_length: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Times {
    Listed(Vec<i64>),
    /// One frame at each tick from `start` on.
    Ticks {
        start: i64,
        count: u64,
    },
}

impl Times {
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Listed(all) => all.len() as u64,
            Self::Ticks { count, .. } => *count,
        }
    }

    pub(super) fn at(&self, frame: FrameNo) -> i64 {
        match self {
            Self::Listed(all) => all[usize::try_from(frame).expect("frames fit in memory")],
            Self::Ticks { start, .. } => start.saturating_add_unsigned(frame),
        }
    }

    fn ends(&self) -> Option<(i64, i64)> {
        let last = self.len().checked_sub(1)?;
        Some((self.at(0), self.at(last)))
    }

    fn part(self, range: FrameRange) -> Self {
        match self {
            Self::Listed(mut all) => {
                all.truncate(usize::try_from(range.end).expect("frames fit in memory"));
                all.drain(..usize::try_from(range.start).expect("frames fit in memory"));
                Self::Listed(all)
            }
            Self::Ticks { start, .. } => {
                Self::Ticks { start: start.saturating_add_unsigned(range.start), count: range.len() }
            }
        }
    }
}

impl TimedFrames {
    /// Refuses a step that makes more frames within the wanted part than a film may have.
    pub(super) fn step(self, step: &Step, span: Span) -> Result<Self, Fault> {
        let made = match step {
            Step::Fields => self.fields()?,
            Step::Rate(rate) => self.rate(*rate)?,
        };
        within_bound(made.range(span).len())?;
        Ok(made)
    }

    /// Makes two frames of each: one at its time, one halfway to the next.
    /// The last frame has no next one, so its second follows after half of the last gap.
    fn fields(self) -> Result<Self, Fault> {
        let time_base = Rational { num: self.time_base.num, den: self.time_base.den.saturating_mul(2) };
        let times = match self.times {
            Times::Ticks { start, count } => {
                Times::Ticks { start: start.saturating_mul(2), count: count.saturating_mul(2) }
            }
            Times::Listed(times) => {
                within_bound((times.len() as u64).saturating_mul(2))?;
                let last_gap = times.windows(2).last().map_or(1, |pair| pair[1] - pair[0]);
                let gaps = times.windows(2).map(|pair| pair[1] - pair[0]).chain([last_gap]);
                Times::Listed(
                    times.iter().zip(gaps).flat_map(|(&time, gap)| [2 * time, 2 * time + gap]).collect(),
                )
            }
        };
        Ok(Self { time_base, times, last_length: self.last_length })
    }

    /// Makes one frame for each tick of the rate, from the first frame to the end of the last.
    fn rate(self, rate: Rational) -> Result<Self, Fault> {
        let base = rate.inverse();
        let Some((first, last)) = self.times.ends() else { return Ok(self) };
        let [from, to] =
            [first, last.saturating_add(self.last_length)].map(|time| self.time_base.rescale(time, base));
        let count = u64::try_from(to.saturating_sub(from)).unwrap_or(0);
        if count == 0 {
            let message =
                format!("the film is too short for a rate of {rate} frames a second: not one would be left");
            return Err(Fault::new(FaultCode::SourceUnreadable, message));
        }
        Ok(Self { time_base: base, times: Times::Ticks { start: from, count }, last_length: 1 })
    }

    pub(super) fn at_or_after(&self, time: i64) -> FrameNo {
        before(self.times.len(), |frame| self.times.at(frame), time)
    }

    fn range(&self, span: Span) -> FrameRange {
        part(self.time_base, self.times.len(), |frame| self.times.at(frame), span)
    }

    pub(super) fn part(self, span: Span) -> Self {
        let range = self.range(span);
        Self { times: self.times.part(range), ..self }
    }
}

/// Refuses more frames than a result may have.
fn within_bound(frames: u64) -> Result<(), Fault> {
    if frames <= FRAMES_MAX {
        return Ok(());
    }
    let message = format!(
        "the rate or the filters make {frames} frames of it, more than {FRAMES_MAX}, the limit; take a lower rate, or a part \
         of the film with -ss and -t"
    );
    Err(Fault::new(FaultCode::OverBound, message))
}

/// Refuses filters that double the frames too often, whatever the film's length.
pub(super) fn within_doublings(needs: &Needs) -> Result<(), Fault> {
    let doublings = needs.steps.iter().filter(|step| matches!(step, Step::Fields)).count();
    if doublings <= DOUBLINGS_MAX {
        return Ok(());
    }
    let message = format!(
        "the filters make two frames of each {doublings} times over; at most {DOUBLINGS_MAX} times, sixteen frames of one, are allowed; remove some of yadif=1, bwdif and the like, or give a rate with -r"
    );
    Err(Fault::new(FaultCode::OverBound, message))
}

/// Refuses a rate that makes too many frames, or none, given the length in the film's header.
/// Ignores leading doublings by fields, because their result depends on the frame list.
pub fn may_be_made(source: &Source, profile: &Profile) -> Result<(), Fault> {
    let picture = source.film_stream().map(|(_, picture)| picture);
    rates::may_be_wished(profile, picture)?;
    let Some(needs) = chain(profile, picture).map(|chain| chain.needs()) else { return Ok(()) };
    within_doublings(&needs)?;
    let Some(us) = source.duration_us.filter(|&us| us > 0 && !needs.own) else { return Ok(()) };
    let times = Times::Ticks { start: 0, count: 1 };
    let mut made = TimedFrames { time_base: Rational::MICROS, times, last_length: us };
    for step in needs.steps.iter().skip_while(|step| matches!(step, Step::Fields)) {
        made = made.step(step, profile.span)?;
    }
    Ok(())
}

/// The number of frames before a time.
fn before(frames: u64, time: impl Fn(FrameNo) -> i64, limit: i64) -> FrameNo {
    let (mut low, mut high) = (0, frames);
    while low < high {
        let middle = low + (high - low) / 2;
        if time(middle) < limit { low = middle + 1 } else { high = middle }
    }
    low
}

/// The first tick at or after a time in microseconds.
fn first_tick_at(base: Rational, us: i64) -> i64 {
    let (us, tick) = (i128::from(us) * i128::from(base.den), i128::from(base.num) * 1_000_000);
    i64::try_from((us + tick - 1).div_euclid(tick)).unwrap_or(i64::MAX)
}

/// The frames that one run of ffmpeg passes with `-ss`, `-t` and `-frames`:
/// from the first frame at or after the start until the length is over.
pub(super) fn part(base: Rational, frames: u64, time: impl Fn(FrameNo) -> i64, span: Span) -> FrameRange {
    let before = |limit: i64| before(frames, &time, limit);
    let from = Rational::MICROS.rescale(span.start_us.max(0), base);
    let start = if span.start_us > 0 { before(from) } else { 0 };
    if start >= frames {
        return FrameRange::new(frames, frames);
    }
    let end = span.length_us.map_or(frames, |us| {
        // ffmpeg's trim filter counts ticks from the first frame.
        // Its encoder counts microseconds from the start of the part.
        let trimmed = time(start).saturating_add(Rational::MICROS.rescale(us, base).max(1));
        before(trimmed).min(before(first_tick_at(base, span.start_us.max(0).saturating_add(us))))
    });
    FrameRange::new(start, end.min(start.saturating_add(span.frames.unwrap_or(u64::MAX))))
}
