//! What is the server's own stays its own: its folder is no media, its secrets stand in no log, and nobody is trusted by his place
//! where it was told so.

use std::fs;
use std::process::Command;

use harness::cluster::{Cluster, Running, Scratch, binary};
use harness::films::film;
use harness::{judge, raw};
use serde_json::{Value, json};

/// A client's words with which it finds the server of a join string that lies in a file.
fn client(cluster: &Cluster, words: &[&str]) -> Running {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    Running::start("ffmpeg-cluster-client", &words, cluster.scratch.path())
}

#[tokio::test]
async fn the_work_folder_is_no_media_though_a_media_root_contains_it() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    fs::copy(film("half-second.mp4"), cluster.work().join("server/uploads/somebodys")).unwrap();
    std::os::unix::fs::symlink("server/server/uploads/somebodys", cluster.scratch.path().join("link.mp4"))
        .unwrap();
    for path in ["server/server/uploads/somebodys", "server/keys/join", "server/keys/nothing", "link.mp4"] {
        let path = cluster.scratch.path().join(path);
        let asked = json!({"ProcessLocalFile": {"file_path": path, "config": Value::Null}});
        let reply = cluster.ask.command(asked).await;
        assert_eq!(reply["Error"]["code"], "NOT_ALLOWED", "{path:?}: {reply}");
        let told = reply["Error"]["message"].as_str().unwrap();
        assert!(told.contains("in the work folder of this server"), "{path:?}: {told}");
    }
    cluster.leaves_nothing().await;
}

#[tokio::test]
async fn the_first_join_string_is_shown_at_a_terminal_alone() {
    let cluster = Cluster::new().with(&["--required-clients", "1", "--advertise", "127.0.0.1"]).start();
    cluster.server.log.wait("keys/join");
    let secret = fs::read_to_string(cluster.work().join("keys/join")).unwrap();
    let log = cluster.server.log.text();
    assert!(!log.contains(secret.trim()) && log.contains("token add worker"), "{log}");
    cluster.leaves_nothing().await;

    // `script` gives the server a terminal.
    if !Command::new("script").arg("--version").output().is_ok_and(|ended| ended.status.success()) {
        return judge::not_checked("the join string at a terminal", "no program `script` here");
    }
    let folder = Scratch::new();
    let server = binary("ffmpeg-cluster-server").display().to_string();
    let line = format!("{server} --port 0 --work-dir work --required-clients 1 --advertise 127.0.0.1");
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", &line, "/dev/null"]).current_dir(folder.path());
    let terminal = Running::run(terminal, &[]);
    terminal.log.wait("listening on");
    let secret = fs::read_to_string(folder.path().join("work/keys/join")).unwrap();
    terminal.log.wait(secret.trim());
}

#[tokio::test]
async fn without_local_trust_this_machine_needs_a_token_too() {
    let cluster =
        Cluster::new().with(&["--required-clients", "1", "--no-local-trust", "--bind", "127.0.0.1"]).start();
    let asked = "GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = raw::say(cluster.ask.port(), asked.as_bytes());
    assert!(raw::status(&answer) == 401 && answer.contains("UNAUTHORIZED"), "{answer}");
    let port = cluster.ask.port().to_string();
    let mut nobody =
        client(&cluster, &["--server-ip", "127.0.0.1", "--server-port", &port, "--work-dir", "nobody"]);
    assert_eq!(nobody.end().code(), Some(5), "{}", nobody.log.text());
    let worker = client(&cluster, &["--join", "server/keys/join", "--work-dir", "worker"]);
    worker.log.wait("connected server=https://");
    drop(worker);
    cluster.leaves_nothing().await;
}

#[tokio::test]
async fn uploads_go_on_where_their_folder_was_removed_under_the_server() {
    let cluster = Cluster::new().clients(1).start();
    fs::remove_dir_all(cluster.work().join("server/uploads")).unwrap();
    let source = film("half-second.mp4");
    let made = cluster.ask.upload("film.mp4", &fs::read(&source).unwrap()).await;
    let job = made["JobCreated"]["job_id"].as_str().unwrap_or_else(|| panic!("{made}"));
    cluster.judged(job, &source).await;
    cluster.leaves_nothing().await;
}

/// What can't be made is named, for whoever has to put it right.
#[tokio::test]
async fn an_upload_that_can_not_be_made_names_its_path() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let uploads = cluster.work().join("server/uploads");
    fs::remove_dir_all(&uploads).unwrap();
    fs::write(&uploads, "in the way").unwrap();
    let head = "POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 9\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(raw::status(&raw::say(cluster.ask.port(), head.as_bytes())), 500);
    let line = cluster.server.log.wait("an upload failed");
    assert!(line.contains("server/uploads/"), "{line}");
    cluster.leaves_nothing().await;
}

/// Every ffmpeg may read the system's programs, so nothing of ours may lie among them.
#[test]
#[cfg(target_os = "linux")]
fn nobody_starts_where_every_ffmpeg_may_read() {
    let scratch = Scratch::new();
    let link = scratch.path().join("link");
    std::os::unix::fs::symlink("/usr/share", &link).unwrap();
    let (hidden, open) = (scratch.path().join("work"), link.join("ffmpeg-cluster-test"));
    let (hidden, open) = (hidden.to_str().unwrap(), open.to_str().unwrap());
    let server = ["--required-clients", "1", "--port", "0", "--work-dir"];
    for (program, words) in [
        ("ffmpeg-cluster-server", [&server[..], &[open]].concat()),
        ("ffmpeg-cluster-server", [&server[..], &[hidden, "--media-root", "/usr/share"]].concat()),
        ("ffmpeg-cluster-client", vec!["--server-ip", "127.0.0.1", "--work-dir", open]),
    ] {
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let mut refused = Running::start(program, &words, scratch.path());
        let ended = refused.end();
        let said = refused.text_at_end();
        assert!(!ended.success() && said.contains("choose another folder"), "{program} {words:?}: {said}");
        assert!(!std::path::Path::new(open).exists());
    }
}
