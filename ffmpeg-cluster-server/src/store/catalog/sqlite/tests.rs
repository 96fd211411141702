//! SQLite keeps every promise of a catalog, and some of its own.

use std::path::PathBuf;

use ffmpeg_cluster_common::cluster::change::Strike;
use ffmpeg_cluster_common::cluster::event::{LOCAL, SourceAt};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::media::plan::track::WorkKind;

use super::*;
use crate::store::catalog::rows::Page;
use crate::store::catalog::tests::samples::{added, busy, client, completed, id, job, upload, upload_id};
use crate::store::catalog::tests::{Fresh, promises};
use crate::store::catalog::{JobOrder, JobsWanted, OrderKey};

/// A database of its own, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("ffmpeg-cluster-{}.db", uuid::Uuid::new_v4())))
    }
}

impl Fresh for Scratch {
    fn open(&self) -> Box<dyn Catalog> {
        Box::new(Sqlite::open(&self.0).unwrap())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(end);
            let _ = std::fs::remove_file(name);
        }
    }
}

promises!(super::Scratch::new());

/// 2 is full, 1 is normal.
fn synced(change: Change) -> i64 {
    let mut catalog = Sqlite::open(Path::new(":memory:")).unwrap();
    // There is no such job; how it is committed is decided before that is found.
    let _ = catalog.commit(&[change]);
    catalog.db.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_new_index_is_synced_because_files_are_removed_after_it() {
    let (job, kind): (JobId, _) = ("j".parse().unwrap(), WorkKind("k".into()));
    let film = crate::samples::film(1, false);
    assert_eq!(synced(Change::FilmKnown { job, film: Box::new(film) }), 2);
    let begins = Change::CrashesTold { job: "j".parse().unwrap(), crashes: 1 };
    assert_eq!(synced(begins), 2, "the work begins after it");
    assert_eq!(synced(Change::SpeedMeasured { client: "c".parse().unwrap(), kind, fps: 1.0 }), 1);
}

#[test]
fn a_full_disk_is_told_apart_and_the_same_may_be_tried_again() {
    let mut catalog = Sqlite::open(Path::new(":memory:")).unwrap();
    let pages: i64 = catalog.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let bound = |catalog: &Sqlite, pages: i64| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        catalog.db.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap();
    };
    bound(&catalog, pages);
    let many: Vec<_> = (0..100).map(|n| job(&format!("j{n}"))).collect();
    let error = catalog.commit(&many).unwrap_err();
    assert!(error.is::<Full>(), "{error:#}");
    bound(&catalog, 1_000_000);
    catalog.commit(&many).unwrap();
    let twice = catalog.commit(&many).unwrap_err();
    assert!(!twice.is::<Full>(), "{twice:#}");
}

#[test]
fn a_connection_that_reads_can_not_write() {
    let place = Scratch::new();
    let _catalog = place.open();
    let db = database::connect(&place.0, READ_ONLY).unwrap();
    db.execute("DELETE FROM jobs", []).unwrap_err();
}

/// However many jobs there are, a page of them is found by an index.
#[test]
fn no_page_of_jobs_is_found_by_looking_at_all() {
    let catalog = Sqlite::open(Path::new(":memory:")).unwrap();
    let place = crate::store::catalog::JobPlace { created_at: WallMillis(1), job: id("j") };
    let behind = Page { after: Some(place), limit: 5 };
    for (owner, page) in [(None, Page::first()), (None, behind.clone()), (Some("a"), behind)] {
        let sql = format!("EXPLAIN QUERY PLAN {}", reads::jobs_sql(owner, &page));
        let mut statement = catalog.db.prepare(&sql).unwrap();
        let plan = statement.raw_query().mapped(|row| row.get::<_, String>(3));
        let plan = plan.collect::<Result<Vec<_>, _>>().unwrap().join("; ");
        assert!(plan.contains("USING INDEX jobs_by_"), "{plan}");
    }
}

#[test]
fn no_page_of_any_order_is_found_by_sorting() {
    let catalog = Sqlite::open(Path::new(":memory:")).unwrap();
    for order in [JobOrder::NewestFirst, JobOrder::OldestFirst, JobOrder::LastEndedFirst, JobOrder::Name] {
        let key = match order {
            JobOrder::Name => OrderKey::Name("a".into()),
            _ => OrderKey::Moment(1),
        };
        for after in [None, Some((key, id("j")))] {
            let sql = format!(
                "EXPLAIN QUERY PLAN {}",
                list::sql_of(&JobsWanted { order, after, ..JobsWanted::default() })
            );
            let mut statement = catalog.db.prepare(&sql).unwrap();
            let plan = statement.raw_query().mapped(|row| row.get::<_, String>(3));
            let plan = plan.collect::<Result<Vec<_>, _>>().unwrap().join("; ");
            assert!(
                plan.contains("USING INDEX jobs_by_") && !plan.contains("TEMP B-TREE"),
                "{order:?}: {plan}"
            );
        }
    }
}

/// For making the sample of a new migration: what today's server writes.
#[test]
#[ignore = "writes a database to make sample rows from"]
fn make_a_sample() {
    let place = Scratch(std::env::temp_dir().join("ffmpeg-cluster-sample.db"));
    let _ = std::fs::remove_file(&place.0);
    let mut catalog = busy(&place);
    let (file_name, metadata) = ("film.mov".into(), "filename ZmlsbS5tb3Y=".into());
    let created_at = WallMillis(3);
    catalog.add_upload(&UploadRow { file_name, metadata, created_at, ..upload("u1", LOCAL, 7) }).unwrap();
    let (at, job_of_it) = (WallMillis(5), Some(id("j1")));
    let why = "frames 0..8 of the piece are not those of the source".to_owned();
    let struck = Change::Struck { client: client(), strike: Strike { at, why, job: job_of_it } };
    let from_upload = added("j2", LOCAL, SourceAt::Upload(upload_id("u1")), 1_000);
    catalog.commit(&[from_upload, job("j3"), completed("j3", 0, 9), struck]).unwrap();
    drop(catalog);
    // It is to stay.
    std::mem::forget(place);
}
