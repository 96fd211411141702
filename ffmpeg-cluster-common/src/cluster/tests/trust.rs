//! Clients that lie, and what is believed of them.

use super::world::{AT, World, client, film_where, job, params, pictures, piece, sent, settings, whole};
use crate::cluster::Cluster;
use crate::cluster::change::{Change, Memory, Strike};
use crate::cluster::effect::{Answer, Effect, Effects, Notice};
use crate::cluster::event::{CheckedPiece, Event};
use crate::cluster::view::LeaseView;
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::{LeaseId, SessionNo, Ticket};
use crate::media::proof::audit::{Audit, FRAMES};
use crate::protocol::command::JobState;
use crate::protocol::to_client::ToClient;
use crate::time::Millis;

/// The first session of all.
const A: SessionNo = SessionNo(1);
const DAY: Millis = Millis::secs(24 * 3_600);

impl World {
    pub(super) fn indexed_with_measure(&mut self, name: &str, frames: u64) {
        let film = film_where(frames, |track| track.expected = Some(params()));
        self.step(Event::Indexed { job: job(name), film: Box::new(film) });
    }

    /// Its piece is there, and well-formed.
    pub(super) fn checked(
        &mut self,
        name: &str,
        lease: LeaseId,
        piece: CheckedPiece,
        chance: u64,
    ) -> Option<FrameRange> {
        self.step(Event::PieceSent { client: client(name), lease, piece: sent() });
        self.step(Event::PieceChecked { lease, result: Ok(piece), chance });
        self.out.effects.iter().find_map(|effect| match effect {
            Effect::Audit { lease: it, spot, .. } if *it == lease => Some(*spot),
            _ => None,
        })
    }

    pub(super) fn audited(&mut self, lease: LeaseId, piece_mdb: u32) {
        let result = Ok(Audit { params: params(), own_mdb: 40_000, piece_mdb });
        self.step(Event::Audited { lease, result });
    }

    /// What it has in hand of this job turns out to be forged.
    pub(super) fn catch(&mut self, of: &str, name: &str) -> LeaseId {
        let held = self.view(of).leases.into_iter().find(|held| held.client == client(name));
        let held = held.expect("it has work");
        assert!(self.checked(name, held.lease, piece(held.frames()), 0).is_some(), "it is audited");
        self.audited(held.lease, 9_000);
        held.lease
    }

    /// Caught in a job of its own, which is gone then.
    fn catch_once(&mut self, name: &str) -> Vec<Strike> {
        let strikes = self.cluster.view(self.now).clients[&client(name)].strikes;
        let of = format!("once{}x{strikes}", self.now.0);
        self.submit(&of, 1);
        self.indexed_with_measure(&of, 50_000);
        self.catch(&of, name);
        let strikes = self.struck();
        self.step(Event::CancelAsked { ticket: Ticket(8), job: job(&of), at: AT });
        strikes
    }

    /// It is heard all the time; true when it is offered something.
    fn hears(&mut self, name: &str, session: SessionNo, seconds: u64) -> bool {
        let mut offered = false;
        for _ in 0..seconds {
            self.step(Event::Heard { client: client(name), session, free_disk: None });
            self.pass(Millis::secs(1));
            offered |= self.is_offered(name);
        }
        offered
    }

    pub(super) fn set_aside(&self, name: &str) -> Option<String> {
        self.cluster.view(self.now).clients[&client(name)].set_aside.clone()
    }

    fn is_offered(&self, name: &str) -> bool {
        self.offers().iter().any(|(to, ..)| to == name)
    }

    pub(super) fn restart(&mut self, strikes: Vec<Strike>, after: Millis) -> Effects {
        let strikes = [(client("a"), strikes)].into();
        let (memory, mut out) = (Memory { boot: 2, strikes, ..Memory::default() }, Effects::default());
        let wall = crate::time::WallMillis(AT.0 + after.0);
        self.cluster = Cluster::restore(settings(100), memory, Millis(0), wall, &mut out);
        self.now = Millis(0);
        out
    }

    pub(super) fn struck(&self) -> Vec<Strike> {
        let strike = |change: &Change| match change {
            Change::Struck { strike, .. } => Some(strike.clone()),
            _ => None,
        };
        self.out.changes.iter().filter_map(strike).collect()
    }
}

impl LeaseView {
    /// So many are in it.
    pub(super) fn frames(&self) -> u64 {
        let (start, end) = self.segment.strip_prefix("frames ").unwrap().split_once("..").unwrap();
        end.parse::<u64>().unwrap() - start.parse::<u64>().unwrap()
    }
}

