//! Clients that lie: what they send is refused for what it is, the film comes out right, and they are set aside.

mod shapes;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ffmpeg_cluster_common::media::plan::piece::SentPiece;
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient};
use harness::ask::is_final;
use harness::cluster::{Cluster, Scratch};
use harness::log::PATIENCE;
use serde_json::{Value, json};

use self::shapes::SHAPES;
use crate::corrupt::picture;
use crate::corrupt::pieces::{film, film_of, piece};
use crate::fake_tools::fake_ffmpeg;
use crate::fake_worker::{FakeWorker, announced};

const LIAR: &str = "lying-worker";

/// The frames of the offer, from this film, so many later.
fn made(offer: &Offer, film: &Path, later: u64, folder: &Path) -> Vec<u8> {
    let work = picture(offer);
    let (start, end) = (work.range.start + later, work.range.end + later);
    piece(&work, film, &format!("start_frame={start}:end_frame={end}"), folder)
}

/// Why the server does not take it.
async fn refused(worker: &mut FakeWorker, offer: &Offer, piece: &[u8]) -> String {
    assert_eq!(worker.put(offer.lease, piece).await, 204);
    worker.announce(offer.lease, announced(piece)).await;
    match worker.verdict(offer.lease).await {
        ToClient::Revoke { lease, reason } if lease == offer.lease => reason,
        other => panic!("answered with {other:?}"),
    }
}

/// Others are of a job that is gone.
async fn offer_of(worker: &mut FakeWorker, job: &str) -> Offer {
    loop {
        let offer = worker.offer().await;
        if offer.job.as_str() == job {
            return offer;
        }
    }
}

async fn told_of(cluster: &Cluster, client: &str) -> Value {
    let reply = cluster.ask.command(json!("ListClients")).await;
    let all = reply["ClientsList"].as_array().unwrap().iter();
    all.clone().find(|line| line["client_id"] == client).cloned().unwrap_or(Value::Null)
}

async fn forgive(cluster: &Cluster) {
    let reply = cluster.ask.command(json!({"ForgiveClient": {"client_id": LIAR}})).await;
    assert_eq!(reply["ClientForgiven"]["client_id"], LIAR, "{reply}");
}

/// A liar, with a film to lie about and two to lie with.
struct Court {
    cluster: Cluster,
    worker: FakeWorker,
    source: PathBuf,
    others: [PathBuf; 2],
}

impl Court {
    async fn begin(flags: &[&str]) -> Self {
        let cluster = Cluster::new().with(&["--required-clients", "1"]).with(flags).start();
        let folder = cluster.scratch.path();
        let source = film(folder, "source.mkv", "64x48", 600);
        let others = [
            ("fractal.mkv", "mandelbrot=size=64x48:rate=25"),
            ("black.mkv", "color=black:size=64x48:rate=25"),
        ];
        let others = others.map(|(name, picture)| film_of(picture, folder, name, 600));
        let worker = FakeWorker::join(cluster.ask.port(), LIAR, &["ffv1"]).await;
        Self { cluster, worker, source, others }
    }
}

