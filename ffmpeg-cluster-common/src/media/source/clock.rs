//! A film whose clock is set back midway, such as two recordings in one file.
//!
//! Each stretch is laid out after the stretch before, one usual frame length after its last frame.
//! Sound moves with its picture.
//!
//! The filters recognise a setback by the same rule as the index:
//! a frame lies much further back than frames that merely share a time.
//! They count setbacks, and add to each time the shift that the index found for that stretch.
//! MPEG's clock has 33 bits, and ffmpeg assumes that a time before the film's beginning wrapped,
//! so in MPEG a setback appears as a leap forward by half the clock or more.
//!
//! In MPEG streams the clock may also leap ahead, as in a recording with a hole. ffmpeg closes such a gap of more than ten
//! seconds, and so do we: it is treated as a setback by a negative amount.

use serde::{Deserialize, Serialize};

use crate::frames::{FrameNo, Rational};
use crate::limits::TICKS_MAX;
use crate::media::source::Source;

/// If a frame lies further back than this, the clock was set back; otherwise frames merely share a time.
const BACK_US: i64 = 500_000;
/// In MPEG streams, if a frame lies further ahead than this, the clock leapt: the limit of ffmpeg itself.
const AHEAD_US: i64 = 10_000_000;
/// The time base of MPEG's clock, and the time at which the clock wraps.
const MPEG: Rational = Rational { num: 1, den: 90_000 };
const MPEG_END: i64 = 1 << 33;
const MPEG_END_US: i64 = 95_443_717_689;
/// In the frame list a setback is this far forward,
/// because ffmpeg writes no time before the previous one.
const FAR: i64 = 1 << 45;
/// The most setbacks of one film; the filters name each of them.
pub(crate) const SETBACKS_MAX: usize = 64;
/// How far the setbacks of sound and picture may differ.
const SOUND_OFF_US_MAX: i64 = 2_000_000;
/// If laid-out sound overlaps or leaves a gap of more than this, ffmpeg cuts it or fills the gap.
const SOUND_GAP_SECONDS: &str = "0.01";

/// One setback, in ticks of the source's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setback {
    /// The first frame after the clock is set back.
    pub first: FrameNo,
    /// How far that frame lies before the frame that is shown just before it; negative if the clock leapt ahead.
    pub by: i64,
    /// How much later than its own time the stretch is laid.
    pub shift: i64,
}

/// The clock that a film's times are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    pub(in crate::media) time_base: Rational,
    /// Whether a gap of more than ten seconds is a leap of the clock, and not a long picture.
    leaps: bool,
}

/// A clock that never leaps ahead.
impl From<Rational> for Clock {
    fn from(time_base: Rational) -> Self {
        Self { time_base, leaps: false }
    }
}

impl Clock {
    pub fn of(source: &Source, time_base: Rational) -> Self {
        Self { time_base, leaps: matches!(source.format.as_str(), "mpegts" | "mpeg") }
    }

    fn ticks(self, us: i64) -> i64 {
        Rational::MICROS.rescale(us, self.time_base)
    }
}

/// How far the clock is set back between two times; None if it is not. Negative if it leapt ahead.
pub(in crate::media) fn set_back(clock: Clock, before: i64, now: i64) -> Option<i64> {
    let by = before.saturating_sub(now);
    if clock.time_base == MPEG && by > -MPEG_END && by < -MPEG_END / 2 {
        return Some(by + MPEG_END);
    }
    let leaps = clock.leaps && by < -clock.ticks(AHEAD_US);
    Some(by).filter(|&by| leaps || by > clock.ticks(BACK_US))
}

/// Recovers a frame's time from its number in the list that [`tell_apart`] makes.
/// `before` is the time of the frame before; `setbacks` counts the setbacks so far.
pub(in crate::media) fn told_apart(number: i64, before: Option<i64>, setbacks: &mut i64) -> i64 {
    let time = number.saturating_sub(FAR.saturating_mul(*setbacks));
    match before {
        Some(before) if time.saturating_sub(before) > FAR / 2 => {
            *setbacks += 1;
            time - FAR
        }
        Some(_) | None => time,
    }
}

/// A filter that moves each frame by `apart` for every
/// frame before it, and further at each setback.
/// ffmpeg's own rule that times ascend then leaves every frame unchanged.
pub(in crate::media) fn tell_apart(clock: Clock, apart: i64) -> String {
    format!("setpts='{};PTS+N*{apart}+ld(0)*{FAR}'", counted(clock))
}

/// Lays each stretch of `times` after the stretch before; the times are in display order.
pub(in crate::media) fn lay(clock: Clock, times: &mut [i64]) -> Vec<Setback> {
    let mut all: Vec<Setback> = Vec::new();
    let Some(&(mut before)) = times.first() else { return all };
    let (usual, mut shift) = (usual_length(times), 0_i64);
    for n in 1..times.len() {
        let own = times[n];
        if let Some(by) = set_back(clock, before, own) {
            shift = times[n - 1].saturating_add(usual).saturating_sub(own);
            all.push(Setback { first: n as FrameNo, by, shift });
        }
        times[n] = own.saturating_add(shift);
        before = own;
    }
    all
}

/// The most common distance between two frames (the median).
fn usual_length(times: &[i64]) -> i64 {
    let gaps = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let mut forward: Vec<i64> = gaps.filter(|&gap| gap > 0).collect();
    let middle = forward.len() / 2;
    if forward.is_empty() { 1 } else { *forward.select_nth_unstable(middle).1 }
}

