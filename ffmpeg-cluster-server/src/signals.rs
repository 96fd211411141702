//! SIGINT, SIGTERM and Ctrl-C: the first asks for an orderly end, the second does not wait for it.

use std::io;

use tokio_util::sync::CancellationToken;

/// Runs `work` with a token that the first signal cancels. `None`: a second signal came before the work had ended.
pub async fn obey<T, F>(work: impl FnOnce(CancellationToken) -> F) -> io::Result<Option<T>>
where
    F: Future<Output = T>,
{
    let mut signals = Signals::listen()?;
    let stop = CancellationToken::new();
    let work = work(stop.clone());
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => return Ok(Some(done)),
        () = signals.next() => tracing::info!("stopping; once more to stop at once"),
    }
    stop.cancel();
    tokio::select! {
        done = &mut work => Ok(Some(done)),
        () = signals.next() => Ok(None),
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From here on the signals no longer end the process by themselves.
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! { _ = self.interrupt.recv() => {}, _ = self.terminate.recv() => {} }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
