//! What one step of the core costs with many clients, and what kept pieces weigh.
//!
//! ```text
//! cargo bench -p ffmpeg-cluster-common --bench steps -- [--jobs 100] [--steps 1000000] [--pieces 1000000] [CLIENTS…]
//! ```
//!
//! Without numbers of clients it takes 1,000 and then 10,000, and prints how much more a step costs
//! with the latter.
//! A farm by a clock of its own: each client encodes at its speed, tells each second how far it is,
//! sends its piece, and gets the next; a few fail, fall silent and come back.
//! Only the time within [`Cluster::step`] is counted. At the end the largest farm is sick.

// What it prints is what it is for.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod costs;
mod farm;
mod health;
mod samples;
mod weight;

use std::process::ExitCode;

use costs::Costs;
use farm::Farm;
use health::Health;

struct Wanted {
    clients: Vec<usize>,
    jobs: usize,
    steps: usize,
    pieces: usize,
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted { clients: Vec::new(), jobs: 100, steps: 1_000_000, pieces: 1_000_000 };
    let mut words = std::env::args().skip(1);
    let number = |word: Option<String>| {
        let word = word.unwrap_or_default();
        word.parse::<usize>().map_err(|_| format!("{word:?} is not a number"))
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            // Of cargo.
            "--bench" => {}
            "--jobs" => wanted.jobs = number(words.next())?,
            "--steps" => wanted.steps = number(words.next())?,
            "--pieces" => wanted.pieces = number(words.next())?,
            _ => wanted.clients.push(number(Some(word))?),
        }
    }
    if wanted.clients.is_empty() {
        wanted.clients = vec![1_000, 10_000];
    }
    Ok(wanted)
}

fn main() -> ExitCode {
    let wanted = match wanted() {
        Ok(wanted) => wanted,
        Err(why) => {
            println!("{why}");
            return ExitCode::FAILURE;
        }
    };
    println!(
        "| clients | jobs | steps | mean µs | 99.9 % below µs | slowest µs | above 1 ms | slowest was |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---|");
    let all: Vec<Costs> = wanted
        .clients
        .iter()
        .map(|&clients| {
            let costs = Farm::new(Health::Well, clients, wanted.jobs).run(wanted.steps);
            println!("| {clients} | {} | {costs}", wanted.jobs);
            costs
        })
        .collect();
    let most = wanted.clients.iter().max().copied().unwrap_or(0);
    let sick = Farm::new(Health::Sick, most, wanted.jobs).run(usize::MAX);
    println!("| {most}, sick | {} | {sick}", wanted.jobs);
    println!("\nsick: {}", sick.by_event());
    all.iter()
        .zip(&wanted.clients)
        .for_each(|(costs, clients)| println!("\n{clients} clients: {}", costs.by_event()));
    if let [first, .., last] = all.as_slice() {
        println!("\ngrowth of the mean from first to last: {:.2}", last.mean() / first.mean());
    }
    println!("{}", weight::of_kept_pieces(wanted.pieces));
    ExitCode::SUCCESS
}
