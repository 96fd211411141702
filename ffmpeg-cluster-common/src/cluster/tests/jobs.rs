use super::world::{
    AT, SOUND, World, client, film, film_where, job, pictures, piece, report, sent, spec, whole,
};
use crate::cluster::change::Change;
use crate::cluster::effect::{Answer, Effect};
use crate::cluster::event::{Event, JobSpec, SourceAt};
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::{LeaseId, Ticket};
use crate::media::plan::film::IndexedBy;
use crate::media::plan::track::Segment;
use crate::protocol::command::{ClientState, ErrorCode, JobState};
use crate::protocol::to_client::{RefusalCode, ToClient};
use crate::time::Millis;

#[test]
fn a_job_goes_through_all_its_states() {
    let mut world = World::new();
    assert_eq!(world.submit("j", 2), JobState::Queued);
    assert!(world.wanted(&Effect::Index { job: job("j"), by: IndexedBy::Packets, one_piece: None }));
    assert_eq!(world.indexed("j", 300), JobState::WaitingForClients);
    world.up("a");
    assert!(
        world.view("j").doing.contains("waiting for 1 more client: 2 required, 1 of 1"),
        "{}",
        world.view("j").doing
    );
    world.up("b");
    assert_eq!(world.view("j").state, JobState::Benchmarking);
    let ((a, a_range), (b, b_range)) = (world.offer_to("a"), world.offer_to("b"));
    assert_eq!((a_range, b_range), (FrameRange::new(0, 150), FrameRange::new(150, 300)));
    world.finish("a", a, 150);
    assert_eq!(world.view("j").state, JobState::Processing);
    assert_eq!(world.view("j").frames_kept, 150);
    world.finish("b", b, 150);
    assert_eq!(world.view("j").state, JobState::Combining);
    assert!(world.wanted(&Effect::Join { job: job("j") }));
    world.step(Event::Joined { job: job("j"), report: report(), at: AT });
    assert_eq!(world.ended(), Some((JobState::Completed, None)));
    assert!(world.cluster.view(world.now).jobs.is_empty());
}

#[test]
fn a_second_job_needs_no_measuring() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 200);
    let (lease, _) = world.offer_to("a");
    world.finish("a", lease, 200);
    world.submit("k", 1);
    assert_eq!(world.indexed("k", 200), JobState::Processing);
}

#[test]
fn sound_is_work_of_its_own_beside_the_picture() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.step(Event::Indexed { job: job("j"), film: Box::new(film(200, true)) });
    let segments: Vec<Segment> = world.offers().iter().map(|(_, _, segment)| *segment).collect();
    assert_eq!(segments, [pictures(FrameRange::new(0, 200)), SOUND]);
    let (picture, _) = world.offer_to("a");
    let sound = world.offers()[1].1;
    world.finish("a", picture, 200);
    assert_eq!(world.view("j").state, JobState::Processing, "the sound is missing");
    world.finish("a", sound, 0);
    assert_eq!(world.view("j").state, JobState::Combining);
}

#[test]
fn what_the_first_job_can_not_use_goes_to_the_second() {
    let mut world = World::new();
    for name in ["a", "b", "c"] {
        world.up(name);
    }
    world.submit("j", 1);
    world.indexed("j", 50);
    world.submit("k", 1);
    world.indexed("k", 500);
    let takers: Vec<String> = world.offers().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(takers, ["b", "c"], "one client suffices for 50 frames");
}

/// Two machines at home waited for a third for ever.
#[test]
fn a_job_that_waits_is_started_with_fewer_clients() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 3);
    assert_eq!(world.indexed("j", 500), JobState::WaitingForClients);
    assert!(world.view("j").doing.contains("`start JOB`"), "{}", world.view("j").doing);
    world.step(Event::StartAsked { ticket: Ticket(9), job: job("j") });
    assert!(world.out.changes.contains(&Change::ClientsWanted { job: job("j"), clients: 1 }));
    assert!(world.wanted(&Effect::Reply { ticket: Ticket(9), answer: Answer::Started(job("j")) }));
    assert_eq!(world.view("j").state, JobState::Benchmarking);
    let (lease, _) = world.offer_to("a");
    assert!(world.cluster.jobs[&job("j")].leases().any(|(id, _)| *id == lease));
    world.step(Event::StartAsked { ticket: Ticket(10), job: job("j") });
    assert!(world.out.changes.is_empty(), "it was started before");
    world.step(Event::StartAsked { ticket: Ticket(11), job: job("k") });
    let refused = |effect: &Effect| {
        matches!(effect, Effect::Reply { answer: Answer::Error { code: ErrorCode::JobNotFound, .. }, .. })
    };
    assert!(world.out.effects.iter().any(refused));
}

