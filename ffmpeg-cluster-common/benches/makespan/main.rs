//! How long a farm takes, as a multiple of what its machines could do at best.
//!
//! ```text
//! cargo bench -p ffmpeg-cluster-common --bench makespan
//! ```
//!
//! The core hands out frames to machines that run by a clock of their own: each starts its segments one after the other, takes a
//! moment to start each, and tells its progress. The ideal is fluid: every machine works at its speed until the same instant,
//! without a start. Beside the core stand three simple rules that know all speeds from the beginning.

// What it prints is what it is for.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod farm;
mod machine;
mod rules;
#[allow(dead_code, reason = "the bench of steps needs the rest")]
#[path = "../steps/samples.rs"]
mod samples;

use farm::{Farm, Films};
use machine::{Machine, fluid};
use rules::Rule;

struct Scenario {
    name: &'static str,
    machines: Vec<Machine>,
    films: Films,
}

/// Frames per second of machines of 1, 2 and 4 parts.
const UNLIKE: [f64; 3] = [6.0, 12.0, 24.0];

fn unlike() -> Vec<Machine> {
    UNLIKE.map(Machine::at).to_vec()
}

fn scenarios() -> Vec<Scenario> {
    let one = |name, frames, machines| Scenario { name, machines, films: Films { many: 1, frames } };
    let [slow, middle, fast] = UNLIKE.map(Machine::at);
    let equal = vec![Machine::at(10.0); 4];
    let crowd: Vec<Machine> = (0..1_000).map(|n| Machine::at(5.0 + f64::from(n % 97))).collect();
    vec![
        one("1 : 2 : 4, 60 s", 1_500, unlike()),
        one("1 : 2 : 4, 10 min", 15_000, unlike()),
        one("1 : 2 : 4, 2 h", 180_000, unlike()),
        one("four equal, 60 s", 1_500, equal.clone()),
        one("four equal, 10 min", 15_000, equal),
        one("two, 60 s", 1_500, vec![middle; 2]),
        one("one, 60 s", 1_500, vec![fast]),
        one("the fastest slows to a quarter, 10 min", 15_000, vec![slow, middle, fast.slows(0.3, 6.0)]),
        one("the fastest joins late, 10 min", 15_000, vec![slow, middle, fast.joins(0.3)]),
        one("the fastest vanishes, 10 min", 15_000, vec![slow, middle, fast.vanishes(0.3)]),
        one("the slowest vanishes, 10 min", 15_000, vec![slow.vanishes(0.5), middle, fast]),
        Scenario {
            name: "1,000 unlike machines, 100 films of 10 min",
            machines: crowd.clone(),
            films: Films { many: 100, frames: 15_000 },
        },
        Scenario {
            name: "1,000 unlike machines, 100 films of 2 h",
            machines: crowd,
            films: Films { many: 100, frames: 180_000 },
        },
    ]
}

fn main() {
    println!(
        "| farm | unknown speeds | pieces | known speeds | pieces | {} |",
        Rule::ALL.map(Rule::name).join(" | ")
    );
    println!("|---|{}", "---:|".repeat(4 + Rule::ALL.len()));
    for Scenario { name, machines, films } in scenarios() {
        let ideal = fluid(&machines, films.all_frames());
        let machines: Vec<Machine> = machines.into_iter().map(|machine| machine.within(ideal)).collect();
        let ideal = fluid(&machines, films.all_frames());
        let ratio = |seconds: f64| format!("{:.3}", seconds / ideal);
        let [unknown, known] = [false, true].map(|known| Farm::new(&machines, films, known).run());
        let rules = Rule::ALL.map(|rule| ratio(rule.run(&machines, films)));
        println!(
            "| {name} | {} | {} | {} | {} | {} |",
            ratio(unknown.seconds),
            unknown.pieces,
            ratio(known.seconds),
            known.pieces,
            rules.join(" | ")
        );
    }
}
