//! Whole jobs by chance against one plain run of ffmpeg. Prints what was counted and each find with the line that repeats it. Ends
//! with 1 where there was a find.
//!
//! ```text
//! cargo run -p ffmpeg-cluster-tests --bin jobs -- [--count N] [--seed S] [--at-once N] [--only NUMBER] [--as-found] [JOB…]
//! ```
//!
//! `JOB` is a line that an earlier run printed: `FILM | PARAMETERS | SUFFIX`; then no others are made. `--only` takes one job of the
//! seed, `--as-found` makes finds no smaller.

// What it prints is what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use futures_util::StreamExt;
use harness::jobs::bench::{Bench, prepare};
use harness::jobs::tally::Tally;
use harness::jobs::{Job, make, shrink};

struct Wanted {
    count: u64,
    seed: u64,
    at_once: usize,
    only: Option<u64>,
    as_found: bool,
    jobs: Vec<Job>,
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted =
        Wanted { count: 100, seed: 1, at_once: 4, only: None, as_found: false, jobs: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let number = words.next().and_then(|text| text.parse::<u64>().ok());
            number.ok_or_else(|| format!("{word} needs a number"))
        };
        match word.as_str() {
            "--count" => wanted.count = number()?,
            "--seed" => wanted.seed = number()?,
            "--at-once" => {
                wanted.at_once = usize::try_from(number()?.max(1)).map_err(|_| "too many at once")?
            }
            "--only" => wanted.only = Some(number()?),
            "--as-found" => wanted.as_found = true,
            other if other.starts_with('-') => return Err(format!("there is no option {other}")),
            line => wanted.jobs.push(Job::read(line)?),
        }
    }
    Ok(wanted)
}

/// Each job, and of which seed and number it is.
fn jobs(wanted: &Wanted) -> Vec<(Option<(u64, u64)>, Job)> {
    if !wanted.jobs.is_empty() {
        return wanted.jobs.iter().map(|job| (None, job.clone())).collect();
    }
    let numbers = wanted.only.map_or(0..wanted.count, |only| only..only + 1);
    numbers.map(|number| (Some((wanted.seed, number)), make::job(wanted.seed, number))).collect()
}

#[tokio::main]
async fn main() -> ExitCode {
    let wanted = match wanted() {
        Ok(wanted) => wanted,
        Err(why) => {
            eprintln!("jobs: {why}");
            return ExitCode::from(2);
        }
    };
    prepare();
    let (bench, tally, began) = (Bench::new(), Mutex::new(Tally::default()), Instant::now());
    let each =
        futures_util::stream::iter(jobs(&wanted)).for_each_concurrent(wanted.at_once, |(from, job)| {
            let (bench, tally) = (&bench, &tally);
            async move {
                let outcome = bench.judged(&job).await;
                let mut tally = tally.lock().expect("nobody panics with it");
                if let Some(find) = tally.add(&job, from, outcome) {
                    eprintln!("{find}");
                }
            }
        });
    each.await;
    let mut tally = tally.into_inner().expect("nobody panics with it");
    if !wanted.as_found {
        for find in &mut tally.finds {
            *find = shrink::smaller(&bench, find).await;
        }
    }
    print!("{tally}");
    let left = bench.left_behind();
    left.iter().for_each(|what| println!("LEFT BEHIND: {what}"));
    println!("{} s, the server holds {} MiB", began.elapsed().as_secs(), bench.server_bytes() >> 20);
    if tally.finds.is_empty() && left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
