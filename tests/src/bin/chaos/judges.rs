//! Whether a run came out right: the frames, the bytes, and what was encoded for nothing.

use std::collections::BTreeMap;
use std::path::Path;

use harness::log::Log;

use crate::film;

/// What one run did wrong, or not.
#[derive(Debug, Default)]
pub struct Verdict {
    pub frames_lost: usize,
    pub frames_doubled: usize,
    pub out_of_order: bool,
    pub other_bytes: bool,
    /// Frames that were leased again after their piece was acknowledged: one line for each.
    pub encoded_again: Vec<String>,
    /// Anything else: it never ended, it failed, a program panicked.
    pub trouble: Vec<String>,
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        self.frames_lost + self.frames_doubled == 0
            && !self.out_of_order
            && !self.other_bytes
            && self.encoded_again.is_empty()
            && self.trouble.is_empty()
    }

    pub fn look_at_result(&mut self, result: &Path, wanted: &Path) {
        let seen = film::numbers(result);
        let mut counts = vec![0_usize; film::FRAMES];
        for number in &seen {
            match counts.get_mut(*number) {
                Some(count) => *count += 1,
                None => self.trouble.push(format!("a frame shows number {number}")),
            }
        }
        self.frames_lost = counts.iter().filter(|count| **count == 0).count();
        self.frames_doubled = counts.iter().map(|count| count.saturating_sub(1)).sum();
        self.out_of_order = !seen.is_sorted();
        let read = |path: &Path| std::fs::read(path).unwrap_or_default();
        self.other_bytes = read(result) != read(wanted);
    }

    /// `lives`: what the server said, one log for each time it ran.
    pub fn look_at_server(&mut self, lives: &[Log]) {
        let mut kept: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for line in lives.iter().flat_map(Log::lines) {
            if line.contains("INFO piece kept: ") {
                kept.insert(lease(&line), range(&line));
            } else if line.contains("INFO leased ") {
                let (start, end) = range(&line);
                let again = kept.iter().find(|(_, other)| start < other.1 && other.0 < end);
                if let Some((first, _)) = again {
                    self.encoded_again.push(format!("after {first}: {line}"));
                }
            }
        }
    }

    pub fn look_at_words(&mut self, who: &str, log: &Log) {
        let bad = |line: &&String| {
            // What a full disk does is told as an error, and rightly so.
            let full = line.contains("disk is full") || line.contains("No space left on device");
            line.contains("panicked") || line.contains(" ERROR ") && !full
        };
        self.trouble.extend(log.lines().iter().filter(bad).map(|line| format!("{who}: {line}")));
    }
}

/// Of a line that ends `… lease=3-17 client=…`.
pub fn lease(line: &str) -> String {
    let rest = line.split_once(" lease=").map_or("", |(_, rest)| rest);
    rest.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Of a line with `frames 12..80`. The sound has a place of its own, behind all frames.
fn range(line: &str) -> (u64, u64) {
    let text = line.split_once("frames ").map_or("", |(_, rest)| rest);
    let numbers = text.split([' ', ',', ':']).next().unwrap_or_default().split_once("..");
    let both = numbers.and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
    both.unwrap_or((u64::MAX - 1, u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&str]) -> Log {
        let log = Log::default();
        lines.iter().for_each(|line| log.add((*line).to_owned()));
        log
    }

    #[test]
    fn a_lease_of_kept_frames_is_found_over_a_restart() {
        let first = said(&[
            "t  INFO leased frames 0..60 job=j lease=1-1 client=\"a\"",
            "t  INFO piece kept: frames 0..60, checked job=j lease=1-1 client=\"a\" bytes=4",
            "t  INFO leased frames 60..120, as a benchmark job=j lease=1-2 client=\"a\"",
            "t  INFO piece kept: the sound, checked job=j lease=1-3 client=\"a\" bytes=4",
        ]);
        let fine = said(&["t  INFO leased frames 60..120 job=j lease=2-1 client=\"a\""]);
        let bad = said(&["t  INFO leased frames 59..70 job=j lease=2-1 client=\"a\""]);
        let sound = said(&["t  INFO leased the sound job=j lease=2-1 client=\"a\""]);
        for (second, count) in [(fine, 0), (bad, 1), (sound, 1)] {
            let mut verdict = Verdict::default();
            verdict.look_at_server(&[first.clone(), second]);
            assert_eq!(verdict.encoded_again.len(), count, "{:?}", verdict.encoded_again);
        }
    }
}
