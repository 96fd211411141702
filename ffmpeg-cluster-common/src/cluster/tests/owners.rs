//! The owners of state by themselves: what each keeps true, whatever its callers do.

use std::sync::Arc;

use super::world::{AT, client, film, hello, job, pictures, piece, spec};
use crate::cluster::change::RememberedPiece;
use crate::cluster::disk::Disk;
use crate::cluster::jobs::Jobs;
use crate::cluster::jobs::lease::{Lease, Next};
use crate::cluster::jobs::pieces::{KeptPiece, Pieces};
use crate::cluster::place::Place;
use crate::cluster::roster::Roster;
use crate::cluster::worker::Worker;
use crate::fault::{Fault, FaultCode};
use crate::frames::{FrameRange, Rational};
use crate::ids::{LeaseId, SessionNo};
use crate::media::plan::film::{Film, IndexedBy};
use crate::media::plan::track::{Content, Load, Segment, Track, TrackNo};
use crate::media::plan::witness::Lead;
use crate::media::words::device::Seat;
use crate::time::Millis;

const NOW: Millis = Millis(1_000);

/// A job of a hundred frames, all to do.
fn jobs() -> Jobs {
    let mut jobs = Jobs::new(3);
    jobs.add(job("j"), spec(), Place::default());
    jobs.begin(&job("j"), film(100, false));
    jobs
}

fn lease(start: u64, end: u64, name: &str) -> Lease {
    let segment = pictures(FrameRange::new(start, end));
    Lease::new(Next { segment, past: None }, Worker { client: client(name), seat: None }, NOW)
}

fn kept(lease: LeaseId, start: u64, end: u64) -> RememberedPiece {
    let segment = pictures(FrameRange::new(start, end));
    RememberedPiece { lease, segment, client: client("a"), piece: piece(end - start), encode_ms: 1 }
}

#[test]
fn a_lease_is_on_all_books_or_on_none_and_its_number_is_never_used_again() {
    let mut jobs = jobs();
    let first = jobs.promise(&job("j"), lease(0, 50, "a"));
    assert_eq!((first, jobs.job_of(first)), (LeaseId { boot: 3, seq: 1 }, Some(&job("j"))));
    assert!(jobs.mark_late(first));
    let taken = jobs.take(first).expect("it was promised");
    assert_eq!((taken.id, taken.job), (first, job("j")));
    assert!(
        jobs.take(first).is_none()
            && jobs.lease_of(first).is_none()
            && jobs.deadlines().of(Load::Full).next().is_none()
    );
    assert!(!jobs.mark_late(first), "a lease that is over can't be late");
    assert_ne!(jobs.promise(&job("j"), lease(0, 50, "a")), first);
    jobs.check();
}

#[test]
fn of_two_leases_for_one_segment_the_other_goes_on_alone() {
    let mut jobs = jobs();
    let (first, second) =
        (jobs.promise(&job("j"), lease(0, 50, "a")), jobs.promise(&job("j"), lease(0, 50, "b")));
    jobs.pair(first, second);
    assert_eq!(jobs.take(first).expect("it was promised").lease.twin, Some(second));
    assert_eq!(jobs.lease_of(second).expect("it goes on").1.twin, None);
}

#[test]
fn a_job_that_is_gone_takes_its_place_and_its_pieces_along_and_no_others() {
    let mut jobs = jobs();
    jobs.add(job("k"), spec(), Place::default());
    jobs.begin(&job("k"), film(100, false));
    let (mine, other) = (LeaseId { boot: 1, seq: 1 }, LeaseId { boot: 1, seq: 2 });
    for (name, lease) in [("j", mine), ("k", other)] {
        assert!(jobs.get_mut(&job(name)).unwrap().take_todo(pictures(FrameRange::new(0, 50))));
        jobs.keep(&job(name), &kept(lease, 0, 50));
    }
    assert!(jobs.remove(&job("j")).is_some());
    assert!(!jobs.is_kept(mine) && jobs.is_kept(other));
    assert_eq!(jobs.queue().iter().collect::<Vec<_>>(), [&job("k")]);
    assert_eq!(jobs.doubt(&job("k"), other), Some(pictures(FrameRange::new(0, 50))));
    assert!(!jobs.is_kept(other));
    jobs.check();
}

