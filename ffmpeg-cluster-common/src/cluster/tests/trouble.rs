//! Slow clients, clients that fail everything, clients that finish, and full disks.

use super::world::{World, client, film, job, pictures, piece, remembered, sent};
use crate::cluster::change::{Change, Memory, RememberedJob};
use crate::cluster::effect::{Effect, Effects, Notice};
use crate::cluster::event::{CheckedPiece, Event};
use crate::cluster::{Cluster, Settings};
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::{LeaseId, SessionNo};
use crate::media::plan::track::Segment;
use crate::protocol::command::{ClientState, JobState};
use crate::protocol::to_client::ToClient;
use crate::time::Millis;

const A: SessionNo = SessionNo(1);
const B: SessionNo = SessionNo(2);

/// Clients "a" and "b" have a part each of a film of 500 frames, and made such films at 30 fps
/// before.
fn halves() -> (World, (LeaseId, FrameRange), (LeaseId, FrameRange)) {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("before", 2);
    world.indexed("before", 300);
    let ((a, x), (b, y)) = (world.offer_to("a"), world.offer_to("b"));
    world.finish("a", a, x.len());
    world.finish("b", b, y.len());
    world.step(Event::Joined { job: job("before"), report: super::world::report(), at: super::world::AT });
    world.submit("j", 2);
    world.indexed("j", 500);
    let (first, second) = (world.offer_to("a"), world.offer_to("b"));
    (world, first, second)
}

/// Time passes, in which both clients are heard.
fn pass_hearing(world: &mut World, time: Millis) -> Vec<(String, LeaseId, Segment)> {
    let mut offers = Vec::new();
    for _ in 0..time.0 / 1_000 {
        for (name, session) in [("a", A), ("b", B)] {
            world.step(Event::Heard { client: client(name), session, free_disk: None });
        }
        world.pass(Millis::secs(1));
        offers.extend(world.offers());
    }
    offers
}

fn range_of(segment: &str) -> FrameRange {
    let (start, end) = segment.strip_prefix("frames ").unwrap().split_once("..").unwrap();
    FrameRange::new(start.parse().unwrap(), end.parse().unwrap())
}

fn finish_all(world: &mut World) {
    while let Some(held) = world.view("j").leases.first().cloned() {
        world.finish(held.client.as_str(), held.lease, range_of(&held.segment).len());
    }
}

/// "a" makes 2 fps instead of 30, and "b" has finished everything else.
fn late() -> (World, LeaseId, LeaseId, FrameRange) {
    let (mut world, (slow, range), _) = halves();
    world.step(Event::Progress { client: client("a"), lease: slow, frames: 10, fps: 2.0 });
    let mut offers = Vec::new();
    while offers.is_empty() {
        let held: Vec<_> =
            world.view("j").leases.iter().filter(|l| l.client == client("b")).cloned().collect();
        for lease in held {
            world.finish("b", lease.lease, range_of(&lease.segment).len());
            offers.extend(world.offers());
        }
        offers.extend(pass_hearing(&mut world, Millis::secs(1)));
        offers.retain(|(_, _, segment)| *segment == pictures(range));
    }
    let (name, twin, _) = offers.remove(0);
    assert_eq!(name, "b", "another client");
    (world, slow, twin, range)
}

#[test]
fn a_segment_of_which_nothing_is_heard_is_given_to_another_client_too_once_it_is_late() {
    let (mut world, (silent, range), (quick, rest)) = halves();
    let mut offers = Vec::new();
    world.finish("b", quick, rest.len());
    while offers.is_empty() {
        let held = world.view("j").leases.iter().find(|one| one.client == client("b")).cloned();
        if let Some(held) = held {
            world.finish("b", held.lease, range_of(&held.segment).len());
        }
        offers = pass_hearing(&mut world, Millis::secs(1));
        offers.retain(|(name, _, segment)| name == "b" && *segment == pictures(range));
    }
    assert!(world.now >= Millis(range.len() * 1_500 / 30), "not before 1.5 times what was predicted");
    assert!(world.view("j").leases.iter().any(|one| one.lease == silent), "it may still come");
}