/// A job of so many frames for "a" alone.
fn alone(percent: u32, frames: u64) -> (World, LeaseId, FrameRange) {
    let mut world = World::auditing(percent);
    world.up("a");
    world.submit("j", 1);
    world.indexed_with_measure("j", frames);
    let (lease, range) = world.offer_to("a");
    (world, lease, range)
}

#[test]
fn a_piece_is_kept_only_when_its_audit_has_passed() {
    let (mut world, lease, range) = alone(100, 5_000);
    let spot = world.checked("a", lease, piece(range.len()), 100 * 17).expect("an audit");
    assert_eq!(spot, FrameRange::new(range.start + 17, range.start + 17 + FRAMES));
    assert_eq!(world.view("j").frames_kept, 0, "not yet");
    world.audited(lease, 33_000);
    assert_eq!(world.view("j").frames_kept, range.len());
    assert!(world.said().any(|e| matches!(e, ToClient::Kept { lease: it, .. } if *it == lease)));
}

#[test]
fn forged_pictures_cost_the_client_and_not_the_frames() {
    let mut world = World::auditing(100);
    world.up("a");
    world.up("b");
    world.submit("j", 2);
    world.indexed_with_measure("j", 500);
    let (lease, range) = world.offer_to("a");
    world.catch("j", "a");
    assert!(world.said().any(|e| matches!(e, ToClient::Revoke { lease: it, .. } if *it == lease)));
    assert_eq!(world.struck().len(), 1);
    let attempt = |change: &Change| match change {
        Change::LeaseEnded { attempt: Some(attempt), .. } => Some((attempt.past.count, attempt.segment)),
        _ => None,
    };
    assert_eq!(world.out.changes.iter().find_map(attempt), Some((0, pictures(range))));
    assert_eq!(world.set_aside("a"), None, "once may be a mistake");
    assert_eq!(world.cluster.view(world.now).clients[&client("a")].strikes, 1);
    let again = world.view("j").leases;
    assert!(again.iter().all(|held| held.client != client("a") || held.segment != format!("frames {range}")));
}

#[test]
fn three_lies_set_even_the_last_client_aside_and_the_job_waits_and_says_why() {
    let mut world = World::auditing(100);
    world.up("a");
    let mut strikes = Vec::new();
    for _ in 0..2 {
        strikes.extend(world.catch_once("a"));
        assert_eq!(world.set_aside("a"), None);
    }
    world.submit("j", 1);
    world.indexed_with_measure("j", 50_000);
    world.catch("j", "a");
    strikes.extend(world.struck());
    assert_eq!(strikes.len(), 3);
    assert_eq!(world.view("j").state, JobState::WaitingForClients);
    let explain = world.view("j").explain().join("\n");
    assert!(explain.contains("box a is set aside for 24.0 h, because it sent 3 false pieces"), "{explain}");
    assert!(world.view("j").leases.is_empty());
    world.up("a");
    assert!(!world.is_offered("a"), "a new session changes nothing");

    let out = world.restart(strikes.clone(), Millis::secs(60));
    assert!(out.changes.is_empty());
    world.up("a");
    world.submit("j", 1);
    world.indexed_with_measure("j", 500);
    assert!(!world.is_offered("a"), "and neither does a restart");
    world.step(Event::ForgiveAsked { ticket: Ticket(9), client: client("a") });
    assert!(world.wanted(&Effect::Reply { ticket: Ticket(9), answer: Answer::Forgiven(client("a")) }));
    assert!(world.out.changes.contains(&Change::Forgiven { client: client("a") }));
    assert!(world.is_offered("a"), "an operator's word does");
    world.step(Event::ForgiveAsked { ticket: Ticket(9), client: client("a") });
    assert!(
        world.out.effects.iter().any(|e| matches!(e, Effect::Reply { answer: Answer::Error { .. }, .. }))
    );

    let out = world.restart(strikes, DAY + Millis::secs(60));
    assert_eq!(out.changes, [Change::Forgiven { client: client("a") }], "a day is over");
}

#[test]
fn a_liar_is_let_in_again_after_a_day() {
    let mut world = World::auditing(100);
    world.up("a");
    (0..3).for_each(|_| drop(world.catch_once("a")));
    assert!(world.set_aside("a").is_some());
    world.submit("j", 1);
    world.indexed_with_measure("j", 50_000);
    assert!(!world.hears("a", A, 86_400 - 60));
    assert!(world.hears("a", A, 60));
    assert_eq!(world.set_aside("a"), None);
}

