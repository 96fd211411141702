//! Ctrl-C, SIGTERM and similar signals: the first asks everything to stop, the second does not wait for that.

use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::system::Signals;
use tokio_util::sync::CancellationToken;

/// Cancels `stop` at the first signal and calls `at_once` at the second.
pub fn watch(stop: CancellationToken, at_once: impl FnOnce() + Send + 'static) -> std::io::Result<impl Drop> {
    let background = Background::default();
    let guard = background.stop().clone().drop_guard();
    let done = background.stop().clone();
    let mut signals = Signals::listen()?;
    drop(background.spawn("signals", async move {
        tokio::select! {
            () = done.cancelled() => {}
            () = async {
                signals.next().await;
                tracing::info!("stopping; once more to stop at once");
                stop.cancel();
                signals.next().await;
                at_once();
            } => {}
        }
    }));
    Ok(guard)
}
