//! Films that unlike decoders see in unlike ways.

use super::seams::{Made, PLAIN, Sight};
use super::world::*;
use crate::cluster::change::{Memory, RememberedJob};
use crate::cluster::effect::Effects;
use crate::cluster::state::Cluster;
use crate::protocol::command::JobState;

#[test]
fn where_two_versions_decode_otherwise_one_of_them_makes_the_film() {
    let made = Made::of("j", Sight { unlike: true, ..PLAIN });
    assert_eq!((made.state(), made.one_piece.clone()), (JobState::Combining, None));
    let kept = made.world.pieces_by("j");
    assert!(kept.len() > 2 && kept.windows(2).all(|pair| pair[0] == pair[1]), "{kept:?}");
    assert!(made.by.iter().any(|client| *client != kept[0]), "only one ever had work");
    let kind = made.world.cluster.roster.kind_of(&kept[0]);
    assert!(made.left_to.is_some() && made.left_to == kind, "a restart forgets {kind:?}");
}

/// Of the client `b`.
const KIND: &str = "ffmpeg another on ";

#[test]
fn after_a_restart_only_that_kind_goes_on() {
    let mut world = World::new();
    let left = film_where(600, |track| track.one_kind = Some(KIND.into()));
    let known = RememberedJob {
        job: job("j"),
        spec: spec(),
        state: JobState::Processing,
        film: Some(left),
        created_at: AT,
        pieces: Vec::new(),
        leases: Vec::new(),
        attempts: Vec::new(),
        crashes: 0,
        place: Default::default(),
        paused: false,
    };
    let memory = Memory { boot: 2, jobs: vec![known], ..Memory::default() };
    world.cluster = Cluster::restore(settings(0), memory, world.now, AT, &mut Effects::default());
    world.up("a");
    assert_eq!(world.offers(), [], "its decoder sees other pictures");
    let explained = world.view("j").explain().join("\n");
    assert!(explained.contains(&format!("only clients with {KIND} continue it")), "{explained}");
    world.up_with_ffmpeg("b", "another");
    assert_eq!(world.offers().len(), 1);
}
