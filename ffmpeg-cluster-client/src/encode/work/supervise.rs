//! Watches one run of ffmpeg that reads through the gateway.
//! Stops the run on request, when its source can't be read, or when it stalls.
//!
//! Output and input together show a stall: a decoder on its way to a distant frame makes no output for a long time,
//! and newer versions of ffmpeg print progress even while they hang.
//! A run that waits for bytes of the server never stalls: the server may be restarting.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::process::{self, EndReason, Ended, Run};
use ffmpeg_cluster_common::io::{disk, files};
use ffmpeg_cluster_common::limits::STALL_MAX;
use ffmpeg_cluster_common::media::source::formats;
use tokio_util::sync::CancellationToken;

use crate::encode::gateway::Opened;

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Why there is no piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The client was told to stop.
    Cancelled,
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Runs to success. `on_line` gets each line of standard output, and returns the amount done, in any unit that grows,
/// if the line tells it.
pub(crate) async fn run(
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
    let child = until_heard(run, &stop, &done, |line| {
        if let Some(now) = on_line(line) {
            done.store(now, Ordering::Relaxed);
        }
    });
    tokio::pin!(child);
    let fault = tokio::select! {
        ended = &mut child => return judge(ended),
        fault = opened.fault() => fault,
        fault = stall(opened, &done, stall_max) => fault,
    };
    stop.cancel();
    // Wait for the child to end before anything removes its folder.
    let tail = child.await.map_or_else(|_| Vec::new(), |ended| ended.tail);
    Err(fault.with_tail(tail).into())
}

/// Starts ffmpeg again while something on this machine keeps it from its film; this is not a stall.
async fn until_heard(
    run: &Run,
    stop: &CancellationToken,
    done: &AtomicU64,
    mut on_line: impl FnMut(&str),
) -> anyhow::Result<Ended> {
    loop {
        match process::run(run, stop, &mut on_line).await {
            Err(error) if is_passing(&error) && !stop.is_cancelled() => {
                tracing::warn!("ffmpeg can't be started now; the client tries again: {error:#}");
            }
            Ok(ended) if is_unheard(&ended) && !stop.is_cancelled() => {
                tracing::warn!(
                    "ffmpeg could not reach its source at this client; the client starts it again"
                );
            }
            ended => return ended,
        }
        tokio::time::sleep(LOOK_EVERY).await;
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether this machine has too many open files, which is no fault of the film.
fn is_passing(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref().is_some_and(files::are_short))
}

/// Whether a flood of the gateway's port kept out ffmpeg's own connection, which is no fault of the film either.
fn is_unheard(ended: &Ended) -> bool {
    let unheard = |line: &String| line.contains("Connection to tcp://127.0.0.1:") && line.contains(" failed");
    !ended.is_good() && ended.tail.iter().any(unheard)
}

fn judge(ended: anyhow::Result<Ended>) -> Result<Ended, Stop> {
    let ended = ended.map_err(|error| disk::fault(&error))?;
    if ended.is_good() {
        return Ok(ended);
    }
    if ended.how == EndReason::Cancelled {
        return Err(Stop::Cancelled);
    }
    let code = ended.code(FaultCode::EncoderFailed);
    let last = last_word(&ended.tail).map_or_else(String::new, |word| format!(": {word}"));
    Err(Fault::new(code, format!("ffmpeg {}{last}", ended.describe())).with_tail(ended.tail).into())
}

/// The last line of a failed run, for its message; the other lines follow.
fn last_word(tail: &[String]) -> Option<String> {
    match formats::refused(tail) {
        Some(format) => Some(format!(
            "it detects the film's format as {format}, and the server's ffprobe detected another"
        )),
        None => tail.iter().rfind(|line| !line.contains("Last message repeated")).cloned(),
    }
}

/// Returns when nothing has moved for `stall_max`.
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
            let message = format!("ffmpeg read nothing and wrote nothing for {seconds} s and was killed");
            return Fault::new(FaultCode::EncoderStalled, message);
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
#[path = "supervise_tests.rs"]
mod tests;
