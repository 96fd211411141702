//! Who came in with a token is out within two seconds after it was revoked: in the middle of a film, and where nothing moves.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use harness::cluster::{Cluster, Scratch, binary};
use harness::films::film;
use harness::poll::{SOON, comes};
use harness::processes::{running_in, wait_for_child};
use harness::{log::PATIENCE, raw};
use serde_json::{Value, json};

use crate::fake_tools::fake_ffmpeg;

/// Two seconds are promised, from the verb's end on.
const OUT_WITHIN: Duration = Duration::from_secs(2);
/// Lasts longer than two seconds at the pace of these tests, and asks for little free disk.
const HUGE: u64 = 256 << 20;

pub(crate) fn verb(cluster: &Cluster, words: &[&str]) -> String {
    let mut command = Command::new(binary("ffmpeg-cluster-server"));
    let ended =
        command.args(words).args(["--work-dir", "server"]).current_dir(cluster.scratch.path()).output();
    let ended = ended.unwrap();
    assert!(ended.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

/// A new token as it is shown, and its number.
pub(crate) fn token(cluster: &Cluster, role: &str) -> (String, String) {
    use ffmpeg_cluster_common::access::invite::Join;
    let line = verb(cluster, &["token", "add", role, "--advertise", "127.0.0.1"]);
    let word = line.split(' ').nth(1).unwrap_or_else(|| panic!("{line}"));
    let token = Join::parse(word).unwrap().token.reveal().to_owned();
    let id = token.split('-').next().unwrap().to_owned();
    (token, id)
}

fn head(line: &str, token: &str, more: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n{more}\r\n"
    )
}

/// Waits until `goes_on` says no.
fn ends(within: Duration, mut goes_on: impl FnMut() -> bool) {
    assert!(comes(SOON, within, || !goes_on()), "it goes on and on");
}

#[tokio::test]
async fn an_upload_under_way_ends_with_its_token() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let (token, id) = token(&cluster, "submitter");
    let length = format!("Upload-Length: {HUGE}\r\nContent-Length: 0\r\n");
    let made = raw::say(cluster.ask.port(), head("POST /api/v1/uploads", &token, &length).as_bytes());
    let at =
        made.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("{made}"));
    let mut sender = raw::connect(cluster.ask.port());
    let body = format!(
        "Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {HUGE}\r\n"
    );
    sender.write_all(head(&format!("PATCH {at}"), &token, &body).as_bytes()).unwrap();
    let mut send = || sender.write_all(&[7; 64 << 10]).is_ok();
    let uploads = cluster.work().join("server/uploads");
    let here = || {
        std::fs::read_dir(&uploads).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>()
    };
    ends(PATIENCE, || send() && here() == 0);
    assert!(here() > 0, "the upload is under way");
    verb(&cluster, &["token", "revoke", &id]);
    ends(OUT_WITHIN, &mut send);
    cluster.leaves_nothing().await;
}

/// All that comes, a little at a time, until the other side ends it.
fn trickle(socket: &mut TcpStream, read: &mut u64) -> bool {
    let mut some = vec![0; 256 << 10];
    match socket.read(&mut some) {
        Ok(0) | Err(_) => false,
        Ok(count) => {
            *read += count as u64;
            true
        }
    }
}

#[tokio::test]
async fn a_result_under_way_ends_with_its_token() {
    let cluster = Cluster::new().clients(1).start();
    let (token, id) = token(&cluster, "admin");
    let job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    let status = cluster.ask.completed(&job).await;
    // Large enough that it lasts.
    let result = cluster.work().join("server").join(&job).join("result.mkv");
    std::fs::File::options().write(true).open(result).unwrap().set_len(HUGE).unwrap();
    let mut reader = raw::connect(cluster.ask.port());
    let asked = head(&format!("GET {}", status["output_url"].as_str().unwrap()), &token, "");
    reader.write_all(asked.as_bytes()).unwrap();
    let mut read = 0;
    assert!(trickle(&mut reader, &mut read));
    verb(&cluster, &["token", "revoke", &id]);
    ends(OUT_WITHIN, || trickle(&mut reader, &mut read));
    assert!(read < HUGE, "the whole result was given");
    cluster.leaves_nothing().await;
}