/// Why the film can't be laid out, if it can't.
pub(in crate::media) fn refusal(setbacks: &[Setback], times: &[i64]) -> Option<String> {
    if setbacks.len() > SETBACKS_MAX {
        return Some(format!(
            "the film's clock is set back {} times; at most {SETBACKS_MAX} are supported",
            setbacks.len()
        ));
    }
    let beyond = times.iter().any(|time| !(-TICKS_MAX..=TICKS_MAX).contains(time));
    (beyond && !setbacks.is_empty())
        .then(|| "with its parts one after the other, the film would be too long".to_owned())
}

/// A filter that lays pictures out; None if the clock is never set back.
pub(in crate::media) fn picture_filter(time_base: Rational, shifts: &[i64]) -> Option<String> {
    let clock = Clock { time_base, leaps: leaps(shifts, MPEG_END) };
    (!shifts.is_empty()).then(|| format!("setpts='{};PTS{}'", counted(clock), added(shifts)))
}

/// Counts setbacks in variable 0 of the filter's expression.
fn counted(clock: Clock) -> String {
    let wrap = format!("+gt(PTS,PREV_INPTS+{})*lt(PTS,PREV_INPTS+{MPEG_END})", MPEG_END / 2);
    let ahead = format!("+gt(PTS,PREV_INPTS+{})*lte(PTS,PREV_INPTS+{})", clock.ticks(AHEAD_US), MPEG_END / 2);
    let wrap = if clock.time_base == MPEG { wrap } else { String::new() };
    let ahead = if clock.leaps { ahead } else { String::new() };
    format!("st(0,ld(0)+lt(PTS,PREV_INPTS-{}){wrap}{ahead})", clock.ticks(BACK_US))
}

/// How much more than the one before each setback adds.
fn more(shifts: &[i64]) -> impl Iterator<Item = i64> {
    let befores = [0].into_iter().chain(shifts.iter().copied());
    shifts.iter().zip(befores).map(|(shift, before)| shift.saturating_sub(before))
}

/// Whether one of the stretches is laid earlier because the clock leapt ahead. One after a setback is laid later, or
/// earlier by more than half of MPEG's clock.
fn leaps(shifts: &[i64], mpeg_end: i64) -> bool {
    more(shifts).any(|more| more < 0 && more > -mpeg_end / 2)
}

/// What each setback adds to all later times.
fn added(shifts: &[i64]) -> String {
    (1..).zip(more(shifts)).map(|(n, more)| format!("+gte(ld(0),{n})*({more})")).collect()
}

/// How other streams are laid out to match the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// What is subtracted from every time to let the film begin at zero.
    pub zero_us: i64,
    /// How much later than its own time each stretch is laid, from the second on.
    pub shifts_us: Vec<i64>,
}

impl Layout {
    /// Filters for encoded sound: they cut overlaps and fill gaps with silence.
    pub(in crate::media) fn sound_filters(&self) -> String {
        let seconds = |us: i64| format!("{us}/1000000/TB");
        let (back, half, end) = (seconds(BACK_US), seconds(MPEG_END_US / 2), seconds(MPEG_END_US));
        let ahead = format!("+gt(PTS,PREV_INPTS+{})*lte(PTS,PREV_INPTS+{half})", seconds(AHEAD_US));
        let ahead = if leaps(&self.shifts_us, MPEG_END_US) { ahead } else { String::new() };
        let back =
            format!("lt(PTS,PREV_INPTS-{back})+gt(PTS,PREV_INPTS+{half})*lt(PTS,PREV_INPTS+{end}){ahead}");
        let later = format!("(-({}){})/1000000/TB", self.zero_us, added(&self.shifts_us));
        let moved = format!("st(0,ld(0)+{back});PTS+round({later})");
        format!("asetpts='{moved}',aresample=async=1:min_hard_comp={SOUND_GAP_SECONDS}")
    }
}

/// A [`Setback`] for people, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClockSetBack {
    /// When it happens in the laid-out film, on the clock that starts at zero.
    pub at_ms: f64,
    /// How far back the clock goes; negative if it leaps ahead.
    pub by_ms: f64,
}

/// Reads a line of the list of sounds' packets: the stream's number and the time in microseconds.
/// Returns None for a packet without a time and for a line of side data.
pub fn sound_packet(line: &str) -> Option<(u32, i64)> {
    let mut parts = line.split(',');
    let (stream, seconds) = (parts.next()?.parse().ok()?, parts.next()?.parse::<f64>().ok()?);
    Some((stream, (seconds * 1e6).round() as i64))
}

/// Collects the packets of one sound, to find out whether its clock is set back where the picture's is.
#[derive(Debug, Clone, Default)]
pub struct SoundClock {
    latest_us: Option<i64>,
    backs_us: Vec<i64>,
}

impl SoundClock {
    pub fn packet(&mut self, us: i64) {
        let by = self.latest_us.map_or(0, |latest| latest.saturating_sub(us));
        let by = if by > -MPEG_END_US && by < -MPEG_END_US / 2 { by + MPEG_END_US } else { by };
        // One more than the bound is enough to differ from any picture.
        if !(-AHEAD_US..=BACK_US).contains(&by) && self.backs_us.len() <= SETBACKS_MAX {
            self.backs_us.push(by);
        }
        self.latest_us = Some(us);
    }

    /// Whether this clock is set back as often as the picture's, and about as far each time.
    pub(crate) fn goes_with(&self, picture_us: &[i64]) -> bool {
        let near = |(a, b): (&i64, &i64)| (a - b).abs() <= SOUND_OFF_US_MAX;
        // Where the picture's clock never leaps ahead, a gap in the sound is a pause.
        let leaps = picture_us.iter().any(|by| *by < 0);
        let own: Vec<i64> = self.backs_us.iter().copied().filter(|by| leaps || *by > 0).collect();
        own.len() == picture_us.len() && own.iter().zip(picture_us).all(near)
    }
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
