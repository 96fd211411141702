//! What belongs to whom, and what a job at work protects.

use ffmpeg_cluster_common::cluster::event::SourceAt;
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::media::source::sequence::{Pattern, Sequence};
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use super::samples::{added, completed, ended, id, local, upload, upload_id};
use crate::store::catalog::{Catalog, Page, Reads};
use crate::store::limits::Used;

/// Two submitters, one with an upload at work, one waiting, a result and another that was removed.
fn catalog(place: &dyn Fresh) -> Box<dyn Catalog> {
    let mut catalog = place.open();
    for row in [upload("waits", "a1", 100), upload("at-work", "a1", 1000), upload("theirs", "b2", 7)] {
        catalog.add_upload(&row).unwrap();
    }
    let changes = [
        added("working", "a1", SourceAt::Upload(upload_id("at-work")), 1),
        added("done", "a1", local(), 1),
        completed("done", 10, 5),
        added("older", "a1", local(), 1),
        completed("older", 20, 4),
        added("failed", "a1", local(), 1),
        ended("failed", JobState::Failed, 6),
        added("other", "b2", local(), 1),
        completed("other", 3, 7),
    ];
    catalog.commit(&changes).unwrap();
    catalog
}

/// Of the oldest, so many.
fn results(reads: &dyn Reads, limit: usize) -> Vec<String> {
    reads.results(limit).unwrap().oldest.iter().map(|kept| kept.job.to_string()).collect()
}

pub(crate) fn everybody_is_counted_for_what_is_theirs(place: &dyn Fresh) {
    let reads = catalog(place).reads().unwrap();
    let wanted = Used { own_bytes: 1130, all_bytes: 1140, waiting_uploads: 1, open_jobs: 1 };
    assert_eq!(reads.used("a1").unwrap(), wanted);
    let wanted = Used { own_bytes: 10, all_bytes: 1140, waiting_uploads: 1, open_jobs: 0 };
    assert_eq!(reads.used("b2").unwrap(), wanted);
    assert_eq!(reads.used("nobody").unwrap(), Used { all_bytes: 1140, ..Used::default() });
}

pub(crate) fn images_to_pack_count_while_their_job_is_at_work(place: &dyn Fresh) {
    let mut catalog = place.open();
    let sequence = Sequence {
        folder: "/images".into(),
        pattern: Pattern::read("%04d.png").unwrap(),
        first: 1,
        images: 9,
        bytes: 500,
        mark: String::new(),
        rate: Rational { num: 25, den: 1 },
    };
    catalog.commit(&[added("packs", "a1", SourceAt::Sequence(sequence), 1)]).unwrap();
    let reads = catalog.reads().unwrap();
    let bytes = || {
        let used = reads.used("a1").unwrap();
        (used.own_bytes, used.all_bytes)
    };
    assert_eq!(bytes(), (500, 500));
    catalog.commit(&[ended("packs", JobState::Cancelled, 2)]).unwrap();
    assert_eq!(bytes(), (0, 0));
}

pub(crate) fn a_result_that_was_removed_is_not_counted_and_its_job_stays(place: &dyn Fresh) {
    let mut catalog = catalog(place);
    let reads = catalog.reads().unwrap();
    catalog.result_removed(&id("older"), WallMillis(99)).unwrap();
    assert_eq!(results(&*reads, 9), ["done", "other"]);
    assert_eq!(reads.used("a1").unwrap().own_bytes, 1110);
    let row = reads.job(&id("older")).unwrap().unwrap();
    assert_eq!((row.state, row.result_removed_at), (JobState::Completed, Some(WallMillis(99))));
}

pub(crate) fn the_oldest_results_come_first_and_all_of_them_count(place: &dyn Fresh) {
    let reads = catalog(place).reads().unwrap();
    assert_eq!(results(&*reads, 9), ["older", "done", "other"]);
    assert_eq!(results(&*reads, 2), ["older", "done"]);
    let two = reads.results(2).unwrap();
    assert_eq!((two.count, two.bytes), (3, 33));
    assert_eq!(
        (two.oldest[0].bytes, two.oldest[0].at, two.oldest[0].output_name.as_str()),
        (20, WallMillis(4), "b.mp4")
    );
}

