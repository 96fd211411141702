//! Films of several tracks.

use super::server_tasks::remembered;
use super::world::*;
use crate::cluster::change::{Change, Memory, RememberedJob};
use crate::cluster::effect::{Effect, Effects};
use crate::cluster::event::{CheckedPiece, Event};
use crate::cluster::state::Cluster;
use crate::fault::FaultCode;
use crate::frames::FrameRange;
use crate::ids::{LeaseId, SessionNo};
use crate::media::plan::film::Film;
use crate::media::plan::track::{Content, Cuts, Load, Segment, Track, TrackNo};
use crate::protocol::command::JobState;
use crate::protocol::to_server::Hello;
use crate::time::Millis;

const SECOND: TrackNo = TrackNo(1);

/// Two tracks of pictures, of which the second is as it is made here.
fn two(frames: u64, change: impl FnOnce(&mut Track)) -> Film {
    let mut film = film(frames, false);
    film.tracks.push(film.first().clone());
    change(film.track_mut(SECOND));
    film
}

/// Of the last step, by client and segment.
fn offered(world: &World) -> Vec<(String, Segment)> {
    world.offers().into_iter().map(|(client, _, segment)| (client, segment)).collect()
}

fn offer_of(world: &World, track: TrackNo) -> (String, LeaseId, FrameRange) {
    let found = world.offers().into_iter().find(|(_, _, segment)| segment.track == track);
    let (client, lease, segment) = found.expect("something of it is offered");
    (client, lease, segment.units)
}

/// The client `a` fails at this track as often as it may.
fn fails(world: &mut World, session: SessionNo, track: TrackNo) {
    for attempt in 1..=3 {
        assert!(!world.wanted(&Effect::Join { job: job("j") }), "attempt {attempt}");
        let held = |world: &World| {
            let mut leases = world.cluster.jobs[&job("j")].leases();
            leases.find(|(_, lease)| lease.segment.track == track).map(|(id, _)| *id)
        };
        while held(world).is_none() {
            world.step(Event::Heard { client: client("a"), session, free_disk: None });
            world.pass(Millis::secs(1));
        }
        let lease = held(world).expect("it was waited for");
        world.fail("a", lease, FaultCode::EncoderFailed);
    }
}

#[test]
fn a_client_that_can_encode_only_sound_takes_the_sound() {
    let mut world = World::new();
    let hello = Hello { encoders: vec!["aac".into()], ..hello("ears", &[]) };
    let (client, session) = (client("ears"), SessionNo(100));
    world.step(Event::ClientUp { client, session, hello: Box::new(hello), at: AT });
    world.submit("j", 1);
    world.step(Event::Indexed { job: job("j"), film: Box::new(film(200, true)) });
    assert_eq!(world.view("j").state, JobState::WaitingForClients, "nobody can encode its pictures");
    world.up("a");
    let sound = world.view("j").leases.into_iter().find(|held| held.segment == "the sound");
    assert_eq!(sound.map(|held| held.client.to_string()), Some("a".to_owned()), "names are asked in order");
    world.up("b");
    world.submit("k", 1);
    world.step(Event::Indexed { job: job("k"), film: Box::new(film(200, true)) });
    assert!(offered(&world).contains(&("b".to_owned(), SOUND)), "it has none yet: {:?}", offered(&world));
    world.submit("l", 1);
    world.step(Event::Indexed { job: job("l"), film: Box::new(film(200, true)) });
    assert_eq!(offered(&world), [("ears".to_owned(), SOUND)]);
}

/// A film whose picture the join copies: only these tracks are made.
fn copied(tracks: Vec<Track>) -> Film {
    Film { tracks, copied: Some(290), ..film(1, false) }
}

