//! Each crash point of the table: the process dies there, starts again, and nobody notices in the film.
//!
//! `ALONE=1` gives each point a cluster and a job of its own, which takes longer. Otherwise points follow each other
//! in one life of a cluster: the start after one crash is armed with the next point.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ffmpeg_cluster_common::io::crash::POINTS;
use harness::cluster::{Cluster, Running, Scratch, Setup, spawn_server};
use harness::encodes::Encodes;
use harness::films::film;
use harness::judge;
use harness::log::{Log, PATIENCE};
use harness::person::Person;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::streams;

const START: &[&str] = &[
    "database.migration.applying",
    "database.migration.applied",
    "server.boot.counting",
    "server.boot.counted",
];
const UPLOAD: &[&str] =
    &["server.upload.made", "server.upload.announced", "server.upload.appended", "server.upload.whole"];
const BEGINNING: &[&str] = &[
    "server.job.adding",
    "server.job.added",
    "server.work.telling",
    "server.work.told",
    "server.index.written",
    "server.index.renamed",
    "server.film.knowing",
    "server.film.known",
    "server.lease.leasing",
    "server.lease.leased",
    "server.offer.said",
    "server.drain.begun",
    "server.drain.ended",
];
const PIECE: &[&str] = &[
    "server.piece.appended",
    "server.piece.whole",
    "server.piece.synced",
    "server.piece.renamed",
    "server.piece.durable",
    "server.piece.keeping",
    "server.piece.kept",
    "server.piece.acknowledged",
];
const END: &[&str] = &[
    "server.sound.whole",
    "server.sound.keeping",
    "server.sound.kept",
    "server.join.begun",
    "server.join.made",
    "server.join.synced",
    "server.join.renamed",
    "server.join.durable",
    "server.job.ending",
    "server.job.ended",
    "server.cleaning.begun",
    "server.cleaning.ended",
];
const DELETION: &[&str] = &["server.deleting.begun"];
const CLIENT: &[&str] = &[
    "client.identity.saving",
    "client.identity.saved",
    "client.offer.taken",
    "client.cache.written",
    "client.cache.renamed",
    "client.piece.encoded",
    "client.piece.digested",
    "client.piece.partly_sent",
    "client.piece.sent",
    "client.kept.heard",
    "client.folder.deleted",
];

/// Points at which the server itself lists frames or joins, which it does as soon as the last piece is kept.
const AT_WORK_ITSELF: &[&str] = &[".work.", ".index.", ".film.", ".sound.kept", ".join.", ".job.ending"];

/// Jobs that may go by without passing a point; more, and it is never passed.
const JOBS_MAX: usize = 3;

#[test]
fn every_point_of_the_table_is_walked() {
    let walked = [START, UPLOAD, BEGINNING, PIECE, END, DELETION, CLIENT, &streams::POINTS].concat();
    assert_eq!(walked.iter().collect::<BTreeSet<_>>(), POINTS.iter().collect());
}

#[tokio::test]
async fn a_server_that_dies_while_it_starts() {
    let scratch = Scratch::new();
    for point in START {
        let mut server = spawn_server(&setup(), &scratch, None, 0, &[armed(point)]);
        assert_killed(&mut server, point);
    }
    let mut walk = Walk::of(setup().start_in(scratch));
    walk.finish().await;
    walk.encodes().assert_each_once();
}

#[tokio::test]
async fn a_server_that_dies_while_a_job_begins() {
    each(BEGINNING, server_dies).await;
}

#[tokio::test]
async fn a_server_that_dies_while_a_piece_comes_in() {
    each(PIECE, server_dies).await;
}

#[tokio::test]
async fn a_server_that_dies_while_a_job_ends() {
    each(END, server_dies).await;
}

/// A person's client asks until the job is gone.
#[tokio::test]
async fn a_server_that_dies_while_it_deletes_a_job() {
    let mut cluster = setup().start();
    let job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    let result = cluster.ask.completed(&job).await["output_url"].as_str().unwrap().to_owned();
    for point in DELETION {
        cluster.restart_server_with(&[armed(point)]);
        cluster.server.log.wait("listening on");
        let delete = json!({"DeleteJob": {"job_id": job}});
        assert_eq!(cluster.ask.try_command(delete).await, None, "{point}");
        assert_killed(&mut cluster.server, point);
        cluster.restart_server();
        cluster.server.log.wait("listening on");
        assert_eq!(cluster.ask.get(&result).await.0, 404, "{point}");
        assert_eq!(cluster.ask.status(&job).await["status"], "Completed", "{point}");
    }
    let gone = cluster.ask.command(json!({"DeleteJob": {"job_id": job}})).await;
    assert_eq!(gone["JobDeleted"]["job_id"], job, "{gone}");
    cluster.leaves_nothing().await;
}

