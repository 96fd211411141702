//! What was encoded, and how often, by what the programs say of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::log::Log;

/// One piece that a client made.
#[derive(Debug, Clone)]
struct Made {
    job: String,
    /// As the log says it: `frames 0..50`, or `the sound`.
    share: String,
    taken_at: String,
    kept_at: Option<String>,
    /// Of what another client was late with: the server asked for it on purpose.
    second_try: bool,
}

/// All pieces that were made.
#[derive(Debug, Default)]
pub struct Encodes(Vec<Made>);

impl Encodes {
    /// Of all lives of a server and its clients.
    pub fn read(servers: &[Log], clients: &[Log]) -> Self {
        let mut leases: BTreeMap<String, Made> = BTreeMap::new();
        let said = |logs: &[Log]| logs.iter().flat_map(Log::lines).collect::<Vec<_>>();
        let jobs: BTreeMap<String, String> = said(servers)
            .iter()
            .filter(|line| line.contains(" leased "))
            .filter_map(|line| Some((field(line, "lease")?, field(line, "job")?)))
            .collect();
        let second: BTreeSet<String> = said(servers)
            .iter()
            .filter(|line| line.contains(" a second lease of the segment "))
            .filter_map(|line| field(line, "lease"))
            .collect();
        for line in said(clients) {
            let Some(lease) = field(&line, "lease") else { continue };
            let at = line.split(' ').next().unwrap_or_default().to_owned();
            if let Some((_, what)) = line.split_once(" took ") {
                let share = what.split(" lease=").next().unwrap_or_default().split(',').next();
                let share = share.unwrap_or_default().to_owned();
                let job = jobs.get(&lease).unwrap_or_else(|| panic!("nobody leased {lease}")).clone();
                let second_try = second.contains(&lease);
                leases.entry(lease).or_insert(Made { job, share, taken_at: at, kept_at: None, second_try });
            } else if line.contains("kept by the server")
                && let Some(made) = leases.get_mut(&lease)
            {
                made.kept_at = Some(at);
            } else if line.contains("dropped: another client is free for it") {
                // It waited behind others; nothing of it was encoded.
                leases.remove(&lease);
            }
        }
        Self(leases.into_values().collect())
    }

    /// Panics where a client took what another, or itself, had been told is kept.
    pub fn assert_none_after_it_was_kept(&self) {
        let kept: Vec<&Made> = self.0.iter().filter(|made| made.kept_at.is_some()).collect();
        assert!(!kept.is_empty(), "no client was ever told that its piece is kept");
        for first in kept {
            let at = first.kept_at.as_ref();
            let again = self.0.iter().find(|made| Some(&made.taken_at) > at && overlap(first, made));
            assert!(again.is_none(), "{first:?} was encoded again: {again:?}");
        }
    }

    /// Panics where anything was encoded more than once, but for what was late.
    pub fn assert_each_once(&self) {
        let all: Vec<&Made> = self.0.iter().filter(|made| !made.second_try).collect();
        assert!(!all.is_empty(), "nothing was encoded");
        for (number, one) in all.iter().enumerate() {
            let again = all[number + 1..].iter().find(|other| overlap(one, other));
            assert!(again.is_none(), "{one:?} was encoded again: {again:?}");
        }
    }
}

fn overlap(one: &Made, other: &Made) -> bool {
    one.job == other.job
        && match (frames(&one.share), frames(&other.share)) {
            (Some(a), Some(b)) => a.0 < b.1 && b.0 < a.1,
            (None, None) => true,
            _ => false,
        }
}

/// `frames 0..50` → (0, 50); none for the sound.
fn frames(share: &str) -> Option<(u64, u64)> {
    let (start, end) = share.strip_prefix("frames ")?.split_once("..")?;
    Some((start.parse().expect("a number"), end.parse().expect("a number")))
}

/// The value of `name=value` in a line.
fn field(line: &str, name: &str) -> Option<String> {
    let rest = line.split(&format!("{name}=")).nth(1)?;
    Some(rest.split(' ').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(lines: &[&str]) -> [Log; 1] {
        let log = Log::default();
        lines.iter().for_each(|line| log.add((*line).to_owned()));
        [log]
    }

    const LEASED: [&str; 2] =
        ["1 INFO leased frames 0..9 job=a lease=1-1", "4 INFO leased frames 5..8 job=a lease=1-2"];

    #[test]
    #[should_panic(expected = "was encoded again")]
    fn a_kept_piece_that_is_taken_again_is_seen() {
        let clients = [
            "2 INFO took frames 0..9 lease=1-1",
            "3 INFO kept by the server lease=1-1",
            "5 INFO took frames 5..8 lease=1-2",
        ];
        Encodes::read(&logs(&LEASED), &logs(&clients)).assert_none_after_it_was_kept();
    }

    const TWICE: [&str; 2] = ["2 INFO took frames 0..9 lease=1-1", "5 INFO took frames 5..8 lease=1-2"];

    #[test]
    #[should_panic(expected = "was encoded again")]
    fn what_is_made_twice_is_seen() {
        Encodes::read(&logs(&LEASED), &logs(&TWICE)).assert_each_once();
    }

    /// Beside many other tests a segment was late, and another client was asked for it, too.
    #[test]
    fn a_second_try_of_what_is_late_is_no_repeat() {
        let told =
            [&LEASED[..], &["4 INFO a second lease of the segment that 1-1 is late with job=a lease=1-2"]]
                .concat();
        Encodes::read(&logs(&told), &logs(&TWICE)).assert_each_once();
    }

    #[test]
    fn what_only_waited_before_another_client_took_it_was_encoded_once() {
        let clients = [
            "2 INFO took frames 0..9 lease=1-1",
            "3 INFO dropped: another client is free for it lease=1-1",
            "5 INFO took frames 5..8 lease=1-2",
        ];
        Encodes::read(&logs(&LEASED), &logs(&clients)).assert_each_once();
    }

    #[test]
    fn a_lost_lease_that_is_taken_again_is_no_repeat_of_a_kept_one() {
        let clients = [
            "2 INFO took frames 0..9 lease=1-1",
            "5 INFO took frames 5..8 lease=1-2",
            "6 INFO kept by the server lease=1-2",
        ];
        Encodes::read(&logs(&LEASED), &logs(&clients)).assert_none_after_it_was_kept();
    }
}
