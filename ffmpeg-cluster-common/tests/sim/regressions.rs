//! Bugs that a seed found, each with a name and a mix of faults in which it shows at once; and the
//! plainest history.

use ffmpeg_cluster_common::time::Millis;

use crate::chance::Chance;
use crate::film::{self, Truth};
use crate::history::{must_end_well, play};
use crate::mishap::{Mishap, Tally};
use crate::mix::{Mix, PATIENT};
use crate::people::Person;
use crate::queue::Coming;
use crate::trace;
use crate::world::World;

/// Enough for each of these bugs to show, when it is put back.
const SEEDS: u64 = 600;

/// Many histories of one mix, each with films like this one.
fn many(name: &str, mix: &Mix, film: Option<&Truth>) -> Tally {
    let mut all = Tally::default();
    for seed in 0..SEEDS {
        let tally = must_end_well(&format!("{name}, {seed}"), || {
            let mut world = World::with(Chance::new(seed), mix.clone());
            if let Some(film) = film {
                world.films.iter_mut().for_each(|other| *other = film.clone());
            }
            world
        });
        all.add(&tally);
    }
    all
}

fn long() -> Truth {
    Truth { frames: 1_800, ..Truth::default() }
}

/// So often that it hits every moment, and not so often that nothing gets done; and somebody who
/// sends wrong pieces, so that films are indexed again whose index was right.
fn crashing() -> Mix {
    Mix { every: Millis(4_000), until: Millis::secs(200), max_retries: PATIENT, liar: true, ..Mix::calm() }
}

#[test]
fn nothing_goes_wrong_where_nothing_is_wrong() {
    let all = many("calm", &Mix::calm(), None);
    assert_eq!(all.crashes(), 0);
}

/// As where two machines are all there are, and the server waits for three.
#[test]
fn a_job_that_waits_for_more_clients_than_there_are_is_started_with_fewer() {
    let mix = Mix { clients: 2, jobs: 1, ..Mix::calm() };
    for seed in 0..SEEDS / 10 {
        must_end_well(&format!("started early, {seed}"), || {
            let mut world = World::with(Chance::new(seed), mix.clone());
            let mut comes = |at, person| world.queue.push(Millis::secs(at), Coming::Person(person));
            comes(1, Person::Submits { film: 0, required_clients: 3 });
            ["j1", "j2"].map(film::id).into_iter().for_each(|job| comes(60, Person::Starts(job)));
            world
        });
    }
}

#[test]
fn the_same_seed_is_the_same_history() {
    let log = |seed| {
        trace::begin();
        play(|| World::new(seed)).expect("it ends well");
        trace::end()
    };
    assert_eq!(log(3), log(3));
    assert_ne!(log(3), log(4));
}

/// It was tried with the same wrong list of frames until it failed.
#[test]
fn a_film_in_one_piece_whose_packets_lie_completes() {
    let film = Truth { one_piece: true, packets_lie: 30, ..long() };
    many("one piece", &Mix { max_retries: PATIENT, ..Mix::calm() }, Some(&film));
}

/// Its kept pieces were thrown away when that was decided; a crash then left rows without files.
#[test]
fn a_crash_before_the_new_index_is_known_loses_no_piece() {
    let troubles = vec![Mishap::ServerCrashBefore, Mishap::ServerCrashAmid];
    let mix = Mix { troubles, ..crashing() };
    let all = many("new index", &mix, Some(&long()));
    assert!(all.times(Mishap::ServerCrashAmid) > 0 && all.times(Mishap::BadPiece) > 0);
}

/// Seeds 6540 and 12571 of an early world found that the commit of a new index was not synced,
/// though files are removed because of it; the catalog's own test holds that.
#[test]
fn power_cuts_while_films_are_indexed_again_lose_nothing() {
    let mix = Mix { troubles: vec![Mishap::PowerCut], every: Millis(2_500), jobs: 1, ..crashing() };
    let all = many("synced index", &mix, Some(&long()));
    assert!(all.times(Mishap::PowerCut) > 0 && all.times(Mishap::BadPiece) > 0);
}

/// The server waited for ever for a lease that the client had given up.
#[test]
fn a_failure_between_hello_and_welcome_is_told() {
    let troubles = vec![Mishap::Drain, Mishap::LineCut];
    let mix = Mix {
        troubles,
        every: Millis(2_000),
        max_retries: PATIENT,
        delay_ms: 1_500,
        bad_encode: 2,
        ..Mix::calm()
    };
    many("between hello and welcome", &mix, None);
}

/// A client on which everything fails was always the first to be free, and got the frames each
/// time.
#[test]
fn where_all_have_failed_the_frames_go_round() {
    let mix = Mix { poisoned_client: true, bad_encode: 3, max_retries: PATIENT, jobs: 3, ..Mix::calm() };
    let all = many("round", &mix, None);
    assert!(all.times(Mishap::PoisonedClient) > 0 && all.times(Mishap::EncoderCrash) > 0);
}
