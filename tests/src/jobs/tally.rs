//! What a run counts and prints.

use std::collections::BTreeMap;
use std::fmt;

use super::Job;
use super::bench::Outcome;

/// A job that was neither exact nor refused.
#[derive(Debug, Clone)]
pub struct Find {
    pub class: &'static str,
    pub why: String,
    pub job: Job,
    /// Seed and number, where chance made it.
    pub from: Option<(u64, u64)>,
}

impl fmt::Display for Find {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from =
            self.from.map_or(String::new(), |(seed, number)| format!(" (--seed {seed} --only {number})"));
        write!(to, "{}{from}: {}\n    {}", self.class.to_uppercase(), self.why.trim(), self.job)
    }
}

#[derive(Debug, Default)]
pub struct Tally {
    exact: u64,
    in_pieces: u64,
    plain_fails: BTreeMap<String, u64>,
    known: BTreeMap<String, u64>,
    refused: BTreeMap<String, BTreeMap<String, u64>>,
    slow: u64,
    pub finds: Vec<Find>,
}

impl Tally {
    /// Gives back the find, if it is one.
    pub fn add(&mut self, job: &Job, from: Option<(u64, u64)>, outcome: Outcome) -> Option<&Find> {
        match outcome {
            Outcome::Exact { pieces } => {
                self.exact += 1;
                self.in_pieces += u64::from(pieces > 1);
            }
            Outcome::Refused { code, why } => {
                *self.refused.entry(code).or_default().entry(gist(&why)).or_default() += 1;
            }
            Outcome::PlainFails { why } => *self.plain_fails.entry(gist(&why)).or_default() += 1,
            Outcome::Known { why } => *self.known.entry(gist(&why)).or_default() += 1,
            Outcome::TooSlow => self.slow += 1,
            Outcome::Find { class, why } => {
                self.finds.push(Find { class, why, job: job.clone(), from });
                return self.finds.last();
            }
        }
        None
    }

    pub fn exact(&self) -> u64 {
        self.exact
    }
}

/// Of a reason what is the same for many jobs: without what was typed, and numbers.
fn gist(why: &str) -> String {
    let line = why.lines().next().unwrap_or_default();
    let reason = line.split_once(": ").map_or(line, |(_, reason)| reason);
    let words: String = reason.chars().filter(|c| !c.is_ascii_digit()).take(70).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Tally {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |reasons: &BTreeMap<String, u64>| reasons.values().sum::<u64>();
        writeln!(to, "{:6} exact, {} of them in pieces", self.exact, self.in_pieces)?;
        writeln!(to, "{:6} failed with a reason, where plain ffmpeg fails too", sum(&self.plain_fails))?;
        for (why, count) in &self.plain_fails {
            writeln!(to, "{count:12}  {why}")?;
        }
        writeln!(to, "{:6} failed late as known, where plain ffmpeg makes a film", sum(&self.known))?;
        for (why, count) in &self.known {
            writeln!(to, "{count:12}  {why}")?;
        }
        for (code, reasons) in &self.refused {
            writeln!(to, "{:6} refused: {code}", sum(reasons))?;
            for (why, count) in reasons {
                writeln!(to, "{count:12}  {why}")?;
            }
        }
        writeln!(to, "{:6} not judged, the plain run takes too long", self.slow)?;
        writeln!(to, "{:6} finds", self.finds.len())?;
        self.finds.iter().try_for_each(|find| writeln!(to, "{find}"))
    }
}
