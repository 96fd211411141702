//! A film whose clock is set back midway, as two recordings have it that were put into one file. Each stretch is laid
//! after the one before, a frame's usual length behind its last frame; sound moves with its picture.
//!
//! The filters know a setback as the index does: a frame lies much further before its predecessor than frames that share a
//! time do. So they count setbacks, and add to each time what the index found for that stretch. MPEG's clock has 33 bits:
//! ffmpeg takes a time that lies before the film's beginning for one after the clock's end, so there a setback is a leap.

use serde::{Deserialize, Serialize};

use crate::frames::{FrameNo, Rational};
use crate::limits::TICKS_MAX;

/// Frames that lie further before their predecessor were not told twice: the clock itself was set back.
const BACK_US: i64 = 500_000;
/// MPEG's clock, and how long it runs.
const MPEG: Rational = Rational { num: 1, den: 90_000 };
const MPEG_END: i64 = 1 << 33;
const MPEG_END_US: i64 = 95_443_717_689;
/// In the decoder's numbers a setback is this much forward, because ffmpeg writes no time that lies before the one before.
const FAR: i64 = 1 << 45;
/// A film has no more of them; the filters name each one.
pub(crate) const SETBACKS_MAX: usize = 64;
/// Sound may end so much before its picture, or after it, where the clock is set back.
const SOUND_OFF_US_MAX: i64 = 2_000_000;
/// Sounds that overlap, or leave a gap, by more are cut or filled up.
const SOUND_GAP_SECONDS: &str = "0.01";

/// In ticks of the source's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setback {
    /// The first frame that the new clock tells.
    pub first: FrameNo,
    /// How far that frame lies before the one that was shown before it.
    pub by: i64,
    /// How much later than its own time the stretch is laid.
    pub shift: i64,
}

fn back_ticks(time_base: Rational) -> i64 {
    Rational::MICROS.rescale(BACK_US, time_base)
}

/// How far the clock is set back between two times, if it is.
pub(in crate::media) fn set_back(time_base: Rational, before: i64, now: i64) -> Option<i64> {
    let by = before.saturating_sub(now);
    let leaps = time_base == MPEG && by > -MPEG_END && by < -MPEG_END / 2;
    if leaps { Some(by + MPEG_END) } else { Some(by).filter(|&by| by > back_ticks(time_base)) }
}

/// The time of a frame out of the decoder's number, after the time and the setbacks before it. See [`tell_apart`].
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

/// A filter that adds to each frame's time `apart` for each frame before it, and more where the clock is set back.
pub(in crate::media) fn tell_apart(time_base: Rational, apart: i64) -> String {
    format!("setpts='{};PTS+N*{apart}+ld(0)*{FAR}'", counted(time_base))
}

/// Lays each stretch of these times after the one before; they are in the order in which frames are shown.
pub(in crate::media) fn lay(time_base: Rational, times: &mut [i64]) -> Vec<Setback> {
    let mut all: Vec<Setback> = Vec::new();
    let Some(&(mut before)) = times.first() else { return all };
    let (usual, mut shift) = (usual_length(times), 0_i64);
    for n in 1..times.len() {
        let own = times[n];
        if let Some(by) = set_back(time_base, before, own) {
            shift = times[n - 1].saturating_add(usual).saturating_sub(own);
            all.push(Setback { first: n as FrameNo, by, shift });
        }
        times[n] = own.saturating_add(shift);
        before = own;
    }
    all
}

/// As far as most frames lie behind the one before.
fn usual_length(times: &[i64]) -> i64 {
    let gaps = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let mut forward: Vec<i64> = gaps.filter(|&gap| gap > 0).collect();
    let middle = forward.len() / 2;
    if forward.is_empty() { 1 } else { *forward.select_nth_unstable(middle).1 }
}

/// Why such a film can't be laid out, if it can't.
pub(in crate::media) fn refusal(setbacks: &[Setback], times: &[i64]) -> Option<String> {
    if setbacks.len() > SETBACKS_MAX {
        return Some(format!(
            "the film's clock is set back {} times; {SETBACKS_MAX} are the most that can be laid out",
            setbacks.len()
        ));
    }
    let beyond = times.iter().any(|time| !(-TICKS_MAX..=TICKS_MAX).contains(time));
    (beyond && !setbacks.is_empty()).then(|| "laid out, the film would be longer than any may be".to_owned())
}

