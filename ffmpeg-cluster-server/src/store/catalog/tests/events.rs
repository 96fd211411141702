//! Events and spans: stored with their changes, read in their order, kept for their time.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use super::samples::{
    DAY_MS, busy, client, completed, ended, id, job, kept, lease, lease_ended, leased, upload, upload_id,
};
use crate::samples::{SOUND, film, pictures};
use crate::store::catalog::{EventRow, Moments, NewEvent, Reads, ServerSpan, SpanRow, Told};

fn event(kind: &'static str) -> NewEvent {
    let data = r#"{"lease":"1-1"}"#.to_owned();
    NewEvent { kind, job: Some(id("j1")), client: Some(client()), owner: Some("a1".into()), data }
}

fn told(at: u64, kinds: &[&'static str]) -> Told {
    Told { at: WallMillis(at), events: kinds.iter().map(|kind| event(kind)).collect(), ..Told::default() }
}

fn seqs(rows: &[EventRow]) -> Vec<u64> {
    rows.iter().map(|row| row.seq).collect()
}

fn span(reads: &dyn Reads, seq: u64) -> SpanRow {
    let all = reads.spans(&id("j1")).unwrap().leases;
    all.into_iter().find(|span| span.lease == lease(seq)).unwrap()
}

pub(crate) fn events_are_numbered_without_a_gap_and_read_in_their_order(place: &dyn Fresh) {
    let mut catalog = place.open();
    let reads = catalog.reads().unwrap();
    assert_eq!((reads.last_event().unwrap(), reads.events(0, 9).unwrap().len()), (0, 0));
    let first = catalog.commit_told(&[job("j1")], &told(7, &["job.created", "job.state"])).unwrap();
    assert_eq!(seqs(&first), [1, 2]);
    let second = catalog.commit_told(&[], &told(8, &["client.gone"])).unwrap();
    assert_eq!(seqs(&second), [3]);
    let all = reads.events(0, 9).unwrap();
    assert_eq!(all, [first, second].concat());
    let EventRow { at, kind, owner, .. } = &all[0];
    assert_eq!((*at, kind.as_str(), owner.as_deref()), (WallMillis(7), "job.created", Some("a1")));
    assert_eq!(seqs(&reads.events(1, 1).unwrap()), [2]);
    assert_eq!(reads.last_event().unwrap(), 3);
}

pub(crate) fn an_event_is_stored_with_its_changes_or_not_at_all(place: &dyn Fresh) {
    let mut catalog = place.open();
    catalog.commit_told(&[job("j1")], &told(7, &["job.created"])).unwrap();
    catalog.commit_told(&[job("j2"), job("j1")], &told(8, &["job.created"])).unwrap_err();
    let reads = catalog.reads().unwrap();
    assert_eq!((reads.last_event().unwrap(), reads.job(&id("j2")).unwrap().is_none()), (1, true));
    let next = catalog.commit_told(&[job("j2")], &told(8, &["job.created"])).unwrap();
    assert_eq!(seqs(&next), [2], "a number is lost");
}

pub(crate) fn every_start_knows_what_the_one_before_left_behind(place: &dyn Fresh) {
    let mut catalog = place.open();
    assert_eq!(catalog.load(WallMillis(1)).unwrap().boot, 1);
    let reads = catalog.reads().unwrap();
    assert_eq!(reads.events_left_by(1).unwrap(), None, "it runs");
    catalog.commit_told(&[job("j1")], &told(7, &["job.created", "job.state"])).unwrap();
    drop(catalog);
    let mut catalog = place.open();
    assert_eq!(catalog.load(WallMillis(2)).unwrap().boot, 2);
    let reads = catalog.reads().unwrap();
    assert_eq!((reads.events_left_by(1).unwrap(), reads.events_left_by(2).unwrap()), (Some(2), None));
    assert_eq!(catalog.load(WallMillis(3)).unwrap().boot, 3);
    assert_eq!((reads.events_left_by(1).unwrap(), reads.events_left_by(2).unwrap()), (Some(2), Some(2)));
}

pub(crate) fn events_are_kept_for_a_week_and_their_numbers_go_on(place: &dyn Fresh) {
    let mut catalog = place.open();
    catalog.commit_told(&[], &told(1, &["a.a", "a.b"])).unwrap();
    catalog.commit_told(&[], &told(DAY_MS, &["a.c"])).unwrap();
    let reads = catalog.reads().unwrap();
    catalog.forget_events(WallMillis(7 * DAY_MS)).unwrap();
    assert_eq!(seqs(&reads.events(0, 9).unwrap()), [1, 2, 3]);
    catalog.forget_events(WallMillis(7 * DAY_MS + 2)).unwrap();
    assert_eq!(seqs(&reads.events(0, 9).unwrap()), [3]);
    catalog.forget_events(WallMillis(99 * DAY_MS)).unwrap();
    assert_eq!((reads.events(0, 9).unwrap().len(), reads.last_event().unwrap()), (0, 3));
    let next = catalog.commit_told(&[], &told(100 * DAY_MS, &["a.d"])).unwrap();
    assert_eq!(seqs(&next), [4], "a number is given twice");
}

pub(crate) fn no_more_than_a_hundred_thousand_events_are_kept(place: &dyn Fresh) {
    let mut catalog = place.open();
    catalog.commit_told(&[], &told(1, &["a.a"; 100_003])).unwrap();
    catalog.forget_events(WallMillis(2)).unwrap();
    let reads = catalog.reads().unwrap();
    assert_eq!(reads.events(0, 1).unwrap()[0].seq, 4);
    assert_eq!(reads.last_event().unwrap(), 100_003);
}

pub(crate) fn an_upload_is_told_when_it_begins_and_once_when_it_is_whole(place: &dyn Fresh) {
    let mut catalog = place.open();
    let created = catalog.add_upload(&upload("u1", "a1", 70)).unwrap();
    assert_eq!((created.kind.as_str(), created.owner.as_deref()), ("upload.created", Some("a1")));
    assert_eq!(catalog.upload_completed(&upload_id("none"), WallMillis(2)).unwrap(), None);
    let whole = catalog.upload_completed(&upload_id("u1"), WallMillis(2)).unwrap().unwrap();
    assert_eq!((whole.kind.as_str(), whole.seq, whole.at), ("upload.completed", 2, WallMillis(2)));
    assert!(whole.data.contains(r#""upload_id":"u1""#), "{}", whole.data);
    assert_eq!(catalog.upload_completed(&upload_id("u1"), WallMillis(3)).unwrap(), None, "told twice");
    assert_eq!(catalog.reads().unwrap().events(0, 9).unwrap(), [created, whole]);
}

pub(crate) fn the_span_of_a_lease_says_what_became_of_it(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let reads = catalog.reads().unwrap();
    let outcome = |seq| span(&*reads, seq).outcome.unwrap_or_default();
    assert_eq!([1, 2, 3].map(outcome), ["kept", "lost", ""]);
    let first = span(&*reads, 1);
    assert_eq!((first.name.as_str(), first.bytes, first.encode_ms), ("box", Some(9), Some(70)));

    let second = pictures(250, 500);
    catalog.commit_told(&[leased(4, second)], &told(10, &[])).unwrap();
    assert_eq!((span(&*reads, 4).leased_ms, span(&*reads, 4).ended_ms), (10, None));
    let at = |at| Some(WallMillis(at));
    let moments = Moments { began: at(11), encoded: at(15), sent: None, code: Some("disk_full".into()) };
    let end = Told { moments: BTreeMap::from([(lease(4), moments)]), ..told(16, &[]) };
    catalog.commit_told(&[lease_ended(4, second, None)], &end).unwrap();
    let lost = span(&*reads, 4);
    assert_eq!((lost.began_ms, lost.encoded_ms, lost.sent_ms), (Some(11), Some(15), None));
    assert_eq!(
        (outcome(4).as_str(), lost.code.as_deref(), lost.ended_ms),
        ("lost", Some("disk_full"), Some(16))
    );

    catalog.commit_told(&[leased(5, second)], &told(17, &[])).unwrap();
    catalog.commit_told(&[lease_ended(5, second, None)], &told(18, &[])).unwrap();
    assert_eq!(outcome(5), "returned");
    catalog.commit(&[Change::PieceDoubted { job: id("j1"), lease: lease(1) }]).unwrap();
    assert_eq!((outcome(1).as_str(), span(&*reads, 1).earlier), ("doubted", false));
    catalog.commit(&[Change::FilmKnown { job: id("j1"), film: Box::new(film(400, false)) }]).unwrap();
    assert!(span(&*reads, 1).earlier);
}

pub(crate) fn the_spans_of_a_job_are_kept_as_long_as_the_job(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let reads = catalog.reads().unwrap();
    let of = |what: &str| ServerSpan { what: what.into(), began_ms: 1, ended_ms: 2 };
    catalog.commit_told(&[], &Told { server: vec![(id("j1"), of("index"))], ..Told::default() }).unwrap();
    let joined = Told { server: vec![(id("j1"), of("join"))], ..told(9, &[]) };
    let before = reads.spans(&id("j1")).unwrap();
    catalog.commit_told(&[kept(3, SOUND), completed("j1", 5, 9)], &joined).unwrap();
    let after = reads.spans(&id("j1")).unwrap();
    assert_eq!(after.leases[..2], before.leases[..2]);
    assert_eq!(after.leases[2].outcome.as_deref(), Some("kept"));
    assert_eq!(after.server, [of("index"), of("join")]);
    let late = Told { server: vec![(id("j1"), of("late"))], ..Told::default() };
    catalog.commit_told(&[], &late).unwrap();
    assert_eq!(reads.spans(&id("j1")).unwrap(), after, "work for a job that has ended");
    assert_eq!(reads.spans(&id("none")).unwrap(), Default::default());
    catalog.commit(&[job("empty"), ended("empty", JobState::Cancelled, 3)]).unwrap();
    assert_eq!(reads.spans(&id("empty")).unwrap(), Default::default());
}
