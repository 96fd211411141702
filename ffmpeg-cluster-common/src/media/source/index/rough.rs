//! A rough index for a film whose packets do not determine its frames.
//!
//! It holds roughly the number of frames and their times, and the positions of the key frames.
//! That is enough to share out the decoding.

use super::{Index, frames_at};
use crate::frames::Rational;
use crate::media::source::clock::{self, Clock};

/// Collects packets in the order of the file.
#[derive(Debug, Default)]
pub(super) struct RoughIndexBuilder {
    packets: usize,
    /// Decoding times of the packets that have one.
    dts: Vec<i64>,
    went_back: bool,
    /// The first decoding time to which the film's clock jumps.
    pub(super) back_at: Option<i64>,
}

impl RoughIndexBuilder {
    pub(super) fn packet(&mut self, clock: Clock, dts: Option<i64>) {
        self.packets += 1;
        let Some(dts) = dts else { return };
        let before = self.dts.last().copied().unwrap_or(dts);
        self.went_back |= dts < before;
        if self.back_at.is_none() && clock::set_back(clock, before, dts).is_some() {
            self.back_at = Some(dts);
        }
        self.dts.push(dts);
    }

    pub(super) fn places(&self) -> Option<Vec<i64>> {
        (self.dts.len() == self.packets && !self.went_back).then(|| self.dts.clone())
    }

    /// Uses presentation times if all packets have them, otherwise decoding times.
    /// Returns None if neither kind is complete, or if decoding times go back,
    /// because a time then identifies no place in the film.
    pub(super) fn index(self, time_base: Rational, pts: &[i64], keys: &[i64]) -> Option<Index> {
        let all = |times: &[i64]| times.len() == self.packets && self.packets > 0;
        let mut times = match () {
            () if self.went_back || self.back_at.is_some() => return None,
            () if all(pts) => pts.to_vec(),
            () if all(&self.dts) => self.dts,
            () => return None,
        };
        times.sort_unstable();
        times.dedup();
        let keys = frames_at(&times, keys.iter().copied());
        Some(Index {
            time_base,
            times,
            keys,
            doubled: Vec::new(),
            leading: false,
            resets: Vec::new(),
            setbacks: Vec::new(),
            last_length: 0,
        })
    }
}