/// A filter that lays pictures out; none where the clock is never set back.
pub(in crate::media) fn picture_filter(time_base: Rational, shifts: &[i64]) -> Option<String> {
    (!shifts.is_empty()).then(|| format!("setpts='{};PTS{}'", counted(time_base), added(shifts)))
}

/// Counts setbacks in the expression's first variable.
fn counted(time_base: Rational) -> String {
    let leap = format!("+gt(PTS,PREV_INPTS+{})*lt(PTS,PREV_INPTS+{MPEG_END})", MPEG_END / 2);
    let leap = if time_base == MPEG { leap } else { String::new() };
    format!("st(0,ld(0)+lt(PTS,PREV_INPTS-{}){leap})", back_ticks(time_base))
}

/// What each setback adds to the times behind it.
fn added(shifts: &[i64]) -> String {
    let befores = [0].into_iter().chain(shifts.iter().copied());
    let more = shifts.iter().zip(befores).map(|(shift, before)| shift.saturating_sub(before));
    (1..).zip(more).map(|(n, more)| format!("+gte(ld(0),{n})*({more})")).collect()
}

/// How other streams are laid beside the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// What is taken away from every time, so that the film begins at zero.
    pub zero_us: i64,
    /// How much later than its own time each stretch is laid, from the second on.
    pub shifts_us: Vec<i64>,
}

impl Layout {
    /// For sound that is encoded: what overlaps is cut, and gaps are silent.
    pub(in crate::media) fn sound_filters(&self) -> String {
        let seconds = |us: i64| format!("{us}/1000000/TB");
        let (back, half, end) = (seconds(BACK_US), seconds(MPEG_END_US / 2), seconds(MPEG_END_US));
        let back = format!("lt(PTS,PREV_INPTS-{back})+gt(PTS,PREV_INPTS+{half})*lt(PTS,PREV_INPTS+{end})");
        let later = format!("(-({}){})/1000000/TB", self.zero_us, added(&self.shifts_us));
        let moved = format!("st(0,ld(0)+{back});PTS+round({later})");
        format!("asetpts='{moved}',aresample=async=1:min_hard_comp={SOUND_GAP_SECONDS}")
    }
}

/// What people are told of a [`Setback`], in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClockSetBack {
    /// In the film's own time from zero, laid out.
    pub at_ms: f64,
    /// From the frame before to the frame behind.
    pub by_ms: f64,
}

/// A line of a run that tells the packets of sounds: the stream, and the time in microseconds. None where a packet has no time, and for lines of side data.
pub fn sound_packet(line: &str) -> Option<(u32, i64)> {
    let mut parts = line.split(',');
    let (stream, seconds) = (parts.next()?.parse().ok()?, parts.next()?.parse::<f64>().ok()?);
    Some((stream, (seconds * 1e6).round() as i64))
}

/// Takes what they tell: whether a sound's clock is set back where the picture's is.
#[derive(Debug, Clone, Default)]
pub struct SoundClock {
    latest_us: Option<i64>,
    backs_us: Vec<i64>,
}

impl SoundClock {
    pub fn packet(&mut self, us: i64) {
        let by = self.latest_us.map_or(0, |latest| latest.saturating_sub(us));
        let by = if by > -MPEG_END_US && by < -MPEG_END_US / 2 { by + MPEG_END_US } else { by };
        // The last one too many says enough.
        if by > BACK_US && self.backs_us.len() <= SETBACKS_MAX {
            self.backs_us.push(by);
        }
        self.latest_us = Some(us);
    }

    /// As often, and each time about as far.
    pub(crate) fn goes_with(&self, picture_us: &[i64]) -> bool {
        let near = |(a, b): (&i64, &i64)| (a - b).abs() <= SOUND_OFF_US_MAX;
        self.backs_us.len() == picture_us.len() && self.backs_us.iter().zip(picture_us).all(near)
    }
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