#[test]
fn a_film_with_nothing_to_make_is_joined_without_a_client() {
    let mut world = World::new();
    world.submit("j", 3);
    let nothing = Track::new(Content::Picture, 0, Vec::new());
    world.step(Event::Indexed { job: job("j"), film: Box::new(copied(vec![nothing])) });
    assert!(world.wanted(&Effect::Join { job: job("j") }));
    let view = world.view("j");
    assert_eq!((view.state, view.frames_total, view.frames_done), (JobState::Combining, Some(290), 290));
    assert!(view.progress > 90.0 && view.progress < 100.0, "{}", view.progress);
}

#[test]
fn a_film_whose_picture_is_copied_waits_only_for_its_sound() {
    let mut world = World::new();
    world.submit("j", 1);
    let sound = Track::sound("aac", vec!["aac".to_owned()]);
    world.step(Event::Indexed { job: job("j"), film: Box::new(copied(vec![sound])) });
    assert_eq!(world.view("j").state, JobState::WaitingForClients);
    let hello = Hello { encoders: vec!["aac".into()], ..hello("ears", &[]) };
    let (client, session) = (client("ears"), SessionNo(100));
    world.step(Event::ClientUp { client, session, hello: Box::new(hello), at: AT });
    let (_, lease, segment) = world.offers().pop().expect("an offer");
    assert_eq!(segment, Segment::new(TrackNo(0), FrameRange::new(0, 1)));
    let told = world.view("j").explain().join("; ");
    assert!(told.contains("the sound left") && !told.contains("frame"), "{told}");
    world.finish("ears", lease, 1);
    assert!(world.wanted(&Effect::Join { job: job("j") }));
}

/// Three clients whose ffmpeg lacked the decoder of AV1 failed once each, and so the job, beside a
/// client that has it.
#[test]
fn a_client_that_can_not_decode_the_film_gets_nothing_of_it() {
    let mut world = World::new();
    let up = |world: &mut World, name: &str, decodes: &[&str]| {
        let decodes = decodes.iter().map(|codec| (*codec).to_owned()).collect();
        let hello = Box::new(Hello { decodes, ..hello(name, &[]) });
        world.step(Event::ClientUp { client: client(name), session: SessionNo(100), hello, at: AT });
    };
    up(&mut world, "a", &["aac", "h264"]);
    world.submit("j", 1);
    let film = || Box::new(film_where(150, |track| track.reads = vec!["av1".to_owned()]));
    world.step(Event::Indexed { job: job("j"), film: film() });
    let told = world.view("j").explain().join("; ");
    assert!(told.contains("0 of 1 connected can decode av1 and encode with libx264"), "{told}");
    assert!(told.contains("no connected client that has proved libx264 decodes av1"), "{told}");
    // In no order.
    up(&mut world, "b", &["av1", "aac"]);
    assert!(offered(&world).iter().all(|(name, _)| name == "b"), "{:?}", offered(&world));
    assert!(!offered(&world).is_empty());
    // An older release does not tell what it decodes.
    up(&mut world, "c", &[]);
    world.submit("k", 1);
    world.step(Event::Indexed { job: job("k"), film: film() });
    assert!(offered(&world).iter().any(|(name, _)| name == "c"), "{:?}", offered(&world));
}

/// Found in a review: the job waited for a client that encodes pictures, of which none was left.
#[test]
fn sound_alone_that_is_left_needs_no_client_that_encodes_pictures() {
    let mut world = World::new();
    let session = world.up("a");
    world.submit("j", 1);
    world.step(Event::Indexed { job: job("j"), film: Box::new(film(100, true)) });
    let (_, lease, range) = offer_of(&world, Film::PICTURES);
    world.finish("a", lease, range.len());
    world.step(Event::Leaving { client: client("a"), session });
    assert_eq!(world.view("j").state, JobState::WaitingForClients);
    let explained = world.view("j").explain().join("; ");
    assert!(explained.contains("0 of 0 connected can decode aac and encode with aac"), "{explained}");
    let ears = Hello { encoders: vec!["aac".into()], ..hello("ears", &[]) };
    let (client, session) = (client("ears"), SessionNo(100));
    world.step(Event::ClientUp { client, session, hello: Box::new(ears), at: AT });
    assert_eq!(offered(&world), [("ears".to_owned(), SOUND)]);
    let (_, lease, _) = offer_of(&world, SOUND.track);
    world.step(Event::Progress { client: super::world::client("ears"), lease, frames: 7, fps: 40.0 });
    let view = world.view("j");
    assert!(
        !view.explain().join("; ").contains("fps"),
        "seconds of sound are no frames: {:?}",
        view.explain()
    );
    assert_eq!(view.fps, 0.0);
}

