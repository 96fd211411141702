//! Other users of the machines that take part: they read no film, take nobody's place, and are not taken for the server.

use std::process::Command;

use ffmpeg_cluster_common::io::owners::Owners;
use harness::aftermath::assert_nothing_left;
use harness::cluster::{Cluster, Running, Scratch, binary};
use harness::films::film;
use harness::log::PATIENCE;
use harness::processes::{running_in, wait_for_child};
use harness::stranger::Stranger;
use harness::{judge, memory, raw};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::Value;

const SERVER: &str = "ffmpeg-cluster-server";
const CLIENT: &str = "ffmpeg-cluster-client";

/// Where the film is that a run of ffmpeg reads: the port, and the path.
fn address(command: &str) -> Option<(u16, String)> {
    let (_, rest) = command.split_once("http://127.0.0.1:")?;
    let (port, path) = rest.split(' ').next()?.split_once('/')?;
    Some((port.parse().ok()?, format!("/{path}")))
}

/// Stops the run while somebody looks; dropping it lets it go on.
struct Paused(Pid);

impl Paused {
    fn new(pid: u32) -> Self {
        let pid = Pid::from_raw(pid.cast_signed()).unwrap();
        let _ = kill_process(pid, Signal::STOP);
        Self(pid)
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::CONT);
    }
}

/// Connections that say nothing, until it is dropped; see `tests/src/bin/crowd`.
fn crowd(stranger: &Stranger, port: u16, [how, count, from @ ..]: [&str; 4]) -> Running {
    let port = port.to_string();
    let from = from.iter().filter(|from| !from.is_empty()).copied();
    let words: Vec<&str> = [how, port.as_str(), count].into_iter().chain(from).collect();
    let crowd = stranger.start(&stranger.program("crowd"), &words);
    crowd.log.wait(" open");
    crowd
}

#[tokio::test]
async fn a_workers_film_is_read_by_no_other_user_and_its_connections_are_not_taken() {
    let Some(stranger) = Stranger::for_test("a film on a worker's machine") else { return };
    let cluster = Cluster::new().clients(1).start();
    let client = cluster.clients[0].pid();
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, Value::Null).await;
    let wanted = |process: &harness::processes::Process| address(&process.command).is_some();
    let run = wait_for_child(cluster.scratch.path(), client, wanted, PATIENCE);
    let paused = Paused::new(run.pid);
    let (port, path) = address(&run.command).unwrap();

    // Everybody sees the address in the list of processes, with its key.
    let asked = format!("GET {path} HTTP/1.0\r\nRange: bytes=0-99\r\n\r\n");
    let script =
        format!("exec 3<>/dev/tcp/127.0.0.1/{port}; printf '{}' >&3; cat <&3", asked.escape_default());
    let theirs = stranger.bash(&script).stdout;
    assert!(theirs.is_empty(), "a stranger was answered: {}", String::from_utf8_lossy(&theirs));
    let ours = raw::say(port, asked.as_bytes());
    assert_eq!(raw::status(&ours), 206, "our own user: {ours}");
    // And that he could have been answered: from the same machine, by the server.
    let plain = "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n";
    let server = cluster.ask.port();
    let control =
        format!("exec 3<>/dev/tcp/127.0.0.1/{server}; printf '{}' >&3; cat <&3", plain.escape_default());
    assert!(!stranger.bash(&control).stdout.is_empty(), "he hears nobody, so his silence says nothing");

    let few = Rlimit { current: Some(256), maximum: Some(256) };
    prlimit(Pid::from_raw(client.cast_signed()), Resource::Nofile, few).unwrap();
    let flood = crowd(&stranger, port, ["idle", "300", "", ""]);
    drop(paused);
    cluster.judged(&job, &source).await;
    assert_eq!(cluster.clients[0].log.count("Too many open files"), 0, "{}", cluster.clients[0].log.text());
    drop(flood);
    cluster.leaves_nothing().await;
}

/// Where only the table of all connections tells, a loop of them makes everybody wait.
fn is_told_at_once(what: &str) -> bool {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    let from = std::net::TcpStream::connect(to).unwrap();
    let told = Owners::default().of_caller_now(from.local_addr().unwrap(), to).is_some();
    if !told {
        judge::not_checked(what, "the system does not tell whose one connection is");
    }
    told
}

#[tokio::test]
async fn a_strangers_connections_in_a_loop_fail_no_job() {
    const WHAT: &str = "a stranger's connections in a loop";
    let Some(stranger) = Stranger::for_test(WHAT).filter(|_| is_told_at_once(WHAT)) else { return };
    let cluster = Cluster::new().clients(1).start();
    let client = cluster.clients[0].pid();
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, Value::Null).await;
    let wanted = |process: &harness::processes::Process| address(&process.command).is_some();
    let run = wait_for_child(cluster.scratch.path(), client, wanted, PATIENCE);
    let (port, _) = address(&run.command).unwrap();
    let crowd = crowd(&stranger, port, ["loop", "900", "", ""]);
    cluster.judged(&job, &source).await;
    assert_eq!(cluster.server.log.count("attempt"), 0, "{}", cluster.server.log.text());
    drop(crowd);
    cluster.leaves_nothing().await;
}

