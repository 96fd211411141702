//! Ctrl-C, SIGTERM and similar signals: the first asks for an orderly end, the second does not wait for it.

use std::future::Future;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Builder;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

use super::system::Signals;

/// A digest of a huge file can't be interrupted. It changes nothing, so the process does not wait for it.
const LEFT_BEHIND_AFTER: Duration = Duration::from_millis(300);

/// Runs a program's work to its end, with a token that the first signal cancels.
/// `None`: a second signal came before the work had ended.
/// Then the work is dropped, which ends its child programs; blocked threads are left behind.
pub fn obey<T, F>(work: impl FnOnce(CancellationToken) -> F) -> anyhow::Result<Option<T>>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let runtime = Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    let ended = runtime.block_on(until_twice(work));
    runtime.shutdown_timeout(LEFT_BEHIND_AFTER);
    ended.map(|done| done.map(|done| done.unwrap_or_else(panicked)))
}

async fn until_twice<T, F>(
    work: impl FnOnce(CancellationToken) -> F,
) -> anyhow::Result<Option<Result<T, JoinError>>>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut signals = Signals::listen().context("listening for signals")?;
    let stop = CancellationToken::new();
    // A task of its own, so that signals arrive even while the work blocks its thread, as a question to a person does.
    let mut work = tokio::spawn(work(stop.clone()));
    tokio::select! {
        done = &mut work => return Ok(Some(done)),
        () = signals.next() => tracing::info!("stopping; a second signal stops at once"),
    }
    stop.cancel();
    tokio::select! {
        done = &mut work => Ok(Some(done)),
        () = signals.next() => Ok(None),
    }
}

fn panicked<T>(error: JoinError) -> T {
    std::panic::resume_unwind(error.into_panic())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    #[test]
    fn a_thread_that_blocks_for_ever_does_not_hold_up_the_end() {
        let (release, blocked) = mpsc::channel::<()>();
        let (sender, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let done = super::obey(|_| async {
                drop(tokio::task::spawn_blocking(move || blocked.recv()));
                7
            });
            sender.send(done.unwrap()).unwrap();
        });
        let done = ended.recv_timeout(std::time::Duration::from_secs(20));
        drop(release);
        assert_eq!(done, Ok(Some(7)));
        thread.join().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn the_second_signal_does_not_wait_even_for_work_that_blocks_its_thread() {
        use rustix::process::{Signal, getpid, kill_process};
        let interrupt = || kill_process(getpid(), Signal::INT).unwrap();
        let (release, blocked) = mpsc::channel::<()>();
        let done = super::obey(|stop| async move {
            interrupt();
            stop.cancelled().await;
            interrupt();
            blocked.recv()
        });
        assert!(done.unwrap().is_none());
        drop(release);
    }
}