#[test]
fn a_job_goes_on_without_a_track_that_it_does_not_need() {
    let mut world = World::new();
    let session = world.up("a");
    world.submit("j", 1);
    let film = two(100, |track| track.required = false);
    world.step(Event::Indexed { job: job("j"), film: Box::new(film) });
    let (_, first, range) = offer_of(&world, Film::PICTURES);
    world.finish("a", first, range.len());
    fails(&mut world, session, SECOND);
    let given_up = |change: &Change| match change {
        Change::TrackGivenUp { track: SECOND, why, .. } => Some(why.clone()),
        _ => None,
    };
    let why = world.out.changes.iter().find_map(given_up).expect("it is written down");
    assert!(why.contains("frames 0..100 failed on client box a (attempt 3 of 3): it broke"), "{why}");
    assert!(world.wanted(&Effect::Join { job: job("j") }), "{:?}", world.out.effects);
}

#[test]
fn a_track_that_is_needed_fails_its_job() {
    let mut world = World::new();
    let session = world.up("a");
    world.submit("j", 1);
    world.step(Event::Indexed { job: job("j"), film: Box::new(film(100, true)) });
    fails(&mut world, session, SOUND.track);
    let (state, error) = world.ended().expect("it ended");
    assert_eq!(state, JobState::Failed);
    assert!(error.unwrap().contains("the sound failed on client box a (attempt 3 of 3)"));
}

#[test]
fn a_track_waits_for_the_one_that_it_comes_after() {
    let mut world = World::new();
    world.up("a");
    world.up("b");
    world.submit("j", 1);
    let film = two(200, |track| track.after = Some(Film::PICTURES));
    world.step(Event::Indexed { job: job("j"), film: Box::new(film) });
    let firsts = world.offers();
    assert!(firsts.iter().all(|(_, _, segment)| segment.track == Film::PICTURES), "{firsts:?}");
    for (name, lease, segment) in firsts {
        assert!(world.offers().iter().all(|(_, _, offered)| offered.track == Film::PICTURES));
        world.finish(&name, lease, segment.units.len());
    }
    assert!(world.offers().iter().any(|(_, _, segment)| segment.track == SECOND), "{:?}", world.offers());
}

/// The simulator's planted bug `helped_before_its_turn` was found only by its seed 7,541.
#[test]
fn nobody_helps_with_a_track_whose_turn_has_not_come_again() {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    let film = two(50, |track| track.after = Some(Film::PICTURES));
    world.step(Event::Indexed { job: job("j"), film: Box::new(film) });
    let (_, first, range) = offer_of(&world, Film::PICTURES);
    world.finish("a", first, range.len());
    let (_, slow, second) = offer_of(&world, SECOND);
    world.step(Event::Progress { client: client("a"), lease: slow, frames: 1, fps: 0.1 });
    world.pass(Millis::secs(5));
    world.cluster.jobs.doubt(&job("j"), first);
    world.up("b");
    let (name, again, range) = offer_of(&world, Film::PICTURES);
    assert_eq!(name, "b");
    world.up("c");
    world.pass(Millis::secs(6));
    assert_eq!(offered(&world), []);
    assert!(world.cluster.jobs.deadlines().of(Load::Full).any(|late| late == slow), "it would be helped");
    world.finish(&name, again, range.len());
    assert_eq!(offered(&world), [(name, Segment::new(SECOND, second))]);
}