/// The stranger's own server, at an address where ours is awaited.
fn anothers_server(stranger: &Stranger, bind: &str, port: &str) -> Running {
    let words = ["--bind", bind, "--port", port, "--work-dir", "theirs", "--required-clients", "1"];
    let server = stranger.start(&stranger.program(SERVER), &words);
    server.log.wait("listening on");
    server
}

/// What a person's verb says, with the code it ends with.
fn said(folder: &Scratch, words: &[&str]) -> (bool, String) {
    let ended = Command::new(binary(CLIENT)).args(words).current_dir(folder.path()).output().unwrap();
    let text = [ended.stdout, ended.stderr].concat();
    (ended.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// Nothing of ours arrived.
fn assert_untouched(stranger: &Stranger, server: &Running) {
    let uploads = std::fs::read_dir(stranger.folder().join("theirs/server/uploads")).unwrap();
    assert_eq!(uploads.count(), 0, "a stranger has our film");
    assert_eq!(server.log.count("client="), 0, "a stranger heard our client: {}", server.log.text());
}

#[test]
fn who_listens_in_the_servers_place_is_given_nothing() {
    let Some(stranger) = Stranger::for_test("a stranger in the server's place") else { return };
    let (server, folder) = (anothers_server(&stranger, "127.0.0.1", "0"), Scratch::new());
    let (port, source) = (server.port().to_string(), film("half-second.mp4"));
    let source = source.to_str().unwrap();
    for words in [
        vec!["--upload-file", source, "--server-port", &port],
        vec!["jobs", "--server-port", &port, "--server-ip", "127.0.0.1"],
    ] {
        let (well, text) = said(&folder, &words);
        assert!(!well && text.contains("another user of this machine"), "{words:?}: {text}");
    }
    let words = ["--server-ip", "127.0.0.1", "--server-port", &port, "--work-dir", "worker"];
    let worker = Running::start(CLIENT, &words.map(String::from), folder.path());
    worker.log.wait("another user of this machine");
    let ours = running_in(folder.path());
    assert!(ours.iter().all(|one| one.pid == worker.pid()), "{ours:?}");
    assert_untouched(&stranger, &server);
}

/// The client on a machine whose `localhost` is both addresses, as on most.
fn both_localhosts(folder: &Scratch) -> Command {
    std::fs::write(folder.path().join("hosts"), "::1 localhost\n127.0.0.1 localhost\n").unwrap();
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", "mount --bind hosts /etc/hosts && exec \"$@\"", "sh"]);
    command.arg(binary(CLIENT)).current_dir(folder.path());
    command
}

#[test]
fn a_stranger_at_the_other_localhost_is_passed_by() {
    const WHAT: &str = "a stranger at the other localhost";
    let Some(stranger) = Stranger::for_test(WHAT) else { return };
    let folder = Scratch::new();
    if !both_localhosts(&folder).arg("--version").output().is_ok_and(|ended| ended.status.success()) {
        return judge::not_checked(WHAT, "no mount namespace here");
    }
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return judge::not_checked(WHAT, "no IPv6 here");
    }
    let words = ["--bind", "127.0.0.1", "--port", "0", "--work-dir", "ours", "--required-clients", "1"];
    let ours = Running::start(SERVER, &words.map(String::from), folder.path());
    let (port, began) = (ours.port().to_string(), memory::now(ours.pid()));
    let theirs = anothers_server(&stranger, "::1", &port);
    let source = film("half-second.mp4");
    let mut person = both_localhosts(&folder);
    person.args(["--server-port", &port, "--work-dir", "person", "--participate", "--upload-file"]);
    let mut person = Running::run(person, &[source.display().to_string()]);
    assert!(person.end().success(), "{}", person.log.text());
    assert_untouched(&stranger, &theirs);
    assert_nothing_left(folder.path(), &ours, "ours", began);
}

#[test]
fn silence_of_a_stranger_keeps_the_own_user_from_nothing() {
    let Some(stranger) = Stranger::for_test("a stranger's silent connections") else { return };
    let folder = Scratch::new();
    let mut few_files = Command::new("sh");
    few_files
        .args(["-c", "ulimit -n 512 && exec \"$@\"", "sh"])
        .arg(binary(SERVER))
        .current_dir(folder.path());
    let words = ["--port", "0", "--bind", "127.0.0.1", "--work-dir", "ours", "--required-clients", "1"];
    let server = Running::run(few_files, &words.map(String::from));
    let (port, began) = (server.port(), memory::now(server.pid()));
    // From one address, from several, of which each user of this machine has millions, and in a loop.
    let (one, several) = (["idle", "400", "", ""], ["idle", "240", "127.0.0.2", "127.0.0.3"]);
    let again_and_again = is_told_at_once("connections in a loop").then_some(["loop", "450", "", ""]);
    for how in [one, several].into_iter().chain(again_and_again) {
        let crowd = crowd(&stranger, port, how);
        for time in 1..=6 {
            let answer =
                raw::say(port, b"GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assert_eq!(raw::status(&answer), 200, "{how:?}, time {time}: {answer}");
        }
        drop(crowd);
    }
    assert_nothing_left(folder.path(), &server, "ours", began);
}