#[test]
fn a_liar_is_let_in_after_the_clock_was_set_back_over_a_restart() {
    let mut world = World::auditing(100);
    let at = crate::time::WallMillis(AT.0 + Millis::secs(5 * 3_600).0);
    let strike = Strike { at, why: "it lied".into(), job: None };
    world.restart(vec![strike.clone(), strike.clone(), strike], Millis(0));
    world.up("a");
    world.submit("j", 1);
    world.indexed_with_measure("j", 50_000);
    assert!(!world.hears("a", A, 86_400 + 60), "five hours are left by the clock");
    assert!(world.hears("a", A, 5 * 3_600), "and then nobody has to ask");
}

#[test]
fn lies_that_lie_a_day_apart_do_not_add_up() {
    let mut world = World::auditing(100);
    world.up("a");
    for _ in 0..4 {
        world.catch_once("a");
        assert_eq!(world.set_aside("a"), None);
        world.hears("a", A, 86_401);
    }
}

#[test]
fn all_that_a_forger_made_of_open_jobs_is_made_again() {
    let mut world = World::auditing(1);
    world.up("a");
    world.submit("old", 1);
    world.indexed_with_measure("old", 250);
    let (lease, range) = world.offer_to("a");
    assert!(world.checked("a", lease, piece(range.len()), 0).is_some());
    world.audited(lease, 39_000);
    assert_eq!(world.view("old").state, JobState::Combining);
    world.catch_once("a");
    assert_eq!(
        world.view("old").state,
        JobState::Combining,
        "one job's evidence is none against another's pieces"
    );
    world.submit("j", 1);
    world.indexed_with_measure("j", 50_000);
    world.catch("j", "a");
    assert!(world.out.changes.contains(&Change::PieceDoubted { job: job("old"), lease }));
    assert!(world.wanted(&Effect::DiscardPiece { lease, job: job("old") }));
    assert_ne!(world.view("old").state, JobState::Combining);
    assert_eq!(world.view("old").frames_kept, 0);
    world.step(Event::PieceSent { client: client("a"), lease, piece: sent() });
    assert!(!world.said().any(|e| matches!(e, ToClient::Kept { .. })), "it is kept no more");
    // The join that ran meanwhile is of pieces that are gone.
    world.step(Event::Joined { job: job("old"), report: super::world::report(), at: AT });
    assert_eq!(world.ended(), None);
    world.up("b");
    let held = world.view("old").leases.iter().find(|held| held.client == client("b")).map(|held| held.lease);
    let again = held.or_else(|| world.offers().iter().find(|(to, ..)| to == "b").map(|(_, lease, _)| *lease));
    assert!(again.is_some(), "{:?}", world.view("old").explain());
}

#[test]
fn a_join_of_pieces_made_again_counts() {
    let mut world = World::auditing(1);
    world.up("a");
    world.submit("old", 1);
    world.indexed_with_measure("old", 250);
    let (lease, range) = world.offer_to("a");
    world.checked("a", lease, piece(range.len()), 0);
    world.audited(lease, 39_000);
    world.catch_once("a");
    world.submit("j", 1);
    world.indexed_with_measure("j", 5_000);
    world.catch("j", "a");
    world.step(Event::JoinFailed {
        job: job("old"),
        fault: Fault::new(FaultCode::JoinFailed, "gone"),
        at: AT,
    });
    assert_eq!(world.ended(), None, "that was the first join");
    world.step(Event::Leaving { client: client("a"), session: A });
    world.up("b");
    let (lease, range) = world.offer_to("b");
    assert_eq!(range, FrameRange::new(0, 250));
    world.checked("b", lease, piece(range.len()), 0);
    world.audited(lease, 39_000);
    assert!(world.wanted(&Effect::Join { job: job("old") }));
    world.step(Event::Joined { job: job("old"), report: super::world::report(), at: AT });
    assert_eq!(world.ended().map(|(state, _)| state), Some(JobState::Completed));
}

