//! How many segments of one kind of work a client's processors encode side by side.
//!
//! Many encoders leave processors idle. The cluster then gives the client one segment more at a
//! time, and keeps to it only if all of them together become faster.

use crate::protocol::reply;
use crate::protocol::to_server::Spent;

/// The most segments that processors encode side by side.
const SLOTS_MAX: u32 = 8;
/// Encoders that use this share of the processors leave nothing for another one.
const FULL: f64 = 0.85;
/// One encode more must make all together faster by this factor: it costs memory, and a seam.
const GAIN_MIN: f64 = 1.08;
/// The share of the machine's memory that all its encoders together may hold.
const MEMORY_SHARE: f64 = 0.5;

/// An encode that ended well.
#[derive(Debug, Clone, Copy)]
pub(in crate::cluster) struct Ended {
    pub(in crate::cluster) fps: f64,
    pub(in crate::cluster) spent: Option<Spent>,
    /// How many segments the processors were encoding, with this one.
    pub(in crate::cluster) together: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Beside {
    slots: u32,
    trial: Option<Trial>,
    /// One more slot was tried and made nothing faster.
    settled: bool,
}

/// One slot more than before, on trial.
#[derive(Debug, Clone, PartialEq)]
struct Trial {
    /// Frames per second of all slots before.
    before: f64,
    ended: u32,
    /// The speeds of the encodes that ended since, summed.
    sum: f64,
}

impl Default for Beside {
    fn default() -> Self {
        Self { slots: 1, trial: None, settled: false }
    }
}

impl Beside {
    pub(super) const fn slots(&self) -> u32 {
        self.slots
    }

    /// Takes an encode into account.
    /// Returns the expected speed of each slot if the number of slots changes.
    pub(super) fn note(&mut self, ended: &Ended, machine: &reply::Machine) -> Option<f64> {
        // Where a slot was empty, the others were faster than they would be beside one more.
        if ended.together < self.slots || ended.fps <= 0.0 {
            return None;
        }
        let all = self.speed_of_all(ended.fps)?;
        if let Some(trial) = self.trial.take().filter(|trial| all < trial.before * GAIN_MIN) {
            (self.slots, self.settled) = (self.slots - 1, true);
            return Some(trial.before / f64::from(self.slots));
        }
        if self.settled || !self.has_spare(ended.spent?, machine) {
            return None;
        }
        self.trial = Some(Trial { before: all, ended: 0, sum: 0.0 });
        self.slots += 1;
        // At worst, one more makes nothing faster.
        Some(all / f64::from(self.slots))
    }

    /// Frames per second of all slots together. None while a trial has seen too few encodes.
    fn speed_of_all(&mut self, fps: f64) -> Option<f64> {
        let slots = f64::from(self.slots);
        let Some(trial) = &mut self.trial else { return Some(fps * slots) };
        (trial.ended, trial.sum) = (trial.ended + 1, trial.sum + fps);
        (trial.ended >= self.slots).then(|| trial.sum / f64::from(trial.ended) * slots)
    }

    /// Whether the machine has processors and memory for one more encode like this one.
    fn has_spare(&self, spent: Spent, machine: &reply::Machine) -> bool {
        let Spent { cpu_ms, ran_ms, memory_bytes } = spent;
        if self.slots >= SLOTS_MAX.min(machine.cores) || ran_ms == 0 || memory_bytes == 0 {
            return false;
        }
        let processors = cpu_ms as f64 / ran_ms as f64 * f64::from(self.slots);
        let memory = memory_bytes as f64 * f64::from(self.slots + 1);
        processors < f64::from(machine.cores) * FULL && memory < machine.memory_bytes as f64 * MEMORY_SHARE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(cores: u32) -> reply::Machine {
        reply::Machine {
            version: "1".into(),
            platform: "p".into(),
            cores,
            memory_bytes: 16 << 30,
            free_disk: 0,
            encoders: Vec::new(),
            devices: Vec::new(),
        }
    }

    /// An encode at this speed that kept so many processors busy.
    fn ended(fps: f64, processors: f64, together: u32) -> Ended {
        let cpu_ms = (processors * 10_000.0) as u64;
        Ended { fps, spent: Some(Spent { cpu_ms, ran_ms: 10_000, memory_bytes: 1 << 30 }), together }
    }

    #[test]
    fn an_encoder_that_fills_the_machine_stays_alone() {
        let mut x264 = Beside::default();
        assert_eq!(x264.note(&ended(40.0, 1.9, 1), &machine(2)), None);
        assert_eq!(x264.slots(), 1);
    }

    #[test]
    fn one_more_stays_if_all_together_are_faster() {
        let (mut vp9, two) = (Beside::default(), machine(2));
        assert_eq!(vp9.note(&ended(20.0, 1.0, 1), &two), Some(10.0), "the worst case at first");
        assert_eq!(vp9.slots(), 2);
        assert_eq!(vp9.note(&ended(19.0, 1.0, 2), &two), None, "one of two says too little");
        assert_eq!(vp9.note(&ended(17.0, 1.0, 2), &two), None);
        assert_eq!((vp9.slots(), vp9.trial), (2, None), "and no third: both processors are busy");
    }

    #[test]
    fn one_more_goes_if_nothing_became_faster_and_is_not_tried_again() {
        let (mut bound, many) = (Beside::default(), machine(16));
        bound.note(&ended(60.0, 8.0, 1), &many);
        bound.note(&ended(31.0, 4.0, 2), &many);
        assert_eq!(bound.note(&ended(31.0, 4.0, 2), &many), Some(60.0), "as fast as before");
        assert_eq!(bound.slots(), 1);
        assert_eq!(bound.note(&ended(60.0, 8.0, 1), &many), None);
        assert_eq!(bound.slots(), 1);
    }

    #[test]
    fn slots_grow_until_the_processors_are_busy() {
        let (mut svt, many) = (Beside::default(), machine(16));
        for _ in 0..40 {
            let slots = svt.slots();
            svt.note(&ended(30.0, 4.0, slots), &many);
        }
        assert_eq!(svt.slots(), 4, "4 × 4 processors of 16");
    }

    #[test]
    fn an_encode_with_an_empty_slot_beside_it_proves_nothing() {
        let (mut vp9, two) = (Beside::default(), machine(2));
        vp9.note(&ended(20.0, 1.0, 1), &two);
        for _ in 0..4 {
            assert_eq!(vp9.note(&ended(20.0, 1.0, 1), &two), None);
        }
        assert!(vp9.trial.is_some());
    }

    #[test]
    fn memory_and_unknown_use_are_reasons_to_stay_alone() {
        let big = Ended {
            spent: Some(Spent { cpu_ms: 1, ran_ms: 10, memory_bytes: 5 << 30 }),
            ..ended(9.0, 1.0, 1)
        };
        let unknown = Ended { spent: None, ..big };
        let odd = Ended { spent: Some(Spent { cpu_ms: u64::MAX, ran_ms: 0, memory_bytes: u64::MAX }), ..big };
        for one in [big, unknown, odd] {
            let mut alone = Beside::default();
            assert_eq!(alone.note(&one, &machine(16)), None, "{one:?}");
            assert_eq!(alone.slots(), 1);
        }
    }
}
