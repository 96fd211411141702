//! Pages, orders and owners.

use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::cluster::event::LOCAL;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use super::samples::{added, busy, completed, ended, id, kept, leased, local, upload, upload_id};
use crate::samples::{SOUND, pictures};
use crate::store::catalog::{Catalog, JobOrder, JobsWanted, ListedJob, Page, Reads, UploadRow};

/// All names, read by so many.
fn jobs(reads: &dyn Reads, owner: Option<&str>, limit: usize) -> Vec<String> {
    let (mut names, mut page) = (Vec::new(), Some(Page { after: None, limit }));
    while let Some(this) = page {
        let rows = reads.jobs(owner, &this).unwrap();
        page = this.next(&rows, ListedJob::place);
        names.extend(rows.iter().map(|row| row.job.to_string()));
    }
    names
}

fn uploads(reads: &dyn Reads, limit: usize) -> Vec<String> {
    let (mut names, mut page) = (Vec::new(), Some(Page { after: None, limit }));
    while let Some(this) = page {
        let rows = reads.uploads(&this).unwrap();
        page = this.next(&rows, UploadRow::place);
        names.extend(rows.iter().map(|row| row.upload.to_string()));
    }
    names
}

/// Of two submitters, some from the same moment. "e" is the newest.
fn listed(place: &dyn Fresh) -> Box<dyn Catalog> {
    let mut catalog = place.open();
    let changes = [("b", "a1", 5), ("a", "b2", 5), ("c", "a1", 5), ("d", "b2", 3), ("e", "a1", 9)];
    let changes = changes.map(|(name, owner, at)| added(name, owner, local(), at));
    catalog.commit(&changes).unwrap();
    catalog.commit(&[completed("c", 7, 10)]).unwrap();
    catalog
}

pub(crate) fn pages_of_jobs_join_the_newest_first(place: &dyn Fresh) {
    let reads = listed(place).reads().unwrap();
    for limit in [1, 2, 3, 4, 5, 6, 500] {
        assert_eq!(jobs(&*reads, None, limit), ["e", "a", "b", "c", "d"], "{limit} at once");
    }
    let row = reads.jobs(None, &Page::first()).unwrap().remove(3);
    assert_eq!((row.file_name.as_str(), row.state), ("a.mkv", JobState::Completed));
    assert_eq!((row.created_at.0, row.completed_at.map(|at| at.0)), (5, Some(10)));
}

pub(crate) fn a_job_that_comes_between_two_pages_moves_none_of_them(place: &dyn Fresh) {
    let mut catalog = listed(place);
    let reads = catalog.reads().unwrap();
    let first = Page { after: None, limit: 2 };
    let rows = reads.jobs(None, &first).unwrap();
    catalog.commit(&[added("newest", "a1", local(), 10)]).unwrap();
    let second = first.next(&rows, ListedJob::place).unwrap();
    let names: Vec<_> =
        reads.jobs(None, &second).unwrap().into_iter().map(|row| row.job.to_string()).collect();
    assert_eq!(names, ["b", "c"]);
}

pub(crate) fn a_submitter_lists_their_own_jobs_alone(place: &dyn Fresh) {
    let reads = listed(place).reads().unwrap();
    for limit in [1, 2, 500] {
        assert_eq!(jobs(&*reads, Some("a1"), limit), ["e", "b", "c"], "{limit} at once");
        assert_eq!(jobs(&*reads, Some("b2"), limit), ["a", "d"], "{limit} at once");
    }
    assert!(jobs(&*reads, Some("nobody"), 2).is_empty());
}

pub(crate) fn a_page_holds_no_more_than_was_asked_for(place: &dyn Fresh) {
    let mut catalog = listed(place);
    for name in ["u1", "u2", "u3"] {
        catalog.add_upload(&upload(name, LOCAL, 1)).unwrap();
    }
    catalog.commit(&[completed("b", 1, 11)]).unwrap();
    let reads = catalog.reads().unwrap();
    assert_eq!(reads.jobs(None, &Page { after: None, limit: 2 }).unwrap().len(), 2);
    assert_eq!(reads.uploads(&Page { after: None, limit: 2 }).unwrap().len(), 2);
    assert_eq!(reads.idle_uploads(&Page { after: None, limit: 2 }).unwrap().len(), 2);
    assert_eq!(reads.results(1).unwrap().oldest.len(), 1);
}

/// All names that fit, read by so many, and the count.
fn wanted(reads: &dyn Reads, wanted: &JobsWanted, limit: usize) -> (Vec<String>, u64) {
    let mut page = JobsWanted { limit, ..wanted.clone() };
    let mut names = Vec::new();
    loop {
        let found = reads.jobs_wanted(&page).unwrap();
        names.extend(found.rows.iter().map(|row| row.job.to_string()));
        let Some(last) = found.rows.last().filter(|_| !found.is_last) else { return (names, found.total) };
        page.after = Some((page.order.key(last), last.job.clone()));
    }
}

