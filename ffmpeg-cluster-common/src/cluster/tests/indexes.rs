//! Indexes of the owners, which answer what would otherwise be a walk over all clients, jobs or
//! leases.

use super::world::{AT, World, client, film, hello, job, pictures, piece, spec};
use crate::cluster::change::{FailureHistory, RememberedPiece, Strike};
use crate::cluster::event::Event;
use crate::cluster::jobs::Jobs;
use crate::cluster::jobs::lease::Returned;
use crate::cluster::jobs::returned::ReturnedUnits;
use crate::cluster::load::ByLoad;
use crate::cluster::place::Place;
use crate::cluster::roster::Roster;
use crate::cluster::roster::beside::Ended;
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::{LeaseId, SessionNo};
use crate::media::plan::track::WorkKind;
use crate::protocol::command::JobState;
use crate::time::Millis;

fn returned(start: u64, failed_on: &[&str], on_device: bool) -> Returned {
    let fault = Fault::new(FaultCode::EncoderFailed, "it broke");
    let failed_on = failed_on.iter().map(|name| client(name)).collect();
    let past = FailureHistory { failed_on, on_device, ..FailureHistory::of(&fault) };
    Returned { units: FrameRange::new(start, start + 10), past, not_before: Millis(0) }
}

#[test]
fn units_that_failed_are_found_by_the_clients_that_failed_at_them() {
    let mut all = ReturnedUnits::default();
    all.insert(returned(20, &["a", "b"], false));
    all.insert(returned(0, &["a"], true));
    let of = |all: &ReturnedUnits, name: &str| -> Vec<u64> {
        all.failed_by(&client(name)).map(|one| one.units.start).collect()
    };
    assert_eq!((of(&all, "a"), of(&all, "b"), of(&all, "c")), (vec![0, 20], vec![20], vec![]));
    assert_eq!(all.for_devices().map(|one| one.units.start).collect::<Vec<_>>(), [20]);
    assert!(all.take(20).is_some() && all.take(20).is_none());
    assert!(!all.has_failed(&client("b")) && all.has_failed(&client("a")));
    assert!(all.for_devices().next().is_none() && all.len() == 1);
    all.check();
}

fn roster(clients: u64) -> Roster {
    let mut roster = Roster::default();
    for number in 0..clients {
        let (name, id) = (format!("c{number:03}"), client(&format!("c{number:03}")));
        roster.greet(&id, SessionNo(number), hello(&name, &[]), Millis(0), AT);
        roster.prove(&id);
    }
    roster
}

#[test]
fn whoever_failed_audits_of_a_job_is_found_by_the_job() {
    let mut roster = roster(2);
    let (one, other) = (client("c000"), client("c001"));
    let strike = |name: &str| Strike { at: AT, why: format!("a lie in {name}"), job: Some(job(name)) };
    roster.strike(&one, strike("j"), Millis(0));
    roster.strike(&one, strike("k"), Millis(0));
    assert!(roster.liars.other_that_failed(&job("j"), &one).is_none(), "it is no witness against itself");
    assert_eq!(roster.liars.other_that_failed(&job("j"), &other), Some((&one, "a lie in j")));
    roster.take_strikes_back(&job("j"));
    assert!(roster.liars.all_that_failed_audit_of(&job("j")).is_empty());
    assert_eq!(roster.liars.jobs().collect::<Vec<_>>(), [&job("k")]);
    roster.forgive(&one);
    assert_eq!(roster.liars.jobs().count(), 0);
    roster.check();
}

#[test]
fn a_client_on_probation_is_in_another_crew_until_it_does_well() {
    let mut roster = roster(2);
    let (one, film) = (client("c000"), film(9, false));
    let counts = |roster: &Roster| {
        (roster.crews.count_able_for(film.first()), roster.crews.count_well_for(film.first()))
    };
    assert_eq!(counts(&roster), (2, 2));
    let until = roster.pause(&one, Millis(0)).expect("it is known");
    assert_eq!(counts(&roster), (1, 1));
    roster.come_back(&one, until);
    assert_eq!(counts(&roster), (2, 1));
    roster.check();
    roster.clear_failures(&one);
    assert_eq!(counts(&roster), (2, 2));
    roster.check();
}

/// A late lease is offered to a few of thousands of idle clients, the fastest among them.
#[test]
fn of_many_idle_clients_some_are_asked_and_the_fastest_is_one_of_them() {
    let (mut roster, film, kind) = (roster(300), film(9, false), WorkKind("k".into()));
    for number in 0..300 {
        let id = client(&format!("c{number:03}"));
        let ended = Ended { fps: 10.0 + number as f64, spent: None, together: 1 };
        roster.measure(&id, &kind, &ended);
        roster.crews.mark_ready(&id, ByLoad::of(|_| true));
    }
    let asked: Vec<_> = roster.crews.idle_for(film.first()).collect();
    assert!(asked.len() <= 128, "{}", asked.len());
    assert!(asked.contains(&&client("c299")) && asked.contains(&&client("c000")));
}

#[test]
fn the_pieces_of_a_job_that_ended_are_forgotten_in_parts() {
    let mut jobs = Jobs::new(1);
    jobs.add(job("j"), spec(), Place::default());
    jobs.begin(&job("j"), film(6_000, false));
    for number in 0..600 {
        let range = FrameRange::new(number * 10, number * 10 + 10);
        assert!(jobs.get_mut(&job("j")).unwrap().take_todo(pictures(range)));
        let lease = LeaseId { boot: 1, seq: number };
        let (client, piece) = (client("a"), piece(10));
        jobs.keep(
            &job("j"),
            &RememberedPiece { lease, segment: pictures(range), client, piece, encode_ms: 1 },
        );
    }
    assert!(jobs.remove(&job("j")).is_some());
    let left = |jobs: &mut Jobs| {
        jobs.check();
        let left = jobs.counts().kept;
        jobs.forget_ended();
        left
    };
    assert_eq!([left(&mut jobs), left(&mut jobs), left(&mut jobs)], [344, 88, 0]);
}

/// The state of many jobs may depend on one client; one step settles some, and the next the others.
#[test]
fn many_jobs_that_wait_for_a_client_begin_in_parts() {
    let mut world = World::new();
    for number in 0..300 {
        let name = format!("j{number}");
        world.submit(&name, 1);
        world.indexed(&name, 100);
    }
    let waiting = |world: &World| {
        let jobs = world.cluster.view(world.now).jobs;
        jobs.values().filter(|job| job.state == JobState::WaitingForClients).count()
    };
    assert_eq!(waiting(&world), 300);
    world.up("a");
    assert_eq!((waiting(&world), world.cluster.deadline()), (44, Some(world.now)));
    world.step(Event::Tick);
    assert_eq!(waiting(&world), 0);
}
