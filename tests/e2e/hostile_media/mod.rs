//! What strangers may submit under the name of a film: refused with a typed error, by either door. Nothing that it names is
//! read, nothing is dialled, and looking at it costs little.
//!
//! [`scripts`] text that names other files · [`binaries`] headers that lie.

mod binaries;
mod scripts;

use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use harness::cluster::Cluster;
use harness::films::film;
use harness::judge;
use harness::memory::Watch;
use serde_json::{Value, json};

/// Stands in a file that nobody was given.
const SECRET: &str = "canary-4711-sings";
/// The server's own decoders, side by side.
const AT_ONCE: usize = 3;
/// What the server may grow to while it looks at them, and one of its children. Without bounds a picture of 30000x30000
/// alone takes 2.7 GB.
const SERVER_BYTES_MAX: u64 = 200 << 20;
const CHILD_BYTES_MAX: u64 = 500 << 20;

/// What hostile films try to reach.
pub struct Bait {
    pub canary: PathBuf,
    pub port: u16,
    /// A real one, to be cut short.
    pub film: Vec<u8>,
    tcp: TcpListener,
    udp: UdpSocket,
}

impl Bait {
    pub fn lay(folder: &Path) -> Self {
        let canary = folder.join("canary.txt");
        std::fs::write(&canary, format!("{SECRET}\n").repeat(40)).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = tcp.local_addr().unwrap().port();
        let udp = UdpSocket::bind(("127.0.0.1", port)).unwrap();
        tcp.set_nonblocking(true).unwrap();
        udp.set_nonblocking(true).unwrap();
        let bait = Self { canary, port, film: std::fs::read(film("half-second.mp4")).unwrap(), tcp, udp };
        bait.age();
        bait
    }

    /// Long unread, so that a file system that tells of reads at all tells of the next one.
    fn age(&self) {
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let times = std::fs::FileTimes::new().set_accessed(long_ago);
        std::fs::File::options().write(true).open(&self.canary).unwrap().set_times(times).unwrap();
    }

    fn read_at(&self) -> SystemTime {
        std::fs::metadata(&self.canary).unwrap().accessed().unwrap()
    }

    /// Panics where something bit.
    pub fn assert_untouched(&self) {
        let dialled = self.tcp.accept().err().map(|error| error.kind());
        assert_eq!(dialled, Some(ErrorKind::WouldBlock), "somebody dialled TCP");
        let heard = self.udp.recv_from(&mut [0; 9]).err().map(|error| error.kind());
        assert_eq!(heard, Some(ErrorKind::WouldBlock), "somebody sent UDP");
        let before = self.read_at();
        assert!(before < SystemTime::now() - Duration::from_secs(1_000_000), "somebody read the canary");
        std::fs::read(&self.canary).unwrap();
        if self.read_at() == before {
            judge::not_checked("who read the canary", "this file system does not tell of reads");
        }
        self.age();
    }
}

#[tokio::test]
async fn no_hostile_film_is_taken_and_none_reaches_anything() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let folder = cluster.scratch.path().join("films");
    std::fs::create_dir(&folder).unwrap();
    let bait = Bait::lay(&folder);
    let watch = Watch::over(cluster.server.pid());
    let all = [scripts::all(&bait), binaries::all(&bait)].concat();
    assert!(all.len() >= 75, "only {} hostile films", all.len());
    let tried = all.iter().enumerate().map(|(n, (name, bytes))| {
        let (path, ask) = (folder.join(format!("x{n}.mp4")), &cluster.ask);
        async move {
            std::fs::write(&path, bytes).unwrap();
            let local = ask.command(json!({"ProcessLocalFile": {"file_path": path}})).await;
            let uploaded = ask.upload("x.mp4", bytes).await;
            (*name, [local, uploaded])
        }
    });
    let answers: Vec<(&str, [Value; 2])> =
        futures_util::stream::iter(tried).buffer_unordered(AT_ONCE).collect().await;
    let taken: Vec<String> =
        answers.iter().flat_map(|(name, both)| both.iter().filter_map(|one| complaint(name, one))).collect();
    let most = watch.most();
    println!("{} hostile films; server {} MiB, child {} MiB", all.len(), most.own >> 20, most.child >> 20);
    assert!(taken.is_empty(), "{}", taken.join("\n"));
    bait.assert_untouched();
    assert!(!cluster.server.log.text().contains(SECRET), "the canary is in the log");
    assert!(most.own < SERVER_BYTES_MAX, "the server grew to {} MiB", most.own >> 20);
    assert!(most.child < CHILD_BYTES_MAX, "a child grew to {} MiB", most.child >> 20);
    let jobs = cluster.ask.command(json!({"ListJobs": null})).await;
    assert_eq!(jobs["JobsList"], json!([]), "a job stays behind");
}

