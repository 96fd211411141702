//! What ffprobe said of sources, so that admission and index ask it once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::io::system;
use ffmpeg_cluster_common::media::source::Source;
use tokio_util::sync::CancellationToken;

use super::Runner;
use super::{Input, probe};
use crate::store::file_tag::etag;
use crate::work::recent::{Entry, Most, Recent};

/// Sources between their admission and their index; more are probed again.
const SOURCES_MAX: usize = 64;
/// Bytes of what is known of one source, as JSON; larger ones have very long tags and are probed again.
const SOURCE_BYTES_MAX: usize = 64 << 10;
/// A file that changed so recently may change again without another change time.
const SETTLED: Duration = Duration::from_secs(2);

/// Which file it is, in which state.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    etag: String,
    changed: i64,
}

impl Mark {
    fn key(&self) -> String {
        format!("{} {}", self.etag, self.changed)
    }
}

/// The sources that were probed last.
#[derive(Debug, Clone)]
pub(crate) struct Seen(Arc<Mutex<Recent<Source>>>);

impl Default for Seen {
    fn default() -> Self {
        let bytes = (SOURCES_MAX * SOURCE_BYTES_MAX) as u64;
        Self(Arc::new(Mutex::new(Recent::new(Most { entries: SOURCES_MAX, bytes }))))
    }
}

impl Seen {
    fn of(&self, mark: &Mark) -> Option<Source> {
        self.recent().get(&mark.key())
    }

    fn keep(&self, mark: &Mark, source: &Source) {
        let bytes = serde_json::to_vec(source).map_or(usize::MAX, |text| text.len());
        if bytes <= SOURCE_BYTES_MAX {
            self.recent().put(Entry { key: mark.key(), value: source.clone(), bytes: bytes as u64 });
        }
    }

    fn recent(&self) -> MutexGuard<'_, Recent<Source>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Probes a source, unless the very file was probed before and did not change since.
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

/// None where a change could go unnoticed. Nobody but the server writes among its own files.
async fn mark(runner: &Runner, film: Input<'_>) -> Option<Mark> {
    let ours = film.path().starts_with(runner.folders().root());
    let (held, path) = (film.held().cloned(), film.path().to_owned());
    let about = move || held.map_or_else(|| std::fs::metadata(path), |film| film.again()?.metadata());
    let about = runner.background.blocking(about).await.ok()?.ok()?;
    let changed = system::changed(&about)?;
    (ours || is_settled(changed, SystemTime::now())).then(|| Mark { etag: etag(&about), changed })
}

/// A clock that was set back makes every file too young.
fn is_settled(changed: i64, now: SystemTime) -> bool {
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let changed = u128::try_from(changed).unwrap_or(0);
    now >= changed + SETTLED.as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(etag: &str, changed: i64) -> Mark {
        Mark { etag: etag.to_owned(), changed }
    }

    fn source() -> Source {
        let said = r#"{"streams":[],"format":{"filename":"a","nb_streams":0,"nb_programs":0,"format_name":"mov",
            "format_long_name":"","start_time":"0","duration":"1","size":"7","bit_rate":"1","probe_score":100}}"#;
        crate::source_of_ffprobe(said).expect("an answer of ffprobe")
    }

    #[test]
    fn another_state_of_the_file_is_another_source() {
        let seen = Seen::default();
        seen.keep(&mark("a", 1), &source());
        assert_eq!(seen.of(&mark("a", 1)).map(|source| source.bytes), Some(7));
        assert_eq!(seen.of(&mark("a", 2)), None);
        assert_eq!(seen.of(&mark("b", 1)), None);
    }

    #[test]
    fn the_oldest_sources_and_those_with_a_book_in_their_tags_are_not_kept() {
        let seen = Seen::default();
        (0..=SOURCES_MAX as i64).for_each(|n| seen.keep(&mark("a", n), &source()));
        assert!(seen.of(&mark("a", 0)).is_none() && seen.of(&mark("a", 1)).is_some());
        let mut long = source();
        long.tags.insert("comment".to_owned(), "x".repeat(SOURCE_BYTES_MAX));
        seen.keep(&mark("long", 1), &long);
        assert!(seen.of(&mark("long", 1)).is_none());
    }

    #[test]
    fn a_file_that_changed_just_now_is_probed_again() {
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        assert!(is_settled(5_000_000_000, at(7)));
        assert!(!is_settled(5_000_000_001, at(7)));
        assert!(!is_settled(9_000_000_000, at(7)), "its time lies in the future");
    }
}
