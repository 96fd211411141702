//! What the server does itself for a job, and dies of.

use super::world::{AT, SOUND, World, film, job, pictures, piece, settings};
use crate::cluster::Cluster;
use crate::cluster::change::{Change, Memory, RememberedJob, RememberedPiece};
use crate::cluster::effect::{Effect, Effects};
use crate::cluster::event::Event;
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::LeaseId;
use crate::protocol::command::JobState;
use crate::time::Millis;

/// What the last step wrote down of the job "j".
fn told(out: &Effects) -> Option<u32> {
    out.changes.iter().rev().find_map(|change| match change {
        Change::CrashesTold { job: of, crashes } if *of == job("j") => Some(*crashes),
        _ => None,
    })
}

fn begins(out: &Effects) -> bool {
    out.effects.iter().any(|effect| matches!(effect, Effect::Index { .. } | Effect::Join { .. }))
}

/// As it was remembered: without its film, or with all of its pieces.
pub(super) fn remembered(made: bool, crashes: u32) -> RememberedJob {
    let mut world = World::new();
    world.submit("j", 1);
    let spec = world.out.changes.iter().find_map(|change| match change {
        Change::JobAdded { spec, .. } => Some((**spec).clone()),
        _ => None,
    });
    let range = FrameRange::new(0, 100);
    let whole = RememberedPiece {
        lease: LeaseId { boot: 1, seq: 1 },
        segment: pictures(range),
        client: super::world::client("a"),
        piece: piece(100),
        encode_ms: 10,
    };
    RememberedJob {
        job: job("j"),
        spec: spec.unwrap(),
        state: if made { JobState::Combining } else { JobState::Queued },
        film: made.then(|| film(100, false)),
        created_at: AT,
        pieces: if made { vec![whole] } else { Vec::new() },
        leases: Vec::new(),
        attempts: Vec::new(),
        crashes,
        place: Default::default(),
        paused: false,
    }
}

fn restored(made: bool, crashes: u32) -> World {
    let memory = Memory { boot: 2, jobs: vec![remembered(made, crashes)], ..Memory::default() };
    let (mut world, mut out) = (World::new(), Effects::default());
    world.cluster = Cluster::restore(settings(0), memory, world.now, AT, &mut out);
    world.cluster.check();
    world.out = out;
    world
}

#[test]
fn work_of_the_server_itself_is_written_down_before_it_begins_and_when_it_ends() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    assert_eq!((told(&world.out), begins(&world.out)), (Some(1), true), "indexing");
    world.indexed("j", 100);
    assert_eq!(told(&world.out), Some(0));
    let (lease, range) = world.offer_to("a");
    world.finish("a", lease, range.len());
    assert_eq!((told(&world.out), begins(&world.out)), (Some(1), true), "joining");
    let fault = Fault::new(FaultCode::DiskFull, "no room");
    world.step(Event::JoinFailed { job: job("j"), fault, at: AT });
    assert_eq!(told(&world.out), Some(0), "it waits for room");
    let out = world.pass(Millis::secs(10));
    assert_eq!((told(out), begins(out)), (Some(1), true), "and is joined again");
}

/// A film that kills the server killed it at every start, and the folder could not be served again.
#[test]
fn a_job_at_which_the_server_died_twice_fails_with_a_sentence_and_is_not_begun() {
    for made in [false, true] {
        for crashes in [0, 1] {
            let world = restored(made, crashes);
            assert_eq!((told(&world.out), begins(&world.out)), (Some(crashes + 1), true), "{made} {crashes}");
        }
        let world = restored(made, 2);
        assert!(!begins(&world.out), "{made}");
        let ended = world.out.changes.iter().find_map(|change| match change {
            Change::JobEnded { state: JobState::Failed, error, .. } => error.clone(),
            _ => None,
        });
        let error = ended.expect("it has failed");
        assert!(error.contains("the server crashed 2 times during its own work on this film"), "{error}");
        assert!(world.cluster.view(world.now).jobs.is_empty());
    }
}

/// The end of the first one began the second.
#[test]
fn of_several_deadly_jobs_none_is_begun() {
    let other = RememberedJob { job: job("k"), ..remembered(false, 2) };
    let jobs = vec![remembered(false, 2), other];
    let mut out = Effects::default();
    let memory = Memory { boot: 2, jobs, ..Memory::default() };
    let cluster = Cluster::restore(settings(0), memory, Millis(0), AT, &mut out);
    assert!(!begins(&out) && cluster.view(Millis(0)).jobs.is_empty(), "{:?}", out.effects);
}

#[test]
fn a_stop_in_good_order_is_no_crash() {
    let mut world = restored(false, 1);
    world.step(Event::Drain);
    assert_eq!(told(&world.out), Some(1), "there was one, and this is none");
    world.indexed("j", 100);
    assert_eq!(told(&world.out), Some(0));
    let mut world = World::new();
    world.submit("j", 1);
    world.step(Event::Drain);
    assert_eq!(told(&world.out), Some(0));
}

#[test]
fn a_crash_does_not_count_once_the_work_ended_well() {
    let mut world = restored(false, 1);
    world.indexed("j", 100);
    assert_eq!(told(&world.out), Some(0));
    let mut world = restored(true, 1);
    let out = world.step(Event::Joined { job: job("j"), report: Default::default(), at: AT });
    let done = |change: &Change| matches!(change, Change::JobEnded { state: JobState::Completed, .. });
    assert!(out.changes.iter().any(done));
}

/// The server did not start any more, and no other job went on.
#[test]
fn a_job_whose_record_contradicts_itself_fails_alone() {
    let whole = remembered(true, 0);
    let mut of_no_track = whole.clone();
    of_no_track.pieces[0].segment.track = SOUND.track;
    let mut twice = whole.clone();
    let again = RememberedPiece { segment: pictures(FrameRange::new(50, 60)), ..whole.pieces[0].clone() };
    twice.pieces.push(again);
    for (torn, want) in
        [(of_no_track, "the film has no track 1"), (twice, "frames 50..60 of track 0 are in two pieces")]
    {
        let other = RememberedJob { job: job("other"), ..whole.clone() };
        let memory = Memory { boot: 2, jobs: vec![torn, other], ..Memory::default() };
        let mut out = Effects::default();
        let cluster = Cluster::restore(settings(0), memory, Millis(0), AT, &mut out);
        cluster.check_all();
        let error = out.changes.iter().find_map(|change| match change {
            Change::JobEnded { job: ended, error, .. } if *ended == job("j") => error.clone(),
            _ => None,
        });
        assert!(error.as_deref().is_some_and(|error| error.contains(want)), "{want}: {error:?}");
        assert!(out.effects.contains(&Effect::Join { job: job("other") }), "{:?}", out.effects);
    }
}