/// Why this is no typed refusal.
fn complaint(name: &str, answer: &Value) -> Option<String> {
    let code = answer["Error"]["code"].as_str().unwrap_or_default();
    let told = answer.to_string();
    let typed = matches!(code, "NOT_A_FILM" | "OVER_BOUND");
    (!typed || told.contains(SECRET)).then(|| format!("{name}: {told}"))
}

#[tokio::test]
async fn a_bound_that_a_film_breaks_is_named() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let bait = Bait::lay(cluster.scratch.path());
    let films = binaries::all(&bait);
    for (name, wanted) in [
        ("Matroska, 30000x30000", "30000x30000 pixels; at most 134217728"),
        ("Y4M, 30000x30000", "30000x30000 pixels; at most 134217728"),
        ("Matroska, 5,000 streams", "streams"),
    ] {
        let (_, bytes) = films.iter().find(|(other, _)| *other == name).unwrap();
        let path = cluster.scratch.path().join("film.mkv");
        std::fs::write(&path, bytes).unwrap();
        let answer = cluster.ask.command(json!({"ProcessLocalFile": {"file_path": path}})).await;
        let message = answer["Error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(wanted), "{name}: {answer}");
        assert_eq!(answer["Error"]["code"], "OVER_BOUND", "{name}: {answer}");
    }
}

#[tokio::test]
async fn what_is_no_regular_file_is_never_opened() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let folder = cluster.scratch.path();
    let pipe = folder.join("pipe.mp4");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let socket = std::os::unix::net::UnixListener::bind(folder.join("socket.mp4")).unwrap();
    let link = folder.join("link.mp4");
    std::os::unix::fs::symlink(&pipe, &link).unwrap();
    let paths =
        [pipe, folder.join("socket.mp4"), link, "/dev/zero".into(), "/dev/stdin".into(), folder.to_owned()];
    for path in paths {
        let answer = cluster.ask.command(json!({"ProcessLocalFile": {"file_path": path}})).await;
        let code = answer["Error"]["code"].as_str().unwrap_or_default();
        assert!(matches!(code, "NOT_A_FILE" | "FILE_NOT_FOUND"), "{}: {answer}", path.display());
    }
    drop(socket);
}

#[tokio::test]
async fn names_inside_a_film_make_no_files_outside() {
    let cluster = Cluster::new().clients(1).start();
    let folder = cluster.scratch.path();
    let (bait, source) = (Bait::lay(folder), folder.join("attached.mkv"));
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(film("half-second.mp4"))
        .args(["-map", "0", "-c", "copy", "-attach"])
        .arg(&bait.canary)
        .args(["-metadata:s:t", "mimetype=text/plain", "-metadata:s:t", "filename=../../../escaped.txt"])
        .arg(&source)
        .status();
    assert!(made.unwrap().success());
    bait.age();
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.judged(&job, &source).await;
    for place in [folder, &cluster.work(), &cluster.work().join("server"), Path::new("/"), Path::new("/tmp")]
    {
        assert!(!place.join("escaped.txt").exists(), "written into {}", place.display());
    }
    bait.assert_untouched();
}
