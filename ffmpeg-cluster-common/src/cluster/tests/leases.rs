use super::world::{World, client, film, job, pictures, piece, whole};
use crate::cluster::change::Change;
use crate::cluster::effect::{Effect, Effects};
use crate::cluster::event::Event;
use crate::cluster::{Cluster, Settings};
use crate::fault::{Fault, FaultCode};
use crate::media::plan::film::IndexedBy;
use crate::protocol::command::JobState;
use crate::protocol::to_client::ToClient;
use crate::time::Millis;

/// Two clients at work on a film.
fn busy(frames: u64) -> World {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("j", 2);
    world.indexed("j", frames);
    world
}

#[test]
fn a_dead_clients_frames_go_to_another_within_three_seconds() {
    let mut world = busy(300);
    let ((_, lost), (b, range)) = (world.offer_to("a"), world.offer_to("b"));
    world.finish("b", b, range.len());
    world.gone("a", crate::ids::SessionNo(1));
    assert!(world.offers().is_empty(), "it may come back");
    world.pass(Millis(2_999));
    assert_eq!(world.offer_to("b").1, lost);
}

#[test]
fn a_client_that_comes_back_in_time_keeps_its_lease() {
    let mut world = busy(300);
    let (lease, range) = world.offer_to("a");
    world.gone("a", crate::ids::SessionNo(1));
    world.pass(Millis(1_000));
    let session = world.up_holding("a", &[lease]);
    assert!(world.wanted(&Effect::Welcome { client: client("a"), session, holding: vec![lease] }));
    world.pass(Millis::secs(4));
    world.finish("a", lease, range.len());
    assert_eq!(world.view("j").frames_kept, range.len());
}

#[test]
fn a_client_that_restarted_holds_nothing_and_its_frames_go_back() {
    let mut world = busy(300);
    let (_, lost) = world.offer_to("a");
    let session = world.up_holding("a", &[]);
    assert!(world.wanted(&Effect::Welcome { client: client("a"), session, holding: vec![] }));
    let (b, range) = (world.cluster.view(world.now).jobs[&job("j")].leases[0].lease, lost);
    assert_ne!(range, lost.min(crate::frames::FrameRange::new(0, 0)));
    world.step(Event::LeaseFailed {
        client: client("b"),
        lease: b,
        fault: Fault::new(FaultCode::Internal, "x"),
    });
}

#[test]
fn silence_ends_a_session_and_a_newer_session_wins() {
    let mut world = busy(300);
    world.pass(Millis::secs(16));
    assert_eq!(world.refused().len(), 2);
    assert_eq!(world.view("j").state, JobState::WaitingForClients);
    world.up("a");
    let first = crate::ids::SessionNo(3);
    world.up("a");
    assert!(world.refused().iter().any(|(session, _)| *session == first));
    world.gone("a", first);
    assert!(
        world.cluster.view(world.now).clients[&client("a")].state
            != crate::protocol::command::ClientState::Disconnected
    );
}

