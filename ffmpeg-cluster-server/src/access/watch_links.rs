//! Links by which players, which show no token, play the stream of a job: until they expire, are ended, or their maker's token is
//! no longer valid.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::cluster::event::LOCAL;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::{clock, digest, random};
use ffmpeg_cluster_common::text::hex;
use ffmpeg_cluster_common::time::WallMillis;

use super::Principal;
use super::tokens::Tokens;
use crate::store::catalog::{Reader, WatchLinkRow, Writer};

const CODE_BYTES: usize = 16;
const HOUR_MS: u64 = 3_600_000;
/// A year.
pub(crate) const HOURS_MAX: u32 = 8_784;
pub(crate) const OF_A_JOB_MAX: usize = 100;
const NAME_DIGITS: usize = 16;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct WatchLinks {
    tokens: Tokens,
    reader: Reader,
    writer: Writer,
    told: Arc<Mutex<Told>>,
}

/// A new link: the row that is stored, and the code that is shown once.
#[derive(Debug)]
pub(crate) struct NewWatchLink {
    pub(crate) row: WatchLinkRow,
    pub(crate) code: Secret,
}

/// The links that were used in one hour.
#[derive(Debug, Default)]
struct Told {
    hour: u64,
    hashes: BTreeSet<String>,
}

impl Told {
    fn is_first(&mut self, hash: &str, now: WallMillis) -> bool {
        let hour = now.0 / HOUR_MS;
        if hour != self.hour {
            *self = Self { hour, hashes: BTreeSet::new() };
        }
        self.hashes.insert(hash.to_owned())
    }
}

/// The beginning of a link's digest, which is no secret.
pub(crate) fn name(row: &WatchLinkRow) -> &str {
    row.hash.get(..NAME_DIGITS).unwrap_or(&row.hash)
}

impl WatchLinks {
    pub(crate) fn new(tokens: Tokens, reader: Reader, writer: Writer) -> Self {
        Self { tokens, reader, writer, told: Arc::default() }
    }

    /// None if the job has too many.
    pub(crate) async fn make(
        &self,
        job: &JobId,
        by: &Principal,
        hours: u32,
    ) -> anyhow::Result<Option<NewWatchLink>> {
        let (code, now) = (random::secret::<CODE_BYTES>()?, clock::wall());
        let row = WatchLinkRow {
            hash: digest::of_bytes(code.reveal().as_bytes()),
            job: job.clone(),
            made_by: by.owner().to_owned(),
            created_at: now,
            expires_at: WallMillis(now.0 + u64::from(hours) * HOUR_MS),
        };
        let is_kept = self.writer.add_watch_link(row.clone(), OF_A_JOB_MAX).await?;
        Ok(is_kept.then_some(NewWatchLink { row, code }))
    }

    /// The link with this code, if it works.
    pub(crate) async fn find(&self, code: &str) -> anyhow::Result<Option<WatchLinkRow>> {
        if !hex::is_of(CODE_BYTES, code) {
            return Ok(None);
        }
        let row = self.reader.watch_link(&digest::of_bytes(code.as_bytes())).await?;
        let Some(row) = row.filter(|row| clock::wall() < row.expires_at) else { return Ok(None) };
        let works = row.made_by == LOCAL || self.tokens.is_valid(&row.made_by).await;
        Ok(works.then_some(row))
    }

    pub(crate) async fn of_job(&self, job: &JobId) -> anyhow::Result<Vec<WatchLinkRow>> {
        let now = clock::wall();
        let rows = self.reader.watch_links(job).await?;
        Ok(rows.into_iter().filter(|row| now < row.expires_at).collect())
    }

    /// False if the job has no link of this name.
    pub(crate) async fn end(&self, job: &JobId, wanted: &str) -> anyhow::Result<bool> {
        match self.of_job(job).await?.into_iter().find(|row| name(row) == wanted) {
            Some(row) => self.writer.end_watch_link(row.hash).await,
            None => Ok(false),
        }
    }

    /// Whether nobody came by this link in this hour. A player asks for thousands of files, and the audit log is told once.
    pub(crate) fn is_news(&self, row: &WatchLinkRow) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).is_first(&row.hash, clock::wall())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_news_once_an_hour() {
        let mut told = Told::default();
        let mut is_first = |hash: &str, minute: u64| told.is_first(hash, WallMillis(minute * 60_000));
        assert_eq!([is_first("a", 1), is_first("a", 59), is_first("b", 59)], [true, false, true]);
        assert_eq!([is_first("a", 60), is_first("b", 119)], [true, true]);
    }
}
