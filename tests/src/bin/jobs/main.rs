//! Whole jobs by chance against one plain run of ffmpeg. Prints what was counted and each find with the line that repeats it. Ends
//! with 1 where there was a find.
//!
//! ```text
//! cargo run -p ffmpeg-cluster-tests --bin jobs -- [--count N] [--minutes N] [--seed S] [--at-once N] [--only NUMBER]
//!     [--as-found] [JOB…]
//! ```
//!
//! `--minutes` begins no job after so many. `JOB` is a line that an earlier run printed: `FILM | PARAMETERS | SUFFIX`; then no others are made. `--only` takes one job of the
//! seed, `--as-found` makes finds no smaller.

// What it prints is what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use harness::jobs::bench::{Bench, prepare};
use harness::jobs::run::{self, Numbered};
use harness::jobs::{Job, shrink};

struct Wanted {
    count: u64,
    minutes: u64,
    seed: u64,
    at_once: usize,
    only: Option<u64>,
    as_found: bool,
    jobs: Vec<Job>,
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted {
        count: 100,
        minutes: 60 * 24,
        seed: 1,
        at_once: 4,
        only: None,
        as_found: false,
        jobs: Vec::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let number = words.next().and_then(|text| text.parse::<u64>().ok());
            number.ok_or_else(|| format!("{word} needs a number"))
        };
        match word.as_str() {
            "--count" => wanted.count = number()?,
            "--minutes" => wanted.minutes = number()?,
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

fn jobs(wanted: &Wanted) -> impl Iterator<Item = Numbered> {
    let told = wanted.jobs.iter().map(|job| Numbered { job: job.clone(), from: None });
    let numbers = wanted.only.map_or(0..wanted.count, |only| only..only + 1);
    told.chain(run::of_seed(wanted.seed, if wanted.jobs.is_empty() { numbers } else { 0..0 }))
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
    let (bench, began) = (Bench::new(), Instant::now());
    let until = began + Duration::from_secs(wanted.minutes * 60);
    let mut tally = run::all(&bench, jobs(&wanted), wanted.at_once, until, |find| eprintln!("{find}")).await;
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