#[test]
fn failed_frames_are_tried_elsewhere_first_and_end_with_the_encoders_words() {
    let mut world = busy(300);
    let ((a, range), (b, other)) = (world.offer_to("a"), world.offer_to("b"));
    world.finish("b", b, other.len());
    world.fail("a", a, FaultCode::EncoderFailed);
    let (again, same) = world.offer_to("b");
    assert_eq!(same, range, "intact, on the other client, at once");
    world.fail("b", again, FaultCode::EncoderFailed);
    assert!(world.offers().is_empty(), "both failed: there is a pause");
    world.step(Event::Heard { client: client("a"), session: crate::ids::SessionNo(1), free_disk: None });
    world.step(Event::Heard { client: client("b"), session: crate::ids::SessionNo(2), free_disk: None });
    world.pass(Millis::secs(11));
    let (name, third, _) = world.offers()[0].clone();
    world.fail(&name, third, FaultCode::EncoderFailed);
    let (state, error) = world.ended().unwrap();
    let error = error.unwrap();
    assert_eq!(state, JobState::Failed);
    for part in ["frames 0..150", "box", "attempt 3 of 3", "it broke", "last words"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
}

#[test]
fn a_client_that_leaves_is_not_to_blame() {
    let mut world = busy(300);
    let (_, range) = world.offer_to("a");
    world.step(Event::Leaving { client: client("a"), session: crate::ids::SessionNo(1) });
    let blame = world.out.changes.iter().any(|c| matches!(c, Change::LeaseEnded { attempt: Some(_), .. }));
    assert!(!blame);
    assert!(world.view("j").frames_done < 300 && range.len() == 150);
}

#[test]
fn an_acknowledgement_that_got_lost_is_given_again_and_strangers_get_none() {
    let mut world = busy(300);
    let (lease, range) = world.offer_to("a");
    let foreign = Event::PieceSent { client: client("b"), lease, piece: super::world::sent() };
    world.step(foreign);
    assert!(world.said().any(|e| matches!(e, ToClient::Revoke { .. })), "not b's lease");
    world.finish("a", lease, range.len());
    let kept = world.said().filter(|e| matches!(e, ToClient::Kept { .. })).count();
    assert_eq!(kept, 1);
    world.step(Event::PieceSent { client: client("a"), lease, piece: super::world::sent() });
    assert!(world.said().any(|e| matches!(e, ToClient::Kept { .. })));
    assert!(world.out.changes.is_empty(), "kept once");
    world.step(Event::PieceChecked { lease, result: Ok(piece(range.len())), chance: 0 });
    assert!(world.out.changes.is_empty(), "a late check changes nothing");
}

#[test]
fn broken_bytes_are_sent_again_a_few_times() {
    let mut world = busy(300);
    let (lease, range) = world.offer_to("a");
    for round in 1..=3 {
        world.step(Event::PieceSent { client: client("a"), lease, piece: super::world::sent() });
        let fault = Fault::new(FaultCode::BytesDiffer, "flipped");
        world.step(Event::PieceChecked { lease, result: Err(fault), chance: 0 });
        let again = world.said().any(|e| matches!(e, ToClient::SendAgain { .. }));
        assert_eq!(again, round < 3, "round {round}");
    }
    assert_eq!(world.view("j").frames_kept, 0);
    assert!(world.view("j").explain().iter().any(|line| line.contains(&format!("frames {range} failed"))));
}

#[test]
fn pieces_that_can_not_be_joined_are_refused() {
    let mut world = busy(300);
    let ((a, x), (b, y)) = (world.offer_to("a"), world.offer_to("b"));
    world.finish("a", a, x.len());
    let mut odd = piece(y.len());
    odd.facts.params[0].codec = "vp9".into();
    world.step(Event::PieceChecked { lease: b, result: Ok(odd), chance: 0 });
    assert_eq!(world.view("j").frames_kept, x.len());
}

#[test]
fn an_index_that_lies_is_made_again_by_decoding() {
    let mut world = busy(300);
    let ((a, _), (b, _)) = (world.offer_to("a"), world.offer_to("b"));
    world.fail("a", a, FaultCode::FramesDiffer);
    assert_eq!(world.view("j").state, JobState::Benchmarking);
    world.fail("b", b, FaultCode::FramesDiffer);
    assert!(world.wanted(&Effect::Index { job: job("j"), by: IndexedBy::Decoding, one_piece: None }));
    assert_eq!(world.view("j").state, JobState::Queued);
    let film =
        crate::media::plan::film::Film { indexed_by: IndexedBy::Decoding, ..super::world::film(499, false) };
    world.step(Event::Indexed { job: job("j"), film: Box::new(film) });
    assert_eq!(world.view("j").frames_total, Some(499));
    assert!(!world.offers().is_empty());
}

#[test]
fn one_client_alone_does_not_make_the_index_wrong() {
    let mut world = busy(5_000);
    for _ in 0..2 {
        let held =
            world.view("j").leases.iter().find(|held| held.client == client("a")).map(|held| held.lease);
        world.fail("a", held.expect("it has work"), FaultCode::FramesDiffer);
        assert!(!world.out.effects.iter().any(|effect| matches!(effect, Effect::Index { .. })));
    }
    let held = world.view("j").leases.iter().find(|held| held.client == client("b")).map(|held| held.lease);
    world.fail("b", held.unwrap(), FaultCode::FramesDiffer);
    assert!(world.wanted(&Effect::Index { job: job("j"), by: IndexedBy::Decoding, one_piece: None }));
}

/// Lists the film anew as the last `Index` effect asks for; gives why it is in one piece.
fn indexed_as_asked(world: &mut super::world::World) -> Option<String> {
    let asked = world.out.effects.iter().find_map(|effect| match effect {
        Effect::Index { by, one_piece, .. } => Some((*by, one_piece.clone())),
        _ => None,
    });
    let (indexed_by, one_piece) = asked.expect("the film is indexed again");
    let film = one_piece.as_ref().map_or_else(|| film(500, false), |why| whole(500, why));
    let film = crate::media::plan::film::Film { indexed_by, ..film };
    world.step(Event::Indexed { job: job("j"), film: Box::new(film) });
    one_piece
}

#[test]
fn a_film_that_decoding_can_not_list_either_is_not_cut() {
    let mut world = busy(300);
    for round in 0..2 {
        let ((a, _), (b, _)) = (world.offer_to("a"), world.offer_to("b"));
        world.fail("a", a, FaultCode::FramesDiffer);
        world.fail("b", b, FaultCode::FramesDiffer);
        assert_eq!(indexed_as_asked(&mut world).is_some(), round == 1);
    }
    assert_eq!(world.offers().len(), 1, "one lease for all of it");
    assert_eq!(world.offers()[0].2, pictures(crate::frames::FrameRange::new(0, 500)));
}

#[test]
fn a_film_whose_picture_changes_midway_is_not_cut() {
    let mut world = busy(300);
    let ((a, x), (b, y)) = (world.offer_to("a"), world.offer_to("b"));
    world.finish("a", a, x.len());
    let mut odd = piece(y.len());
    odd.facts.params[0].width = 32;
    world.step(Event::PieceSent { client: client("b"), lease: b, piece: super::world::sent() });
    world.step(Event::PieceChecked { lease: b, result: Ok(odd), chance: 0 });
    let why = indexed_as_asked(&mut world).expect("in one piece");
    assert!(
        world.out.effects.contains(&Effect::DiscardPiece { lease: a, job: job("j") }),
        "the first one, too"
    );
    assert!(why.contains("the picture changes within the film"), "{why}");
    assert_eq!((world.view("j").frames_kept, world.offers().len()), (0, 1));
}

/// Seconds in which "a" is heard.
fn pass_hearing(world: &mut World, seconds: u64) {
    for _ in 0..seconds {
        world.step(Event::Heard { client: client("a"), session: crate::ids::SessionNo(1), free_disk: None });
        world.pass(Millis::secs(1));
    }
}

#[test]
fn the_next_segment_is_at_hand_before_the_present_one_ends() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    world.indexed("j", 5_000);
    let (lease, range) = world.offer_to("a");
    assert_eq!(range.len(), 250);
    world.step(Event::Progress { client: client("a"), lease, frames: 1, fps: 10.0 });
    pass_hearing(&mut world, 5);
    world.step(Event::Progress { client: client("a"), lease, frames: 50, fps: 10.0 });
    assert!(world.offers().is_empty(), "20 seconds are left");
    pass_hearing(&mut world, 15);
    world.step(Event::Progress { client: client("a"), lease, frames: 200, fps: 10.0 });
    assert_eq!(world.offers().len(), 1);
    pass_hearing(&mut world, 4);
    world.step(Event::Progress { client: client("a"), lease, frames: 240, fps: 10.0 });
    assert!(world.offers().is_empty(), "one at hand is enough");
}