/// Seen: its request went on, and its turn to look at films was taken, for the half minute that a trial may last.
#[tokio::test]
async fn a_request_that_waits_for_the_servers_own_work_ends_with_its_token() {
    let scratch = Scratch::new();
    let tools = fake_ffmpeg(scratch.path(), "veryslow", "exec sleep 600");
    let cluster = Cluster::new().with(&["--required-clients", "1", "--ffmpeg-dir", &tools]).start_in(scratch);
    let (token, id) = token(&cluster, "submitter");
    let config = json!({"ffmpeg_params": "-c:v libx264 -preset veryslow"});
    let wish = json!({"ProcessLocalFile": {"file_path": film("half-second.mp4"), "config": config}});
    let wish = wish.to_string();
    let mut asker = raw::connect(cluster.ask.port());
    let more = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", wish.len());
    asker.write_all(head("POST /ws/command", &token, &more).as_bytes()).unwrap();
    asker.write_all(wish.as_bytes()).unwrap();
    let (folder, server) = (cluster.scratch.path(), cluster.server.pid());
    wait_for_child(folder, server, |process| process.command.contains("sleep 600"), PATIENCE);
    verb(&cluster, &["token", "revoke", &id]);
    assert!(raw::is_closed_within(&mut asker, OUT_WITHIN), "it still waits for its answer");
    ends(OUT_WITHIN, || running_in(folder).iter().any(|process| process.command.contains("sleep 600")));
    cluster.leaves_nothing().await;
}

/// How often the server has this file open.
fn opened(cluster: &Cluster, file: &Path) -> usize {
    let all = std::fs::read_dir(format!("/proc/{}/fd", cluster.server.pid())).unwrap();
    all.filter(|entry| {
        entry.as_ref().is_ok_and(|fd| std::fs::read_link(fd.path()).is_ok_and(|to| to == file))
    })
    .count()
}

#[tokio::test]
async fn a_result_that_nobody_reads_is_let_go_with_its_token() {
    let cluster = Cluster::new().clients(1).start();
    let (token, id) = token(&cluster, "admin");
    let job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    let status = cluster.ask.completed(&job).await;
    let result = cluster.work().join("server").join(&job).join("result.mkv");
    std::fs::File::options().write(true).open(&result).unwrap().set_len(HUGE).unwrap();
    let mut reader = raw::connect(cluster.ask.port());
    let asked = head(&format!("GET {}", status["output_url"].as_str().unwrap()), &token, "");
    reader.write_all(asked.as_bytes()).unwrap();
    assert!(trickle(&mut reader, &mut 0));
    assert_eq!(opened(&cluster, &result), 1, "it is under way");
    verb(&cluster, &["token", "revoke", &id]);
    ends(OUT_WITHIN, || opened(&cluster, &result) > 0);
    cluster.leaves_nothing().await;
}

/// One has time to say who it is, the other to give its first command.
#[tokio::test]
async fn sockets_that_never_say_a_word_end_with_their_token() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    for (path, role) in [("/ws", "worker"), ("/ws/command", "admin")] {
        let (token, id) = token(&cluster, role);
        let mut socket = raw::connect(cluster.ask.port());
        let upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        socket.write_all(head(&format!("GET {path}"), &token, upgrade).as_bytes()).unwrap();
        let mut said = [0; 12];
        socket.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"HTTP/1.1 101");
        verb(&cluster, &["token", "revoke", &id]);
        let mut rest = Vec::new();
        socket.set_read_timeout(Some(OUT_WITHIN)).unwrap();
        let ended = socket.read_to_end(&mut rest);
        let rest = String::from_utf8_lossy(&rest);
        assert!(ended.is_ok() && !rest.contains("no hello"), "{path}: {ended:?} {rest}");
    }
    cluster.leaves_nothing().await;
}