/// Pictures of another film, black ones, and those of other frames; each of the right length and kind.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_pictures_are_refused_and_their_client_is_set_aside_for_a_day() {
    let Court { mut cluster, mut worker, source, others } =
        Court::begin(&["--audit", "100", "--retry-delay", "0"]).await;
    let folder = cluster.scratch.path().to_owned();
    let mut job = String::new();
    for (number, (film, later)) in [(&others[0], 0), (&others[1], 0), (&source, 7)].into_iter().enumerate() {
        assert_eq!(told_of(&cluster, LIAR).await["set_aside"], Value::Null, "after {number}");
        // Two of one job would say that the server measures wrongly.
        if number > 0 {
            cluster.ask.command(json!({"CancelJob": {"job_id": job}})).await;
        }
        job = cluster.ask.submit(&source, Value::Null).await;
        let offer = offer_of(&mut worker, &job).await;
        let reason = refused(&mut worker, &offer, &made(&offer, film, later, &folder)).await;
        assert!(reason.contains("are not those of the source"), "{number}: {reason}");
    }
    let told = told_of(&cluster, LIAR).await;
    assert_eq!(told["strikes"], 3);
    assert!(told["set_aside"].as_str().unwrap().contains("set aside for 24.0 h"), "{told}");
    // It was the only one: the job waits, and says why.
    let waits = cluster.ask.until(&job, "waited", |status| status["status"] == "WaitingForClients").await;
    assert_eq!(waits["error"], Value::Null);
    let (_, why) = cluster.ask.get(&format!("/api/v1/jobs/{job}/explain")).await;
    assert!(why.to_string().contains("3 false pieces"), "{why}");

    cluster.restart_server();
    let _liar = FakeWorker::join(cluster.ask.port(), LIAR, &["ffv1"]).await;
    assert!(told_of(&cluster, LIAR).await["set_aside"].is_string(), "a restart does not change that");
    cluster.add_client();
    cluster.judged(&job, &source).await;
    assert!(cluster.server.log.text().contains("audited frames"));
    cluster.leaves_nothing().await;
}

/// What it sent before it was caught is not believed either, though some of it was audited.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_forger_sent_before_is_made_again() {
    let Court { mut cluster, mut worker, source, others } =
        Court::begin(&["--audit", "100", "--retry-delay", "0"]).await;
    let job = cluster.ask.submit(&source, Value::Null).await;
    let folder = cluster.scratch.path().to_owned();
    let first = worker.offer().await;
    let good = made(&first, &source, 0, &folder);
    assert_eq!(worker.put(first.lease, &good).await, 204);
    worker.announce(first.lease, announced(&good)).await;
    assert_eq!(worker.verdict(first.lease).await, ToClient::Kept { lease: first.lease });
    let offer = worker.offer().await;
    refused(&mut worker, &offer, &made(&offer, &others[0], 0, &folder)).await;
    cluster.server.log.wait("pieces of a client that lied are encoded again");
    drop(worker);
    cluster.add_client();
    cluster.judged(&job, &source).await;
    let by = cluster.ask.status(&job).await["report"]["encoded_by"].to_string();
    assert!(!by.contains(LIAR), "{by}");
    cluster.leaves_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_piece_at_all_is_refused_each_in_its_way() {
    let flags = ["--retry-delay", "0", "--max-retries", "20"];
    let Court { cluster, mut worker, source, .. } = Court::begin(&flags).await;
    let folder = cluster.scratch.path().to_owned();
    std::fs::write(folder.join("canary.mkv"), std::fs::read(&source).unwrap()).unwrap();
    let job = cluster.ask.submit(&source, Value::Null).await;
    for &shape in SHAPES {
        let offer = worker.offer().await;
        let bytes = shapes::bytes(shape, &offer, &source, &folder);
        let reason = refused(&mut worker, &offer, &bytes).await;
        assert!(reason.contains(shape.refusal()), "{shape:?}: {reason}");
        assert_eq!(told_of(&cluster, LIAR).await["strikes"], 1, "{shape:?}");
        forgive(&cluster).await;
    }
    let offer = worker.offer().await;
    let told = SentPiece { bytes: 1 << 40, ..announced(b"small") };
    assert_eq!(worker.put(offer.lease, b"small").await, 204);
    worker.announce(offer.lease, told).await;
    let ToClient::Revoke { reason, .. } = worker.verdict(offer.lease).await else {
        panic!("a terabyte is believed")
    };
    assert!(reason.contains("the client announced 1099511627776 bytes"), "{reason}");
    assert_eq!(cluster.server.log.count(&format!("checked job={job}")), 0);
    cluster.leaves_nothing().await;
}