/// Some builds of ffmpeg count frames that the encoder has only read, and x264 reads a short segment at once.
#[test]
fn frames_that_an_encoder_has_read_are_not_taken_for_encoded() {
    let mut world = World::new();
    world.up("a");
    for (name, frames) in [("short", 320), ("next", 5_000)] {
        world.submit(name, 1);
        world.indexed(name, frames);
    }
    let leased = |world: &World| -> Vec<String> {
        ["short", "next"].iter().flat_map(|name| world.view(name).leases).map(|one| one.segment).collect()
    };
    let first = world.view("short").leases[0].lease;
    world.finish_in("a", first, 250, 250_000);
    assert_eq!(leased(&world), ["frames 250..320"], "at one frame a second");
    let lease = world.view("short").leases[0].lease;
    pass_hearing(&mut world, 1);
    world.step(Event::Progress { client: client("a"), lease, frames: 70, fps: 60.0 });
    assert_eq!(leased(&world), ["frames 250..320"], "it has only begun");
}

#[test]
fn an_encoder_that_makes_no_frames_loses_its_lease() {
    let mut world = busy(300);
    let (lease, _) = world.offer_to("a");
    world.step(Event::Progress { client: client("a"), lease, frames: 9, fps: 3.0 });
    for _ in 0..31 {
        world.step(Event::Heard { client: client("a"), session: crate::ids::SessionNo(1), free_disk: None });
        world.step(Event::Heard { client: client("b"), session: crate::ids::SessionNo(2), free_disk: None });
        world.pass(Millis::secs(4));
    }
    assert!(!world.view("j").leases.iter().any(|held| held.lease == lease));
}

