//! What the steps took.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Costs {
    nanos: Vec<u64>,
    slowest: (u64, &'static str),
    /// How many, and how long together, by what came in.
    by_event: BTreeMap<&'static str, (u64, u64)>,
}

impl Costs {
    pub(crate) fn take(&mut self, time: Duration, what: &'static str) {
        let nanos = time.as_nanos() as u64;
        self.slowest = self.slowest.max((nanos, what));
        let of = self.by_event.entry(what).or_default();
        *of = (of.0 + 1, of.1 + nanos);
        self.nanos.push(nanos);
    }

    pub(crate) fn steps(&self) -> usize {
        self.nanos.len()
    }

    /// One line for each kind of event.
    pub(crate) fn by_event(&self) -> String {
        let mean = |(count, nanos): &(u64, u64)| *nanos as f64 / 1_000.0 / *count as f64;
        let line =
            |(what, of): (&&str, &(u64, u64))| format!("{what}: {} steps, {:.2} µs each", of.0, mean(of));
        self.by_event.iter().map(line).collect::<Vec<_>>().join("; ")
    }

    /// Microseconds.
    pub(crate) fn mean(&self) -> f64 {
        self.nanos.iter().sum::<u64>() as f64 / 1_000.0 / self.nanos.len().max(1) as f64
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.nanos.clone();
        sorted.sort_unstable();
        let at = |part: f64| {
            sorted.get((sorted.len() as f64 * part) as usize).copied().unwrap_or(0) as f64 / 1_000.0
        };
        let above = sorted.iter().filter(|nanos| **nanos > 1_000_000).count();
        let (slowest, what) = (self.slowest.0 as f64 / 1_000.0, self.slowest.1);
        write!(
            f,
            "{} | {:.2} | {:.1} | {slowest:.0} | {above} | {what} |",
            self.nanos.len(),
            self.mean(),
            at(0.999)
        )
    }
}
