//! Rates: the one that the user wants, and the actual rate of the frames.

use super::Timeline;
use crate::fault::{Fault, FaultCode};
use crate::frames::Rational;
use crate::media::params::{Pace, Profile, Step};
use crate::media::source::Picture;

/// The same bounds as for rates in parameters.
const RATES: std::ops::RangeInclusive<f64> = 0.01..=1000.0;

/// The largest denominator of a ratio of frames out to frames in, such as 4/5.
const PARTS_MAX: i64 = 12;

/// The constant rate that the parameters ask for, if any.
pub(super) fn wished(profile: &Profile, picture: Option<&Picture>) -> Option<Rational> {
    match profile.video.pace? {
        Pace::Rate(rate) => Some(rate),
        Pace::Film => picture.map(Picture::usual_rate),
    }
}

/// Refuses the film's own rate as the result's if it is out of bounds.
pub(super) fn may_be_wished(profile: &Profile, picture: Option<&Picture>) -> Result<(), Fault> {
    match wished(profile, picture).filter(|rate| !RATES.contains(&rate.as_f64())) {
        None => Ok(()),
        Some(rate) => {
            let message =
                format!("-fps_mode cfr: the film's own rate would be {rate}; give one with -r, such as 25");
            Err(Fault::new(FaultCode::OverBound, message))
        }
    }
}

impl Timeline {
    /// The rate of all frames, if it is constant up to rounding.
    /// The candidates are a filter's rate, ffprobe's rates,
    /// and twice or half of its base rate (fields).
    pub fn constant_rate(&self, picture: &Picture) -> Option<Rational> {
        let keeps = |rate: &Rational| keeps(*rate, self.time_base(), self.frames(), |n| self.time(n));
        self.rates(picture).find(keeps)
    }

    pub(super) fn rates(&self, picture: &Picture) -> impl Iterator<Item = Rational> + use<> {
        let base = picture.base_rate;
        let asked = self.needs.steps.iter().rev().find_map(|step| match step {
            Step::Rate(rate) => Some(*rate),
            Step::Fields => None,
        });
        let all = [asked, Some(base), Some(picture.frame_rate), over(base, 2), times(base, 2)];
        all.into_iter().flatten()
    }
}

/// The rate of frames that only the filters determine; None if it is not constant.
pub fn rate_of_own(picture: &Picture, time_base: Rational, shown: &[i64]) -> Option<Rational> {
    let base = picture.base_rate;
    let [first, .., last] = shown else { return Some(base) };
    let mean = (shown.len() - 1) as f64 * 1e6 / time_base.micros(last - first).max(1) as f64;
    let slower = (base.as_f64() / mean).round() as i64;
    let round = Rational::new(mean.round() as i64, 1);
    let ntsc = Rational::new((mean * 1.001).round() as i64 * 1000, 1001);
    let parts = (1..=PARTS_MAX).map(|parts| {
        let many = (mean / base.as_f64() * parts as f64).round() as i64;
        over(times(base, many)?, parts)
    });
    let all = parts.chain([over(base, slower), round, ntsc]);
    let at = |n: u64| usize::try_from(n).ok().and_then(|n| shown.get(n)).copied().unwrap_or(i64::MAX);
    all.flatten().find(|&rate| keeps(rate, time_base, shown.len() as u64, at)).map(Rational::reduced)
}

fn over(rate: Rational, parts: i64) -> Option<Rational> {
    Some(Rational { num: rate.num, den: rate.den.checked_mul(parts)? })
}

fn times(rate: Rational, times: i64) -> Option<Rational> {
    Some(Rational { num: rate.num.checked_mul(times)?, den: rate.den })
}

/// Whether each frame lies at its tick of the rate.
fn keeps(rate: Rational, base: Rational, frames: u64, time: impl Fn(u64) -> i64) -> bool {
    if !rate.is_positive() || !base.is_positive() {
        return false;
    }
    let ticks = |n: u64| rate.inverse().rescale(i64::try_from(n).unwrap_or(i64::MAX), base);
    let first = time(0);
    // One tick for the rounding of each frame and one for that of the first;
    // none if a frame has few ticks.
    let allowed = (ticks(1) / 4).min(2);
    (0..frames).all(|n| time(n).saturating_sub(first).saturating_sub(ticks(n)).abs() <= allowed)
}
