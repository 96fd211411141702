//! Audits that say more of the measure than of clients.

use super::server_tasks::remembered;
use super::world::{AT, World, client, film_where, job, params, pictures, piece, settings};
use crate::cluster::Cluster;
use crate::cluster::change::{Attempt, Change, FailureHistory, Memory, RememberedJob, Strike};
use crate::cluster::effect::{Effect, Effects, Notice};
use crate::cluster::event::Event;
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::{SessionNo, Ticket};
use crate::protocol::command::JobState;
use crate::time::{Millis, WallMillis};

impl World {
    /// A job for these, all of which have work of it.
    fn auditing_for(names: &[&str]) -> Self {
        let mut world = Self::auditing(100);
        for name in names {
            world.up(name);
        }
        world.submit("j", names.len() as u32);
        world.indexed_with_measure("j", 50_000);
        world
    }

    fn strikes(&self, name: &str) -> u32 {
        self.cluster.view(self.now).clients[&client(name)].strikes
    }

    fn takes_strikes_back(&self, of: &str) -> bool {
        self.out.changes.contains(&Change::StrikesTakenBack { job: job(of) })
    }

    /// The first client is there all the time.
    fn a_is_there(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.step(Event::Heard { client: client("a"), session: SessionNo(1), free_disk: None });
            self.pass(Millis::secs(1));
        }
    }

    fn has_work_of(&self, of: &str, name: &str) -> bool {
        self.view(of).leases.iter().any(|held| held.client == client(name))
    }
}

/// One submitter's job set every honest client aside, and threw other people's pieces away.
#[test]
fn two_clients_that_fail_the_audit_of_one_job_put_the_measure_in_doubt() {
    let mut world = World::auditing_for(&["a", "b"]);
    world.catch("j", "a");
    assert_eq!((world.strikes("a"), world.ended()), (1, None));
    world.catch("j", "b");
    let (state, error) = world.ended().expect("the job is not gone on with");
    let error = error.unwrap();
    assert_eq!(state, JobState::Failed);
    for words in [
        "the audit of job j is in doubt",
        "box a",
        "box b",
        "9.0 dB",
        "the same release of ffmpeg",
        "--audit 0",
    ] {
        assert!(error.contains(words), "{words:?} is not in: {error}");
    }
    assert_eq!((world.strikes("a"), world.strikes("b")), (0, 0));
    assert!(world.takes_strikes_back("j"), "and a restart does not give them again");
    assert!(world.struck().is_empty());
}

/// It failed the job. A liar that was alone for a moment could do so with any.
#[test]
fn one_client_alone_fails_no_job_by_its_audits() {
    let mut world = World::auditing_for(&["a"]);
    let first = world.catch("j", "a");
    assert_eq!((world.strikes("a"), world.ended()), (1, None));
    assert_ne!(world.catch("j", "a"), first);
    assert_eq!((world.strikes("a"), world.set_aside("a"), world.ended()), (0, None, None));
    assert!(world.takes_strikes_back("j"), "who lies and who measures wrongly can't be told");
    world.a_is_there(100);
    assert!(!world.has_work_of("j", "a"), "it was asked twice");
    let said = world.view("j").explain().join("; ");
    let clear = said.contains("box a failed two audits of this job") && said.contains("another client");
    assert!(clear, "{said}");
    assert_eq!(world.ended(), None);
    world.up("b");
    let lease = world.view("j").leases[0].clone();
    assert_eq!(lease.client, client("b"));
    world.checked("b", lease.lease, piece(lease.frames()), 0);
    world.audited(lease.lease, 39_000);
    assert_eq!((world.ended(), world.strikes("b")), (None, 0));
}

#[test]
fn nobody_is_waited_for_without_an_end() {
    let mut world = World::auditing_for(&["a"]);
    world.catch("j", "a");
    world.catch("j", "a");
    world.a_is_there(3_000);
    assert!(!world.view("j").state.is_final());
    for _ in 0..1_000 {
        world.a_is_there(1);
        if world.ended().is_some() {
            break;
        }
    }
    let (state, error) = world.ended().expect("nobody came for an hour");
    let error = error.unwrap();
    assert!(state == JobState::Failed && error.contains("box a") && error.contains("for an hour"), "{error}");
    assert_eq!(world.strikes("a"), 0);
}

#[test]
fn whoever_failed_twice_is_a_witness_once_another_fails() {
    let mut world = World::auditing_for(&["a"]);
    world.catch("j", "a");
    world.catch("j", "a");
    world.up("b");
    world.catch("j", "b");
    let (state, error) = world.ended().expect("the job is not gone on with");
    let error = error.unwrap();
    assert!(state == JobState::Failed && error.contains("box a") && error.contains("box b"), "{error}");
    assert_eq!((world.strikes("a"), world.strikes("b")), (0, 0));
}

/// Its strike comes back from the record, and its next failure is still the word of one.
#[test]
fn a_restart_makes_no_second_witness_of_one_client() {
    let mut world = World::auditing_for(&["a"]);
    let strike = Strike { at: AT, why: "forged".into(), job: Some(job("j")) };
    world.restart(vec![strike], Millis(0));
    world.up("a");
    world.submit("j", 1);
    world.indexed_with_measure("j", 50_000);
    world.catch("j", "a");
    assert_eq!((world.ended(), world.strikes("a")), (None, 0), "it is the same one's second");
    assert!(!world.has_work_of("j", "a"));
}

