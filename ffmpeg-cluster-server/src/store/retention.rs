//! Decides which results and uploads are too old. Time is an argument.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use ffmpeg_cluster_common::ids::{JobId, UploadId};
use ffmpeg_cluster_common::time::WallMillis;

/// For uploads without a single byte: announced, but never sent.
const EMPTY_UPLOADS_MS: u64 = 24 * 3_600_000;

/// None keeps results for ever. Results are people's films: by default none is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionLimits {
    pub results_ms: Option<u64>,
    pub results_bytes: Option<u64>,
    pub uploads_ms: u64,
}

/// A result that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub job: JobId,
    pub output_name: String,
    pub bytes: u64,
    pub at: WallMillis,
}

/// The oldest results, and the totals over all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Results {
    /// The oldest first.
    pub oldest: Vec<Kept>,
    pub count: u64,
    pub bytes: u64,
}

/// An upload that no open job reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idle {
    pub upload: UploadId,
    /// When its last byte arrived, when it was announced, or when the last job that read it ended.
    pub since: WallMillis,
    pub is_empty: bool,
}

impl RetentionLimits {
    /// Always a prefix of the oldest: if all of those are spent, there may be more. The newest stays whatever its size:
    /// somebody waits for it.
    pub fn spent_results(&self, now: WallMillis, results: &Results) -> Vec<Kept> {
        let (mut bytes, mut left) = (results.bytes, results.count);
        let is_spent = |kept: &&Kept| {
            let old = self.results_ms.is_some_and(|most| age(now, kept.at) > most);
            let heavy = left > 1 && self.results_bytes.is_some_and(|most| bytes > most);
            (bytes, left) = (bytes.saturating_sub(kept.bytes), left.saturating_sub(1));
            old || heavy
        };
        results.oldest.iter().take_while(is_spent).cloned().collect()
    }

    pub fn spent_uploads(&self, now: WallMillis, uploads: Vec<Idle>) -> Vec<UploadId> {
        let empty_ms = self.uploads_ms.min(EMPTY_UPLOADS_MS);
        let is_spent =
            |idle: &Idle| age(now, idle.since) > if idle.is_empty { empty_ms } else { self.uploads_ms };
        uploads.into_iter().filter(is_spent).map(|idle| idle.upload).collect()
    }
}

/// Zero if the clock went back.
const fn age(now: WallMillis, since: WallMillis) -> u64 {
    now.0.saturating_sub(since.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn kept(name: &str, bytes: u64, at: u64) -> Kept {
        Kept { job: name.parse().unwrap(), output_name: "o.mp4".into(), bytes, at: WallMillis(at) }
    }

    fn gone(keep: RetentionLimits, now: u64, all: &[Kept]) -> Vec<String> {
        let (count, bytes) = (all.len() as u64, all.iter().map(|kept| kept.bytes).sum());
        let results = Results { oldest: all.to_vec(), count, bytes };
        keep.spent_results(WallMillis(now), &results).into_iter().map(|kept| kept.job.to_string()).collect()
    }

    #[test]
    fn results_stay_for_ever_unless_told_otherwise() {
        let all = [kept("a", u64::MAX / 4, 0), kept("b", u64::MAX / 4, 1)];
        let keep = RetentionLimits { results_ms: None, results_bytes: None, uploads_ms: 0 };
        assert!(gone(keep, u64::MAX, &all).is_empty());
    }

    #[test]
    fn the_old_go_and_then_the_oldest_until_the_rest_fits() {
        let all =
            [kept("a", 10, 0), kept("b", 10, 5 * HOUR), kept("c", 10, 9 * HOUR), kept("d", 10, 10 * HOUR)];
        let keep = |hours: Option<u64>, results_bytes| RetentionLimits {
            results_ms: hours.map(|hours| hours * HOUR),
            results_bytes,
            uploads_ms: 0,
        };
        assert_eq!(gone(keep(Some(5), None), 10 * HOUR, &all), ["a"]);
        assert_eq!(gone(keep(Some(5), None), 10 * HOUR + 1, &all), ["a", "b"]);
        assert_eq!(gone(keep(None, Some(20)), 10 * HOUR, &all), ["a", "b"]);
        assert_eq!(gone(keep(Some(9), Some(25)), 10 * HOUR, &all), ["a", "b"]);
        assert_eq!(gone(keep(None, Some(1)), 10 * HOUR, &all), ["a", "b", "c"], "the newest stays");
        assert!(gone(keep(Some(1), None), 0, &all).is_empty(), "the clock went back");
    }

    #[test]
    fn all_count_where_only_the_oldest_are_looked_at() {
        let keep = RetentionLimits { results_ms: None, results_bytes: Some(15), uploads_ms: 0 };
        let oldest = vec![kept("a", 10, 0), kept("b", 10, 1)];
        let gone = |count, bytes| {
            keep.spent_results(WallMillis(9), &Results { oldest: oldest.clone(), count, bytes }).len()
        };
        assert_eq!([gone(2, 20), gone(3, 21), gone(3, 40)], [1, 1, 2]);
    }

    #[test]
    fn unused_uploads_go_after_their_time_and_empty_ones_after_a_day() {
        let idle = |name: &str, since: u64, is_empty| Idle {
            upload: name.parse().unwrap(),
            since: WallMillis(since * HOUR),
            is_empty,
        };
        let keep = RetentionLimits { results_ms: None, results_bytes: None, uploads_ms: 168 * HOUR };
        let all = || vec![idle("old", 0, false), idle("young", 100, false), idle("empty", 100, true)];
        let gone = |now: u64| -> Vec<String> {
            let spent = keep.spent_uploads(WallMillis(now * HOUR + 1), all());
            spent.iter().map(ToString::to_string).collect()
        };
        assert_eq!(gone(123), Vec::<String>::new());
        assert_eq!(gone(124), ["empty"]);
        assert_eq!(gone(168), ["old", "empty"]);
    }
}
