//! Random films, cut anywhere, made lossless piece by piece and joined: every frame and its time as in the source.
//!
//! [`film`] what a film is · [`strategy`] which there are · [`make`] description → file. The same films in every run; `RANDOM_SEED=7` takes others, and `RANDOM_FILMS=5000`
//! (120 if not told) is for a night:
//!
//! ```text
//! RANDOM_FILMS=5000 RANDOM_SEED=$RANDOM cargo test -p ffmpeg-cluster-tests --test media random::
//! ```
//!
//! What fails is printed in its smallest form; it becomes a test with a name in [`found`].

mod film;
mod found;
mod make;
mod strategy;
mod together;

use harness::cluster::Scratch;
use harness::judge;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

use self::film::Case;
use crate::product::{self, Asked, Effort};

/// A millisecond of Matroska's, and our own rounding.
const ALLOWED_MS: f64 = 1.1;
const FILMS: u32 = 120;
/// The same number for everybody.
const SEED: u64 = 20;

#[test]
fn films_of_constant_rate_come_back_exactly() {
    eprintln!("{:?}", all_come_back(&strategy::constant(), 0));
}

#[test]
fn films_of_variable_times_come_back_exactly() {
    eprintln!("{:?}", all_come_back(&strategy::variable(), 1));
}

/// Half of the films each: the two tests run side by side.
fn all_come_back(cases: &impl Strategy<Value = Case>, which: u64) -> Effort {
    let config = Config {
        cases: told("RANDOM_FILMS").unwrap_or(FILMS).div_ceil(2),
        rng_seed: RngSeed::Fixed(told("RANDOM_SEED").unwrap_or(SEED) * 2 + which),
        failure_persistence: None,
        // A step takes a second; nextest ends a test after five minutes.
        max_shrink_time: 150_000,
        max_shrink_iters: 1000,
        ..Config::default()
    };
    let total = std::cell::Cell::new(Effort::default());
    let done = TestRunner::new(config).run(cases, |case| {
        let effort = comes_back(&case).map_err(TestCaseError::fail)?;
        total.set(total.get() + effort);
        Ok(())
    });
    match done {
        Ok(()) => total.get(),
        Err(TestError::Fail(why, case)) => panic!("{why}\nThe smallest such film: {case:?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

fn told<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// The whole way of one film, or what went wrong. What is known to be wrong is not looked at.
fn comes_back(case: &Case) -> Result<Effort, String> {
    judged(case, found::keeps_sound(&case.film))
}

fn film_and_sound_come_back(case: &Case) -> Result<Effort, String> {
    judged(case, true)
}

fn judged(case: &Case, with_sound: bool) -> Result<Effort, String> {
    let scratch = Scratch::new();
    let source = make::make(&case.film, scratch.path())?;
    let wanted = judge::frames(&source);
    if wanted.is_empty() {
        return Err("the source has no frames".into());
    }
    let (joined, effort) = product::transcode(&source, &Asked::lossless(&case.cuts), scratch.path())?;
    compare(&wanted, &judge::frames(&joined))?;
    if with_sound {
        together::same(&source, &joined)?;
    }
    Ok(effort)
}

fn compare(wanted: &[judge::Frame], got: &[judge::Frame]) -> Result<(), String> {
    for (number, (a, b)) in wanted.iter().zip(got).enumerate() {
        let off = (a.seconds - b.seconds).abs() * 1000.0;
        if off > ALLOWED_MS {
            return Err(format!("frame {number} is {off:.3} ms off"));
        }
        if a.hash != b.hash {
            let really = wanted.iter().position(|frame| frame.hash == b.hash);
            let is = really.map_or("none of the source's".to_owned(), |n| format!("frame {n} of the source"));
            return Err(format!("frame {number} is {is}"));
        }
    }
    if wanted.len() != got.len() {
        return Err(format!("{} frames came back of {}", got.len(), wanted.len()));
    }
    Ok(())
}
