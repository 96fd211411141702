//! One run of ffmpeg that reads through the gateway: stopped when told, when its source is spoilt, or when nothing
//! moves any more.
//!
//! "Nothing moves" is judged by what comes out and what goes in, because a decoder on its way to a far frame
//! makes no output for long, and newer ffmpegs print progress even while they hang. Waiting for the server's
//! bytes is never a stall: the server may be restarting.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::process::{self, Ended, How, Run};
use ffmpeg_cluster_common::io::{disk, files};
use ffmpeg_cluster_common::limits::STALL_MAX;
use ffmpeg_cluster_common::media::source::formats;
use tokio_util::sync::CancellationToken;

use crate::gateway::Opened;

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Why there is no piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// We were told to.
    Cancelled,
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Runs to a good end. `on_line` is given each line of standard output and says how much is done where the line
/// tells it, in any unit that grows.
pub async fn run(
    run: &Run,
    opened: &Opened,
    cancel: &CancellationToken,
    on_line: impl FnMut(&str) -> Option<u64>,
) -> Result<Ended, Stop> {
    within(run, opened, cancel, Duration::from_millis(STALL_MAX.0), on_line).await
}

async fn within(
    run: &Run,
    opened: &Opened,
    cancel: &CancellationToken,
    stall_max: Duration,
    mut on_line: impl FnMut(&str) -> Option<u64>,
) -> Result<Ended, Stop> {
    let (stop, done) = (cancel.child_token(), AtomicU64::new(0));
    let child = async {
        loop {
            let ended = process::run(run, &stop, |line| {
                if let Some(now) = on_line(line) {
                    done.store(now, Ordering::Relaxed);
                }
            });
            match ended.await {
                Err(error) if is_passing(&error) && !stop.is_cancelled() => {
                    tracing::warn!("ffmpeg can't be started just now, and waits: {error:#}");
                    tokio::time::sleep(LOOK_EVERY).await;
                    // Waiting for others is no stall.
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok(ended) if is_unheard(&ended) && !stop.is_cancelled() => {
                    tracing::warn!(
                        "ffmpeg could not reach its film at this client just now, and tries again"
                    );
                    done.fetch_add(1, Ordering::Relaxed);
                }
                ended => return ended,
            }
        }
    };
    tokio::pin!(child);
    let fault = tokio::select! {
        ended = &mut child => return judge(ended),
        fault = opened.fault() => fault,
        fault = stall(opened, &done, stall_max) => fault,
    };
    stop.cancel();
    // The child is gone before its folder is.
    let tail = child.await.map_or_else(|_| Vec::new(), |ended| ended.tail);
    Err(fault.with_tail(tail).into())
}

/// Whoever holds too many files on this machine, it is not the film, and says nothing of its frames.
fn is_passing(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref().is_some_and(files::are_short))
}

/// Whoever floods the gateway's port keeps ffmpeg's own connection from it, and that says nothing of the film either.
fn is_unheard(ended: &Ended) -> bool {
    let unheard = |line: &String| line.contains("Connection to tcp://127.0.0.1:") && line.contains(" failed");
    !ended.is_good() && ended.tail.iter().any(unheard)
}

fn judge(ended: anyhow::Result<Ended>) -> Result<Ended, Stop> {
    let ended = ended.map_err(|error| {
        let full = error.chain().any(|cause| cause.downcast_ref().is_some_and(disk::is_full));
        Fault::new(if full { FaultCode::DiskFull } else { FaultCode::Internal }, format!("{error:#}"))
    })?;
    if ended.is_good() {
        return Ok(ended);
    }
    if ended.how == How::Cancelled {
        return Err(Stop::Cancelled);
    }
    let full = ended.tail.iter().any(|line| disk::says_full(line));
    let code = if ended.is_over_a_bound() {
        FaultCode::OverBound
    } else if full {
        FaultCode::DiskFull
    } else {
        FaultCode::EncoderFailed
    };
    let last = last_word(&ended.tail).map_or_else(String::new, |word| format!(": {word}"));
    Err(Fault::new(code, format!("ffmpeg {}{last}", ended.describe())).with_tail(ended.tail).into())
}

/// What is told of a run that failed; the whole of it follows.
fn last_word(tail: &[String]) -> Option<String> {
    match formats::refused(tail) {
        Some(format) => {
            Some(format!("it takes the film's format for {format}, and the server's ffprobe did not"))
        }
        None => tail.iter().rfind(|line| !line.contains("Last message repeated")).cloned(),
    }
}

/// Ready when nothing has moved for so long.
async fn stall(opened: &Opened, done: &AtomicU64, stall_max: Duration) -> Fault {
    let mut looks = tokio::time::interval(LOOK_EVERY.min(stall_max / 4));
    let (mut before, mut since) = ((u64::MAX, u64::MAX), tokio::time::Instant::now());
    loop {
        let look = looks.tick().await;
        let now = (done.load(Ordering::Relaxed), opened.bytes_read());
        if now != before || opened.is_waiting() {
            (before, since) = (now, look);
        }
        if look.duration_since(since) >= stall_max {
            let seconds = stall_max.as_secs();
            let message = format!("ffmpeg read nothing and made nothing for {seconds} s and was killed");
            return Fault::new(FaultCode::EncoderStalled, message);
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::Path;

    use ffmpeg_cluster_common::io::sandbox::Reach;
    use ffmpeg_cluster_common::io::spawn::Background;
    use ffmpeg_cluster_common::media::plan::work::SourceRef;

    use super::*;
    use crate::config::Server;
    use crate::gateway::Gateway;
    use crate::scratch::Scratch;

    fn sh(script: &str) -> Run {
        Run::new(Path::new("/bin/sh"), vec!["-c".into(), script.into()], Reach::nothing().starts_programs())
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
        let started =
            |errno| anyhow::Error::new(std::io::Error::from_raw_os_error(errno)).context("starting");
        assert!(is_passing(&started(TOO_MANY_FILES)) && !is_passing(&started(2)));
    }

    /// A reader whose server is not there.
    fn opened() -> (Opened, Background, Scratch) {
        let (background, scratch) = (Background::default(), Scratch::new());
        let server = Server::plain("127.0.0.1", 9);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let gateway = Gateway::start(server, http, (scratch.path(), 1 << 20), &background).unwrap();
        let source = SourceRef {
            path: "/film".into(),
            bytes: 100,
            etag: "e".into(),
            format: "nut".into(),
            codecs: Vec::new(),
        };
        (gateway.open(&source, 1 << 20), background, scratch)
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
}
