//! People pause jobs, resume them, and change their order.

use super::world::{World, job, settings, spec};
use crate::cluster::Cluster;
use crate::cluster::change::{Change, Memory, RememberedJob};
use crate::cluster::effect::{Answer, Effect, Effects};
use crate::cluster::event::Event;
use crate::cluster::place::{Arrange, Place};
use crate::frames::FrameRange;
use crate::ids::{LeaseId, Ticket};
use crate::protocol::command::{ErrorCode, JobState, Priority};
use crate::protocol::to_client::ToClient;
use crate::time::{Millis, WallMillis};

impl World {
    fn arrange(&mut self, name: &str, how: Arrange) {
        self.step(Event::ArrangeAsked { ticket: Ticket(9), job: job(name), how });
    }

    fn queue(&self) -> Vec<String> {
        self.cluster.jobs.queue().iter().map(ToString::to_string).collect()
    }

    fn placed(&self) -> Vec<(String, Place)> {
        let placed = |change: &Change| match change {
            Change::Placed { job, place } => Some((job.to_string(), *place)),
            _ => None,
        };
        self.out.changes.iter().filter_map(placed).collect()
    }

    /// One job, of which a client encodes a segment.
    fn encoding() -> (Self, LeaseId, FrameRange) {
        let mut world = Self::with_jobs(&["j"]);
        world.indexed("j", 500);
        world.up("a");
        let (lease, range) = world.offer_to("a");
        (world, lease, range)
    }

    /// Jobs that wait to be listed, so that nothing of them is handed out.
    fn with_jobs(names: &[&str]) -> Self {
        let mut world = Self::new();
        for name in names {
            world.submit(name, 1);
        }
        world
    }
}

#[test]
fn a_job_of_a_higher_priority_is_served_before_older_ones() {
    let mut world = World::with_jobs(&["old", "urgent"]);
    world.arrange("urgent", Arrange::Priority(Priority::High));
    assert!(world.wanted(&Effect::Reply { ticket: Ticket(9), answer: Answer::Arranged(job("urgent")) }));
    world.indexed("old", 500);
    world.indexed("urgent", 500);
    world.up("a");
    let (lease, _) = world.offer_to("a");
    assert!(world.cluster.jobs[&job("urgent")].leases().any(|(id, _)| *id == lease));
    assert_eq!((world.view("urgent").position, world.view("old").position), (1, 2));
}

#[test]
fn segments_under_way_are_not_taken_back_for_a_higher_priority() {
    let mut world = World::with_jobs(&["old", "urgent"]);
    world.indexed("old", 500);
    world.indexed("urgent", 500);
    world.up("a");
    world.arrange("urgent", Arrange::Priority(Priority::Critical));
    assert_eq!(world.said().count(), 0);
    assert_eq!(world.cluster.jobs[&job("old")].leases().count(), 1);
}

#[test]
fn the_same_priority_again_changes_nothing() {
    let mut world = World::with_jobs(&["a", "b"]);
    world.arrange("a", Arrange::Priority(Priority::Normal));
    assert_eq!((world.queue(), world.out.changes.len()), (vec!["a".to_owned(), "b".to_owned()], 0));
}

#[test]
fn a_job_is_moved_beside_another_and_takes_its_priority() {
    let mut world = World::with_jobs(&["a", "b", "c"]);
    world.arrange("c", Arrange::Before(job("a")));
    assert_eq!(world.queue(), ["c", "a", "b"]);
    world.arrange("c", Arrange::After(job("a")));
    assert_eq!(world.queue(), ["a", "c", "b"]);
    world.arrange("a", Arrange::After(job("b")));
    assert_eq!(world.queue(), ["c", "b", "a"]);
    world.submit("d", 1);
    assert_eq!(world.queue(), ["c", "b", "a", "d"], "who comes later is behind all");
    world.arrange("d", Arrange::Priority(Priority::High));
    world.arrange("a", Arrange::Before(job("d")));
    assert_eq!(world.queue(), ["a", "d", "c", "b"]);
    assert_eq!(world.view("a").priority, Priority::High);
}

/// Each move between two neighbours halves the gap between them.
#[test]
fn many_moves_to_the_same_place_never_run_out_of_room() {
    let mut world = World::with_jobs(&["a", "b", "c"]);
    let mut most = 0;
    for number in 0..200 {
        let (moved, other) = if number % 2 == 0 { ("c", "b") } else { ("b", "c") };
        world.arrange(moved, Arrange::Before(job(other)));
        assert_eq!(world.queue(), ["a", moved, other], "after {number} moves");
        most = most.max(world.placed().len());
        world.cluster.check();
    }
    assert_eq!(most, 3, "now and then all get new places, and all of them are recorded");
}

