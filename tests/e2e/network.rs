//! Lines that fail without a word, and clients that fall silent: the frames go to somebody else, the client comes back.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use harness::cluster::{Cluster, Scratch};
use harness::judge;
use harness::log::PATIENCE;
use harness::poll::{SOON, comes, poll};
use harness::proxy::{Plane, Proxy, Way};
use rustix::process::Signal;
use serde_json::Value;

/// Fourteen seconds of silence, and three after a death: proved to the millisecond in the core's own tests. Here the
/// figure is printed; what is asserted leaves room for a machine that does much else.
const SILENCE: Duration = Duration::from_secs(25);
const DEATH: Duration = Duration::from_secs(8);

/// Four seconds of film, which is one lease, in many small chunks of bytes.
fn short_film(folder: &Path) -> PathBuf {
    let film = folder.join("short.mkv");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4"])
        .args("-c:v libx264 -preset ultrafast -qp 10 -pix_fmt yuv420p -threads 1 -g 50".split(' '))
        .arg(&film)
        .status();
    assert!(made.unwrap().success());
    film
}

/// Two clients, each behind a proxy: the one that has the film's only lease, and the other.
struct Two {
    cluster: Cluster,
    proxies: Vec<Proxy>,
    film: PathBuf,
    job: String,
    /// Who holds the lease.
    holder: usize,
    lease: String,
}

impl Two {
    /// `bytes_in_a_second` is what the lines carry, so that work takes its time.
    async fn with_work(bytes_in_a_second: u64) -> Self {
        let mut cluster = Cluster::new().with(&["--required-clients", "2", "--chunk-size", "16384"]).start();
        let mut proxies = Vec::new();
        for _ in 0..2 {
            let proxy = Proxy::before(cluster.ask.port());
            proxy.throttle(&[Plane::Bytes], bytes_in_a_second);
            cluster.add_client_via(proxy.port(), &[]);
            proxies.push(proxy);
        }
        let film = short_film(cluster.scratch.path());
        cluster.server.log.wait_nth("client connected", 2);
        let job = cluster.ask.submit(&film, Value::Null).await;
        let line = cluster.server.log.wait("leased frames 0..100");
        let lease = word(&line, "lease=");
        let has = |n: &usize| cluster.clients[*n].log.count(&format!("lease={lease}")) > 0;
        let holder = poll(SOON, PATIENCE, || (0..2).find(has)).expect("one of two took it");
        Self { cluster, proxies, film, job, holder, lease }
    }

    async fn has_encoded(&self, frames: u64) {
        let enough = |s: &Value| s["frames_done"].as_u64().unwrap_or(0) >= frames;
        self.cluster.ask.until(&self.job, "got so far", enough).await;
    }

    /// Until so many bytes of the piece are on the server; those behind them stay on their way.
    fn has_sent(&self, bytes: u64) {
        let segments = self.cluster.work().join("server").join(&self.job).join("segments");
        let part = segments.join(format!("{}.part", self.lease));
        // The file itself is looked at: an answer of the server may come when the piece is whole.
        let is_there = || part.metadata().is_ok_and(|about| about.len() >= bytes);
        assert!(comes(SOON, PATIENCE, is_there), "{bytes} bytes of the piece never came");
        self.proxies[self.holder].stall(&[Plane::Bytes], &[Way::Up]);
    }

    /// How long after `since` the frames were somebody else's.
    fn leased_again(&self, since: Instant) -> Duration {
        self.cluster.server.log.wait_nth("leased frames 0..100", 2);
        since.elapsed()
    }

    fn holder(&self) -> &harness::cluster::Running {
        &self.cluster.clients[self.holder]
    }

    /// The other line carries all it can.
    fn help_the_other(&self) {
        self.proxies[1 - self.holder].go_on();
    }

    async fn judged(&self) {
        self.cluster.judged(&self.job, &self.film).await;
    }

    /// It is connected, has forgotten the lost lease, and takes work: a second job needs both.
    async fn the_holder_works_again(&mut self) {
        self.holder().log.wait_nth("connected server=", 2);
        let dropped = format!("dropped: the server no longer waits for it lease={}", self.lease);
        self.holder().log.wait(&dropped);
        let other = 1 - self.holder;
        self.cluster.clients[other].kill();
        self.cluster.server.log.wait("client gone: its connection closed");
        let config = serde_json::json!({"required_clients": 1});
        let second = self.cluster.ask.submit(&self.film, config).await;
        self.cluster.ask.completed(&second).await;
    }
}