#[test]
fn cancelling_takes_everything_back() {
    let mut world = World::new();
    let session = world.up("a");
    world.submit("j", 1);
    world.indexed("j", 500);
    let (lease, _) = world.offer_to("a");
    world.step(Event::CancelAsked { ticket: Ticket(9), job: job("j"), at: AT });
    assert_eq!(world.ended(), Some((JobState::Cancelled, None)));
    let message = ToClient::Revoke { lease, reason: "the job has ended".to_owned() };
    assert!(world.wanted(&Effect::Say { client: client("a"), session, message }));
    assert!(world.wanted(&Effect::StopWork { job: job("j") }));
    assert!(world.wanted(&Effect::CleanJob { job: job("j"), source: None }));
    assert!(world.wanted(&Effect::Reply { ticket: Ticket(9), answer: Answer::Cancelled(job("j")) }));
    world.step(Event::CancelAsked { ticket: Ticket(10), job: job("j"), at: AT });
    let refused = |effect: &Effect| {
        matches!(effect, Effect::Reply { answer: Answer::Error { code: ErrorCode::JobNotFound, .. }, .. })
    };
    assert!(world.out.effects.iter().any(refused));
}

#[test]
fn only_a_failed_job_keeps_its_upload_for_another_try() {
    let ended = |event: Event| {
        let mut world = World::new();
        let spec = JobSpec { source: SourceAt::Upload("u1".parse().unwrap()), ..spec() };
        world.step(Event::Submitted { ticket: Ticket(1), job: job("j"), spec: Box::new(spec), at: AT });
        world.step(event);
        let mut cleaned = world.out.effects.into_iter().filter_map(|effect| match effect {
            Effect::CleanJob { source, .. } => Some(source),
            _ => None,
        });
        cleaned.next().expect("the job is cleaned up")
    };
    let fault = Fault::new(FaultCode::SourceUnreadable, "no");
    assert_eq!(ended(Event::IndexFailed { job: job("j"), fault, at: AT }), None);
    let cancelled = ended(Event::CancelAsked { ticket: Ticket(9), job: job("j"), at: AT });
    assert_eq!(cancelled, Some("u1".parse().unwrap()));
}

#[test]
fn a_batch_that_ends_a_job_starts_no_server_task_of_it() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 300);
    let (lease, _) = world.offer_to("a");
    world.finish("a", lease, 300);
    assert!(world.wanted(&Effect::Join { job: job("j") }));
    let cancel = Event::CancelAsked { ticket: Ticket(9), job: job("j"), at: AT };
    world.cluster.step(world.now, cancel, &mut world.out);
    assert_eq!(world.ended(), Some((JobState::Cancelled, None)));
    assert!(!world.wanted(&Effect::Join { job: job("j") }), "{:?}", world.out.effects);
    assert!(world.wanted(&Effect::StopWork { job: job("j") }));
}

#[test]
fn a_source_that_can_not_be_read_fails_its_job_and_no_other() {
    let mut world = World::new();
    world.submit("j", 1);
    world.submit("k", 1);
    let fault = Fault::new(FaultCode::SourceUnreadable, "no film");
    world.step(Event::IndexFailed { job: job("j"), fault, at: AT });
    assert_eq!(world.ended(), Some((JobState::Failed, Some("no film".into()))));
    assert_eq!(world.indexed("k", 10), JobState::WaitingForClients);
}

#[test]
fn only_a_few_sources_are_indexed_at_once() {
    let mut world = World::new();
    for name in ["j", "k", "l"] {
        world.submit(name, 1);
    }
    assert!(world.view("l").doing.contains("behind 2 jobs"), "{}", world.view("l").doing);
    world.indexed("j", 10);
    assert!(world.wanted(&Effect::Index { job: job("l"), by: IndexedBy::Packets, one_piece: None }));
}

