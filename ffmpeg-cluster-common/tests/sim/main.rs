//! The production core and the production client's mind on one virtual clock, with a network and machines that fail.
//! The judge looks at the durable record alone. `SIM_SEEDS` says how many histories; a failing one prints its seed.

mod catalog;
mod chance;
mod world;

use world::{Faults, World};

fn seeds() -> u64 {
    std::env::var("SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(400)
}

fn every_history_ends_well(faults: Faults) {
    for seed in 0..seeds() {
        let history = std::panic::catch_unwind(|| World::new(seed, faults).run());
        if let Err(trouble) = history {
            let text = trouble.downcast_ref::<String>().cloned().unwrap_or_default();
            panic!("seed {seed} with {faults:?}: {text}");
        }
    }
}

#[test]
fn without_faults() {
    every_history_ends_well(Faults::default());
}

#[test]
fn clients_crash_and_lines_break() {
    every_history_ends_well(Faults { client_crashes: true, cuts: true, ..Faults::default() });
}

#[test]
fn the_server_crashes_before_and_after_commits() {
    every_history_ends_well(Faults { server_crashes: true, ..Faults::default() });
}

#[test]
fn everything_at_once() {
    every_history_ends_well(Faults {
        client_crashes: true,
        cuts: true,
        server_crashes: true,
        bad_pieces: true,
    });
}