#[test]
fn what_waits_behind_another_segment_goes_to_a_client_that_is_idle() {
    let (mut world, (busy, range), (quick, rest)) = halves();
    world.step(Event::Progress { client: client("a"), lease: busy, frames: 1, fps: 30.0 });
    pass_hearing(&mut world, Millis::secs(3));
    world.step(Event::Progress { client: client("a"), lease: busy, frames: range.len() - 40, fps: 30.0 });
    let (waiting, behind) = world.offer_to("a");
    // All the rest is done, and the encoder of "a" has become slow.
    world.step(Event::Progress { client: client("a"), lease: busy, frames: range.len() - 39, fps: 2.0 });
    world.finish("b", quick, rest.len());
    while let Some(held) = world.view("j").leases.iter().find(|one| one.client == client("b")).cloned() {
        if range_of(&held.segment) == behind {
            break;
        }
        world.finish("b", held.lease, range_of(&held.segment).len());
    }
    let leases = world.view("j").leases.clone();
    assert!(leases.iter().all(|one| one.lease != waiting), "taken back: {leases:?}");
    assert!(leases.iter().any(|one| one.client == client("b") && range_of(&one.segment) == behind));
}

#[test]
fn a_slow_segment_goes_to_an_idle_client_too_and_the_first_piece_wins() {
    let (mut world, slow, twin, range) = late();
    assert!(world.view("j").explain().iter().any(|line| line.contains("two clients try")));
    world.finish("b", twin, range.len());
    let revoked = |e: &ToClient| matches!(e, ToClient::Revoke { lease, .. } if *lease == slow);
    assert!(world.said().any(revoked), "the slow one is called off");
    assert!(world.wanted(&Effect::Join { job: job("j") }));
    world.step(Event::PieceSent { client: client("a"), lease: slow, piece: sent() });
    assert!(world.said().any(revoked) && world.out.changes.is_empty(), "politely, and too late");
}

#[test]
fn the_slow_one_may_still_be_first() {
    let (mut world, slow, twin, range) = late();
    world.finish("a", slow, range.len());
    assert!(world.said().any(|e| matches!(e, ToClient::Revoke { lease, .. } if *lease == twin)));
    assert!(
        world.out.effects.iter().any(|e| matches!(e, Effect::DiscardPiece { lease, .. } if *lease == twin))
    );
    assert!(world.wanted(&Effect::Join { job: job("j") }));
}

#[test]
fn where_one_of_two_fails_the_other_goes_on_and_the_attempt_counts() {
    let (mut world, slow, twin, range) = late();
    world.fail("b", twin, FaultCode::EncoderFailed);
    assert!(world.offers().is_empty(), "the slow one still has it");
    world.fail("a", slow, FaultCode::EncoderFailed);
    let attempts = world.out.changes.iter().find_map(|change| match change {
        Change::LeaseEnded { attempt: Some(attempt), .. } => Some(attempt.past.count),
        _ => None,
    });
    assert_eq!(attempts, Some(2), "{range} failed on both");
}

#[test]
fn a_client_that_is_late_and_gone_leaves_the_frames_to_its_helper() {
    let (mut world, slow, twin, range) = late();
    world.step(Event::Leaving { client: client("a"), session: A });
    assert!(!world.view("j").leases.iter().any(|lease| lease.lease == slow));
    assert!(world.offers().is_empty(), "the helper has it");
    world.finish("b", twin, range.len());
    assert!(world.wanted(&Effect::Join { job: job("j") }), "{:?}", world.view("j"));
}

/// An encoder that looks ahead reports none of a short segment's frames before its end.
#[test]
fn whoever_is_idle_takes_over_what_a_slower_client_has_begun_and_reports_no_frames_of() {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("before", 2);
    world.indexed("before", 300);
    let ((a, x), (b, y)) = (world.offer_to("a"), world.offer_to("b"));
    world.finish_in("a", a, x.len(), x.len() * 200);
    world.finish_in("b", b, y.len(), y.len() * 20);
    world.step(Event::Joined { job: job("before"), report: super::world::report(), at: super::world::AT });
    world.submit("j", 2);
    world.indexed("j", 220);
    let ((slow, range), mut quick) = (world.offer_to("a"), world.offer_to("b"));
    world.step(Event::Progress { client: client("a"), lease: slow, frames: 0, fps: 0.0 });
    while quick.1 != range {
        let frames = quick.1.len();
        world.finish_in("b", quick.0, frames, frames * 20);
        quick = world.offer_to("b");
    }
}

