//! The packets of a sound, from the piece that holds it.

use super::fragmented::Fragmented;
use crate::frames::Rational;
use crate::media::command::sound::SOUND_SHIFT_US;
use crate::media::params::ladder::{SOUND_PRIMING, SOUND_SAMPLES};

/// The packets of one sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundPackets {
    /// Samples in a second.
    pub rate: u32,
    /// The samples in each packet.
    pub lengths: Vec<u64>,
    /// The samples at the beginning that the encoder made to begin with.
    pub priming: u32,
    /// When the first sample behind them is heard.
    pub begins_us: i64,
}

/// Times of sound jump by less than this many seconds where a container rounded them; by more where
/// sound is missing.
const ROUNDED: f64 = 0.002;

impl SoundPackets {
    /// Of a stream of a sound piece that was copied into fragments; the first packet of the stream
    /// begins at this time in the piece.
    pub fn of_piece(read: &Fragmented, begins_us: i64) -> Self {
        let rate = read.track.timescale;
        let priming = Rational { num: 1, den: rate.into() }.micros(SOUND_PRIMING.into());
        let times: Vec<i64> = read.samples().map(|sample| sample.decoded).collect();
        Self {
            rate,
            lengths: lengths(&times, (f64::from(rate) * ROUNDED) as i64),
            priming: SOUND_PRIMING,
            begins_us: begins_us - SOUND_SHIFT_US + priming,
        }
    }
}

/// Players play the samples of packets one after the other, so a packet is as long as its samples last, and
/// longer only where the next one is missing.
fn lengths(times: &[i64], rounded: i64) -> Vec<u64> {
    let mut at = times.first().copied().unwrap_or(0);
    let mut length = |next: i64| {
        let usual = at + SOUND_SAMPLES;
        let ends = if (next - usual).abs() <= rounded { usual } else { next.max(at + 1) };
        let length = ends.abs_diff(at);
        at = ends;
        length
    };
    let mut all: Vec<u64> = times.iter().skip(1).map(|&next| length(next)).collect();
    all.extend((!times.is_empty()).then_some(SOUND_SAMPLES.unsigned_abs()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_times_are_those_of_the_samples() {
        assert_eq!(lengths(&[0, 1016, 2048, 3064, 4096], 96), [1024; 5]);
        assert_eq!(lengths(&[7], 96), [1024]);
        assert_eq!(lengths(&[], 96), [0; 0]);
    }

    #[test]
    fn missing_sound_stays_missing() {
        assert_eq!(lengths(&[0, 1024, 50_000, 51_024], 96), [1024, 48_976, 1024, 1024]);
        assert_eq!(lengths(&[0, 1024, 1024], 96), [1024, 1, 1024], "a packet too many");
    }

    /// A clock that runs too slow or too fast moves the sound again and again, but never far.
    #[test]
    fn a_clock_of_its_own_is_followed() {
        let times: Vec<i64> = (0..1000).map(|packet| packet * 1027).collect();
        let mut at = 0;
        for (length, time) in lengths(&times, 96).iter().zip(&times) {
            assert!((at - time).abs() <= 96, "{at} {time}");
            at += length.cast_signed();
        }
    }
}
