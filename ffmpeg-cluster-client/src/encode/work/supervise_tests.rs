use std::path::Path;

use ffmpeg_cluster_common::io::sandbox::RunAccess;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::media::plan::work::SourceRef;

use super::*;
use crate::encode::gateway::{Cache, Gateway};
use crate::machine::scratch::Scratch;
use crate::server::address::Server;

fn sh(script: &str) -> Run {
    Run::new(Path::new("/bin/sh"), vec!["-c".into(), script.into()], RunAccess::nothing().starts_programs())
}

/// Found by a stranger's connections in a loop, which failed a job in 33 seconds.
#[tokio::test]
async fn a_gateway_that_could_not_be_reached_says_nothing_of_the_film() {
    let (opened, _background, _scratch) = opened();
    let said = "[tcp @ 0x55] Connection to tcp://127.0.0.1:9 failed: Connection timed out";
    let unheard = sh(&format!("echo try; echo '{said}' >&2; exit 1"));
    let (cancel, mut tries) = (CancellationToken::new(), 0);
    let ended = run(&unheard, &opened, &cancel, |_| {
        tries += 1;
        if tries == 3 {
            cancel.cancel();
        }
        None
    });
    assert!(ended.await.is_err());
    assert_eq!(tries, 3);
}

#[test]
fn a_lack_of_files_says_nothing_of_the_film() {
    const TOO_MANY_FILES: i32 = 24;
    let started = |errno| anyhow::Error::new(std::io::Error::from_raw_os_error(errno)).context("starting");
    assert!(is_passing(&started(TOO_MANY_FILES)) && !is_passing(&started(2)));
}

/// A reader whose server is not there.
fn opened() -> (Opened, Background, Scratch) {
    let (background, scratch) = (Background::default(), Scratch::new());
    let server = Server::plain("127.0.0.1", 9);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let gateway =
        Gateway::start(server, http, Cache::new(scratch.path(), 1 << 20).unwrap(), &background).unwrap();
    let source = SourceRef {
        path: "/film".into(),
        bytes: 100,
        etag: "e".into(),
        format: "nut".into(),
        codecs: Vec::new(),
    };
    (gateway.open(&source, 1 << 20, &Default::default()), background, scratch)
}

#[tokio::test]
async fn a_revoked_run_is_gone_with_its_children() {
    let (opened, _background, _scratch) = opened();
    let (cancel, mut pid) = (CancellationToken::new(), 0);
    let ended = run(&sh("sleep 600 & echo $!; wait"), &opened, &cancel, |line| {
        pid = line.parse().unwrap();
        cancel.cancel();
        None
    })
    .await;
    assert_eq!(ended.unwrap_err(), Stop::Cancelled);
    // The system takes a moment to carry out a kill.
    let began = std::time::Instant::now();
    loop {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if state.is_empty() || state.contains(") Z") {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(5), "still there: {state}");
    }
}

#[test]
fn how_often_a_message_was_repeated_is_no_last_word() {
    let tail = ["first", "Unknown encoder", "    Last message repeated 1 times"].map(str::to_owned);
    assert_eq!(last_word(&tail).as_deref(), Some("Unknown encoder"));
}

#[tokio::test]
async fn its_last_words_are_in_the_fault() {
    let (opened, _background, _scratch) = opened();
    let script = "echo first >&2; echo 'Unknown encoder' >&2; exit 8";
    let ended = run(&sh(script), &opened, &CancellationToken::new(), |_| None).await;
    let Err(Stop::Fault(fault)) = ended else { panic!("{ended:?}") };
    assert_eq!(fault.code, FaultCode::EncoderFailed);
    assert!(fault.message.contains("exit status: 8") && fault.message.contains("Unknown encoder"));
    assert_eq!(fault.tail, ["first", "Unknown encoder"]);
    let full = sh("echo 'x: No space left on device' >&2; exit 1");
    let ended = run(&full, &opened, &CancellationToken::new(), |_| None).await;
    let Err(Stop::Fault(fault)) = ended else { panic!("no fault") };
    assert_eq!(fault.code, FaultCode::DiskFull);
}

#[tokio::test]
async fn chatter_without_progress_is_a_stall_but_waiting_for_the_server_is_not() {
    let (opened, _background, _scratch) = opened();
    let chatter = sh("while :; do echo frame=7; sleep 0.01; done");
    let never = CancellationToken::new();
    let stall = Duration::from_millis(60);
    let ended = within(&chatter, &opened, &never, stall, |_| Some(7)).await;
    let Err(Stop::Fault(fault)) = ended else { panic!("{ended:?}") };
    assert_eq!(fault.code, FaultCode::EncoderStalled);

    // The same silence, while a read hangs on a server that is away.
    let url = opened.url();
    let reading = tokio::spawn(async move { reqwest::get(url).await.unwrap().bytes().await });
    while !opened.is_waiting() {
        tokio::task::yield_now().await;
    }
    let patient = sh("sleep 0.4");
    assert!(within(&patient, &opened, &never, stall, |_| None).await.is_ok());
    reading.abort();
}