#[test]
fn nobody_helps_who_would_be_later_still() {
    let (mut world, (slow, range), (quick, rest)) = halves();
    world.finish("b", quick, rest.len());
    // Eight frames are left at 5 fps; doing all of them anew takes "b" eight seconds.
    let again =
        |offers: Vec<(String, LeaseId, Segment)>| offers.iter().any(|(_, _, s)| *s == pictures(range));
    for _ in 0..30 {
        world.step(Event::Progress { client: client("a"), lease: slow, frames: range.len() - 8, fps: 5.0 });
        assert!(!again(pass_hearing(&mut world, Millis::secs(1))));
    }
}

#[test]
fn both_leases_of_a_late_segment_are_remembered() {
    let (world, slow, twin, range) = late();
    let words = crate::media::params::words("-c:v libx264").unwrap();
    let spec = crate::cluster::event::JobSpec {
        source: crate::cluster::event::SourceAt::LocalFile("/a".into()),
        file_name: "a".into(),
        output_name: "b.mp4".into(),
        profile: crate::media::params::parse(&words, crate::media::words::container::Container::Mp4).unwrap(),
        params_text: String::new(),
        required_clients: 1,
        exactly: true,
        care: Default::default(),
        hw: Default::default(),
        priority: Default::default(),
        ladder: None,
        owner: "local".into(),
    };
    let old = RememberedJob {
        job: job("j"),
        spec,
        state: JobState::Processing,
        film: Some(film(500, false)),
        created_at: super::world::AT,
        pieces: Vec::new(),
        leases: vec![remembered(slow, range, "a"), remembered(twin, range, "b")],
        attempts: Vec::new(),
        crashes: 0,
        place: Default::default(),
        paused: false,
    };
    let memory = Memory { boot: 2, jobs: vec![old], ..Memory::default() };
    let settings = Settings { retry_delay: Millis(0), ..super::world::settings(0) };
    let (mut world, mut out) = (world, Effects::default());
    world.cluster = Cluster::restore(settings, memory, world.now, super::world::AT, &mut out);
    world.cluster.check();
    world.up_holding("b", &[twin]);
    world.finish("b", twin, range.len());
    assert_eq!(world.view("j").frames_kept, range.len());
    assert!(!world.view("j").leases.iter().any(|lease| lease.lease == slow), "called off");
}

/// What "a" is given fails there, again and again; "b" does well. Gives the pauses between.
fn fails_everything(world: &mut World, times: usize) {
    for _ in 0..times {
        let held = world.view("j").leases.iter().find(|l| l.client == client("a")).map(|l| l.lease);
        world.fail("a", held.expect("it has work"), FaultCode::EncoderFailed);
    }
}

fn set_aside(world: &World) -> Option<String> {
    world.cluster.view(world.now).clients[&client("a")].set_aside.clone()
}

#[test]
fn a_client_that_fails_everything_is_set_aside_and_comes_back_after_a_trial() {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("j", 2);
    world.indexed("j", 50_000);
    fails_everything(&mut world, 2);
    assert_eq!(set_aside(&world), None);
    fails_everything(&mut world, 1);
    let why = set_aside(&world).expect("three in a row");
    assert!(why.contains("everything fails on it (it broke); on trial in 30 s"), "{why}");
    assert!(world.view("j").explain().iter().any(|line| line.contains("box a is set aside")));
    assert!(world.out.effects.iter().any(|e| matches!(e, Effect::Notice(Notice::SetAside { .. }))));
    let offers = pass_hearing(&mut world, Millis::secs(29));
    assert!(offers.iter().all(|(name, ..)| name != "a"), "{offers:?}");
    // The trial fails: a longer pause. Then one is kept.
    assert_eq!(pass_hearing(&mut world, Millis::secs(2)).iter().filter(|(name, ..)| name == "a").count(), 1);
    fails_everything(&mut world, 1);
    assert!(set_aside(&world).unwrap().contains("on trial in 60 s"));
    let offers = pass_hearing(&mut world, Millis::secs(61));
    let (_, lease, segment) = offers.iter().find(|(name, ..)| name == "a").unwrap().clone();
    world.finish("a", lease, segment.units.len());
    assert_eq!(set_aside(&world), None);
}