#[test]
fn a_newer_session_wins_and_the_older_one_is_not_listened_to() {
    let mut roster = Roster::default();
    let a = client("a");
    assert!(!roster.greet(&a, SessionNo(1), hello("a", &[]), NOW, AT).back);
    roster.prove(&a);
    let again = roster.greet(&a, SessionNo(2), hello("a", &[]), NOW, AT);
    assert_eq!((again.back, again.older), (true, Some(SessionNo(1))));
    assert!(
        !roster.crews.is_able_for(&a, film(9, false).first()),
        "nothing is given to it before it is proved again"
    );
    assert!(!roster.speaks(&a, SessionNo(1)) && roster.speaks(&a, SessionNo(2)));
    roster.check();
}

#[test]
fn a_disk_of_which_nothing_is_known_holds_nothing_back_and_a_full_one_says_so() {
    let (mut disk, jobs) = (Disk::default(), jobs());
    assert!(disk.missing(&jobs).is_none());
    disk.set_free(1 << 20);
    let said = disk.explain(&jobs).expect("a megabyte is not enough");
    assert!(said.contains("1 MiB are free and 16 MiB needed"), "{said}");
    disk.set_free(1 << 30);
    assert!(disk.missing(&jobs).is_none());
}

#[test]
fn a_segment_and_a_fault_read_as_people_read_them() {
    let range = FrameRange::new(0, 240);
    let of = |content| {
        let film = Film {
            tracks: vec![Track::new(content, 240, Vec::new())],
            frame_rate: Rational { num: 25, den: 1 },
            indexed_by: IndexedBy::Packets,
            copied: None,
        };
        film.name(Segment::new(TrackNo::FIRST, range))
    };
    let said = [Content::Picture, Content::List, Content::Sound].map(of);
    assert_eq!(said, ["frames 0..240", "packets 0..240", "the sound"]);
    let fault = Fault::new(FaultCode::EncoderFailed, "it broke");
    assert_eq!(fault.with_last_words(), "it broke");
    let fault = fault.with_tail(vec!["one".into(), "two".into()]);
    assert_eq!(fault.with_last_words(), "it broke; its last output:\none\ntwo");
}

#[test]
fn a_films_first_piece_began_where_the_film_does_whatever_its_client_says() {
    let [first, second] = [1, 2].map(|seq| LeaseId { boot: 1, seq });
    let mut pieces = Pieces::default();
    pieces.keep(&kept(first, 0, 50));
    pieces.keep(&kept(second, 50, 100));
    let leads = [first, second].map(|lease| pieces.get(lease).map(KeptPiece::lead));
    assert_eq!(leads, [Some(Lead::Beginning), Some(Lead::Usual)]);
}

#[test]
fn alike_pieces_share_what_they_are_like_and_who_made_them() {
    let [first, second] = [1, 2].map(|seq| LeaseId { boot: 1, seq });
    let mut pieces = Pieces::default();
    pieces.keep(&kept(first, 0, 50));
    pieces.keep(&kept(second, 50, 100));
    pieces.check();
    let [one, other] = [first, second].map(|lease| pieces.get(lease).expect("it is kept"));
    assert!(Arc::ptr_eq(&one.params, &other.params));
    assert!(std::ptr::eq(one.client.as_str(), other.client.as_str()));
}

#[test]
fn what_a_device_began_before_its_pause_is_not_counted_after_it() {
    let mut roster = Roster::default();
    roster.greet(&client("a"), SessionNo(1), hello("a", &[]), NOW, AT);
    let seat = Seat { device: "card".into(), encoder: "h264_nvenc".into() };
    let worker = Worker { client: client("a"), seat: Some(seat) };
    let mut fails = |now| roster.count_device_failure(now, &worker);
    assert_eq!([fails(NOW), fails(NOW)], [None, None]);
    let until = fails(NOW).expect("three in a row");
    assert_eq!([fails(NOW), fails(NOW)], [None, None], "they were encoded when it was paused");
    roster.come_back(&client("a"), until);
    let mut fails = |now| roster.count_device_failure(now, &worker);
    assert_eq!([fails(until), fails(until)], [None, None]);
    assert!(
        fails(until).is_some_and(|again| again - until > until - NOW),
        "three in a row again, and longer"
    );
}
