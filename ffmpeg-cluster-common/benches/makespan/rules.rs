//! Simple rules to compare with: whoever is idle takes the next frames. A vanished machine's frames begin again.

use super::farm::Films;
use super::machine::Machine;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    /// Segments of one length.
    Fixed,
    /// An even share of what is left.
    Guided,
    /// Half of that, as many of one length as there are machines.
    Factoring,
}

const FIXED: u64 = 250;
const SHORTEST: u64 = 60;

impl Rule {
    pub(crate) const ALL: [Self; 3] = [Self::Fixed, Self::Guided, Self::Factoring];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed, 250 frames",
            Self::Guided => "guided",
            Self::Factoring => "factoring",
        }
    }

    fn length(self, left: u64, batch: u64, machines: u64) -> u64 {
        match self {
            Self::Fixed => FIXED,
            Self::Guided => left / machines,
            Self::Factoring => batch / (2 * machines),
        }
        .clamp(SHORTEST, left.max(SHORTEST))
        .min(left)
    }

    /// Seconds until the last frame is made.
    pub(crate) fn run(self, machines: &[Machine], films: Films) -> f64 {
        let (mut left, mut last) = (films.all_frames(), 0.0_f64);
        let mut free: Vec<f64> = machines.iter().map(Machine::from).collect();
        let many = machines.len() as u64;
        let (mut batch, mut taken) = (left, 0);
        while left > 0 {
            let (at, next) = free.iter().copied().enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            if taken == many {
                (batch, taken) = (left, 0);
            }
            let frames = self.length(left, batch, many);
            let done = machines[at].done(next, frames);
            if done > machines[at].until() {
                free[at] = f64::INFINITY;
                continue;
            }
            (left, taken) = (left - frames, taken + 1);
            free[at] = done;
            last = last.max(done);
        }
        last
    }
}