/// Found by the simulator: it waited for ever beside a client that failed at the same frames again
/// and again.
#[test]
fn frames_at_which_all_others_failed_go_to_a_client_on_trial() {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("j", 2);
    world.indexed("j", 50_000);
    fails_everything(&mut world, 3);
    world.step(Event::CancelAsked { ticket: crate::ids::Ticket(1), job: job("j"), at: super::world::AT });
    world.submit("k", 1);
    world.indexed("k", 60);
    let (lease, range) = world.offer_to("b");
    pass_hearing(&mut world, Millis::secs(31));
    assert!(set_aside(&world).is_some_and(|why| why.contains("on trial with one segment")));
    world.fail("b", lease, FaultCode::EncoderFailed);
    assert_eq!(world.offer_to("a").1, range);
}

#[test]
fn the_last_client_is_not_set_aside_and_neither_is_one_whose_frames_fail_elsewhere_too() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 50_000);
    fails_everything(&mut world, 3);
    assert_eq!(set_aside(&world), None, "films must not wait for nobody");

    let mut world = World::new();
    world.up("a");
    world.up("b");
    for name in ["j", "k", "l", "m"] {
        world.submit(name, 2);
        world.indexed(name, 60);
        for _ in 0..3 {
            let held = world.view(name).leases.first().map(|lease| (lease.client.clone(), lease.lease));
            let Some((who, lease)) = held else { break };
            world.fail(who.as_str(), lease, FaultCode::EncoderFailed);
            if world.ended().is_some() {
                break;
            }
            pass_hearing(&mut world, Millis::secs(60));
        }
    }
    let view = world.cluster.view(world.now);
    assert!(view.clients.values().all(|one| one.set_aside.is_none()), "poisoned films are not their fault");
}

#[test]
fn a_client_that_finishes_gives_back_what_it_has_not_begun() {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("j", 2);
    world.indexed("j", 5_000);
    let (lease, range) = world.offer_to("a");
    world.step(Event::Progress { client: client("a"), lease, frames: 240, fps: 25.0 });
    let (queued, _) = world.offer_to("a");
    world.step(Event::Finishing { client: client("a"), session: A, returned: vec![queued] });
    let blame = |c: &Change| matches!(c, Change::LeaseEnded { attempt: Some(_), .. });
    assert!(!world.out.changes.iter().any(blame));
    world.finish("a", lease, range.len());
    assert_eq!(world.view("j").frames_kept, range.len());
    assert!(world.offers().iter().all(|(name, ..)| name != "a"), "nothing new");
    assert_ne!(world.cluster.view(world.now).clients[&client("a")].state, ClientState::Disconnected);
}

#[test]
fn a_full_server_promises_nothing_and_goes_on_by_itself() {
    let mut world = World::new();
    world.step(Event::FreeDisk(1 << 20));
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 500);
    assert!(world.offers().is_empty());
    assert!(
        world.view("j").doing.contains("the server's disk is full: 1 MiB are free"),
        "{:?}",
        world.view("j")
    );
    world.step(Event::FreeDisk(1 << 30));
    assert_eq!(world.offers().len(), 1);
}