/// Five jobs of films with other names.
fn filmed(place: &dyn Fresh) -> Box<dyn Catalog> {
    let mut catalog = place.open();
    let films = [("a", "Zoo.mkv"), ("b", "100%.mkv"), ("c", "zoo.mkv"), ("d", "a_b.mkv"), ("e", "alps.mkv")];
    for (at, (name, film)) in (10..).zip(films) {
        let Change::JobAdded { job, mut spec, .. } = added(name, "a1", local(), at) else { panic!() };
        spec.file_name = film.into();
        catalog.commit(&[Change::JobAdded { job, spec, at: WallMillis(at) }]).unwrap();
    }
    catalog.commit(&[completed("d", 1, 40), ended("b", JobState::Failed, 50)]).unwrap();
    catalog
}

pub(crate) fn every_order_joins_its_pages(place: &dyn Fresh) {
    let reads = filmed(place).reads().unwrap();
    for (order, names) in [
        (JobOrder::NewestFirst, ["e", "d", "c", "b", "a"]),
        (JobOrder::OldestFirst, ["a", "b", "c", "d", "e"]),
        (JobOrder::LastEndedFirst, ["b", "d", "a", "c", "e"]),
        (JobOrder::Name, ["b", "d", "e", "a", "c"]),
    ] {
        for limit in [1, 2, 3, 4, 5, 6] {
            let all = JobsWanted { order, ..JobsWanted::default() };
            let (found, total) = wanted(&*reads, &all, limit);
            assert_eq!(
                (found.as_slice(), total),
                (&names.map(str::to_owned)[..], 5),
                "{order:?}, {limit} at once"
            );
        }
    }
}

pub(crate) fn a_list_has_what_fits_and_counts_it(place: &dyn Fresh) {
    let reads = filmed(place).reads().unwrap();
    let all = JobsWanted::default;
    let name = |part: &str| JobsWanted { name: Some(part.to_owned()), ..all() };
    let states = |states: &[JobState]| JobsWanted { states: states.to_vec(), ..all() };
    let owner = |owner: &str| JobsWanted { owner: Some(owner.to_owned()), ..all() };
    let between = |from, to| JobsWanted {
        created_after: Some(WallMillis(from)),
        created_before: Some(WallMillis(to)),
        ..all()
    };
    for (fitting, names) in [
        (name("zoo"), vec!["c", "a"]),
        (name("%"), vec!["b"]),
        (name("_"), vec!["d"]),
        (name("\\"), vec![]),
        (name(WORDS), vec![]),
        (states(&[JobState::Failed]), vec!["b"]),
        (states(&[JobState::Failed, JobState::Queued]), vec!["e", "c", "b", "a"]),
        (owner("a1"), vec!["e", "d", "c", "b", "a"]),
        (owner("b2"), vec![]),
        (between(11, 13), vec!["c", "b"]),
        (JobsWanted { states: vec![JobState::Queued], ..name("zoo") }, vec!["c", "a"]),
    ] {
        let (found, total) = wanted(&*reads, &fitting, 1);
        assert_eq!(
            (&found, total),
            (&names.iter().map(|n| (*n).to_owned()).collect(), names.len() as u64),
            "{fitting:?}"
        );
    }
}

pub(crate) fn pieces_stand_in_their_order(place: &dyn Fresh) {
    let mut catalog = busy(place);
    catalog.commit(&[kept(3, SOUND), leased(6, pictures(250, 500)), kept(6, pictures(250, 500))]).unwrap();
    let pieces = catalog.reads().unwrap().pieces(&id("j1")).unwrap();
    let segments: Vec<_> = pieces.iter().map(|piece| piece.segment).collect();
    assert_eq!(segments, [pictures(0, 250), pictures(250, 500), SOUND]);
}

pub(crate) fn pages_of_uploads_join_by_their_names(place: &dyn Fresh) {
    let mut catalog = place.open();
    for name in ["u3", "u1", "u4", "u2"] {
        catalog.add_upload(&upload(name, LOCAL, 1)).unwrap();
    }
    let reads = catalog.reads().unwrap();
    for limit in [1, 2, 3, 4, 5] {
        assert_eq!(uploads(&*reads, limit), ["u1", "u2", "u3", "u4"], "{limit} at once");
    }
}

const WORDS: &str = "'); DROP TABLE jobs;-- %_\\\"";

pub(crate) fn words_from_outside_are_values_and_nothing_else(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let row =
        UploadRow { file_name: WORDS.into(), metadata: WORDS.into(), ..upload("u1", WORDS, 5_000_000_000) };
    catalog.add_upload(&row).unwrap();
    catalog.commit(&[added("j2", WORDS, local(), 1)]).unwrap();
    assert!(!catalog.revoke_token(WORDS, ffmpeg_cluster_common::time::WallMillis(1)).unwrap());
    let reads = catalog.reads().unwrap();
    assert_eq!(reads.upload(&upload_id("u1")).unwrap(), Some(row));
    assert_eq!(jobs(&*reads, Some(WORDS), 2), ["j2"]);
    assert_eq!(reads.used(WORDS).unwrap().own_bytes, 5_000_000_000);
    assert_eq!(jobs(&*reads, None, 2).len(), 2);
}
