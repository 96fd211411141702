//! What packets tell of a film whose frames they don't tell: not which frames there are, but how many about, when about, and
//! where its key frames are. That is enough to share its decoding out.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Index;
use crate::frames::{FrameNo, Rational};

/// Packets in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Rough {
    packets: usize,
    /// Of those that have one.
    dts: Vec<i64>,
    went_back: bool,
}

impl Rough {
    pub(super) fn packet(&mut self, dts: Option<i64>) {
        self.packets += 1;
        if let Some(dts) = dts {
            self.went_back |= self.dts.last().is_some_and(|&before| dts < before);
            self.dts.push(dts);
        }
    }

    /// None where packets lack times of either kind, or their clock is set back: then a time names no place in the film.
    pub(super) fn index(self, time_base: Rational, pts: &[i64], keys: &[i64]) -> Option<Index> {
        let all = |times: &[i64]| times.len() == self.packets && self.packets > 0;
        let mut times = match () {
            () if self.went_back => return None,
            () if all(pts) => pts.to_vec(),
            () if all(&self.dts) => self.dts,
            () => return None,
        };
        times.sort_unstable();
        times.dedup();
        let at = |&key: &i64| times.partition_point(|&time| time < key) as FrameNo;
        let mut keys: Vec<FrameNo> = keys.iter().map(at).filter(|&key| key < times.len() as u64).collect();
        keys.dedup();
        Some(Index { time_base, times, keys, doubled: Vec::new(), last_length: 0 })
    }
}
