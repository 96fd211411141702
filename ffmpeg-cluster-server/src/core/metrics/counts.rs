//! Numbers that only grow, and how values spread. Each costs a lock and an addition, whether anybody looks or not.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::time::WallMillis;

use super::names::{self, Kind, Metric};

/// The value of a label.
pub(crate) type Word = Cow<'static, str>;
/// By the name of the metric and the values of its labels.
pub(crate) type Samples = BTreeMap<(&'static str, Vec<Word>), Value>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Spread(Spread),
}

/// How values spread over the bounds of a histogram.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Spread {
    /// For each bound, the values that are at most as large.
    pub(crate) within: Vec<u64>,
    pub(crate) count: u64,
    pub(crate) sum: f64,
}

impl Spread {
    fn add(&mut self, bounds: &[f64], value: f64) {
        self.within.resize(bounds.len(), 0);
        for (within, bound) in self.within.iter_mut().zip(bounds) {
            *within += u64::from(value <= *bound);
        }
        self.count += 1;
        self.sum += value;
    }
}

/// Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Counts(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    samples: Samples,
    /// Of open jobs.
    submitted: BTreeMap<JobId, WallMillis>,
}

/// Words that are known before anything happens: an alert can tell "never" from "not yet seen".
const KNOWN: [(&Metric, &[&str]); 3] = [
    (&names::JOBS_ENDED, &["completed", "failed", "cancelled"]),
    (&names::SEGMENTS, &["kept", "lost", "returned", "doubted"]),
    (&names::DELIVERIES, &["delivered", "failed", "given_up", "disabled"]),
];

impl Default for Counts {
    fn default() -> Self {
        let inner = Inner { samples: Samples::new(), submitted: BTreeMap::new() };
        let counts = Self(Arc::new(Mutex::new(inner)));
        for metric in names::ALL.iter().filter(|metric| metric.labels.is_empty()) {
            if let Kind::Histogram(bounds) = metric.kind {
                let spread = Spread { within: vec![0; bounds.len()], ..Spread::default() };
                counts.lock().samples.insert((metric.name, Vec::new()), Value::Spread(spread));
            }
        }
        for (metric, words) in KNOWN {
            words.iter().for_each(|word| counts.add(metric, vec![(*word).into()], 0));
        }
        counts
    }
}

impl Counts {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, metric: &Metric, labels: Vec<Word>, more: u64) {
        let mut inner = self.lock();
        let value = inner.samples.entry((metric.name, labels)).or_insert(Value::Number(0.0));
        if let Value::Number(number) = value {
            *number += more as f64;
        }
    }

    pub(crate) fn observe(&self, metric: &Metric, labels: Vec<Word>, value: f64) {
        let Kind::Histogram(bounds) = metric.kind else { return };
        let mut inner = self.lock();
        let sample = inner.samples.entry((metric.name, labels));
        if let Value::Spread(spread) = sample.or_insert_with(|| Value::Spread(Spread::default())) {
            spread.add(bounds, value);
        }
    }

    pub(crate) fn took(&self, metric: &Metric, labels: Vec<Word>, time: Duration) {
        self.observe(metric, labels, time.as_secs_f64());
    }

    pub(super) fn opened(&self, job: &JobId, at: WallMillis) {
        self.lock().submitted.insert(job.clone(), at);
    }

    pub(super) fn closed(&self, job: &JobId) {
        self.lock().submitted.remove(job);
    }

    /// When each open job was submitted.
    pub(crate) fn submitted(&self) -> BTreeMap<JobId, WallMillis> {
        self.lock().submitted.clone()
    }

    pub(crate) fn samples(&self) -> Samples {
        self.lock().samples.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_within_every_bound_that_holds_it() {
        let mut spread = Spread::default();
        for value in [0.5, 1.0, 1.5, 99.0] {
            spread.add(&[1.0, 2.0], value);
        }
        assert_eq!(spread, Spread { within: vec![2, 3], count: 4, sum: 102.0 });
    }

    #[test]
    fn clones_count_together_and_what_never_happened_is_zero() {
        let counts = Counts::default();
        counts.clone().add(&names::SEGMENTS, vec!["lost".into()], 2);
        let samples = counts.samples();
        let of = |word: &'static str| samples[&("segments_total", vec![Word::from(word)])].clone();
        assert_eq!([of("lost"), of("kept")], [Value::Number(2.0), Value::Number(0.0)]);
    }
}
