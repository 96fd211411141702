//! The kernel's hold on ffmpeg alone, without the lists that stand before each input: what a film makes a defenceless ffmpeg
//! do is done to nobody.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use ffmpeg_cluster_common::io::process::{self, EndReason, Ended, Run};
use ffmpeg_cluster_common::io::sandbox::{Means, RunAccess};
use harness::cluster::{Cluster, Scratch};
use harness::judge;
use tokio_util::sync::CancellationToken;

use crate::hostile_media::Bait;

/// Reads bytes of anything and prints them, so that a leak shows.
const READ_RAW: &str = "-v error -safe 0 -protocol_whitelist file,http,tcp,udp,concat,subfile -f concat -i";

fn ffmpeg(words: &str, more: &[&str], reach: RunAccess) -> Run {
    let program = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("ffmpeg"))
        .find(|program| program.is_file());
    let arguments = words.split_whitespace().chain(more.iter().copied()).map(str::to_owned).collect();
    Run::new(&program.expect("ffmpeg in PATH"), arguments, reach)
}

async fn ended(run: &Run) -> Ended {
    process::run(run, &CancellationToken::new(), |_| {}).await.unwrap()
}

pub fn is_held() -> bool {
    let held = Means::found() == Means { landlock: Means::found().landlock.max(6), seccomp: true };
    if !held {
        judge::not_checked("the kernel's hold", "this kernel holds less than all");
    }
    held
}

#[tokio::test]
async fn a_script_reads_its_neighbour_only_where_nothing_holds_it() {
    let (scratch, list) = (Scratch::new(), "list.mp4");
    let (script, secret, copy) =
        (scratch.path().join(list), scratch.path().join("private.nut"), scratch.path().join("copy.nut"));
    let made = Command::new("ffmpeg")
        .args("-v error -f lavfi -i testsrc=d=0.2 -c:v ffv1 -y".split(' '))
        .arg(&secret)
        .status();
    assert!(made.unwrap().success());
    std::fs::write(&script, format!("ffconcat version 1.0\nfile '{}'\n", secret.display())).unwrap();
    let words = [script.to_str().unwrap(), "-c", "copy", "-y", copy.to_str().unwrap()];
    let free = Command::new("ffmpeg").args(READ_RAW.split(' ')).args(words).output().unwrap();
    assert!(
        free.status.success(),
        "else this test proves nothing: {}",
        String::from_utf8_lossy(&free.stderr)
    );
    if !is_held() {
        return;
    }
    let given = RunAccess::nothing().reads(&script).writes(&copy, 1 << 20);
    let held = ended(&ffmpeg(READ_RAW, &words, given.clone())).await;
    assert!(!held.is_good() && held.tail.join(" ").contains("Permission denied"), "{held:?}");
    assert_eq!(std::fs::metadata(&copy).unwrap().len(), 0, "something came through");
    let allowed = ended(&ffmpeg(READ_RAW, &words, given.reads(&secret))).await;
    assert!(allowed.is_good(), "what it was given is refused, too: {allowed:?}");
}

