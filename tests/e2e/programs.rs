//! The two programs as programs: flags, exits, signals.

use std::time::{Duration, Instant};

use harness::cluster::{Cluster, Running, Scratch, binary};
use rustix::process::Signal;

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(String::from).collect()
}

#[test]
fn boolean_flags_take_all_their_forms() {
    for form in ["--exactly", "--exactly true", "--exactly false", "--exactly=false", "--exactly=true"] {
        let folder = Scratch::new();
        let server =
            Running::start("ffmpeg-cluster-server", &words(&format!("--port 0 {form}")), folder.path());
        server.log.wait("listening on http://127.0.0.1:");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let folder = Scratch::new();
    let flags = words("--required-clients 0 --file-name-output a/b.mp4 --chunk-size 0 --port 0");
    let mut server = Running::start("ffmpeg-cluster-server", &flags, folder.path());
    assert_eq!(server.end().code(), Some(2), "{}", server.log.text());
    let text = server.text_at_end();
    for flag in ["required-clients", "file-name-output", "chunk-size"] {
        assert!(text.contains(flag), "{flag} is not named in:\n{text}");
    }
}

#[test]
fn a_second_server_on_one_folder_leaves_at_once() {
    let folder = Scratch::new();
    let first = Running::start("ffmpeg-cluster-server", &words("--port 0"), folder.path());
    first.log.wait("listening on");
    for _ in 0..2 {
        let began = Instant::now();
        let mut second = Running::start("ffmpeg-cluster-server", &words("--port 0"), folder.path());
        assert_eq!(second.end().code(), Some(3), "{}", second.log.text());
        println!("MEASURED the second server left after {:?}", began.elapsed());
        assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
        assert!(second.text_at_end().contains("another server is using"), "{}", second.log.text());
        // One that is stopped holds the folder all the same.
        first.signal(Signal::STOP);
    }
}

#[test]
fn a_killed_servers_folder_is_free_at_once() {
    let folder = Scratch::new();
    for _ in 0..3 {
        let mut server = Running::start("ffmpeg-cluster-server", &words("--port 0"), folder.path());
        server.log.wait("listening on");
        server.kill();
        assert!(folder.path().join("work/db/server.lock").is_file(), "two servers could lock two files");
    }
}

#[test]
fn both_programs_end_cleanly_when_asked() {
    let mut cluster = Cluster::new().clients(1).start();
    cluster.server.log.wait("client connected");
    cluster.clients[0].signal(Signal::TERM);
    assert_eq!(cluster.clients[0].end().code(), Some(0), "{}", cluster.clients[0].log.text());
    cluster.server.signal(Signal::INT);
    assert_eq!(cluster.server.end().code(), Some(0), "{}", cluster.server.log.text());
}

#[test]
fn a_client_that_need_not_persist_leaves_with_an_error_when_the_server_is_gone() {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let client = cluster.add_client_with(&["--persistent", "false"]);
    cluster.server.log.wait("client connected");
    cluster.kill_server();
    let status = cluster.clients[client].end();
    assert!(status.code().is_some_and(|code| code != 0), "{status:?}");
}

#[test]
fn both_programs_tell_their_version_and_flags() {
    for program in ["ffmpeg-cluster-server", "ffmpeg-cluster-client"] {
        for (flag, wanted) in [("--version", env!("CARGO_PKG_VERSION")), ("--help", "--work-dir")] {
            let said = std::process::Command::new(binary(program)).arg(flag).output().unwrap();
            assert!(String::from_utf8_lossy(&said.stdout).contains(wanted), "{program} {flag}");
        }
    }
}

/// What `config show` says of a setting of the client.
fn setting(folder: &Scratch, flags: &str, variables: &[(&str, &str)], name: &str) -> serde_json::Value {
    let mut client = std::process::Command::new(binary("ffmpeg-cluster-client"));
    client.args(words(flags)).args(["--json", "config", "show"]).current_dir(folder.path());
    let said = client.envs(variables.iter().copied()).output().unwrap();
    assert!(said.status.success(), "{flags}: {}", String::from_utf8_lossy(&said.stderr));
    let all: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    all[name].clone()
}

#[test]
fn flags_of_the_client_win_over_variables_these_over_the_file_and_it_over_defaults() {
    let folder = Scratch::new();
    std::fs::write(folder.path().join("client.toml"), "hw-slots = 3\ndrain = true\n").unwrap();
    let file = [("FFMPEG_CLUSTER_CLIENT_CONFIG", "client.toml")];
    let both = [file[0], ("FFMPEG_CLUSTER_HW_SLOTS", "4")];
    for (flags, variables, value, from) in [
        ("", &both[..0], "2", "default"),
        ("--config client.toml", &both[..0], "3", "file client.toml"),
        ("", &file[..], "3", "file client.toml"),
        ("", &both[..], "4", "environment FFMPEG_CLUSTER_HW_SLOTS"),
        ("--hw-slots 5", &both[..], "5", "flag"),
    ] {
        let told = setting(&folder, flags, variables, "hw-slots");
        assert_eq!(told, serde_json::json!({ "value": value, "from": from }), "{flags} {variables:?}");
    }
    let secret = [("FFMPEG_CLUSTER_JOIN", "fc1.worker.5001.very-secret")];
    assert!(!setting(&folder, "", &secret, "join").to_string().contains("very-secret"));
    assert_eq!(setting(&folder, "--drain false", &file, "drain")["value"], "false");
}

#[test]
fn all_mistakes_of_a_client_are_told_at_once() {
    let folder = Scratch::new();
    std::fs::write(folder.path().join("client.toml"), "hw-slot = 3\n").unwrap();
    let mut client = std::process::Command::new(binary("ffmpeg-cluster-client"));
    client.args(words("--config client.toml --persistent=maybe --hw-accel fast")).current_dir(folder.path());
    let said = client.env("FFMPEG_CLUSTER_RECONNECT_DELAY", "soon").output().unwrap();
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!(said.status.code(), Some(2), "{text}");
    for wanted in
        ["did you mean hw-slots?", "--persistent maybe:", "--hw-accel fast:", "--reconnect-delay soon:"]
    {
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
}
