//! A piece that is decoded from two key frames, and films for which it matters where a decoder
//! begins.

use super::seams::{FRAMES, Made, PLAIN, Sight};
use super::world::*;
use crate::cluster::effect::{Effect, Promised};
use crate::cluster::event::Event;
use crate::cluster::place::Arrange;
use crate::ids::{ClientId, Ticket};
use crate::media::plan::witness::{DecodeComparison, Lead};
use crate::media::proof::report::Verify;
use crate::protocol::command::JobState;

const DIFFERS: fn(crate::frames::FrameRange, Lead) -> DecodeComparison = |range, lead| match lead {
    Lead::Beginning => DecodeComparison::Alike,
    Lead::Usual | Lead::Further => DecodeComparison::Differs { at: range.start as i64 },
};

#[test]
fn one_piece_of_a_film_is_decoded_twice_and_which_is_by_chance() {
    let chosen = |job| {
        let made = Made::of(job, PLAIN);
        assert_eq!((made.state(), made.twice.len()), (JobState::Combining, 1), "{job}");
        made.twice[0].start
    };
    let all = ["j", "k", "night-42", "4f2a", "film", "b7e19c"].map(chosen);
    assert!(all.iter().all(|&start| start > 0), "the first piece has no other beginning: {all:?}");
    assert!(all.iter().any(|&start| start != all[0]), "always the same: {all:?}");
}

#[test]
fn where_everything_is_verified_every_piece_but_the_first_is() {
    let made = Made::of("j", Sight { verify: Verify::Full, ..PLAIN });
    assert_eq!(made.twice.len(), made.offered.len() - 1);
    assert!(made.offered.len() > 3);
}

/// All seams agree; only the inside of the chosen piece shows that the film's beginning matters.
#[test]
fn a_film_for_which_it_matters_is_made_from_its_beginning() {
    let made = Made::of("j", Sight { second: DIFFERS, ..PLAIN });
    assert_eq!(made.state(), JobState::Combining);
    assert!(made.starts_differed > 0);
    let mut last: std::collections::BTreeMap<u64, Lead> = std::collections::BTreeMap::new();
    // The client itself makes the chosen piece from the beginning.
    let chosen = made.twice[0];
    let others = made.offered.iter().filter(|(range, _)| range.start > 0 && !range.contains(chosen));
    last.extend(others.map(|(range, lead)| (range.start, *lead)));
    assert!(!last.is_empty() && last.values().all(|&lead| lead == Lead::Beginning), "{last:?}");
}

/// A piece that is most of the film would cost a second decode of most of the film.
#[test]
fn of_a_long_piece_only_a_part_is_decoded_twice_and_which_is_by_chance() {
    let begins = |job| {
        let made = Made::of(job, PLAIN);
        let twice = made.twice[0];
        let whole = made.offered.iter().map(|(range, _)| *range).find(|range| range.contains(twice));
        let whole = whole.expect("it is a part of a piece");
        assert!(twice.len() == whole.len().min(50.max(FRAMES / 40)), "{twice:?}");
        (twice.start - whole.start, whole.len())
    };
    let all = ["j", "k", "night-42", "4f2a", "film", "b7e19c"].map(begins);
    assert!(all.iter().any(|&(at, of)| at > 0 && of > 100), "never but a piece's beginning: {all:?}");
}

/// What the last step offered.
fn offered(world: &World) -> Vec<(ClientId, Promised)> {
    let offer = |effect: &Effect| match effect {
        Effect::Offer { client, promised, .. } => Some((client.clone(), promised.clone())),
        _ => None,
    };
    world.out.effects.iter().filter_map(offer).collect()
}

/// Makes the segment. Returns what is offered next.
fn make(world: &mut World, client: ClientId, promised: &Promised) -> Vec<(ClientId, Promised)> {
    let (lease, frames) = (promised.lease, promised.segment.units.len());
    let mut piece = piece(frames);
    piece.facts.findings.second = promised.twice.map(|_| DecodeComparison::Alike);
    let mut next = Vec::new();
    for event in [
        Event::Encoded { client: client.clone(), lease, encode_ms: frames * 33, spent: None },
        Event::PieceSent { client, lease, piece: sent() },
        Event::PieceChecked { lease, result: Ok(piece), chance: 0 },
    ] {
        world.step(event);
        next.extend(offered(world));
    }
    next
}

/// Found by the simulator's seed 4307: a pause had the first segment cut anew, and longer; so the choice fell
/// into a piece that was kept already, and nothing was decoded twice.
#[test]
fn a_piece_is_decoded_twice_even_if_a_pause_has_the_first_segment_cut_anew() {
    for name in (0..100).map(|number| format!("j{number}")) {
        let mut world = World::new();
        let sessions = ["a", "b", "c"].map(|client| (client, world.up(client)));
        world.submit(&name, 1);
        world.indexed(&name, 1_000);
        let (client, third) = offered(&world).pop().expect("three offers");
        make(&mut world, client, &third);
        let arranged = |how| Event::ArrangeAsked { ticket: Ticket(9), job: job(&name), how };
        world.step(arranged(Arrange::Pause { now: true }));
        sessions[..2].iter().for_each(|(client, session)| world.gone(client, *session));
        world.step(arranged(Arrange::Resume));
        let mut todo = offered(&world);
        if name == "j0" {
            println!("{:?}", world.offers());
        }
        while let Some((client, promised)) = todo.pop() {
            todo.extend(make(&mut world, client, &promised));
        }
        assert_eq!(world.view(&name).state, JobState::Combining);
        assert!(
            world.cluster.jobs[&job(&name)].tracks().any(|(_, book)| book.pieces().were_compared()),
            "{name}"
        );
    }
}
