//! All runs together, for people.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::fault::{KINDS, Kind};
use crate::run::Outcome;

#[derive(Debug, Default)]
pub struct Report {
    pub outcomes: Vec<Outcome>,
}

impl Report {
    pub fn is_good(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.verdict.is_good())
    }

    fn sum(&self, of: impl Fn(&Outcome) -> usize) -> usize {
        self.outcomes.iter().map(of).sum()
    }

    fn slowest(&self, kind: Kind) -> Option<Duration> {
        let all = self.outcomes.iter().flat_map(|outcome| &outcome.recoveries);
        all.filter(|(other, _)| *other == kind).map(|(_, time)| *time).max()
    }

    fn kinds(&self) -> BTreeMap<Kind, usize> {
        let mut counts: BTreeMap<Kind, usize> = KINDS.iter().map(|kind| (*kind, 0)).collect();
        let all = self.outcomes.iter().flat_map(|outcome| &outcome.happened);
        all.for_each(|kind| *counts.entry(*kind).or_default() += 1);
        counts
    }
}

impl fmt::Display for Report {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bad: Vec<u64> =
            self.outcomes.iter().filter(|o| !o.verdict.is_good()).map(|outcome| outcome.seed).collect();
        writeln!(to, "| what | how often |\n|---|---|")?;
        writeln!(to, "| runs | {} |", self.outcomes.len())?;
        writeln!(to, "| faults | {} |", self.sum(|outcome| outcome.happened.len()))?;
        for (kind, count) in self.kinds() {
            writeln!(to, "| – {} | {count} |", kind.words())?;
        }
        writeln!(to, "| frames lost | {} |", self.sum(|outcome| outcome.verdict.frames_lost))?;
        writeln!(to, "| frames doubled | {} |", self.sum(|outcome| outcome.verdict.frames_doubled))?;
        writeln!(
            to,
            "| acknowledged pieces encoded again | {} |",
            self.sum(|outcome| outcome.verdict.encoded_again.len())
        )?;
        writeln!(
            to,
            "| results with other bytes than without faults | {} |",
            self.sum(|outcome| usize::from(outcome.verdict.other_bytes))
        )?;
        let longest = self.outcomes.iter().map(|outcome| outcome.took).max().unwrap_or_default();
        writeln!(to, "| longest run | {:.1} s |", longest.as_secs_f64())?;
        for (kind, what) in [
            (Kind::KillClient, "slowest: a killed client's leases taken back"),
            (Kind::KillServer, "slowest: a restarted server hears or leases"),
        ] {
            if let Some(time) = self.slowest(kind) {
                writeln!(to, "| {what} | {:.2} s |", time.as_secs_f64())?;
            }
        }
        writeln!(to, "| seeds that failed | {bad:?} |")
    }
}
