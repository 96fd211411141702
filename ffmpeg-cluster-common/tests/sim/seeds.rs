//! Many seeds, in slices that run side by side.

use std::sync::Mutex;
use std::time::Instant;

use crate::history;
use crate::mishap::{Mishap, Tally};
use crate::world::World;

const SEEDS: u64 = 2_000;
const SLICES: u64 = 4;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn seeds() -> u64 {
    number("SIM_SEEDS").unwrap_or(SEEDS)
}

fn play(seed: u64) -> Tally {
    history::must_end_well(&format!("seed {seed} (SIM_SEED={seed} plays it alone)"), || World::new(seed))
}

/// Every history ends well, and every kind of fault happened to some.
fn slice(slice: u64) {
    if number("SIM_SEED").is_some() {
        return;
    }
    let (begun, mut all) = (Instant::now(), Tally::default());
    for seed in (slice..seeds()).step_by(SLICES as usize) {
        all.add(&play(seed));
    }
    report(&all, begun);
    if all.seeds >= SEEDS / SLICES {
        assert_eq!(all.never(), [], "kinds of faults that never happened");
    }
}

/// Where the slices share a process, the last one tells of all.
#[allow(clippy::print_stdout, reason = "it is what the long mode is run for")]
fn report(slice: &Tally, begun: Instant) {
    static ALL: Mutex<Option<(u64, Tally)>> = Mutex::new(None);
    let mut all = ALL.lock().expect("nobody panics with it");
    let (slices, tally) = all.get_or_insert_with(|| (0, Tally::default()));
    *slices += 1;
    tally.add(slice);
    let (what, tally) = if *slices == SLICES { ("all", &*tally) } else { ("slice", slice) };
    let faults: Vec<String> =
        Mishap::ALL.into_iter().map(|kind| format!("{kind:?} {}", tally.times(kind))).collect();
    println!(
        "sim, {what}: {} seeds, {} events, {} crashes, {:.1} s; {}",
        tally.seeds,
        tally.events,
        tally.crashes(),
        begun.elapsed().as_secs_f64(),
        faults.join(", ")
    );
}

#[test]
fn every_history_ends_well_1_of_4() {
    slice(0);
}

#[test]
fn every_history_ends_well_2_of_4() {
    slice(1);
}

#[test]
fn every_history_ends_well_3_of_4() {
    slice(2);
}

#[test]
fn every_history_ends_well_4_of_4() {
    slice(3);
}

#[test]
fn the_seed_that_is_asked_for() {
    if let Some(seed) = number("SIM_SEED") {
        println!("{:?}", play(seed));
    }
}

/// For mutants: how many seeds it takes until the oracle speaks, and what it says.
#[test]
#[ignore = "run by the test of the mutants"]
fn hunt() {
    for seed in 0..seeds() {
        if let Err(said) = history::play(|| World::new(seed)) {
            println!("KILLED {} {}", seed + 1, said.replace('\n', " "));
            return;
        }
    }
    println!("SURVIVED");
}

/// After a change that breaks much: one line for each seed that goes wrong, without its log.
#[test]
#[ignore = "for people who look for what is wrong"]
fn survey() {
    for seed in 0..seeds() {
        if let Err(said) = history::play(|| World::new(seed)) {
            println!("{seed}: {}", said.replace('\n', " "));
        }
    }
}
