//! Ctrl-C, SIGTERM and their like: the first asks for an orderly end, the second does not wait for it.

use std::io;

use ffmpeg_cluster_common::io::system::Signals;
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
