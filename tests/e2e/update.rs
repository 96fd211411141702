//! Clients of another release: told where the right one is, and with `--self-update` that one from then on.

use std::io::Write as _;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::protocol::release::Release;
use ffmpeg_cluster_common::protocol::to_client::{RefusalCode, ToClient};
use futures_util::{SinkExt, StreamExt};
use harness::cluster::{Cluster, Running, Scratch, binary};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use crate::fake_newer_server::FakeNewerServer;

const NAME: &str = "ffmpeg-cluster-linux-x86_64.zip";

/// All that the server says to a client that speaks protocol 1.
async fn said_to_an_old_client(port: u16) -> Vec<ToClient> {
    let (mut socket, _) =
        tokio_tungstenite::connect_async(format!("ws://127.0.0.1:{port}/ws")).await.unwrap();
    let hello = r#"{"hello":{"protocol":1,"platform":"linux-x86_64","of":"another shape"}}"#;
    socket.send(Message::text(hello)).await.unwrap();
    let mut said = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        said.extend(message.to_text().ok().and_then(|text| serde_json::from_str(text).ok()));
    }
    said
}

#[tokio::test]
async fn a_client_of_another_protocol_is_told_where_the_right_one_is_and_with_which_hash() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let port = cluster.ask.port();
    let said = said_to_an_old_client(port).await;
    assert!(matches!(&said[..], [ToClient::Refused { code: RefusalCode::ProtocolVersion, .. }]), "{said:?}");

    let (folder, zip) = (cluster.work().join("releases"), b"a zip, as far as the server cares".to_vec());
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(NAME), &zip).unwrap();
    std::fs::write(folder.join("secret.txt"), "not for clients").unwrap();
    let said = said_to_an_old_client(port).await;
    let [ToClient::Release(release), ToClient::Refused { message, .. }] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!((release.bytes, &release.sha256), (zip.len() as u64, &digest::of_bytes(&zip)));
    assert!(message.contains(&release.sha256) && message.contains(NAME), "for old clients, too: {message}");

    let (_, listed) = cluster.ask.get("/api/v1/releases").await;
    assert_eq!(listed[0]["sha256"], Value::from(release.sha256.clone()));
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    assert_eq!(reqwest::get(url(&release.path())).await.unwrap().bytes().await.unwrap(), zip);
    for name in ["secret.txt", "ffmpeg-cluster-macos-x86_64.zip", "..%2Fkeys%2Fjoin", "%2e%2e"] {
        let status = reqwest::get(url(&format!("/api/v1/releases/{name}"))).await.unwrap().status();
        assert_eq!(status, 404, "{name}");
    }
}

/// A copy of the client's program, to be replaced.
fn program_in(folder: &Path) -> PathBuf {
    let program = folder.join("ffmpeg-cluster-client");
    std::fs::copy(binary("ffmpeg-cluster-client"), &program).unwrap();
    program
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    // A program of a debug build is large, and so is a test that packs it tightly.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(*name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn good_zip() -> Vec<u8> {
    let client = std::fs::read(binary("ffmpeg-cluster-client")).unwrap();
    zip_of(&[("README.md", b"read me"), ("ffmpeg-cluster-client", &client), ("bin/ffmpeg", b"not taken")])
}

fn start(program: &Path, folder: &Path, server: &FakeNewerServer, flags: &[&str]) -> Running {
    let join = folder.join("join");
    std::fs::write(&join, server.join.print()).unwrap();
    let words = [&["--join", join.to_str().unwrap(), "--work-dir", "attic"], flags].concat();
    let mut command = Command::new(program);
    command.current_dir(folder);
    Running::run(command, &words.into_iter().map(String::from).collect::<Vec<_>>())
}

/// What lies there but the work folder and what tests put there.
fn left_in(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    names.filter(|name| name.contains("update")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_may_updates_itself_and_starts_anew_under_the_same_name() {
    let scratch = Scratch::new();
    let program = program_in(scratch.path());
    let before = std::fs::metadata(&program).unwrap().ino();
    let server = FakeNewerServer::start(&scratch.path().join("fake"), good_zip(), |_| {}).await;
    let mut client = start(&program, scratch.path(), &server, &["--self-update", "--name", "same"]);
    let pid = client.pid();
    let [first, second] = [1, 2].map(|nth| {
        let line = server.log.wait_nth("hello ", nth);
        serde_json::from_str::<Value>(line.trim_start_matches("hello ")).unwrap()["hello"].clone()
    });
    assert_eq!(first["client_id"], second["client_id"]);
    assert_eq!((&second["name"], client.pid()), (&Value::from("same"), pid));
    let after = std::fs::metadata(&program).unwrap();
    assert!(after.ino() != before && after.mode() & 0o111 != 0, "it is another file, and can be run");
    // The server refuses its own release: that is no reason to go round for ever.
    assert_eq!(client.end().code(), Some(1));
    let said = client.text_at_end();
    assert!(said.contains("updated to") && said.contains("still refuses it"), "{said}");
    assert_eq!((server.log.count("GET /api/v1/releases/"), left_in(scratch.path())), (1, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_flag_it_is_told_and_nothing_is_fetched() {
    let scratch = Scratch::new();
    let server = FakeNewerServer::start(&scratch.path().join("fake"), good_zip(), |_| {}).await;
    let mut client = start(&binary("ffmpeg-cluster-client"), scratch.path(), &server, &[]);
    assert_eq!(client.end().code(), Some(5));
    let said = client.text_at_end();
    let told = ["fake: too old", "/api/v1/releases/", "SHA-256", "--self-update"];
    assert!(told.iter().all(|part| said.contains(part)), "{said}");
    assert_eq!(server.log.count("GET /api/v1/releases/"), 0);
}

/// Nothing of what a spoiled release does may touch the program that runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_not_what_it_says_changes_nothing() {
    let script = |text: &str| zip_of(&[("ffmpeg-cluster-client", format!("#!/bin/sh\n{text}\n").as_bytes())]);
    type Spoil = fn(&mut Release);
    let cases: [(&str, Vec<u8>, Spoil, &str); 7] = [
        (
            "another digest",
            good_zip(),
            |r| r.sha256 = "ab".repeat(32),
            "not the one that the server announced",
        ),
        ("cut short", good_zip(), |r| r.bytes -= 1, "not the one that the server announced"),
        ("no zip", b"PK, but no zip".to_vec(), |_| {}, "unpacking"),
        ("no client in it", zip_of(&[("README.md", b"x")]), |_| {}, "unpacking"),
        ("leads out", zip_of(&[("../ffmpeg-cluster-client", b"x")]), |_| {}, "unpacking"),
        ("another version", script("echo ffmpeg-cluster-client 0.0.1"), |_| {}, "prints"),
        ("does not run", zip_of(&[("ffmpeg-cluster-client", b"\x7fELF no program")]), |_| {}, "run"),
    ];
    for (case, zip, spoil, word) in cases {
        let scratch = Scratch::new();
        let program = program_in(scratch.path());
        let before = digest::of_file(&program).unwrap();
        let server = FakeNewerServer::start(&scratch.path().join("fake"), zip, spoil).await;
        let mut client = start(&program, scratch.path(), &server, &["--self-update"]);
        assert_eq!(client.end().code(), Some(1), "{case}");
        let said = client.text_at_end();
        assert!(said.contains("--self-update") && said.contains(word), "{case}: {said}");
        assert_eq!(digest::of_file(&program).unwrap(), before, "{case}");
        assert_eq!(left_in(scratch.path()), Vec::<String>::new(), "{case}");
    }
}
