//! A film whose frames clients list, before anybody encodes it.

use super::world::{AT, World, client, film, film_where, job, pictures};
use crate::cluster::Cluster;
use crate::cluster::change::{Attempt, FailureHistory, Memory, RememberedJob, RememberedPiece};
use crate::cluster::effect::{Effect, Effects};
use crate::cluster::event::Event;
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::LeaseId;
use crate::media::plan::film::{Film, IndexedBy};
use crate::media::plan::track::{Content, Segment};
use crate::protocol::command::JobState;
use crate::time::Millis;

fn to_list(packets: u64) -> Film {
    let film = film_where(packets, |track| track.content = Content::List);
    Film { indexed_by: IndexedBy::Clients, ..film }
}

fn index(by: IndexedBy) -> Effect {
    Effect::Index { job: job("j"), by, one_piece: None }
}

/// Two clients, each with its part of the list.
fn listing() -> (World, Vec<(String, LeaseId, FrameRange)>) {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("j", 2);
    world.step(Event::Indexed { job: job("j"), film: Box::new(to_list(300)) });
    assert!(offered(&world).iter().all(|content| *content == Content::List));
    let part = |(name, lease, segment): (String, LeaseId, Segment)| (name, lease, segment.units);
    let parts = world.offers().into_iter().map(part).collect();
    (world, parts)
}

/// What the segments are of that the last step offered.
fn offered(world: &World) -> Vec<Content> {
    let content = |effect: &Effect| match effect {
        Effect::Offer { promised, .. } => Some(promised.content),
        _ => None,
    };
    world.out.effects.iter().filter_map(content).collect()
}

#[test]
fn clients_list_a_film_and_then_encode_it() {
    let (mut world, parts) = listing();
    let ranges: Vec<FrameRange> = parts.iter().map(|(.., range)| *range).collect();
    assert_eq!(ranges, [FrameRange::new(0, 150), FrameRange::new(150, 300)]);
    let view = world.view("j");
    assert_eq!((view.frames_total, view.frames_done, view.progress), (None, 0, 0.0), "packets are no frames");
    for (name, lease, range) in &parts {
        world.finish(name, *lease, range.len());
    }
    assert!(world.wanted(&index(IndexedBy::Clients)), "{:?}", world.out.effects);
    assert_eq!(world.view("j").state, JobState::Queued);
    let listed = Film { indexed_by: IndexedBy::Clients, ..film(290, false) };
    world.step(Event::Indexed { job: job("j"), film: Box::new(listed) });
    let gone = |(_, lease, _): &(String, LeaseId, FrameRange)| {
        world.wanted(&Effect::DiscardPiece { lease: *lease, job: job("j") })
    };
    assert!(parts.iter().all(gone), "the parts are of no use any more");
    assert!(offered(&world).iter().all(|content| *content == Content::Picture));
    assert_eq!(world.view("j").frames_total, Some(290));
}

#[test]
fn a_part_that_no_client_can_list_is_left_to_the_server() {
    let (mut world, parts) = listing();
    let ((_, lease, range), other) = (parts[0].clone(), &parts[1]);
    world.finish(&other.0, other.1, other.2.len());
    let mut next = vec![(parts[0].0.clone(), lease, pictures(range))];
    for attempt in 1..=3 {
        assert!(!world.wanted(&index(IndexedBy::Decoding)), "given up at attempt {attempt}: {:?}", world.out);
        let (name, lease, _) = next.first().unwrap_or_else(|| panic!("no attempt {attempt}")).clone();
        world.fail(&name, lease, FaultCode::EncoderFailed);
        next = world.offers();
        if next.is_empty() && attempt < 3 {
            world.pass(Millis::secs(8));
            next = world.offers();
        }
    }
    assert!(world.wanted(&index(IndexedBy::Decoding)), "{:?}", world.out.effects);
    assert_eq!(world.ended(), None, "{:?}", world.out.effects);
    assert_eq!(world.view("j").state, JobState::Queued);
}

#[test]
fn a_list_that_pieces_contradict_is_made_anew_by_the_server() {
    let (mut world, parts) = listing();
    for (name, lease, range) in &parts {
        world.finish(name, *lease, range.len());
    }
    let listed = Film { indexed_by: IndexedBy::Clients, ..film(300, false) };
    world.step(Event::Indexed { job: job("j"), film: Box::new(listed) });
    let offers = world.offers();
    for (name, lease, _) in offers {
        world.fail(&name, lease, FaultCode::FramesDiffer);
    }
    assert!(world.wanted(&index(IndexedBy::Decoding)), "{:?}", world.out.effects);
}

#[test]
fn a_full_disk_delays_the_list_and_loses_no_part() {
    let (mut world, parts) = listing();
    for (name, lease, range) in &parts {
        world.finish(name, *lease, range.len());
    }
    let fault = Fault::new(FaultCode::DiskFull, "no room");
    world.step(Event::IndexFailed { job: job("j"), fault, at: AT });
    assert!(world.view("j").doing.contains("full"), "{}", world.view("j").doing);
    world.pass(Millis::secs(6));
    assert!(world.wanted(&index(IndexedBy::Clients)), "{:?}", world.out.effects);
}

#[test]
fn a_restart_goes_on_with_the_parts_that_were_kept() {
    let (world, parts) = listing();
    let spec = world.cluster.jobs[&job("j")].spec().clone();
    let piece = |(name, lease, range): &(String, LeaseId, FrameRange)| RememberedPiece {
        lease: *lease,
        segment: pictures(*range),
        client: client(name),
        piece: super::world::piece(range.len()),
        encode_ms: 9,
    };
    let remembered = |kept: usize, attempts| RememberedJob {
        job: job("j"),
        spec: spec.clone(),
        state: JobState::Processing,
        film: Some(to_list(300)),
        crashes: 0,
        place: Default::default(),
        paused: false,
        created_at: AT,
        pieces: parts.iter().take(kept).map(piece).collect(),
        leases: Vec::new(),
        attempts,
    };
    let restored = |kept, attempts| {
        let memory = Memory { boot: 2, jobs: vec![remembered(kept, attempts)], ..Memory::default() };
        let mut out = Effects::default();
        let cluster = Cluster::restore(super::world::settings(0), memory, Millis(0), AT, &mut out);
        cluster.check();
        [IndexedBy::Clients, IndexedBy::Decoding].map(|by| out.effects.contains(&index(by)))
    };
    assert_eq!(restored(1, Vec::new()), [false, false], "the other part is to do");
    assert_eq!(restored(2, Vec::new()), [true, false], "all parts are here");
    let (fault, failed_on) = (Fault::new(FaultCode::EncoderFailed, "it broke"), vec![client("a")]);
    let attempt = Attempt {
        segment: pictures(parts[1].2),
        past: FailureHistory { count: 3, failed_on, ..FailureHistory::of(&fault) },
    };
    assert_eq!(restored(1, vec![attempt]), [false, true], "clients gave the other part up");
}
