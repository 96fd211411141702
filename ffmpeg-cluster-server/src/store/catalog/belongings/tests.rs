//! Whose bytes are counted where, and what a job at work protects.

use std::path::Path;

use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::protocol::command::JobState;

use super::*;
use crate::samples::spec;
use crate::store::catalog::{Catalog, Reader, Sqlite, Writer};

fn added(job: &str, owner: &str, source: SourceAt) -> Change {
    let spec = JobSpec { source, owner: owner.into(), ..spec() };
    Change::JobAdded { job: job.parse().unwrap(), spec: Box::new(spec), at: WallMillis(1) }
}

fn ended(job: &str, state: JobState, result_bytes: Option<u64>, at: u64) -> Change {
    let report = result_bytes.map(|result_bytes| Box::new(Report { result_bytes, ..Report::default() }));
    Change::JobEnded { job: job.parse().unwrap(), state, at: WallMillis(at), error: None, report }
}

fn upload(name: &str, owner: &str, bytes: u64) -> UploadRow {
    UploadRow {
        upload: name.parse().unwrap(),
        bytes,
        file_name: name.into(),
        metadata: String::new(),
        created_at: WallMillis(1),
        owner: owner.into(),
    }
}

/// Two submitters, one with an upload at work, one waiting, a result and another that was removed.
fn catalog(path: &Path) -> Sqlite {
    let local = || SourceAt::LocalFile("/a.mkv".into());
    let mut catalog = Sqlite::open(path).unwrap();
    for row in [upload("waits", "a1", 100), upload("at-work", "a1", 1000), upload("theirs", "b2", 7)] {
        catalog.add_upload(&row).unwrap();
    }
    let changes = [
        added("working", "a1", SourceAt::Upload("at-work".parse().unwrap())),
        added("done", "a1", local()),
        ended("done", JobState::Completed, Some(10), 5),
        added("older", "a1", local()),
        ended("older", JobState::Completed, Some(20), 4),
        added("failed", "a1", local()),
        ended("failed", JobState::Failed, None, 6),
        added("other", "b2", local()),
        ended("other", JobState::Completed, Some(3), 7),
    ];
    catalog.commit(&changes).unwrap();
    catalog
}

fn with_reader(test: impl AsyncFnOnce(Reader)) {
    let path = std::env::temp_dir().join(format!("ffmpeg-cluster-{}.db", uuid::Uuid::new_v4()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let writer = Writer::start(catalog(&path)).unwrap();
        test(Reader::open(&path, writer).unwrap()).await;
    });
    std::fs::remove_file(path).unwrap();
}

#[test]
fn everybody_is_counted_for_what_is_theirs() {
    with_reader(async |reader| {
        let used = reader.used("a1").await.unwrap();
        let wanted = Used { own_bytes: 1130, all_bytes: 1140, waiting_uploads: 1, open_jobs: 1 };
        assert_eq!(used, wanted);
        let stranger = reader.used("'); DROP TABLE jobs;--").await.unwrap();
        assert_eq!(stranger, Used { all_bytes: 1140, ..Used::default() });
    });
}

#[test]
fn a_result_that_was_removed_is_not_counted_and_its_job_stays() {
    with_reader(async |reader| {
        let names = |kept: Vec<Kept>| kept.into_iter().map(|kept| kept.job.to_string()).collect::<Vec<_>>();
        assert_eq!(names(reader.results().await.unwrap()), ["older", "done", "other"]);
        let older: JobId = "older".parse().unwrap();
        reader.result_removed(&older, WallMillis(99)).await.unwrap();
        assert_eq!(names(reader.results().await.unwrap()), ["done", "other"]);
        assert_eq!(reader.used("a1").await.unwrap().own_bytes, 1110);
        let row = reader.job(&older).await.unwrap().unwrap();
        assert_eq!((row.state, row.result_removed_at), (JobState::Completed, Some(WallMillis(99))));
    });
}

#[test]
fn an_upload_that_a_job_reads_is_not_forgotten() {
    with_reader(async |reader| {
        let (at_work, waits) = ("at-work".parse().unwrap(), "waits".parse().unwrap());
        let idle = reader.idle_uploads().await.unwrap();
        assert!(idle.iter().all(|row| row.upload != at_work) && idle.len() == 2, "{idle:?}");
        assert!(!reader.forget_upload(&at_work).await.unwrap());
        assert!(reader.upload(&at_work).await.unwrap().is_some());
        assert!(reader.forget_upload(&waits).await.unwrap());
    });
}