#[test]
fn the_first_piece_of_each_client_and_so_many_of_a_hundred_are_audited() {
    let (mut world, first, range) = alone(5, 500_000);
    assert!(world.checked("a", first, piece(range.len()), 99).is_some(), "the first");
    world.audited(first, 39_000);
    let mut audits = 0;
    for chance in 0..100 {
        let held = world.view("j").leases[0].lease;
        if world.checked("a", held, piece(250), chance).is_some() {
            audits += 1;
            world.audited(held, 39_000);
        }
    }
    assert_eq!(audits, 5);
    let (mut world, first, range) = alone(0, 500);
    assert!(world.checked("a", first, piece(range.len()), 0).is_none(), "nobody asked for it");
}

#[test]
fn a_server_that_can_not_audit_believes_and_says_so_once() {
    let mut world = World::auditing(100);
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 50_000);
    let mut said = 0;
    for _ in 0..2 {
        let held = world.view("j").leases[0].lease;
        assert!(world.checked("a", held, piece(250), 0).is_none());
        said += world
            .out
            .effects
            .iter()
            .filter(|e| matches!(e, Effect::Notice(Notice::NotAudited { .. })))
            .count();
    }
    assert_eq!((said, world.view("j").frames_kept > 0), (1, true));

    let (mut world, lease, range) = alone(100, 5_000);
    world.checked("a", lease, piece(range.len()), 0);
    let fault = Fault::new(FaultCode::Internal, "no decoder");
    world.step(Event::Audited { lease, result: Err(fault) });
    assert_eq!(world.view("j").frames_kept, range.len(), "our own trouble is not the client's");
}

fn with_size(frames: u64, width: u32) -> CheckedPiece {
    let mut odd = piece(frames);
    odd.facts.params[0].width = width;
    odd
}

#[test]
fn the_first_client_does_not_set_the_measure() {
    let (mut world, lease, range) = alone(0, 5_000);
    let spot = world.checked("a", lease, with_size(range.len(), 128), 77).expect("a closer look");
    assert_eq!(spot.start, range.start, "a piece keeps the size of its first frame");
    world.audited(lease, 39_000);
    assert_eq!(world.struck().len(), 1, "ours has another size there");
    assert_eq!(world.view("j").frames_kept, 0);
}

#[test]
fn a_film_that_changes_its_picture_is_no_lie() {
    let (mut world, lease, range) = alone(0, 5_000);
    world.checked("a", lease, with_size(range.len(), 128), 77);
    let own = with_size(1, 128).facts.params.remove(0);
    world.step(Event::Audited {
        lease,
        result: Ok(Audit { params: own, own_mdb: 40_000, piece_mdb: 39_000 }),
    });
    assert!(world.struck().is_empty());
    let whole = |e: &Effect| matches!(e, Effect::Index { one_piece: Some(_), .. });
    assert!(world.out.effects.iter().any(whole), "{:?}", world.out.effects);
}

/// A client was called a liar for it: it had room for all frames that the filters might make, the
/// server for the film's.
#[test]
fn a_huge_piece_of_frames_that_filters_made_is_taken() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    let mut own = whole(2, "minterpolate makes its own frames");
    let track = own.track_mut(crate::media::plan::film::Film::PICTURES);
    (track.frames_own, track.expected) = (true, Some(params()));
    world.step(Event::Indexed { job: job("j"), film: Box::new(own) });
    let (lease, _) = world.offer_to("a");
    let piece = crate::media::plan::piece::SentPiece { bytes: 1 << 30, ..sent() };
    world.step(Event::BytesCame { lease, bytes: piece.bytes });
    world.step(Event::PieceSent { client: client("a"), lease, piece });
    assert!(world.struck().is_empty());
    assert!(world.out.effects.iter().any(|e| matches!(e, Effect::Check { .. })));
}

#[test]
fn a_terabyte_is_a_lie_and_bytes_of_anybody_are_not() {
    let (mut world, lease, _) = alone(0, 5_000);
    let piece = crate::media::plan::piece::SentPiece { bytes: 1 << 40, ..sent() };
    world.step(Event::PieceSent { client: client("a"), lease, piece });
    assert_eq!(world.struck().len(), 1);
    assert!(!world.out.effects.iter().any(|e| matches!(e, Effect::Check { .. })), "nobody reads a terabyte");
    let (mut world, lease, _) = alone(0, 5_000);
    world.step(Event::BytesCame { lease, bytes: 1 << 20 });
    assert!(world.out.changes.is_empty());
    world.step(Event::BytesCame { lease, bytes: 1 << 40 });
    assert!(world.struck().is_empty(), "nobody knows who sent them");
    assert!(
        world.out.effects.iter().any(|e| matches!(e, Effect::DiscardPiece { lease: it, .. } if *it == lease))
    );
}
