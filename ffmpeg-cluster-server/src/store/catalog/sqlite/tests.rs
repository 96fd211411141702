//! SQLite keeps every promise of a catalog, and some of its own.

use std::path::PathBuf;

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::cluster::change::Strike;
use ffmpeg_cluster_common::cluster::event::{LOCAL, SourceAt};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::media::plan::track::WorkKind;

use super::*;
use crate::store::catalog::rows::Page;
use crate::store::catalog::tests::samples::{
    added, busy, client, completed, id, job, kept, lease, leased, upload, upload_id,
};
use crate::store::catalog::tests::webhooks::webhook;
use crate::store::catalog::tests::{Fresh, promises};
use crate::store::catalog::{JobOrder, JobsWanted, Moments, NewEvent, OrderKey, ServerSpan, Told};

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

/// Three hundred leases of a film are kept in twelve kilobytes.
#[test]
fn the_spans_of_an_ended_job_take_little_room() {
    let mut catalog = Sqlite::open(Path::new(":memory:")).unwrap();
    catalog.commit(&[job("j1")]).unwrap();
    let at = |n: u64, ms: u64| WallMillis(1_795_219_200_000 + n * 3_217 + ms + n * n % 997);
    for n in 0..300 {
        let segment = crate::samples::pictures(n * 240, n * 240 + 240);
        let given = Told { at: at(n, 0), ..Told::default() };
        catalog.commit_told(&[leased(n, segment)], &given).unwrap();
        let moments = Moments {
            began: Some(at(n, 210)),
            encoded: Some(at(n, 9_120)),
            sent: Some(at(n, 9_460)),
            code: None,
        };
        let moments = [(lease(n), moments)].into();
        let end = Told { at: at(n, 9_700), moments, ..Told::default() };
        catalog.commit_told(&[kept(n, segment)], &end).unwrap();
    }
    catalog.commit(&[completed("j1", 7, 9)]).unwrap();
    let sql = "SELECT length(spans) FROM timelines";
    let bytes: i64 = catalog.db.query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(bytes <= 12 << 10, "{bytes} bytes");
    let left = "SELECT (SELECT count(*) FROM spans) + (SELECT count(*) FROM server_spans)";
    assert_eq!(catalog.db.query_row(left, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

/// One commit of a busy server: a piece is kept, and the next segment leased.
fn busy_commit(n: u64, with_events: bool) -> (Vec<Change>, Told) {
    let segment = |n| crate::samples::pictures(n * 10, n * 10 + 10);
    let data =
        r#"{"lease":"1-17","segment":{"track":0,"start":480,"end":510},"bytes":184223,"encode_ms":9120}"#;
    let event = |kind| {
        let (job, client, owner) = (Some(id("j1")), Some(client()), Some(LOCAL.into()));
        NewEvent { kind, job, client, owner, data: data.into() }
    };
    let told = ["segment.kept", "segment.leased"].map(event);
    let events = told.into_iter().filter(|_| with_events).collect();
    let changes = vec![kept(n, segment(n)), leased(n + 1, segment(n + 1))];
    (changes, Told { at: WallMillis(n), events, ..Told::default() })
}

/// What events cost a commit: `cargo nextest run -p ffmpeg-cluster-server --run-ignored only commit_costs --no-capture`.
#[test]
#[ignore = "measures"]
fn what_a_commit_costs() {
    let round = |with_events: bool| {
        let place = Scratch::new();
        let mut catalog = place.open();
        catalog.commit(&[job("j1")]).unwrap();
        let one = |n| {
            let (changes, told) = busy_commit(n, with_events);
            let began = std::time::Instant::now();
            catalog.commit_told(&changes, &told).unwrap();
            began.elapsed().as_micros()
        };
        let mut times: Vec<_> = (0..4_000).map(one).collect();
        times.sort_unstable();
        (times[2_000], times[3_800])
    };
    for _ in 0..5 {
        eprintln!("(median, p95) in µs: without events {:?}, with {:?}", round(false), round(true));
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
    let webhook = WebhookRow {
        secret: Secret::new("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
        ..webhook("phone", &["job.*"])
    };
    catalog.put_webhook(&webhook).unwrap();
    let from_upload = added("j2", LOCAL, SourceAt::Upload(upload_id("u1")), 1_000);
    let data = r#"{"file_name":"a.mkv"}"#.to_owned();
    let (job_of_it, owner) = (Some(id("j2")), Some(LOCAL.into()));
    let created = NewEvent { kind: "job.created", job: job_of_it, client: None, owner, data };
    let indexed = ServerSpan { what: "index".into(), began_ms: 4, ended_ms: 6 };
    let (events, server) = (vec![created], vec![(id("j1"), indexed)]);
    let told = Told { at: WallMillis(7), events, server, ..Told::default() };
    catalog.commit_told(&[from_upload, job("j3"), completed("j3", 0, 9), struck], &told).unwrap();
    drop(catalog);
    // It is to stay.
    std::mem::forget(place);
}
