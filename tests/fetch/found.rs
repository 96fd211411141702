//! A machine without ffmpeg gets one and works with it; a machine with one uses it.

use std::path::Path;

use harness::ask::Server;
use harness::cluster::{Running, Scratch};
use harness::films::film;
use harness::judge;
use harness::mirror::Mirror;
use serde_json::json;

use crate::builds::{left_over, own, packed, pinned, plain, tarred, zipped};

/// Nothing is found there.
pub const NO_PATH: [(&str, &str); 1] = [("PATH", "")];

pub fn client(scratch: &Scratch, flags: &[String], port: u16, env: &[(&str, &str)]) -> Running {
    let mut all = ["--server-ip", "127.0.0.1", "--server-port", &port.to_string(), "--work-dir", "client"]
        .map(str::to_owned)
        .to_vec();
    all.extend_from_slice(flags);
    Running::start_with("ffmpeg-cluster-client", &all, scratch.path(), env)
}

pub fn server(scratch: &Scratch, flags: &[String], env: &[(&str, &str)]) -> Running {
    let mut all = [
        "--port",
        "0",
        "--bind",
        "127.0.0.1",
        "--work-dir",
        "server",
        "--media-root",
        "/",
        "--required-clients",
        "1",
    ]
    .map(str::to_owned)
    .to_vec();
    all.extend_from_slice(flags);
    Running::start_with("ffmpeg-cluster-server", &all, scratch.path(), env)
}

pub fn fetch_ffmpeg(scratch: &Scratch, flags: &[&str], env: &[(&str, &str)]) -> Running {
    let all: Vec<String> = ["fetch-ffmpeg"].iter().chain(flags).map(|flag| (*flag).to_owned()).collect();
    Running::start_with("ffmpeg-cluster-client", &all, scratch.path(), env)
}

async fn does_a_job(flags: &[String]) {
    let scratch = Scratch::new();
    let server = server(&scratch, flags, &NO_PATH);
    let ask = Server::new(server.port());
    let client = client(&scratch, flags, ask.port(), &NO_PATH);
    let source = film("half-second.mp4");
    let config = json!({"ffmpeg_params": "-c:v ffv1 -c:a aac", "file_name_output": "x.mkv"});
    let job = ask.submit(&source, config).await;
    let status = ask.completed(&job).await;
    let result = scratch.path().join("x.mkv");
    ask.fetch(status["output_url"].as_str().unwrap(), &result).await;
    judge::same_film(&source, &result, true, 1.1);
    for (program, work) in [(&server, "server"), (&client, "client")] {
        assert_eq!(program.log.count("is in "), 1, "{}", program.log.text());
        let left = left_over(&scratch, work);
        assert!(left.len() == 1 && left[0].starts_with("fetched-"), "{left:?}");
    }
}

#[tokio::test]
async fn an_empty_path_fetches_an_own_build_and_does_a_job() {
    let (_mirror, flags) = plain();
    does_a_job(&flags).await;
}

#[tokio::test]
async fn an_empty_path_fetches_the_pinned_build_from_a_mirror_and_does_a_job() {
    let Some(folder) = pinned("the pinned build in a job", &["linux-x86_64"]) else { return };
    if cfg!(not(all(target_os = "linux", target_arch = "x86_64"))) {
        return judge::not_checked("the pinned build in a job", "its programs are of another machine");
    }
    let mirror = Mirror::new();
    mirror.has_all_of(&folder);
    does_a_job(&["--ffmpeg-mirror".into(), mirror.url()]).await;
    assert_eq!(mirror.asked_for("ffmpeg-linux-x64").len(), 2, "once for each program");
}

