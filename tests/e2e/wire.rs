//! Lost, doubled, late and spoiled messages and bytes: one commit, the same answer, nothing encoded twice.

use std::time::Instant;

use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::protocol::to_server::ToServer;
use harness::cluster::Cluster;
use harness::films::film;
use harness::log::PATIENCE;
use harness::person::Person;
use harness::proxy::{Harm, Plane, Proxy, Way, What};
use rustix::process::Signal;
use serde_json::Value;

use crate::fake_worker::{FakeWorker, announced};

/// One client behind a proxy.
fn one_client(flags: &[&str]) -> (Cluster, Proxy) {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).with(flags).start();
    let proxy = Proxy::before(cluster.ask.port());
    cluster.add_client_via(proxy.port(), &[]);
    cluster.server.log.wait("client connected");
    (cluster, proxy)
}

/// Panics where a range of frames was leased twice.
fn assert_encoded_once(cluster: &Cluster) {
    let (leased, kept) = (cluster.server.log.count("INFO leased"), cluster.server.log.count("piece kept"));
    assert_eq!(leased, kept, "{}", cluster.server.log.text());
    assert_eq!(cluster.clients[0].log.count("encoded at"), kept, "{}", cluster.clients[0].log.text());
}

#[tokio::test]
async fn a_piece_whose_acknowledgement_is_lost_is_not_encoded_again() {
    let (cluster, proxy) = one_client(&[]);
    let source = film("no-audio.mp4");
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.clients[0].log.wait("encoded at");
    // The word that it is kept never arrives: the session breaks behind the commit and before the client hears.
    proxy.stall(&[Plane::Control], &[Way::Down]);
    cluster.server.log.wait("piece kept");
    proxy.cut(&[Plane::Control]);
    proxy.go_on();
    cluster.judged(&job, &source).await;
    cluster.clients[0].log.wait_nth("connected server=", 2);
    let word = ["kept by the server", "dropped: the server no longer waits for it"];
    let ended: usize = word.iter().map(|mark| cluster.clients[0].log.count(mark)).sum();
    assert!(ended > 0, "{}", cluster.clients[0].log.text());
    assert_encoded_once(&cluster);
}

#[tokio::test]
async fn a_repeated_offer_of_a_piece_gets_the_same_answer() {
    let cluster = Cluster::new().clients(1).start();
    let source = film("half-second.mp4");
    let job = cluster.ask.submit(&source, Value::Null).await;
    let line = cluster.server.log.wait("piece kept");
    let lease: LeaseId = line.split_once("lease=").unwrap().1.split(' ').next().unwrap().parse().unwrap();
    cluster.ask.completed(&job).await;
    let mut worker = FakeWorker::join(cluster.ask.port(), "late-worker", &[]).await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        worker.announce(lease, announced(b"once more")).await;
        answers.push(worker.heard().await);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    assert_eq!(cluster.server.log.count("piece kept: frames"), 1);
}

#[tokio::test]
async fn requests_that_come_twice_change_nothing() {
    let (cluster, proxy) = one_client(&["--chunk-size", "65536"]);
    proxy.start_recording();
    let source = film("no-audio.mp4");
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.clients[0].log.wait("encoded at");
    // Once in the middle of it, and once when all is over.
    let during = proxy.replay(Plane::Bytes);
    cluster.judged(&job, &source).await;
    let after = proxy.replay(Plane::Bytes);
    assert!(during.len() > 3 && after.len() > 3, "{during:?} {after:?}");
    assert!(after.iter().all(|status| matches!(status, 200 | 206 | 404 | 410)), "{after:?}");
    assert_encoded_once(&cluster);
}

#[tokio::test]
async fn flipped_bits_of_sources_and_pieces_are_noticed_and_sent_again() {
    for way in Way::BOTH {
        let (cluster, proxy) = one_client(&["--chunk-size", "65536"]);
        proxy.flip(way, 5);
        let source = film("h264-open-gop.mkv");
        let job = cluster.ask.submit(&source, Value::Null).await;
        cluster.judged(&job, &source).await;
        assert_eq!(proxy.log.count("a bit flipped"), 5, "{way:?}");
        assert_encoded_once(&cluster);
    }
}

#[test]
fn an_upload_cut_at_twenty_places_arrives_whole() {
    let seed = std::env::var("SEED").map_or(1, |text| text.parse().expect("a number"));
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let source = film("medium.mkv");
    let bytes = source.metadata().unwrap().len();
    // What was cut off passes once more, so more passes than the file has.
    let cuts = Harm::seeded(seed, 20, What::Cut, Way::Up, 0..bytes);
    let proxy = Proxy::with_plan(cluster.ask.port(), &cuts);
    let mut uploader = Person::of(&cluster).via(proxy.port()).submit(&source);
    cluster.server.log.wait("job accepted");
    proxy.assert_all_done();
    let uploads = std::fs::read_dir(cluster.work().join("server/uploads")).unwrap();
    let arrived: Vec<_> = uploads.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(arrived.len(), 1, "{arrived:?}");
    let same = std::fs::read(&arrived[0]).unwrap() == std::fs::read(source).unwrap();
    assert!(same, "other bytes arrived with SEED={seed}");
    uploader.signal(Signal::INT);
    uploader.end();
}

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Asks for ever, and reads nothing of the answers; ends when the server closes.
async fn ask_and_never_read(port: u16) {
    let mut worker = FakeWorker::join(port, "deaf-worker", &[]).await;
    let since = Instant::now();
    let mut closed = false;
    while !closed && since.elapsed() < PATIENCE {
        let lease = LeaseId { boot: 9, seq: 9 };
        closed = !worker.try_say(&ToServer::PieceSent { lease, piece: announced(b"x") }).await;
    }
    assert!(closed, "the server listens for ever");
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stderr, reason = "a figure that a person reads")]
async fn a_client_that_reads_nothing_is_let_go_and_costs_nobody_anything() {
    let cluster = Cluster::new().clients(1).start();
    let source = film("no-audio.mp4");
    cluster.server.log.wait("client connected");
    let before = resident_kib(cluster.server.pid());
    let asking = tokio::spawn(ask_and_never_read(cluster.ask.port()));
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.judged(&job, &source).await;
    asking.await.unwrap();
    // Which bound it meets first is a race: that of what waits to be read, or that of what it may say.
    let met = ["does not read its messages; its session is closed", "too many messages in a short time"];
    cluster.server.log.wait_any(&met);
    let grown = resident_kib(cluster.server.pid()).saturating_sub(before);
    eprintln!("MEASURED grown by {grown} KiB");
    assert!(grown < 32 * 1024, "the server has {grown} KiB more than before");
    let listed = cluster.ask.command(serde_json::json!("ListClients")).await;
    assert!(!listed.to_string().contains("\"Processing\""), "{listed}");
}