#[tokio::test]
async fn nothing_is_dialled_but_the_one_port() {
    if !is_held() {
        return;
    }
    let scratch = Scratch::new();
    let (bait, other) = (Bait::lay(scratch.path()), std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let port = other.local_addr().unwrap().port();
    let address = |scheme: &str| format!("{scheme}://127.0.0.1:{}/x?timeout=1000000", bait.port);
    for scheme in ["http", "tcp", "udp", "rtp", "rtsp"] {
        for reach in [RunAccess::nothing(), RunAccess::nothing().connects(port)] {
            let run = ffmpeg("-v error -i", &[&address(scheme), "-f", "null", "-"], reach);
            assert!(!ended(&run.quiet_at_most(Duration::from_secs(10))).await.is_good());
        }
    }
    // Sending is a way out, too.
    let test = "-v error -f lavfi -i testsrc=d=0.1 -c:v mpeg2video -f mpegts";
    let sent = ended(&ffmpeg(test, &[&address("udp")], RunAccess::nothing().connects(port))).await;
    assert!(!sent.is_good(), "{sent:?}");
    bait.assert_untouched();
    let answer = std::thread::spawn(move || other.accept().map(drop));
    let gateway = format!("http://127.0.0.1:{port}/x");
    let _ =
        ended(&ffmpeg("-v error -i", &[&gateway, "-f", "null", "-"], RunAccess::nothing().connects(port)))
            .await;
    let came = Instant::now();
    while !answer.is_finished() {
        assert!(came.elapsed() < Duration::from_secs(5), "its own port is refused, too");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_a_taken_over_program_tries_is_refused() {
    if !is_held() {
        return;
    }
    let scratch = Scratch::new();
    let (bait, own) = (Bait::lay(scratch.path()), scratch.path().join("own"));
    let (folder, canary, file) = (scratch.path().display(), bait.canary.display(), own.display());
    let me = std::process::id();
    for (what, script) in [
        ("reads another's file", format!("cat {canary}")),
        ("lists a folder", format!("ls {folder}")),
        ("reads passwords", "cat /etc/passwd".to_owned()),
        ("reads its parent's environment", format!("cat /proc/{me}/environ")),
        ("writes beside its file", format!("echo x > {folder}/other")),
        ("writes into the temporary folder", "echo x > /tmp/sandbox-test".to_owned()),
        ("removes a file", format!("rm {canary}")),
        ("renames its own", format!("mv {file} {folder}/other")),
        ("makes a folder", format!("mkdir {folder}/more")),
        ("signals its parent", format!("kill -0 {me}")),
        (
            "fills its file beyond the bound",
            format!("exec dd if=/dev/zero of={file} bs=1M count=9 2>/dev/null </dev/null"),
        ),
    ] {
        let reach = RunAccess::nothing().writes(&own, 1 << 20).starts_programs();
        let run = Run::new(Path::new("/bin/sh"), vec!["-c".into(), script.clone()], reach);
        let ended = ended(&run).await;
        assert!(!ended.is_good(), "{what}: {script} did it");
        assert!(!ended.tail.join(" ").contains("not found"), "{what} was not tried: {ended:?}");
    }
    let written = format!("echo x > {}", own.display());
    let reach = RunAccess::nothing().writes(&own, 1 << 20);
    let run = Run::new(Path::new("/bin/sh"), vec!["-c".into(), written], reach);
    assert!(ended(&run).await.is_good(), "its own file is refused, too");
    bait.assert_untouched();
}

#[tokio::test]
async fn who_grows_beyond_the_bound_is_killed_and_told_of() {
    // Keeps every frame, to play them backwards.
    let hungry = "-v error -f lavfi -i testsrc=s=1920x1080:d=600 -vf reverse -f null -";
    let run = ffmpeg(hungry, &[], RunAccess::nothing()).memory_at_most(300 << 20);
    let ended = ended(&run).await;
    assert_eq!(ended.how, EndReason::Grew(300 << 20));
    assert!(ended.describe().contains("more than 300 MiB of memory"), "{}", ended.describe());
}

#[tokio::test]
async fn a_file_beyond_the_bound_ends_its_writer() {
    let scratch = Scratch::new();
    let out = scratch.path().join("out.nut");
    let words = "-v error -f lavfi -i testsrc=s=640x480:d=20 -c:v rawvideo -f nut -y";
    let run = ffmpeg(words, &[out.to_str().unwrap()], RunAccess::nothing().writes(&out, 8 << 20));
    let ended = ended(&run).await;
    assert_eq!(ended.how, EndReason::Overfilled(8 << 20), "{ended:?}");
    assert!(std::fs::metadata(&out).unwrap().len() <= 8 << 20);
}

#[test]
fn both_programs_say_what_holds_ffmpeg() {
    let cluster = Cluster::new().clients(1).start();
    for log in [&cluster.server.log, &cluster.clients[0].log] {
        log.wait("sandbox of ffmpeg: ");
    }
}