/// It sends and sends, and never says that it is done.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_without_an_end_is_cut_off() {
    const CHUNK: usize = 1 << 20;
    let Court { cluster, mut worker, source, .. } = Court::begin(&["--retry-delay", "0"]).await;
    cluster.ask.submit(&source, Value::Null).await;
    let (offer, chunk) = (worker.offer().await, vec![7; CHUNK]);
    let mut sent = 0;
    while worker.patch(offer.lease, sent, &chunk).await == 204 {
        sent += CHUNK as u64;
        assert!(sent < 200 << 20, "it goes on for ever");
    }
    assert!(sent > 16 << 20, "{sent}");
    let ToClient::Revoke { reason, .. } = worker.verdict(offer.lease).await else {
        panic!("nobody says why")
    };
    assert!(reason.contains("a piece of these frames has at most"), "{reason}");
    cluster.leaves_nothing().await;
}

/// In place of the server's ffmpeg: whatever it is asked to compare, it says that the piece is unlike the film.
const FAKE_MEASURE: &str = "echo '[psnr@own @ 0x1] PSNR y:inf average:inf min:inf max:inf' >&2; \
    echo '[psnr@piece @ 0x2] PSNR y:23.8 average:23.8 min:20.0 max:30.0' >&2; exit 0";

/// One job set every honest client aside for a day, and threw away what they had made of others.
#[tokio::test(flavor = "multi_thread")]
async fn honest_clients_are_not_struck_where_the_server_has_a_fake_measure() {
    let scratch = Scratch::new();
    let tools = fake_ffmpeg(scratch.path(), "psnr@own", FAKE_MEASURE);
    let flags = ["--audit", "100", "--retry-delay", "0", "--ffmpeg-dir", &tools];
    let cluster = Cluster::new().clients(2).with(&flags).start();
    let source = film(cluster.scratch.path(), "source.mkv", "64x48", 600);
    for _ in 0..3 {
        let job = cluster.ask.submit(&source, Value::Null).await;
        let status = cluster.ask.ended(&job).await;
        assert_eq!(status["status"], "Failed", "{status:#}");
        let error = status["error"].as_str().unwrap();
        assert!(error.contains(&format!("the audit of job {job} is in doubt")), "{error}");
        assert!(error.contains("23.8 dB, where the server's own encode has 1000.0 dB"), "{error}");
        assert!(error.contains("the same release of ffmpeg"), "{error}");
    }
    nobody_is_struck(&cluster).await;
}

async fn nobody_is_struck(cluster: &Cluster) {
    let reply = cluster.ask.command(json!("ListClients")).await;
    for told in reply["ClientsList"].as_array().unwrap() {
        assert_eq!((&told["strikes"], &told["set_aside"]), (&json!(0), &Value::Null), "{reply}");
    }
    cluster.leaves_nothing().await;
}

/// It failed the job by two: so could a liar, where it was alone for a moment.
#[tokio::test(flavor = "multi_thread")]
async fn one_client_alone_fails_no_job_by_audits_and_is_not_struck_where_the_measure_is_fake() {
    let scratch = Scratch::new();
    let tools = fake_ffmpeg(scratch.path(), "psnr@own", FAKE_MEASURE);
    let flags = ["--audit", "100", "--retry-delay", "0", "--ffmpeg-dir", &tools];
    let cluster = Cluster::new().clients(1).with(&flags).start();
    let source = film(cluster.scratch.path(), "source.mkv", "64x48", 600);
    for _ in 0..3 {
        let job = cluster.ask.submit(&source, Value::Null).await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (_, told) = cluster.ask.get(&format!("/api/v1/jobs/{job}/explain")).await;
            if told.to_string().contains("failed two audits of this job and gets nothing more of it") {
                break;
            }
            assert!(Instant::now() < deadline, "{told}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(!is_final(&cluster.ask.status(&job).await), "it waits for another client");
    }
    nobody_is_struck(&cluster).await;
}