#[test]
fn what_is_promised_has_its_room() {
    let mut world = World::new();
    world.step(Event::FreeDisk(250 << 20));
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 50_000);
    let (lease, range) = world.offer_to("a");
    world.step(Event::PieceSent { client: client("a"), lease, piece: sent() });
    let (next, promised) = world.offer_to("a");
    assert_eq!(promised.len(), 250, "nobody knows yet how large pieces are");
    let large = CheckedPiece { bytes: 100 << 20, ..piece(range.len()) };
    world.step(Event::PieceChecked { lease, result: Ok(large), chance: 0 });
    world.up("b");
    assert!(world.offers().is_empty());
    let doing = world.view("j").doing;
    assert!(doing.contains("250 MiB are free and 336 MiB needed"), "{doing}");
    world.step(Event::FreeDisk(500 << 20));
    let (_, fits) = world.offer_to("b");
    assert_eq!(fits.len(), 230, "184 MiB are left, and each frame is here twice in the end");
    assert!(world.view("j").leases.iter().any(|lease| lease.lease == next));
}

#[test]
fn a_piece_that_did_not_fit_is_asked_for_again() {
    let (mut world, (lease, range), _) = halves();
    world.step(Event::PieceSent { client: client("a"), lease, piece: sent() });
    world.step(Event::PieceChecked {
        lease,
        result: Err(Fault::new(FaultCode::DiskFull, "no room")),
        chance: 0,
    });
    assert!(world.out.changes.is_empty(), "nobody's attempt");
    world.pass(Millis::secs(5));
    assert!(world.said().any(|e| matches!(e, ToClient::SendAgain { lease: it, .. } if *it == lease)));
    world.finish("a", lease, range.len());
    assert_eq!(world.view("j").frames_kept, range.len());
}

#[test]
fn a_client_whose_disk_is_full_is_left_alone_until_it_has_room() {
    let (mut world, (lease, range), _) = halves();
    world.fail("a", lease, FaultCode::DiskFull);
    let blame = |c: &Change| matches!(c, Change::LeaseEnded { attempt: Some(_), .. });
    assert!(!world.out.changes.iter().any(blame));
    world.step(Event::Heard { client: client("a"), session: A, free_disk: Some(9) });
    let offers = pass_hearing(&mut world, Millis::secs(20));
    assert!(offers.iter().all(|(name, ..)| name == "b"), "{offers:?}");
    assert!(range.len() < 500);
    world.step(Event::Heard { client: client("a"), session: A, free_disk: Some(1 << 40) });
    let offers = pass_hearing(&mut world, Millis::secs(20));
    let mine = world.view("j").leases.iter().any(|lease| lease.client == client("a"));
    assert!(mine || offers.iter().any(|(name, ..)| name == "a"), "{:?}", world.view("j").explain());
}

#[test]
fn a_result_that_does_not_fit_is_joined_when_there_is_room() {
    let (mut world, (a, x), (b, y)) = halves();
    world.finish("a", a, x.len());
    world.finish("b", b, y.len());
    finish_all(&mut world);
    let fault = Fault::new(FaultCode::DiskFull, "no room for the result");
    world.step(Event::JoinFailed { job: job("j"), fault: fault.clone(), at: super::world::AT });
    assert_eq!(world.view("j").state, JobState::Combining);
    assert!(world.view("j").doing.contains("disk is full"));
    world.pass(Millis::secs(5));
    assert!(world.wanted(&Effect::Join { job: job("j") }));
    world.submit("k", 1);
    world.step(Event::IndexFailed { job: job("k"), fault, at: super::world::AT });
    assert_eq!(world.view("k").state, JobState::Queued);
    world.pass(Millis::secs(5));
    assert!(world.out.effects.iter().any(|e| matches!(e, Effect::Index { job: it, .. } if *it == job("k"))));
}

/// "1 s left" was said until the client was given up.
#[test]
fn nobody_estimates_by_the_speed_of_a_client_that_fell_silent() {
    let (mut world, (silent, _), (talks, _)) = halves();
    let progress =
        |name: &str, lease, frames, fps| Event::Progress { client: client(name), lease, frames, fps };
    world.step(progress("a", silent, 100, 50.0));
    world.step(progress("b", talks, 10, 5.0));
    assert_eq!(world.view("j").fps, 55.0);
    world.pass(Millis::secs(4));
    world.step(progress("b", talks, 30, 5.0));
    assert_eq!(world.view("j").fps, 5.0);
    world.step(progress("b", talks, 31, 0.25));
    world.pass(Millis::secs(6));
    assert_eq!(world.view("j").fps, 0.25, "a frame of this takes four seconds");
}
