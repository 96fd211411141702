//! The simulator is judged by planted bugs.
//! Every one of the table has to be found within so many seeds; how many it took, and what the
//! oracle said, is printed.
//! `MUTANTS_EVERY=12` hunts every twelfth of them, and `MUTANTS_FROM` says which ones.

mod grow;
mod table;

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use grow::Grown;
use table::{MUTANTS, Mutant, SEAM_MUTANTS};

/// A mutant that lives longer than that has survived.
const SEEDS: u64 = 10_000;
/// Run side by side.
const HUNTERS: usize = 2;

/// What became of a mutant: the seeds it took and the oracle's sentence, or nothing.
type Fate = Option<(u64, String)>;

fn hunt(sim: &Path, name: &str, seeds: u64) -> Fate {
    let run = Command::new(sim)
        .args(["--exact", "seeds::hunt", "--ignored", "--nocapture"])
        .env("SIM_MUTANT", name)
        .env("SIM_SEEDS", seeds.to_string())
        .env_remove("SIM_SEED")
        .output()
        .expect("the simulator runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    if said.lines().any(|line| line.ends_with("SURVIVED")) {
        return None;
    }
    let killed = said.lines().find_map(|line| line.split_once("KILLED ")).map(|(_, rest)| rest);
    let killed = killed.unwrap_or_else(|| panic!("mutant {name}: the simulator ended with {said:?}"));
    let (seeds, sentence) = killed.split_once(' ').unwrap_or((killed, ""));
    Some((seeds.parse().expect("the hunt counts seeds"), sentence.to_owned()))
}

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Those that this run hunts.
fn hunted() -> Vec<&'static Mutant> {
    let every = number("MUTANTS_EVERY", 1).max(1);
    MUTANTS.iter().skip(number("MUTANTS_FROM", 0) % every).step_by(every).collect()
}

fn hunt_all(sim: &Path) -> Vec<(&'static Mutant, Fate)> {
    let (hunted, next, fates) = (hunted(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..HUNTERS {
            scope.spawn(|| {
                while let Some(&mutant) = hunted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let fate = hunt(sim, mutant.name, SEEDS);
                    fates.lock().expect("no hunter panics with it").push((mutant, fate));
                }
            });
        }
    });
    let mut fates = fates.into_inner().expect("no hunter panics with it");
    fates.sort_by_key(|(mutant, _)| MUTANTS.iter().position(|other| other.name == mutant.name));
    fates
}

fn row((mutant, fate): &(&Mutant, Fate)) -> String {
    let (seeds, sentence) = match fate {
        Some((seeds, sentence)) => (seeds.to_string(), sentence.split(" (").next().unwrap_or_default()),
        None => ("SURVIVED".to_owned(), ""),
    };
    format!("| `{}` | {} | {seeds} | {} |", mutant.name, mutant.breaks, sentence.trim())
}

#[test]
fn no_planted_bug_survives() {
    let Grown { sim, seam } = grow::grow();
    assert_eq!(hunt(&sim, "nobody", 200), None, "the copy goes wrong without any mutant");
    assert_eq!(failed(&seam, "nobody"), "", "the copy goes wrong without any mutant");
    println!("| mutant | what it breaks | the test that fails |\n|---|---|---|");
    for mutant in SEAM_MUTANTS {
        let by = failed(&seam, mutant.name);
        println!("| `{}` | {} | {by} |", mutant.name, mutant.breaks);
        assert!(!by.is_empty(), "mutant {} survived", mutant.name);
    }
    let fates = hunt_all(&sim);
    println!("| mutant | what it breaks | seeds | what the oracle says |\n|---|---|---:|---|");
    fates.iter().for_each(|fate| println!("{}", row(fate)));
    let alive: Vec<&str> =
        fates.iter().filter(|(_, fate)| fate.is_none()).map(|(mutant, _)| mutant.name).collect();
    assert!(alive.is_empty(), "mutants that survived {SEEDS} seeds: {alive:?}");
}

/// The tests that fail while a mutant lives.
fn failed(seam: &Path, name: &str) -> String {
    let run = Command::new(seam).env("SIM_MUTANT", name).output().expect("the tests of seams run");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let failed = said.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    failed.collect::<Vec<_>>().join(", ")
}

#[test]
fn there_are_enough_of_them_and_each_has_a_name_of_its_own() {
    let mut names: Vec<&str> = MUTANTS.iter().chain(SEAM_MUTANTS).map(|mutant| mutant.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), MUTANTS.len() + SEAM_MUTANTS.len());
    assert!(names.len() >= 24, "{} mutants", names.len());
}

#[test]
#[should_panic(expected = "its original stands 2 times")]
fn a_row_that_fits_two_places_is_refused() {
    let row = Mutant { name: "x", breaks: "", file: "f", original: "a", mutated: "b" };
    grow::mutated("f", "a a", &[&row]);
}

#[test]
fn each_mutant_is_the_bug_and_the_right_thing_side_by_side() {
    let row = Mutant { name: "x", breaks: "", file: "f", original: "1 + 1", mutated: "1 + u8::from(!ON)" };
    let text = grow::mutated("f", "let two = 1 + 1;", &[&row]);
    assert_eq!(text, r#"let two = 1 + u8::from(!crate::mutant::on("x"));"#);
}
