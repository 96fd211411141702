//! Remembers ffprobe's answers about sources for a while.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ffmpeg_cluster_common::media::source::Source;

use super::recent::{CacheLimits, Entry, Recent};

/// Sources between admission and index; beyond this many, the oldest are probed again.
const SOURCES_MAX: usize = 64;
/// Bytes of one source's facts as JSON; larger ones have very long tags and are probed again.
const SOURCE_BYTES_MAX: usize = 64 << 10;

/// Identifies a file in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) etag: String,
    pub(super) changed: i64,
}

impl Mark {
    fn key(&self) -> String {
        format!("{} {}", self.etag, self.changed)
    }
}

/// The most recently used probes of sources.
#[derive(Debug, Clone)]
pub(crate) struct ProbeCache(Arc<Mutex<Recent<Source>>>);

impl Default for ProbeCache {
    fn default() -> Self {
        let bytes = (SOURCES_MAX * SOURCE_BYTES_MAX) as u64;
        Self(Arc::new(Mutex::new(Recent::new(CacheLimits { entries: SOURCES_MAX, bytes }))))
    }
}

impl ProbeCache {
    pub(super) fn of(&self, mark: &Mark) -> Option<Source> {
        self.recent().get(&mark.key())
    }

    pub(super) fn keep(&self, mark: &Mark, source: &Source) {
        let bytes = serde_json::to_vec(source).map_or(usize::MAX, |text| text.len());
        if bytes <= SOURCE_BYTES_MAX {
            self.recent().put(Entry { key: mark.key(), value: source.clone(), bytes: bytes as u64 });
        }
    }

    fn recent(&self) -> MutexGuard<'_, Recent<Source>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        let seen = ProbeCache::default();
        seen.keep(&mark("a", 1), &source());
        assert_eq!(seen.of(&mark("a", 1)).map(|source| source.bytes), Some(7));
        assert_eq!(seen.of(&mark("a", 2)), None);
        assert_eq!(seen.of(&mark("b", 1)), None);
    }

    #[test]
    fn the_oldest_sources_and_those_with_a_book_in_their_tags_are_not_kept() {
        let seen = ProbeCache::default();
        (0..=SOURCES_MAX as i64).for_each(|n| seen.keep(&mark("a", n), &source()));
        assert!(seen.of(&mark("a", 0)).is_none() && seen.of(&mark("a", 1)).is_some());
        let mut long = source();
        long.tags.insert("comment".to_owned(), "x".repeat(SOURCE_BYTES_MAX));
        seen.keep(&mark("long", 1), &long);
        assert!(seen.of(&mark("long", 1)).is_none());
    }
}
