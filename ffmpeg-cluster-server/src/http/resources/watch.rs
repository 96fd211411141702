//! One watcher of events: first what is stored behind its number, then what comes, without a gap and without doubles.

use std::collections::VecDeque;
use std::str::FromStr;
use std::sync::Arc;

use ffmpeg_cluster_common::ids::JobId;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::http::query::Query;
use crate::store::catalog::{EventRow, Live, Reader};

/// Stored events read at once.
const PAGE: usize = 256;

/// What a watcher asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) types: Vec<Pattern>,
    pub(super) job: Option<String>,
    pub(super) after: Option<After>,
}

impl Asked {
    pub(super) fn read(query: &Query) -> Result<Self, String> {
        let types = query.text("types").into_iter().flat_map(|types| types.split(','));
        Ok(Self {
            types: types.map(str::parse).collect::<Result<_, _>>()?,
            job: query.text("job").map(str::to_owned),
            after: query.text("after").map(str::parse).transpose()?,
        })
    }
}

/// One type of events, such as `job.state`, or all that begin so, such as `job.*`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    is_beginning: bool,
}

impl FromStr for Pattern {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (beginning, is_beginning) = text.strip_suffix('*').map_or((text, false), |text| (text, true));
        let fits = |c: char| c.is_ascii_lowercase() || c == '.' || c == '_';
        if text.is_empty() || !beginning.chars().all(fits) {
            return Err(format!("types: {text:?} is no type of events; job.state and job.* are"));
        }
        Ok(Self { text: beginning.to_owned(), is_beginning })
    }
}

impl Pattern {
    fn fits(&self, kind: &str) -> bool {
        if self.is_beginning { kind.starts_with(&self.text) } else { kind == self.text }
    }
}

/// The last event that a watcher has seen: `12.48211`, or `48211` as lists and events tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct After {
    boot: Option<u32>,
    seq: u64,
}

impl FromStr for After {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("after: {text:?} is no number of an event");
        let (boot, seq) = match text.split_once('.') {
            Some((boot, seq)) => (Some(boot.parse().map_err(|_| bad())?), seq),
            None => (None, text),
        };
        Ok(Self { boot, seq: seq.parse().map_err(|_| bad())? })
    }
}

impl After {
    /// Whether the event with this number is the one that the watcher has seen. After a power loss, numbers that an older
    /// start gave may be given to other events.
    async fn is_ours(self, live: &Live, reader: &Reader) -> anyhow::Result<bool> {
        let last = match self.boot {
            Some(boot) if boot > live.boot() => return Ok(false),
            Some(boot) if boot < live.boot() => reader.events_left_by(boot).await?.unwrap_or(0),
            Some(_) | None => live.last(),
        };
        Ok(self.seq <= last)
    }
}

/// Which events a watcher gets.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) types: Vec<Pattern>,
    pub(super) job: Option<JobId>,
    /// None: everybody's.
    pub(super) owner: Option<String>,
}

impl Wanted {
    fn has(&self, row: &EventRow) -> bool {
        let is_own = self.owner.as_ref().is_none_or(|owner| row.owner.as_ref() == Some(owner));
        let is_of_job = self.job.as_ref().is_none_or(|job| row.job.as_ref() == Some(job));
        let fits = self.types.is_empty() || self.types.iter().any(|pattern| pattern.fits(&row.kind));
        is_own && is_of_job && fits
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Event(Arc<EventRow>),
    /// What the watcher missed can't be told any more: it reads all lists again, and goes on behind this number.
    Reset(u64),
}

#[derive(Debug)]
pub(crate) struct Watcher {
    pub(super) wanted: Wanted,
    live: Live,
    reader: Reader,
    new: Receiver<Arc<EventRow>>,
    /// The number of the last event that was told or passed over.
    at: u64,
    page: VecDeque<EventRow>,
    /// There may be stored events behind `at` that do not come by `new`.
    behind: bool,
    missed: bool,
}

impl Watcher {
    pub(super) async fn begin(
        live: Live,
        reader: Reader,
        wanted: Wanted,
        after: Option<After>,
    ) -> anyhow::Result<Self> {
        // Watch before the number is read: an event in between comes twice, and is passed over once.
        let new = live.watch();
        let last = live.last();
        let known = match after {
            Some(after) => after.is_ours(&live, &reader).await?,
            None => true,
        };
        let at = after.filter(|_| known).map_or(last, |after| after.seq);
        let (behind, page) = (at < last, VecDeque::new());
        Ok(Self { wanted, live, reader, new, at, page, behind, missed: !known })
    }

    pub(super) fn boot(&self) -> u32 {
        self.live.boot()
    }

    /// A watcher that comes again with this has missed nothing.
    pub(super) fn id(&self) -> String {
        format!("{}.{}", self.boot(), self.at)
    }

    /// None when there will be no more. Nothing is lost when the future is dropped before it is ready.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Seen>> {
        loop {
            if std::mem::take(&mut self.missed) {
                return Ok(Some(Seen::Reset(self.at)));
            }
            if let Some(row) = self.page.pop_front() {
                self.at = row.seq;
                if self.wanted.has(&row) {
                    return Ok(Some(Seen::Event(Arc::new(row))));
                }
                continue;
            }
            if self.behind {
                self.read().await?;
                continue;
            }
            match self.new.recv().await {
                Ok(row) if row.seq <= self.at => {}
                Ok(row) => {
                    self.at = row.seq;
                    if self.wanted.has(&row) {
                        return Ok(Some(Seen::Event(row)));
                    }
                }
                Err(RecvError::Lagged(_)) => self.start_over(),
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        // Watch from before the read on: what is committed after it comes by this.
        self.new = self.live.watch();
        let last = self.live.last();
        let rows = self.reader.events(self.at, PAGE).await?;
        match rows.first() {
            // Numbers have no gap, so those between are forgotten.
            Some(first) if first.seq != self.at + 1 => self.start_over(),
            None if self.at < last => self.start_over(),
            None => self.behind = false,
            Some(_) => self.page = rows.into(),
        }
        Ok(())
    }

    fn start_over(&mut self) {
        self.new = self.live.watch();
        self.at = self.live.last();
        (self.behind, self.missed) = (false, true);
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