#[test]
fn archives_of_both_kinds_give_the_two_programs() {
    let own = own();
    let files: Vec<(String, &[u8])> =
        own.iter().map(|(name, bytes)| (format!("top/bin/{name}"), bytes.as_slice())).collect();
    let mut files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    files.insert(0, ("top/LICENSE.txt", b"GPL"));
    for (name, bytes) in [("own.zip", zipped(&files)), ("own.tar.xz", tarred(&files))] {
        let (_mirror, flags) = packed(name, bytes);
        let scratch = Scratch::new();
        let flags: Vec<&str> = flags.iter().map(String::as_str).chain(["--into", "here"]).collect();
        let mut run = fetch_ffmpeg(&scratch, &flags, &NO_PATH);
        assert_eq!(run.end().code(), Some(0), "{}", run.text_at_end());
        for (program, bytes) in &own {
            assert_eq!(&std::fs::read(scratch.path().join("here").join(program)).unwrap(), bytes, "{name}");
        }
        assert_eq!(names(&scratch.path().join("here")), ["ffmpeg", "ffprobe"]);
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    all.sort();
    all
}

#[test]
fn builds_for_other_platforms_are_fetched_untried() {
    let Some(folder) = pinned("builds for other platforms", &["windows-x86_64"]) else { return };
    let scratch = Scratch::new();
    let mirror = folder.display().to_string();
    let flags = ["--platform", "windows-x86_64", "--into", "here", "--ffmpeg-mirror", &mirror];
    for _ in 0..2 {
        let mut run = fetch_ffmpeg(&scratch, &flags, &[]);
        assert_eq!(run.end().code(), Some(0), "{}", run.text_at_end());
        assert_eq!(names(&scratch.path().join("here")), ["ffmpeg.exe", "ffprobe.exe"]);
    }
}

/// Fakes that say another version and are the real ones in all else, until a file `only-version` forbids it.
fn fake_tools(scratch: &Scratch, version: &str) -> String {
    let folder = scratch.path().join("fakes");
    std::fs::create_dir_all(&folder).unwrap();
    for program in ["ffmpeg", "ffprobe"] {
        let real = which(program);
        let script = format!(
            "#!/bin/sh\n[ \"$1\" != -version ] || {{ echo '{program} version {version} Copyright'; exit; }}\n\
             [ ! -e {}/only-version ] || exit 1\nexec {real} \"$@\"\n",
            scratch.path().display()
        );
        std::fs::write(folder.join(program), script).unwrap();
        let rights = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.join(program), rights).unwrap();
    }
    folder.display().to_string()
}

fn which(program: &str) -> String {
    let said =
        std::process::Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

#[test]
fn one_in_the_path_that_is_too_old_is_told_and_another_fetched() {
    let scratch = Scratch::new();
    let fakes = fake_tools(&scratch, "4.4.2");
    let folder = scratch.path().join("empty-mirror");
    std::fs::create_dir_all(&folder).unwrap();
    let flags = ["--ffmpeg-mirror".to_owned(), folder.display().to_string()];
    let mut run = client(&scratch, &flags, 9, &[("PATH", &fakes)]);
    assert_eq!(run.end().code(), Some(1));
    let text = run.text_at_end();
    assert!(text.contains("is version 4.4.2; 5.1 or newer is needed"), "{text}");
    assert!(text.contains("fetching FFmpeg 8.1.2 (static)") && text.contains("does not exist"), "{text}");
    let mut run = client(&scratch, &["--no-download".into()], 9, &[("PATH", &fakes)]);
    assert_eq!(run.end().code(), Some(1));
    let text = run.text_at_end();
    assert!(text.contains("4.4.2") && text.contains("leave out --no-download"), "{text}");
}

#[test]
fn a_build_of_an_earlier_version_of_us_is_better_than_none() {
    let scratch = Scratch::new();
    let fakes = fake_tools(&scratch, "6.0");
    let earlier = scratch.path().join("server/tools/fetched-00000000-11111111");
    std::fs::create_dir_all(earlier.parent().unwrap()).unwrap();
    std::fs::rename(&fakes, &earlier).unwrap();
    for flags in [vec!["--no-download".to_owned()], vec!["--ffmpeg-mirror".into(), "/no/such/mirror".into()]]
    {
        let run = server(&scratch, &flags, &NO_PATH);
        assert!(run.log.wait("ffmpeg found").contains("fetched-00000000-11111111"));
    }
}

#[test]
fn one_in_the_path_that_is_new_enough_is_used_and_nothing_fetched() {
    let scratch = Scratch::new();
    let fakes = fake_tools(&scratch, "6.0");
    let run = server(&scratch, &["--ffmpeg-mirror".into(), "/no/such/mirror".into()], &[("PATH", &fakes)]);
    run.log.wait("listening on");
    assert_eq!(run.log.count("fetching"), 0);
    assert!(run.log.wait("ffmpeg found").contains("6.0"));
}

#[test]
fn a_later_start_asks_ffmpeg_for_its_version_and_nothing_else() {
    let scratch = Scratch::new();
    let fakes = fake_tools(&scratch, "6.0");
    let flags = ["--ffmpeg-dir".to_owned(), fakes.clone()];
    let host = server(&scratch, &flags, &[]);
    let port = host.port();
    let first = client(&scratch, &flags, port, &[]);
    first.log.wait("with libx264");
    drop(first);
    drop(host);
    std::fs::write(scratch.path().join("only-version"), "").unwrap();
    let host = server(&scratch, &flags, &[]);
    let later = client(&scratch, &flags, host.port(), &[]);
    later.log.wait("with libx264, aac");
    host.log.wait("client connected");
}