#[test]
fn a_job_whose_encoder_nobody_has_says_so() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    let odd = film_where(100, |track| track.encoders = vec!["libsvtav1".into()]);
    world.step(Event::Indexed { job: job("j"), film: Box::new(odd) });
    let explained = world.view("j").explain().join("; ");
    assert!(explained.contains("no connected client has proved libsvtav1"), "{explained}");
    let session = crate::ids::SessionNo(1);
    world.step(Event::Abilities {
        client: client("a"),
        session,
        encoders: vec!["libsvtav1".into()],
        devices: vec![],
    });
    assert_eq!(world.offer_to("a").1, FrameRange::new(0, 100));
}

#[test]
fn an_indivisible_film_is_one_lease() {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("j", 1);
    let whole = whole(9_000, "hqdn3d");
    world.step(Event::Indexed { job: job("j"), film: Box::new(whole) });
    assert_eq!(world.offers().len(), 1);
    assert_eq!(world.offer_to("a").1, FrameRange::new(0, 9_000));
}

/// What a client was offered last is made in that time; what was offered to others when it was
/// encoded is in `out`.
fn made_in(world: &mut World, name: &str, lease: LeaseId, encode_ms: u64) {
    let frames = 100;
    world.step(Event::Encoded { client: client(name), lease, encode_ms, spent: None });
    let offers = std::mem::take(&mut world.out.effects);
    world.step(Event::PieceSent { client: client(name), lease, piece: sent() });
    world.step(Event::PieceChecked { lease, result: Ok(piece(frames)), chance: 0 });
    world.out.effects = offers;
}

#[test]
fn an_indivisible_film_goes_to_the_fastest_also_where_that_changes_while_others_wait() {
    let mut world = World::new();
    for (name, job_name, fps) in [("a", "j1", 100), ("b", "j2", 60)] {
        let session = world.up(name);
        world.submit(job_name, 1);
        world.indexed(job_name, 100);
        let (lease, _) = world.offer_to(name);
        made_in(&mut world, name, lease, 100_000 / fps);
        world.gone(name, session);
    }
    world.up("a");
    world.up("b");
    world.submit("busy", 1);
    world.indexed("busy", 100);
    let (lease, _) = world.offer_to("a");
    world.submit("whole", 1);
    let whole = whole(9_000, "hqdn3d");
    world.step(Event::Indexed { job: job("whole"), film: Box::new(whole) });
    assert!(world.offers().is_empty(), "the fastest is busy");
    // Now it turns out to be the slower one, and b heard nothing since.
    made_in(&mut world, "a", lease, 100_000);
    assert_eq!(world.offer_to("b").1, FrameRange::new(0, 9_000));
}

#[test]
fn draining_hands_nothing_out_and_takes_no_job() {
    let mut world = World::new();
    world.submit("j", 1);
    world.indexed("j", 100);
    world.step(Event::Drain);
    assert!(world.wanted(&Effect::SayDraining));
    world.up("a");
    assert!(world.offers().is_empty());
}

#[test]
fn clients_are_shown_as_they_are() {
    let mut world = World::new();
    let session = world.up("a");
    let state = |world: &World| world.cluster.view(world.now).clients[&client("a")].state;
    assert_eq!(state(&world), ClientState::Idle);
    world.submit("j", 1);
    world.indexed("j", 2_000);
    assert_eq!(state(&world), ClientState::Benchmarking);
    let (lease, range) = world.offer_to("a");
    world.finish("a", lease, range.len());
    assert_eq!(state(&world), ClientState::Processing);
    world.step(Event::DisconnectAsked { ticket: Ticket(1), client: client("a") });
    assert_eq!(state(&world), ClientState::Disconnected);
    assert!(world.refused().contains(&(session, RefusalCode::Disconnected)));
    assert_eq!(world.view("j").state, JobState::WaitingForClients);
    world.pass(Millis::secs(100));
    assert!(world.cluster.deadline().is_none_or(|due| due > world.now));
}
