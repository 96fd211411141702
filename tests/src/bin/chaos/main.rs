//! Does to a real cluster whatever may happen to one, and looks whether the film comes out the same.
//!
//! ```text
//! cargo run -p ffmpeg-cluster-tests --bin chaos -- [--runs N] [--seed S] [--only N]
//! ```
//!
//! A run is a server, three to six clients, each behind a proxy, and a film whose frames show their numbers; the faults that
//! befall it are those of its seed. Run by run the seeds follow each other. `--only N` makes all faults of one kind
//! (0 and up, in the order of the report). Ends with 1 where a run failed, and then leaves its folder, with all logs.

// What it prints is what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod fault;
mod film;
mod judges;
mod report;
mod run;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use harness::chance::Chance;
use harness::cluster::Scratch;

use fault::{Fault, KINDS, Kind};
use judges::Verdict;
use report::Report;
use run::Outcome;

struct Wanted {
    runs: u64,
    seed: u64,
    only: Option<Kind>,
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted { runs: 1, seed: 1, only: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let number = words.next().and_then(|text| text.parse::<u64>().ok());
        let number = number.ok_or_else(|| format!("{word} needs a number"))?;
        match word.as_str() {
            "--runs" => wanted.runs = number,
            "--seed" => wanted.seed = number,
            "--only" => {
                let kind = usize::try_from(number).ok().and_then(|nth| KINDS.get(nth));
                wanted.only = Some(*kind.ok_or_else(|| format!("there are {} kinds", KINDS.len()))?);
            }
            other => return Err(format!("there is no option {other}")),
        }
    }
    Ok(wanted)
}

/// What a run without faults makes.
struct Reference {
    result: PathBuf,
    took: Duration,
}

/// Two runs without faults, cut differently because of their clients: were their bytes not the same, comparing would
/// prove nothing.
async fn measure(folder: &Path) -> Result<Reference, String> {
    let (three, one) = (folder.join("three.mov"), folder.join("one.mov"));
    let took = run::fault_free(3, &three).await?;
    run::fault_free(1, &one).await?;
    let read = |path: &Path| std::fs::read(path).unwrap_or_default();
    if read(&three) != read(&one) {
        return Err("without faults one client and three make other bytes".to_owned());
    }
    let numbers = film::numbers(&three);
    if !numbers.iter().copied().eq(0..film::FRAMES) {
        return Err(format!("without faults the frames show {numbers:?}"));
    }
    Ok(Reference { result: three, took })
}

async fn one(seed: u64, only: Option<Kind>, reference: &Reference) -> Outcome {
    let faults: Vec<Fault> = fault::schedule(seed, only, reference.took);
    let clients = 3 + Chance::new(seed).index(4);
    let wanted = reference.result.clone();
    // A task of its own: where the harness panics, the next seed still runs.
    let run = tokio::spawn(async move { run::with_faults(seed, clients, &faults, &wanted).await });
    run.await.unwrap_or_else(|panic| {
        let verdict = Verdict { trouble: vec![panic.to_string()], ..Verdict::default() };
        Outcome { seed, verdict, ..Outcome::default() }
    })
}

fn tell(outcome: &Outcome, only: Option<Kind>) {
    let (seed, took, count) = (outcome.seed, outcome.took.as_secs_f64(), outcome.happened.len());
    if outcome.verdict.is_good() {
        return eprintln!("seed {seed}: right, {count} faults, {took:.1} s");
    }
    eprintln!("seed {seed}: WRONG after {count} faults: {:#?}", outcome.verdict);
    if let Some(folder) = &outcome.folder {
        eprintln!("{}", std::fs::read_to_string(folder.join("faults.log")).unwrap_or_default());
        eprintln!("all logs: {}", folder.display());
    }
    let only = only.and_then(|kind| KINDS.iter().position(|other| *other == kind));
    let only = only.map(|nth| format!(" --only {nth}")).unwrap_or_default();
    eprintln!("again: cargo run -p ffmpeg-cluster-tests --bin chaos -- --seed {seed}{only}");
}

#[tokio::main]
async fn main() -> ExitCode {
    let wanted = match wanted() {
        Ok(wanted) => wanted,
        Err(why) => {
            eprintln!("chaos: {why}");
            return ExitCode::from(2);
        }
    };
    let mut folder = Scratch::new();
    let reference = match measure(folder.path()).await {
        Ok(reference) => reference,
        Err(why) => {
            folder.keep();
            eprintln!("chaos: {why}: {}", folder.path().display());
            return ExitCode::FAILURE;
        }
    };
    let mut report = Report::default();
    for seed in wanted.seed..wanted.seed.saturating_add(wanted.runs) {
        let outcome = one(seed, wanted.only, &reference).await;
        tell(&outcome, wanted.only);
        report.outcomes.push(outcome);
    }
    println!("{report}");
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
