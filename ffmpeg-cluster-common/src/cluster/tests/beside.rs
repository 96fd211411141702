//! Which clients encode more than one segment at a time on their processors.

use super::world::{AT, World, client, hello, job, piece, sent};
use crate::cluster::effect::Effect;
use crate::cluster::event::Event;
use crate::ids::{LeaseId, SessionNo};
use crate::protocol::to_server::{Hello, Spent};

impl World {
    fn up_with_cores(&mut self, name: &str, cores: u32) {
        let hello = Box::new(Hello { cores, memory_bytes: 16 << 30, ..hello(name, &[]) });
        self.step(Event::ClientUp { client: client(name), session: SessionNo(1_000), hello, at: AT });
    }

    /// Encodes the whole segment in this time, on so many processors, and has the piece kept.
    fn encodes(&mut self, name: &str, lease: LeaseId, took: Took) {
        let Took { secs, processors } = took;
        let frames = self.cluster.jobs.lease_of(lease).unwrap().1.segment.units.len();
        let spent = Spent {
            cpu_ms: (secs * processors * 1e3) as u64,
            ran_ms: (secs * 1e3) as u64,
            memory_bytes: 1 << 28,
        };
        let (client, encode_ms) = (client(name), spent.ran_ms);
        self.step(Event::Encoded { client: client.clone(), lease, encode_ms, spent: Some(spent) });
        let mut effects = std::mem::take(&mut self.out.effects);
        self.step(Event::PieceSent { client, lease, piece: sent() });
        effects.append(&mut self.out.effects);
        self.step(Event::PieceChecked { lease, result: Ok(piece(frames)), chance: 0 });
        effects.append(&mut self.out.effects);
        self.out.effects = effects;
    }

    /// Leases that the client encodes or has in its queue.
    fn held(&self) -> Vec<LeaseId> {
        let leases = self.cluster.jobs[&job("j")].leases();
        leases.filter(|(_, lease)| lease.is_encoding()).map(|(id, _)| *id).collect()
    }

    /// What the last offer says of segments side by side.
    fn beside(&self) -> Option<u32> {
        let beside = |effect: &Effect| match effect {
            Effect::Offer { promised, .. } => Some(promised.beside),
            _ => None,
        };
        self.out.effects.iter().rev().find_map(beside)
    }
}

#[derive(Clone, Copy)]
struct Took {
    secs: f64,
    processors: f64,
}

#[test]
fn a_client_whose_encoder_leaves_processors_idle_gets_a_second_segment_beside_the_first() {
    let mut world = World::new();
    world.up_with_cores("a", 2);
    world.submit("j", 1);
    world.indexed("j", 30_000);
    assert_eq!(world.held().len(), 1, "nobody knows yet what the encoder uses");
    let first = world.held()[0];
    world.encodes("a", first, Took { secs: 10.0, processors: 1.0 });
    assert_eq!((world.held().len(), world.beside()), (2, Some(2)));
}

#[test]
fn a_client_whose_encoder_fills_its_processors_gets_one_segment_at_a_time() {
    let mut world = World::new();
    world.up_with_cores("a", 2);
    world.submit("j", 1);
    world.indexed("j", 30_000);
    let first = world.held()[0];
    world.encodes("a", first, Took { secs: 10.0, processors: 1.95 });
    assert_eq!((world.held().len(), world.beside()), (1, Some(1)));
}

/// Bound by memory, for example: two take twice as long as one.
#[test]
fn a_second_segment_that_makes_nothing_faster_is_the_last_of_its_kind() {
    let mut world = World::new();
    world.up_with_cores("a", 2);
    world.submit("j", 1);
    world.indexed("j", 90_000);
    let first = world.held()[0];
    let frames =
        |world: &World, lease| world.cluster.jobs.lease_of(lease).unwrap().1.segment.units.len() as f64;
    let fps = frames(&world, first) / 10.0;
    world.encodes("a", first, Took { secs: 10.0, processors: 1.0 });
    for _ in 0..2 {
        let lease = world.held()[0];
        let secs = frames(&world, lease) / (fps / 2.0);
        world.encodes("a", lease, Took { secs, processors: 0.5 });
    }
    let lease = *world.held().last().unwrap();
    let secs = frames(&world, lease) / fps;
    for lease in world.held() {
        world.encodes("a", lease, Took { secs, processors: 1.0 });
    }
    assert_eq!((world.held().len(), world.beside()), (1, Some(1)));
}
