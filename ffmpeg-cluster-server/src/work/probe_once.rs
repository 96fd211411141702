//! Probes a source once, for admission and index alike.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::io::system;
use ffmpeg_cluster_common::media::source::Source;
use tokio_util::sync::CancellationToken;

use super::seen::Mark;
use super::{Input, Runner, probe};
use crate::store::file_tag::etag;

/// A file that changed this recently may change again without a new change time.
const SETTLED: Duration = Duration::from_secs(2);

/// Probes a source, unless the very same file was probed before and has not changed since.
pub(crate) async fn probed<'a>(
    runner: &Runner,
    film: impl Into<Input<'a>>,
    stop: &CancellationToken,
) -> Result<Source, Fault> {
    let film = film.into();
    let Some(mark) = mark(runner, film).await else { return probe::probe(runner, film, stop).await };
    if let Some(source) = runner.seen.of(&mark) {
        return Ok(source);
    }
    let source = probe::probe(runner, film, stop).await?;
    runner.seen.keep(&mark, &source);
    Ok(source)
}

/// None if a change could go unnoticed. Only the server writes among its own files.
async fn mark(runner: &Runner, film: Input<'_>) -> Option<Mark> {
    let ours = film.path().starts_with(runner.folders().root());
    let (held, path) = (film.held().cloned(), film.path().to_owned());
    let about = move || held.map_or_else(|| std::fs::metadata(path), |film| film.again()?.metadata());
    let about = runner.background.blocking(about).await.ok()?.ok()?;
    let changed = system::changed(&about)?;
    (ours || is_settled(changed, SystemTime::now())).then(|| Mark { etag: etag(&about), changed })
}

/// If the clock was set back, every file counts as changed just now.
fn is_settled(changed: i64, now: SystemTime) -> bool {
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let changed = u128::try_from(changed).unwrap_or(0);
    now >= changed + SETTLED.as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_just_now_is_probed_again() {
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        assert!(is_settled(5_000_000_000, at(7)));
        assert!(!is_settled(5_000_000_001, at(7)));
        assert!(!is_settled(9_000_000_000, at(7)), "its time lies in the future");
    }
}