#[test]
fn a_job_that_is_not_there_is_neither_moved_nor_moved_to() {
    let mut world = World::with_jobs(&["a"]);
    let mut code = |name: &str, how| {
        world.arrange(name, how);
        assert!(world.out.changes.is_empty());
        match world.out.effects.as_slice() {
            [Effect::Reply { answer: Answer::Error { code, .. }, .. }] => *code,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code("x", Arrange::Resume), ErrorCode::JobNotFound);
    assert_eq!(code("a", Arrange::Before(job("x"))), ErrorCode::JobNotFound);
    assert_eq!(code("a", Arrange::After(job("a"))), ErrorCode::InvalidRequest);
}

#[test]
fn a_paused_job_starts_nothing_more_and_goes_on_when_resumed() {
    let (mut world, lease, range) = World::encoding();
    world.arrange("j", Arrange::Pause { now: false });
    assert!(
        world.view("j").paused && world.view("j").doing.starts_with("paused"),
        "{}",
        world.view("j").doing
    );
    assert!(world.view("j").doing.contains("1 segment under way"), "{}", world.view("j").doing);
    world.finish("a", lease, range.len());
    world.up("b");
    assert!(world.offers().is_empty());
    assert_eq!(world.cluster.jobs[&job("j")].pieces().count(), 1, "what ran was kept");
    world.arrange("j", Arrange::Resume);
    assert!(!world.offers().is_empty());
}

#[test]
fn pausing_now_takes_segments_back_without_blame() {
    let (mut world, lease, _) = World::encoding();
    world.arrange("j", Arrange::Pause { now: true });
    let revoked = |said: &ToClient| matches!(said, ToClient::Revoke { lease: one, .. } if *one == lease);
    assert!(world.said().any(revoked));
    let blamed = |change: &Change| matches!(change, Change::LeaseEnded { attempt: Some(_), .. });
    assert!(!world.out.changes.iter().any(blamed));
    assert_eq!(world.cluster.jobs[&job("j")].leases().count(), 0);
}

#[test]
fn others_get_what_a_paused_job_leaves() {
    let mut world = World::with_jobs(&["first", "second"]);
    world.indexed("first", 500);
    world.indexed("second", 500);
    world.arrange("first", Arrange::Pause { now: false });
    world.up("a");
    let (lease, _) = world.offer_to("a");
    assert!(world.cluster.jobs[&job("second")].leases().any(|(id, _)| *id == lease));
}

#[test]
fn a_paused_job_is_not_indexed_until_it_is_resumed() {
    let mut world = World::with_jobs(&["a", "b", "c"]);
    let indexes = |out: &Effects| {
        out.effects.iter().any(|one| matches!(one, Effect::Index { job: of, .. } if *of == job("c")))
    };
    world.arrange("c", Arrange::Pause { now: false });
    world.indexed("a", 500);
    world.indexed("b", 500);
    assert!(!indexes(&world.out));
    world.arrange("c", Arrange::Resume);
    assert!(indexes(&world.out));
}

#[test]
fn a_job_whose_last_piece_comes_while_it_is_paused_is_joined_when_resumed() {
    let mut world = World::with_jobs(&["j"]);
    world.indexed("j", 50);
    world.up("a");
    let (lease, _) = world.offer_to("a");
    world.arrange("j", Arrange::Pause { now: false });
    world.finish("a", lease, 50);
    assert_ne!(world.view("j").state, JobState::Combining);
    world.arrange("j", Arrange::Resume);
    assert_eq!(world.view("j").state, JobState::Combining);
}

#[test]
fn a_restart_keeps_the_order_and_the_pause() {
    let old = |name: &str, place, paused| RememberedJob {
        job: job(name),
        spec: spec(),
        state: JobState::Queued,
        place,
        paused,
        film: None,
        created_at: WallMillis(1),
        pieces: Vec::new(),
        leases: Vec::new(),
        attempts: Vec::new(),
        crashes: 0,
    };
    let jobs = vec![
        old("a", Place::new(Priority::Normal, 7), false),
        old("b", Place::new(Priority::Normal, 5), true),
        old("c", Place::new(Priority::High, 9), false),
    ];
    let memory = Memory { boot: 2, jobs, ..Memory::default() };
    let mut out = Effects::default();
    let cluster = Cluster::restore(settings(0), memory, Millis(0), WallMillis(0), &mut out);
    let queue: Vec<String> = cluster.jobs.queue().iter().map(ToString::to_string).collect();
    assert_eq!(queue, ["c", "b", "a"]);
    let begun: Vec<&Effect> = out.effects.iter().filter(|one| matches!(one, Effect::Index { .. })).collect();
    assert_eq!(begun.len(), 2, "b is paused: {begun:?}");
    cluster.check();
}