#[tokio::test]
async fn a_client_that_dies() {
    each(CLIENT, client_dies).await;
}

#[tokio::test]
async fn a_server_that_dies_while_a_film_is_uploaded() {
    let mut walk = Walk::of(setup().start());
    for point in UPLOAD {
        walk.start_server(&[armed(point)]);
        let mut uploader = walk.upload(point);
        walk.until_killed(point, |walk| &mut walk.cluster.server).await;
        uploader.kill();
    }
    walk.start_server(&[]);
    // The same command again, as a person would type it.
    for point in UPLOAD {
        let mut uploader = walk.upload(point);
        assert!(uploader.end().success(), "{point}: {}", uploader.log.text());
        let result = walk.cluster.scratch.path().join(format!("{point}.mkv"));
        judge::same_film(&walk.film, &result, true, 1.1);
    }
    walk.encodes().assert_each_once();
    // Whose maker never heard of it: it is empty, and may still be asked for.
    let left = files(&walk.cluster.work().join("server").join("uploads"));
    assert!(left.len() <= 1 && left.iter().all(|file| file.metadata().unwrap().len() == 0), "{left:?}");
}

async fn each<F: Future<Output = ()>>(
    points: &'static [&'static str],
    walk: impl Fn(&'static [&'static str]) -> F,
) {
    if std::env::var_os("ALONE").is_none() {
        return walk(points).await;
    }
    for point in points.chunks(1) {
        walk(point).await;
    }
}

async fn server_dies(points: &'static [&'static str]) {
    let mut walk = Walk::of(setup().start());
    for point in points {
        walk.start_server(&[armed(point)]);
        if point.contains(".drain.") {
            walk.drain().await;
        }
        walk.jobs_until_killed(point, |walk| &mut walk.cluster.server).await;
        if AT_WORK_ITSELF.iter().any(|work| point.contains(work)) {
            // A second death at the same job would be held against it.
            walk.start_server(&[]);
            walk.finish().await;
        }
    }
    walk.start_server(&[]);
    walk.finish_again().await;
    // The clients lived on with what they had, so that nothing at all had to be made again.
    walk.encodes().assert_each_once();
    walk.assert_tidy();
}

async fn client_dies(points: &'static [&'static str]) {
    // Alone, because another one could take the whole film before it.
    let mut walk = Walk::of(setup().clients(1).start());
    for point in points {
        if point.contains(".identity.") {
            // Only a new client gets one.
            let _ = std::fs::remove_dir_all(walk.cluster.scratch.path().join("client0"));
        }
        walk.start_client(&[armed(point)]);
        walk.jobs_until_killed(point, |walk| &mut walk.cluster.clients[0]).await;
    }
    walk.start_client(&[]);
    walk.finish_again().await;
    walk.encodes().assert_none_after_it_was_kept();
    walk.assert_tidy();
}

fn setup() -> Setup {
    // Small chunks, so that a piece is many; each death of a client is an attempt.
    Cluster::new().clients(2).with(&["--chunk-size", "65536", "--max-retries", "50", "--retry-delay", "0"])
}

const fn armed(point: &str) -> (&'static str, &str) {
    ("FFMPEG_CLUSTER_CRASH", point)
}

fn assert_killed(program: &mut Running, point: &str) {
    let status = program.end();
    assert_eq!(status.signal(), Some(9), "{point}: {status}; it said:\n{}", program.log.text());
}

/// A cluster in which something dies again and again.
struct Walk {
    cluster: Cluster,
    film: PathBuf,
    /// Jobs whose results were looked at.
    judged: BTreeSet<String>,
    /// Of all lives.
    servers: Vec<Log>,
    clients: Vec<Log>,
}

impl Walk {
    fn of(cluster: Cluster) -> Self {
        let servers = vec![cluster.server.log.clone()];
        let clients = cluster.clients.iter().map(|client| client.log.clone()).collect();
        Self { cluster, film: film("h264-open-gop.mkv"), judged: BTreeSet::new(), servers, clients }
    }

    fn start_server(&mut self, env: &[(&str, &str)]) {
        self.cluster.restart_server_with(env);
        self.servers.push(self.cluster.server.log.clone());
    }

