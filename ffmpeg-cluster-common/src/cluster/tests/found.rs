//! Bugs that the simulator found, told once more in the fewest steps.

use super::world::{SOUND, World, client, film, job, whole};
use crate::cluster::effect::{Effect, Effects};
use crate::cluster::event::Event;
use crate::fault::FaultCode;
use crate::ids::{LeaseId, SessionNo};
use crate::media::plan::film::IndexedBy;
use crate::time::Millis;

fn index_by(world: &World) -> Option<(IndexedBy, Option<String>)> {
    world.out.effects.iter().find_map(|effect| match effect {
        Effect::Index { by, one_piece, .. } => Some((*by, one_piece.clone())),
        _ => None,
    })
}

#[test]
fn a_film_in_one_piece_whose_packets_lie_is_listed_by_decoding() {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("j", 1);
    let why = Some("its filter never forgets".to_owned());
    let whole = whole(500, why.as_deref().unwrap());
    world.step(Event::Indexed { job: job("j"), film: Box::new(whole) });
    let (holder, first, _) = world.offers().remove(0);
    world.fail(&holder, first, FaultCode::FramesDiffer);
    let (other, second, _) = world.offers().remove(0);
    world.fail(&other, second, FaultCode::FramesDiffer);
    assert_eq!(index_by(&world), Some((IndexedBy::Decoding, why)));
}

#[test]
fn who_fails_soonest_does_not_get_the_same_frames_each_time() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 100);
    let (lease, _) = world.offer_to("a");
    world.up("b");
    world.fail("a", lease, FaultCode::EncoderFailed);
    let (lease, _) = world.offer_to("b");
    world.fail("b", lease, FaultCode::EncoderFailed);
    world.pass(Millis::secs(11));
    // Both have failed, `b` last; both have been free since.
    assert!(matches!(&world.offers()[..], [(to, ..)] if to == "a"), "{:?}", world.offers());
    let (lease, _) = world.offer_to("a");
    world.fail("a", lease, FaultCode::EncoderFailed);
    assert!(world.ended().is_some());
}

fn discards(out: &Effects) -> Vec<LeaseId> {
    let discarded = |effect: &Effect| match effect {
        Effect::DiscardPiece { lease, .. } => Some(*lease),
        _ => None,
    };
    out.effects.iter().filter_map(discarded).collect()
}

#[test]
fn kept_pieces_are_not_thrown_away_before_the_new_index_is_in_the_record() {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("j", 2);
    world.indexed("j", 3_000);
    let ((kept, range), (lease, _)) = (world.offer_to("a"), world.offer_to("b"));
    world.finish("a", kept, range.len());
    world.fail("b", lease, FaultCode::FramesDiffer);
    let leases = world.view("j").leases;
    let next = leases.iter().find(|held| held.client.as_str() == "a").expect("it was given its next segment");
    world.fail("a", next.lease, FaultCode::FramesDiffer);
    assert_eq!(index_by(&world), Some((IndexedBy::Decoding, None)));
    assert!(!discards(&world.out).contains(&kept), "a crash now would leave a row without a file");
    world.indexed("j", 2_990);
    assert!(discards(&world.out).contains(&kept));
}

#[test]
fn a_crowd_that_did_nothing_is_forgotten() {
    let mut world = World::new();
    for number in 0..300 {
        let session = world.up(&format!("x{number}"));
        assert_eq!(session, SessionNo(number + 1));
        world.gone(&format!("x{number}"), session);
    }
    let sizes = world.cluster.sizes();
    assert!(sizes.clients <= 101 && sizes.remembered == 0, "{sizes:?}");
}

#[test]
fn a_welcome_does_not_name_leases_that_ended_while_it_was_made() {
    let mut world = World::new();
    let session = world.up("a");
    world.submit("j", 1);
    world.step(Event::Indexed { job: job("j"), film: Box::new(film(100, true)) });
    let sound = world.offers().iter().find(|(.., segment)| *segment == SOUND).map(|(_, id, _)| *id);
    let sound = sound.expect("the sound was offered");
    for _ in 0..2 {
        let (lease, _) = world.offer_to("a");
        world.fail("a", lease, FaultCode::EncoderFailed);
        world.step(Event::Heard { client: client("a"), session, free_disk: None });
        world.pass(Millis::secs(11));
    }
    let session = world.up_holding("a", &[sound]);
    assert!(world.ended().is_some(), "the frames failed for the third time");
    assert!(world.wanted(&Effect::Welcome { client: client("a"), session, holding: vec![] }));
}