/// Frames 0..100 of 300 are kept, 100..200 leased to `a` in the first life.
fn restarted() -> World {
    let mut world = World::new();
    let mut memory = crate::cluster::change::Memory { boot: 2, ..Default::default() };
    world.up("a");
    world.submit("j", 1);
    let spec = world.out.changes.iter().find_map(|change| match change {
        Change::JobAdded { spec, .. } => Some((**spec).clone()),
        _ => None,
    });
    let (lease, range) = (of_first_life, crate::frames::FrameRange::new);
    memory.jobs.push(crate::cluster::change::RememberedJob {
        job: job("j"),
        spec: spec.unwrap(),
        state: JobState::Processing,
        film: Some(super::world::film(300, false)),
        created_at: super::world::AT,
        pieces: vec![crate::cluster::change::RememberedPiece {
            lease: lease(1),
            segment: pictures(range(0, 100)),
            client: client("a"),
            piece: piece(100),
            encode_ms: 10,
        }],
        leases: vec![super::world::remembered(lease(2), range(100, 200), "a")],
        attempts: Vec::new(),
        crashes: 0,
        place: Default::default(),
        paused: false,
    });
    let settings = Settings { retry_delay: Millis(0), ..super::world::settings(0) };
    let mut out = Effects::default();
    world.cluster = Cluster::restore(settings, memory, world.now, super::world::AT, &mut out);
    world.cluster.check();
    world
}

const fn of_first_life(seq: u64) -> crate::ids::LeaseId {
    crate::ids::LeaseId { boot: 1, seq }
}

#[test]
fn a_restarted_cluster_goes_on_with_its_pieces_and_waits_for_its_leases() {
    let (mut world, lease) = (restarted(), of_first_life);
    let range = crate::frames::FrameRange::new;
    assert_eq!(world.view("j").frames_kept, 100);
    world.up_holding("a", &[lease(2), lease(1)]);
    assert_eq!(world.offers().len(), 0, "it encodes what it holds");
    world.finish("a", lease(2), 100);
    let (third, rest) = world.offer_to("a");
    assert_eq!((rest, third.boot), (range(200, 300), 2), "a number is never used twice");
}

#[test]
fn a_promise_that_died_with_the_server_costs_no_attempt() {
    let mut world = restarted();
    world.up_holding("a", &[]);
    let ended = |change: &Change| match change {
        Change::LeaseEnded { lease, attempt, .. } if *lease == of_first_life(2) => Some(attempt.clone()),
        _ => None,
    };
    assert_eq!(world.out.changes.iter().find_map(ended), Some(None));
    assert_eq!(world.offer_to("a").0.boot, 2, "its frames are handed out again at once");
}