    fn start_client(&mut self, env: &[(&str, &str)]) {
        self.cluster.restart_client(0, env);
        self.clients.push(self.cluster.clients[0].log.clone());
    }

    /// By a person of that name.
    fn upload(&self, who: &str) -> Running {
        self.cluster.server.log.wait("listening on");
        let person = Person::of(&self.cluster).named(&format!("of-{who}"));
        person.submit_with(&self.film, &format!("--output {who}.mkv"))
    }

    /// Asks the server to stop in the middle of a job.
    async fn drain(&mut self) {
        self.cluster.server.log.wait("listening on");
        self.open_job().await;
        self.cluster.server.log.wait("client back");
        self.cluster.server.signal(Signal::TERM);
    }

    /// None where the server is not there to say.
    async fn jobs(&self) -> Option<Vec<Value>> {
        let reply = self.cluster.ask.try_command(json!("ListJobs")).await?;
        reply["JobsList"].as_array().cloned()
    }

    /// True where a new job was made. A server that dies meanwhile is no matter, and one that stops takes no job.
    async fn open_job(&self) -> bool {
        let Some(jobs) = self.jobs().await else { return false };
        if jobs.iter().any(|job| job["status"] != "Completed") {
            return false;
        }
        let command = json!({"ProcessLocalFile": {"file_path": self.film, "config": null}});
        let reply = self.cluster.ask.try_command(command).await;
        reply.is_some_and(|reply| reply.get("JobCreated").is_some())
    }

    async fn jobs_until_killed(&mut self, point: &str, who: impl Fn(&mut Self) -> &mut Running) {
        let deadline = Instant::now() + PATIENCE;
        let mut handed_in = 0;
        while who(self).ended().is_none() {
            if who(self).log.count(" connected") + who(self).log.count("listening on") > 0 {
                handed_in += usize::from(self.open_job().await);
            }
            assert!(handed_in <= JOBS_MAX, "{point} was never passed: {}", who(self).log.text());
            assert!(Instant::now() < deadline, "{point}: {}", who(self).log.text());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_killed(who(self), point);
    }

    async fn until_killed(&mut self, point: &str, who: impl Fn(&mut Self) -> &mut Running) {
        let deadline = Instant::now() + PATIENCE;
        while who(self).ended().is_none() {
            assert!(Instant::now() < deadline, "{point} was never passed: {}", who(self).log.text());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_killed(who(self), point);
    }

    /// Every job is done, and right.
    async fn finish(&mut self) {
        self.cluster.server.log.wait("listening on");
        self.open_job().await;
        for job in self.jobs().await.expect("the server answers") {
            let id = job["job_id"].as_str().unwrap();
            let status = self.cluster.ask.completed(id).await;
            if !self.judged.insert(id.to_owned()) {
                continue;
            }
            let to = self.cluster.scratch.path().join("out.mkv");
            self.cluster.ask.fetch(status["output_url"].as_str().unwrap(), &to).await;
            judge::same_film(&self.film, &to, true, 1.1);
        }
    }

    /// The same, and what was right before a later death is right still.
    async fn finish_again(&mut self) {
        self.judged.clear();
        self.finish().await;
    }

    fn encodes(&self) -> Encodes {
        Encodes::read(&self.servers, &self.clients)
    }

    /// Both programs end as asked, and leave results, databases, locks, keys, the audit log and what they know of their
    /// ffmpeg, and nothing else.
    fn assert_tidy(&mut self) {
        for program in self.cluster.clients.iter_mut().chain([&mut self.cluster.server]) {
            program.signal(Signal::TERM);
            assert!(program.end().success(), "{}", program.log.text());
        }
        let root = self.cluster.scratch.path();
        let mut found = files(root);
        const MEANT: [&str; 11] = [
            "server.db",
            "client.db",
            "server.lock",
            "lock",
            "result.mkv",
            "out.mkv",
            "server.port",
            "audit.log",
            "keys/certificate.pem",
            "keys/private-key.pem",
            "keys/join",
        ];
        found.retain(|file| !MEANT.iter().any(|name| file.ends_with(name)));
        let is_known = |file: &PathBuf| {
            file.parent().is_some_and(|folder| folder.ends_with("tools/known"))
                && file.extension().is_some_and(|suffix| suffix == "json")
        };
        found.retain(|file| !is_known(file));
        assert!(found.is_empty(), "left behind: {found:?}");
    }
}

fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
