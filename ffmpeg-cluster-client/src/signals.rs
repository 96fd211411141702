//! Ctrl-C and SIGTERM: the first asks everything to stop, the second does not wait for it.

use tokio_util::sync::CancellationToken;

/// Cancels `stop` at the first signal and calls `at_once` at the second.
pub fn watch(stop: CancellationToken, at_once: impl FnOnce() + Send + 'static) -> impl Drop {
    let background = ffmpeg_cluster_common::io::spawn::Background::default();
    let guard = background.stop().clone().drop_guard();
    let done = background.stop().clone();
    drop(background.spawn("signals", async move {
        tokio::select! {
            () = done.cancelled() => {}
            () = async {
                signal().await;
                tracing::info!("stopping; once more to stop at once");
                stop.cancel();
                signal().await;
                at_once();
            } => {}
        }
    }));
    guard
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn signal() {
    drop(tokio::signal::ctrl_c().await);
}
