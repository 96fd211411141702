//! A server starts again: as quickly with a long past as without one, and as often as one likes within one job.
//!
//! `JOBS=10000 cargo nextest run --release … restart::` measures the start as it is meant; `RESTARTS=50` restarts more
//! often.

use std::path::Path;
use std::time::Instant;

use ffmpeg_cluster_common::cluster::change::{Change, RememberedPiece};
use ffmpeg_cluster_common::cluster::event::{CheckedPiece, JobSpec, SourceAt};
use ffmpeg_cluster_common::frames::{FrameRange, Rational};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::media::params;
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::piece::{PieceFacts, StreamParams};
use ffmpeg_cluster_common::media::plan::track::{Content, Cuts, Segment, Track, WorkKind};
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;
use ffmpeg_cluster_server::store::catalog::{Catalog, Sqlite};
use harness::cluster::{Cluster, Scratch};
use harness::encodes::Encodes;
use harness::films::film;
use harness::judge;
use harness::log::PATIENCE;
use serde_json::{Value, json};

/// One in so many has not ended.
const OPEN_EVERY: usize = 30;
/// Two hours, a key frame every four seconds.
const FRAMES: u64 = 180_000;
const KEYS_EVERY: u64 = 100;
const PIECES: u64 = 40;
const PIECE_FRAMES: u64 = 1_500;

fn jobs() -> usize {
    std::env::var("JOBS").map_or(2_000, |text| text.parse().expect("JOBS is a number"))
}

fn spec() -> JobSpec {
    let words = params::words("-c:v ffv1 -an").unwrap();
    JobSpec {
        source: SourceAt::LocalFile("/a film that is gone.mkv".into()),
        file_name: "a film that is gone.mkv".into(),
        output_name: "result.mkv".into(),
        profile: params::parse(&words, Container::Matroska).unwrap(),
        params_text: "-c:v ffv1 -an".into(),
        required_clients: 1,
        exactly: true,
        care: Default::default(),
        hw: Default::default(),
        priority: Default::default(),
        ladder: None,
        owner: "local".into(),
    }
}

fn known_film() -> Film {
    let pictures = Track {
        cuts: Cuts::Near((0..FRAMES / KEYS_EVERY).map(|n| n * KEYS_EVERY).collect()),
        kind: Some(WorkKind("ffv1/640x360".into())),
        ..Track::new(Content::Picture, FRAMES, vec!["ffv1".into()])
    };
    Film {
        tracks: vec![pictures],
        frame_rate: Rational { num: 25, den: 1 },
        indexed_by: IndexedBy::Packets,
        copied: None,
    }
}

/// Half of its pieces are kept, and the next is leased to a client that never comes back.
fn half_done(job: &JobId, number: usize, client: &ClientId) -> Vec<Change> {
    let lease = |n: u64| LeaseId { boot: 1, seq: number as u64 * 1_000 + n };
    let frames = |n: u64| FrameRange::new(n * PIECE_FRAMES, (n + 1) * PIECE_FRAMES);
    let segment = |n| Segment::new(Film::PICTURES, frames(n));
    let params = StreamParams {
        codec: "ffv1".into(),
        width: 640,
        height: 360,
        pix_fmt: "yuv420p".into(),
        time_base: Rational { num: 1, den: 1_000 },
        extradata: "ab".repeat(32),
        looks: Default::default(),
    };
    let facts = PieceFacts {
        frames: PIECE_FRAMES,
        params: vec![params],
        findings: Default::default(),
        encoder: None,
        begins: None,
    };
    // Small, so that joining all of them at once needs little free disk.
    let piece = CheckedPiece { bytes: 1 << 10, sha256: "cd".repeat(32), facts };
    let kept = |n| RememberedPiece {
        lease: lease(n),
        segment: segment(n),
        client: client.clone(),
        piece: piece.clone(),
        encode_ms: 7_000,
    };
    let kept = |n| Change::PieceKept { job: job.clone(), piece: Box::new(kept(n)) };
    let leased = Change::Leased {
        job: job.clone(),
        lease: lease(PIECES),
        segment: segment(PIECES),
        client: client.clone(),
        seat: None,
    };
    (0..PIECES).map(kept).chain([leased]).collect()
}