#[test]
fn a_liar_among_honest_clients_gets_nothing_more_of_the_job_and_can_not_end_it() {
    let mut world = World::auditing_for(&["a", "b"]);
    world.catch("j", "a");
    for _ in 0..20 {
        assert!(!world.has_work_of("j", "a"), "b is there for it");
        let held = world.view("j").leases.into_iter().find(|held| held.client == client("b")).unwrap();
        world.checked("b", held.lease, piece(held.frames()), 0);
        world.audited(held.lease, 39_000);
    }
    assert_eq!((world.strikes("a"), world.strikes("b")), (1, 0));
    world.step(Event::Leaving { client: client("b"), session: SessionNo(2) });
    assert!(world.has_work_of("j", "a"), "nobody else is there");
}

/// An audit of other frames would not tell who is wrong.
#[test]
fn frames_that_failed_an_audit_are_audited_there_whoever_makes_them_next() {
    let mut world = World::auditing(1);
    world.up("a");
    world.submit("j", 1);
    world.indexed_with_measure("j", 2_000);
    let (lease, range) = world.offer_to("a");
    let spot = world.checked("a", lease, piece(range.len()), 17 * 100).expect("its first is audited");
    world.up("b");
    let first_of_b = world.offer_to("b");
    assert!(world.checked("b", first_of_b.0, piece(first_of_b.1.len()), 99).is_some());
    world.audited(first_of_b.0, 39_000);
    world.audited(lease, 9_000);
    let wanted = format!("frames {range}");
    let again = loop {
        let held = world.view("j").leases.into_iter().next().expect("b has work");
        if held.segment == wanted {
            break held.lease;
        }
        assert!(world.checked("b", held.lease, piece(held.frames()), 99).is_none(), "chance says no");
    };
    assert_eq!(world.checked("b", again, piece(range.len()), 99), Some(spot));
}

#[test]
fn a_restart_does_not_forget_where_a_piece_failed_its_audit() {
    let (range, spot) = (FrameRange::new(0, 100), FrameRange::new(31, 39));
    let attempt = Attempt {
        segment: pictures(range),
        past: FailureHistory {
            count: 0,
            failed_on: vec![client("a")],
            fault: Fault::new(FaultCode::AuditFailed, "forged"),
            on_device: false,
            audit_failed: Some(spot),
        },
    };
    let film = film_where(100, |track| track.expected = Some(params()));
    let old = RememberedJob {
        film: Some(film),
        state: JobState::Processing,
        pieces: Vec::new(),
        attempts: vec![attempt],
        ..remembered(false, 0)
    };
    let memory = Memory { boot: 2, jobs: vec![old], ..Memory::default() };
    let (mut world, mut out) = (World::auditing(0), Effects::default());
    world.cluster = Cluster::restore(settings(0), memory, Millis(0), AT, &mut out);
    world.up("b");
    let lease = world.view("j").leases[0].lease;
    assert_eq!(world.checked("b", lease, piece(100), 99), Some(spot), "whatever the percentage");
}

#[test]
fn whoever_was_set_aside_by_a_measure_in_doubt_is_let_in_again() {
    let mut world = World::auditing_for(&["a"]);
    let strike = |of: &str| Strike { at: AT, why: "forged".into(), job: Some(job(of)) };
    world.restart(vec![strike("x"), strike("y"), strike("j")], Millis(0));
    assert_eq!(world.cluster.roster.liars.strikes(&client("a")).len(), 3);
    world.up("a");
    assert!(world.set_aside("a").is_some());
    world.up("b");
    world.submit("j", 1);
    world.indexed_with_measure("j", 500);
    world.catch("j", "b");
    assert_eq!(
        world.ended().map(|(state, _)| state),
        Some(JobState::Failed),
        "a restart forgets nothing of it"
    );
    assert_eq!((world.strikes("a"), world.strikes("b"), world.set_aside("a")), (2, 0, None));
    let back = |e: &Effect| matches!(e, Effect::Notice(Notice::TakenBack { client: one, .. }) if one.id == client("a"));
    assert!(world.out.effects.iter().any(back));
    world.submit("k", 1);
    assert_eq!(world.indexed("k", 50_000), JobState::Benchmarking);
    assert!(world.has_work_of("k", "a"));
}

#[test]
fn strikes_of_other_jobs_and_of_what_was_no_piece_stay() {
    let mut world = World::auditing_for(&["a"]);
    let none = Strike { at: WallMillis(AT.0), why: "no piece at all".into(), job: None };
    world.restart(vec![none.clone()], Millis(0));
    world.up("a");
    world.submit("j", 1);
    world.indexed_with_measure("j", 50_000);
    world.catch("j", "a");
    assert_eq!(world.strikes("a"), 2);
    world.pass(Millis::secs(5));
    world.catch("j", "a");
    assert_eq!(world.cluster.roster.liars.strikes(&client("a")), [none]);
    world.step(Event::ForgiveAsked { ticket: Ticket(3), client: client("a") });
    assert_eq!(world.strikes("a"), 0);
}