pub(crate) fn an_upload_is_remembered_until_it_is_forgotten(place: &dyn Fresh) {
    let mut catalog = place.open();
    let (row, reads) = (upload("u1", "a1", 5_000_000_000), catalog.reads().unwrap());
    assert!(!catalog.forget_upload(&row.upload).unwrap(), "there is none");
    catalog.add_upload(&row).unwrap();
    assert_eq!(reads.upload(&row.upload).unwrap(), Some(row.clone()));
    assert!(catalog.forget_upload(&row.upload).unwrap());
    assert_eq!(reads.upload(&row.upload).unwrap(), None);
}

pub(crate) fn an_upload_has_its_name_alone(place: &dyn Fresh) {
    let mut catalog = catalog(place);
    catalog.add_upload(&upload("theirs", "a1", 8)).unwrap_err();
    let kept = catalog.reads().unwrap().upload(&upload_id("theirs")).unwrap();
    assert_eq!(kept, Some(upload("theirs", "b2", 7)));
}

pub(crate) fn an_ended_job_is_forgotten_with_all_that_was_kept_of_it(place: &dyn Fresh) {
    let mut catalog = catalog(place);
    let reads = catalog.reads().unwrap();
    assert_eq!(catalog.forget_job(&id("working"), true, WallMillis(50)).unwrap(), None, "it has not ended");
    assert_eq!(catalog.forget_job(&id("nobody"), true, WallMillis(50)).unwrap(), None);
    let gone = catalog.forget_job(&id("done"), true, WallMillis(50)).unwrap().unwrap();
    assert_eq!((gone.kind.as_str(), gone.owner.as_deref()), ("job.deleted", Some("a1")));
    assert_eq!(gone.at, WallMillis(50));
    assert_eq!(reads.events(gone.seq - 1, 9).unwrap(), [gone], "it is stored");
    assert!(reads.job(&id("done")).unwrap().is_none() && reads.job(&id("working")).unwrap().is_some());
    assert_eq!(results(&*reads, 9), ["older", "other"]);
    assert_eq!(catalog.forget_job(&id("done"), true, WallMillis(51)).unwrap(), None, "once only");
}

pub(crate) fn an_upload_is_forgotten_with_the_last_job_that_had_it(place: &dyn Fresh) {
    let mut catalog = catalog(place);
    let of_upload = |name: &str| added(name, "a1", SourceAt::Upload(upload_id("at-work")), 9);
    let failed = |name: &str| ended(name, JobState::Failed, 10);
    catalog.commit(&[failed("working"), of_upload("second"), failed("second")]).unwrap();
    catalog.commit(&[of_upload("third"), failed("third")]).unwrap();
    let reads = catalog.reads().unwrap();
    let is_there = [("working", true), ("second", true), ("third", false)].map(|(job, with_upload)| {
        catalog.forget_job(&id(job), with_upload, WallMillis(50)).unwrap().unwrap();
        reads.upload(&upload_id("at-work")).unwrap().is_some()
    });
    assert_eq!(is_there, [true, true, true], "somebody else has it, or the caller could not have it alone");
    catalog.commit(&[of_upload("fourth"), failed("fourth")]).unwrap();
    catalog.forget_job(&id("fourth"), true, WallMillis(50)).unwrap().unwrap();
    assert!(reads.upload(&upload_id("at-work")).unwrap().is_none());
}

pub(crate) fn an_upload_that_a_job_reads_is_not_forgotten(place: &dyn Fresh) {
    let mut catalog = catalog(place);
    let reads = catalog.reads().unwrap();
    let idle = reads.idle_uploads(&Page::first()).unwrap();
    let names: Vec<_> = idle.iter().map(|row| row.upload.as_str()).collect();
    assert_eq!(names, ["theirs", "waits"]);
    assert!(!catalog.forget_upload(&upload_id("at-work")).unwrap());
    assert!(reads.upload(&upload_id("at-work")).unwrap().is_some());
    assert!(catalog.forget_upload(&upload_id("waits")).unwrap());
}