fn life_of(number: usize) -> Vec<Change> {
    let job: JobId = format!("old-{number}").parse().unwrap();
    let client: ClientId = format!("client-{}", number % 200).parse().unwrap();
    let at = WallMillis(1_000 + number as u64);
    let mut changes = vec![
        Change::ClientSeen { client: client.clone(), name: "old".into(), at },
        Change::JobAdded { job: job.clone(), spec: Box::new(spec()), at },
        Change::FilmKnown { job: job.clone(), film: Box::new(known_film()) },
        Change::JobMoved { job: job.clone(), state: JobState::Processing },
    ];
    if number.is_multiple_of(OPEN_EVERY) {
        changes.extend(half_done(&job, number, &client));
    } else {
        let state = JobState::Completed;
        changes.push(Change::JobEnded { job, state, at, error: None, report: None });
    }
    changes
}

/// Written as the server would have, over months.
fn fill(work: &Path) {
    std::fs::create_dir_all(work.join("db")).unwrap();
    let mut catalog = Sqlite::open(&work.join("db/server.db")).unwrap();
    catalog.load(WallMillis(1)).unwrap();
    for batch in (0..jobs()).collect::<Vec<_>>().chunks(500) {
        let changes: Vec<Change> = batch.iter().flat_map(|number| life_of(*number)).collect();
        catalog.commit(&changes).unwrap();
    }
    for number in 0..jobs() {
        let folder = work.join("server").join(format!("old-{number}"));
        std::fs::create_dir_all(&folder).unwrap();
        if !number.is_multiple_of(OPEN_EVERY) {
            std::fs::write(folder.join("result.mkv"), "a result").unwrap();
        }
    }
}

#[tokio::test]
async fn after_a_restart_the_oldest_of_many_open_jobs_comes_first() {
    let scratch = Scratch::new();
    fill(&scratch.path().join("server"));
    // No client before the start that is measured: with their sources gone the open jobs would fail one by one, and
    // little would be left to restore.
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start_in(scratch);
    let open = open_jobs(&cluster).await;
    assert_eq!(open, jobs().div_ceil(OPEN_EVERY));
    cluster.kill_server();
    cluster.add_client();
    cluster.clients[0].log.wait("no connection to the server");
    let began = Instant::now();
    cluster.restart_server();
    let listening = began.elapsed();
    let first = cluster.server.log.wait("INFO leased ");
    let leased = began.elapsed();
    assert!(first.contains("job=old-0 "), "the oldest open job comes first: {first}");
    println!("{} jobs, {open} open: listening after {listening:?}, first new lease after {leased:?}", jobs());
}

async fn open_jobs(cluster: &Cluster) -> usize {
    let reply = cluster.ask.command(json!("ListJobs")).await;
    reply["JobsList"].as_array().unwrap().iter().filter(|job| job["status"] == "Processing").count()
}

fn restarts() -> usize {
    std::env::var("RESTARTS").map_or(3, |text| text.parse().expect("RESTARTS is a number"))
}

#[tokio::test]
async fn killed_again_and_again_it_has_nothing_made_twice() {
    // Lossless, and slow enough to last.
    let params = "-c:v libx264 -qp 0 -preset veryslow -threads 1";
    let mut cluster = Cluster::new().clients(2).encode(params, ".mkv").start();
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, Value::Null).await;
    // Until then the server itself is at work, and dying at that twice is held against the job.
    cluster.server.log.wait("INFO leased ");
    let mut servers = vec![cluster.server.log.clone()];
    for number in 0..restarts() {
        // In each life a little later: before its clients are back, with one of them, with both.
        match number % 3 {
            0 => cluster.server.log.wait("listening on"),
            clients => cluster.server.log.wait_nth("INFO client ", clients),
        };
        cluster.restart_server();
        servers.push(cluster.server.log.clone());
    }
    assert_ne!(
        cluster.ask.status(&job).await["status"],
        "Completed",
        "the job was over before the last restart"
    );
    // Two minutes of one processor's work, which tests beside this one share.
    let status = cluster.ask.ended_within(&job, 2 * PATIENCE).await.expect("the job never ended");
    assert_eq!(status["status"], "Completed", "{status}");
    let to = cluster.scratch.path().join("out.mkv");
    cluster.ask.fetch(status["output_url"].as_str().unwrap(), &to).await;
    judge::same_film(&source, &to, true, 1.1);
    let clients: Vec<_> = cluster.clients.iter().map(|client| client.log.clone()).collect();
    Encodes::read(&servers, &clients).assert_each_once();
}