fn word(line: &str, name: &str) -> String {
    let rest = line.split_once(name).map_or("", |(_, rest)| rest);
    rest.split_whitespace().next().unwrap_or_default().to_owned()
}

#[allow(clippy::print_stderr, reason = "a figure that a person reads")]
fn measured(what: &str, time: Duration, most: Duration) {
    eprintln!("MEASURED {what}: {:.2} s", time.as_secs_f64());
    assert!(time <= most, "{what}: {time:?} and {most:?} are allowed");
}

#[tokio::test]
async fn a_killed_client_is_replaced_soon_wherever_it_was() {
    for (what, frames, sent) in [
        ("killed at 1 % of the encode", 1, None),
        ("killed at 50 % of the encode", 50, None),
        ("killed near the end of the encode", 90, None),
        ("killed at 1 % of the transfer", 0, Some(1)),
        ("killed at 50 % of the transfer", 0, Some(50)),
        ("killed near the end of the transfer", 0, Some(95)),
    ] {
        // Slow enough that the last of a piece of a megabyte is seen on its way.
        let mut two = Two::with_work(if sent.is_some() { 300_000 } else { 150_000 }).await;
        match sent {
            None => two.has_encoded(frames).await,
            Some(percent) => {
                let line = two.holder().log.wait("sending lease=");
                let bytes: u64 = word(&line, "bytes=").parse().unwrap();
                two.has_sent(bytes * percent / 100);
            }
        }
        assert_eq!(two.cluster.server.log.count("piece kept"), 0, "{what}: too late to prove anything");
        let (holder, since) = (two.holder, Instant::now());
        two.cluster.clients[holder].kill();
        measured(what, two.leased_again(since), DEATH);
        two.help_the_other();
        two.judged().await;
        let segments = two.cluster.work().join("server").join(&two.job).join("segments");
        let gone = |_: &Value| !segments.exists();
        two.cluster.ask.until(&two.job, "was cleaned", gone).await;
    }
}

#[tokio::test]
async fn a_stopped_client_is_replaced_and_its_late_piece_refused_politely() {
    let mut two = Two::with_work(400_000).await;
    two.holder().log.wait("sending lease=");
    let since = Instant::now();
    two.holder().signal(Signal::STOP);
    measured("stopped", two.leased_again(since), SILENCE);
    two.help_the_other();
    two.holder().signal(Signal::CONT);
    two.proxies[two.holder].go_on();
    two.judged().await;
    two.the_holder_works_again().await;
}

#[tokio::test]
async fn a_client_cut_off_for_twenty_seconds_comes_back_and_works() {
    let mut two = Two::with_work(400_000).await;
    two.holder().log.wait("sending lease=");
    let (proxy, since) = (two.proxies[two.holder].clone(), Instant::now());
    proxy.stall(&Plane::BOTH, &Way::BOTH);
    measured("cut off, both ends open", two.leased_again(since), SILENCE);
    two.help_the_other();
    let over = since + Duration::from_secs(20);
    while Instant::now() < over {
        // The server lives on meanwhile.
        two.cluster.ask.status(&two.job).await;
        std::thread::park_timeout(Duration::from_millis(100));
    }
    proxy.go_on();
    two.judged().await;
    two.the_holder_works_again().await;
}

#[tokio::test]
async fn a_client_that_hears_nothing_notices_and_is_replaced() {
    let mut two = Two::with_work(400_000).await;
    two.holder().log.wait("sending lease=");
    let (proxy, since) = (two.proxies[two.holder].clone(), Instant::now());
    // Where nothing comes down no connection can be made either.
    proxy.refuse(true);
    proxy.stall(&Plane::BOTH, &[Way::Down]);
    let most = SILENCE + DEATH;
    measured("nothing comes down", two.leased_again(since), most);
    two.help_the_other();
    proxy.go_on();
    two.judged().await;
    two.the_holder_works_again().await;
}

#[test]
fn a_film_of_four_seconds_is_what_these_tests_believe() {
    let folder = Scratch::new();
    let film = short_film(folder.path());
    assert_eq!(judge::frames(&film).len(), 100);
    assert!(film.metadata().unwrap().len() > 200_000);
}
