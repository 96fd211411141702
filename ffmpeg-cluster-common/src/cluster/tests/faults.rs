//! What a fault costs whom, for each code that a client may report.

use super::hardware::card;
use super::world::{World, client, job};
use crate::cluster::change::{Attempt, Change};
use crate::cluster::effect::Effect;
use crate::cluster::event::Event;
use crate::cluster::view::JobView;
use crate::fault::docs_tests::all;
use crate::fault::{Fault, FaultCode};
use crate::ids::LeaseId;
use crate::media::plan::film::IndexedBy;
use crate::media::words::device::Hw;
use crate::protocol::command::JobState;
use crate::time::Millis;

/// "a" fails at as many of its segments as it is given, and "b" works on.
/// Gives the world after the last of them.
fn fails(code: FaultCode, times: usize) -> World {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("j", 2);
    world.indexed("j", 50_000);
    for _ in 0..times {
        let Some(lease) = held_by("a", &world) else { break };
        world.fail("a", lease, code);
    }
    world
}

/// None, too, where the job has failed.
fn held_by(name: &str, world: &World) -> Option<LeaseId> {
    let view = world.cluster.view(world.now);
    let leases = view.jobs.get(&job("j")).map(|job| &job.leases)?;
    leases.iter().find(|lease| lease.client == client(name)).map(|lease| lease.lease)
}

/// None where the lease ended as if it had never been given.
fn attempt(world: &World) -> Option<Attempt> {
    let ended = world.out.changes.iter().find_map(|change| match change {
        Change::LeaseEnded { attempt, .. } => Some(attempt.clone()),
        _ => None,
    });
    ended.expect("the lease ended")
}

fn is_set_aside(world: &World) -> bool {
    world.cluster.view(world.now).clients[&client("a")].set_aside.is_some()
}

/// The codes of which something is true.
fn codes(is_so: impl Fn(FaultCode) -> bool) -> Vec<FaultCode> {
    all().into_iter().map(|(code, _)| code).filter(|code| is_so(*code)).collect()
}

#[test]
fn a_full_disk_costs_the_frames_no_attempt_and_nothing_else_is_free() {
    assert_eq!(codes(|code| attempt(&fails(code, 1)).is_none()), [FaultCode::DiskFull]);
    // A client that says of itself that it lied would end its leases for ever.
    let uncounted = |code| attempt(&fails(code, 1)).is_some_and(|attempt| attempt.past.count == 0);
    assert_eq!(codes(uncounted), []);
}

#[test]
fn a_client_is_set_aside_for_what_is_its_own_fault() {
    use FaultCode::*;
    // A client without a device can't have a busy one, and a lie is for the server to find: its
    // encoder failed.
    let own = [
        EncoderFailed,
        EncoderStalled,
        FramesDiffer,
        StreamDiffers,
        NotAsLeased,
        AuditFailed,
        BytesDiffer,
        SourceUnreachable,
        DeviceBusy,
        Unsupported,
        OfferRefused,
        Internal,
    ];
    assert_eq!(codes(|code| is_set_aside(&fails(code, 3))), own);
    assert_eq!(codes(|code| is_set_aside(&fails(code, 2))), []);
}

fn has_failed(world: &World) -> bool {
    world.ended().is_some_and(|(state, _)| state == JobState::Failed)
}

/// A client could end any job with one word, such as that its source has changed.
#[test]
fn a_film_that_is_gone_or_is_none_is_not_tried_again_once_two_clients_say_so() {
    use FaultCode::{JoinFailed, ProofFailed, SourceChanged, SourceUnreadable};
    let ended_by_two = |code| {
        let mut world = fails(code, 1);
        assert!(!has_failed(&world), "{code:?}: the word of one client ends a job");
        // Until "b" holds what "a" failed at, the film's first frames.
        while let Some(lease) = held_by("b", &world) {
            let units = world.cluster.jobs.lease_of(lease).unwrap().1.segment.units;
            if units.start == 0 {
                world.fail("b", lease, code);
                break;
            }
            world.finish("b", lease, units.len());
            world.pass(Millis::secs(5));
        }
        has_failed(&world)
    };
    assert_eq!(codes(ended_by_two), [SourceChanged, SourceUnreadable, ProofFailed, JoinFailed]);
}

#[test]
fn the_server_needs_no_second_witness_that_a_film_is_gone() {
    let mut world = fails(FaultCode::SourceChanged, 0);
    let lease = held_by("a", &world).unwrap();
    let fault = Fault::new(FaultCode::SourceChanged, "the source a.mkv is gone");
    world.step(Event::OfferFailed { lease, fault });
    assert_eq!(world.ended().unwrap(), (JobState::Failed, Some("the source a.mkv is gone".into())));
}

#[test]
fn the_only_client_is_believed_that_a_film_is_gone() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 50_000);
    let lease = held_by("a", &world).unwrap();
    world.fail("a", lease, FaultCode::SourceChanged);
    assert!(has_failed(&world));
}

#[test]
fn a_picture_that_changes_within_the_film_makes_it_one_piece() {
    let one_piece = |code| {
        let again = |effect: &Effect| matches!(effect, Effect::Index { one_piece: Some(_), .. });
        fails(code, 1).out.effects.iter().any(again)
    };
    assert_eq!(codes(one_piece), [FaultCode::PictureDiffers]);
}

#[test]
fn frames_that_differ_on_two_clients_have_the_film_listed_by_decoding() {
    let decoded = |code| {
        let mut world = fails(code, 1);
        let Some(lease) = held_by("b", &world) else { return false };
        world.fail("b", lease, code);
        world.wanted(&Effect::Index { job: job("j"), by: IndexedBy::Decoding, one_piece: None })
    };
    assert_eq!(codes(decoded), [FaultCode::FramesDiffer]);
}

/// "a" fails three times at what its card encodes, and "b" could do the same.
fn fails_on_its_card(code: FaultCode) -> World {
    let mut world = World::new();
    world.up_with("a", vec![card(1)]);
    world.up_with("b", vec![card(1)]);
    world.indexed_for(50_000, Hw::Require);
    for _ in 0..3 {
        let Some(lease) = held_by("a", &world) else { break };
        world.fail("a", lease, code);
    }
    world
}

#[test]
fn a_device_answers_for_what_it_encoded_and_its_client_does_not() {
    use FaultCode::*;
    let rests = |code| {
        let world = fails_on_its_card(code);
        let explain = |view: &JobView| view.explain().join(" ").contains("nvenc:0 of box a rests");
        world.cluster.view(world.now).jobs.get(&job("j")).is_some_and(explain)
    };
    let of_device = [
        EncoderFailed,
        EncoderStalled,
        FramesDiffer,
        StreamDiffers,
        PictureDiffers,
        NotAsLeased,
        AuditFailed,
        DeviceBusy,
        Unsupported,
    ];
    assert_eq!(codes(rests), of_device);
    let own = [BytesDiffer, SourceUnreachable, OfferRefused, Internal];
    assert_eq!(codes(|code| is_set_aside(&fails_on_its_card(code))), own);
}
