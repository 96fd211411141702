//! Many jobs over one server, some at once.

use std::sync::Mutex;
use std::time::Instant;

use futures_util::StreamExt;

use super::Job;
use super::bench::Bench;
use super::make;
use super::tally::{Find, Tally};

/// A job, and of which seed and number it is, where chance made it.
#[derive(Debug, Clone)]
pub struct Numbered {
    pub job: Job,
    pub from: Option<(u64, u64)>,
}

/// Each is made when its turn comes, for ffmpeg is asked for its help.
pub fn of_seed(seed: u64, numbers: std::ops::Range<u64>) -> impl Iterator<Item = Numbered> {
    numbers.map(move |number| Numbered { job: make::job(seed, number), from: Some((seed, number)) })
}

/// All of them, but those that would begin after `until`. `tell` hears of each find at once.
pub async fn all(
    bench: &Bench,
    jobs: impl Iterator<Item = Numbered>,
    at_once: usize,
    until: Instant,
    tell: impl Fn(&Find),
) -> Tally {
    let tally = Mutex::new(Tally::default());
    let each = futures_util::stream::iter(jobs).for_each_concurrent(at_once, |Numbered { job, from }| {
        let (tally, tell) = (&tally, &tell);
        async move {
            if Instant::now() > until {
                return;
            }
            let outcome = bench.judged(&job).await;
            if let Some(find) = tally.lock().expect("nobody panics with it").add(&job, from, outcome) {
                tell(find);
            }
        }
    });
    each.await;
    tally.into_inner().expect("nobody panics with it")
}