#[test]
fn a_track_is_cut_only_where_it_may_be_also_where_the_disk_is_nearly_full() {
    let mut world = World::new();
    let session = world.up("a");
    world.submit("j", 1);
    let cuts = || Cuts::Only((0..2_000).step_by(300).collect());
    let film = film_where(2_000, |track| track.cuts = cuts());
    world.step(Event::Indexed { job: job("j"), film: Box::new(film) });
    let (lease, range) = world.offer_to("a");
    assert_eq!(range, FrameRange::new(0, 300), "250 frames measure a client, and the nearest place is there");
    world.step(Event::Encoded { client: client("a"), lease, encode_ms: 10_000, spent: None });
    let (next, range) = world.offer_to("a");
    assert_eq!(range, FrameRange::new(300, 2_000), "it is alone");
    world.step(Event::PieceSent { client: client("a"), lease, piece: sent() });
    let kept = CheckedPiece { bytes: 300_000, ..piece(300) };
    world.step(Event::PieceChecked { lease, result: Ok(kept), chance: 0 });
    // As a piece and joined a frame takes 2,000 bytes: there is space for 450 more.
    let lease = next;
    world.step(Event::FreeDisk((16 << 20) + 300_000 + 450 * 2_000));
    world.fail("a", lease, FaultCode::DiskFull);
    world.step(Event::Heard { client: client("a"), session, free_disk: Some(1 << 40) });
    world.pass(Millis::secs(11));
    let held = world.view("j").leases.into_iter().map(|held| held.segment).collect::<Vec<_>>();
    assert_eq!(held, ["frames 300..600"]);
}

/// What happens to the second piece of a film, from an encoder that describes its stream otherwise.
fn second_with_another_head(one_head: bool, change: impl FnOnce(&mut CheckedPiece)) -> usize {
    let mut world = World::new();
    world.up("a");
    world.submit("j", 1);
    let film = film_where(2_000, |track| {
        track.cuts = Cuts::Only((0..2_000).step_by(250).collect());
        track.one_head = one_head;
    });
    world.step(Event::Indexed { job: job("j"), film: Box::new(film) });
    let (first, range) = world.offer_to("a");
    world.finish("a", first, range.len());
    let (second, range) = world.offer_to("a");
    world.step(Event::Encoded { client: client("a"), lease: second, encode_ms: 10, spent: None });
    world.step(Event::PieceSent { client: client("a"), lease: second, piece: sent() });
    let mut other = piece(range.len());
    change(&mut other);
    world.step(Event::PieceChecked { lease: second, result: Ok(other), chance: 0 });
    world.pieces_by("j").len()
}

#[test]
fn pieces_of_a_stream_have_one_head() {
    let other = |piece: &mut CheckedPiece| piece.facts.params[0].extradata = "cd".into();
    assert_eq!(second_with_another_head(true, |_| {}), 2);
    assert_eq!(second_with_another_head(false, other), 2, "a join puts it in band");
    assert_eq!(second_with_another_head(true, other), 1, "players get it once");
}

#[test]
fn a_piece_has_as_many_streams_as_the_others() {
    let rungs = |piece: &mut CheckedPiece| piece.facts.params.push(params());
    assert_eq!(second_with_another_head(false, rungs), 1);
}

#[test]
fn a_restart_knows_what_was_given_up() {
    let mut film = two(100, |track| track.required = false);
    film.track_mut(SECOND).given_up = Some("it failed again and again".into());
    let old = RememberedJob { film: Some(film), ..remembered(true, 0) };
    let memory = Memory { boot: 2, jobs: vec![old], ..Memory::default() };
    let mut out = Effects::default();
    let cluster = Cluster::restore(settings(0), memory, Millis(0), AT, &mut out);
    cluster.check_all();
    assert!(out.effects.contains(&Effect::Join { job: job("j") }), "{:?}", out.effects);
}
