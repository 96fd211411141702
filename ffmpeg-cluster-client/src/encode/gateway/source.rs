//! One source as its readers see it: chunks by number, from the cache or from the server.
//! The source fetches each chunk once for all readers that wait for it, and stops when the last reader is dropped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::trace::{Purpose, Trace};
use ffmpeg_cluster_common::media::plan::work::SourceRef;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::cache::{Cache, ChunkKey};
use super::fetch::Fetcher;

/// What all sources of one gateway share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) fetcher: Fetcher,
    pub(super) cache: Arc<Cache>,
    pub(super) background: Background,
    /// Keeps fetches ahead from delaying the chunks that a decoder waits for.
    pub(super) ahead: Semaphore,
}

/// The last reader drops it, and that stops its fetches.
#[derive(Debug)]
pub(super) struct Source {
    inner: Arc<Inner>,
    _stop: DropGuard,
}

/// Fetches in flight hold this, but not the `Source`, so that they never keep it alive.
#[derive(Debug)]
struct Inner {
    number: u64,
    reference: SourceRef,
    chunk_bytes: u64,
    shared: Arc<Shared>,
    arriving: Mutex<BTreeMap<u64, watch::Receiver<Option<Got>>>>,
    fault: watch::Sender<Option<Fault>>,
    stop: CancellationToken,
    trace: Trace,
}

type Got = Result<Bytes, Fault>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Now,
    Ahead,
}

impl Source {
    pub(super) fn new(
        number: u64,
        reference: SourceRef,
        chunk_bytes: u64,
        shared: Arc<Shared>,
        trace: Trace,
    ) -> Self {
        let stop = shared.background.stop().child_token();
        let inner = Inner {
            number,
            reference,
            chunk_bytes,
            shared,
            arriving: Mutex::default(),
            fault: watch::Sender::new(None),
            stop: stop.clone(),
            trace,
        };
        Self { inner: Arc::new(inner), _stop: stop.drop_guard() }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.inner.reference.bytes
    }
    pub(super) fn chunk_bytes(&self) -> u64 {
        self.inner.chunk_bytes
    }
    /// The reason why this source is unreadable for good.
    pub(super) fn fault(&self) -> watch::Receiver<Option<Fault>> {
        self.inner.fault.subscribe()
    }

    /// Returns chunk `number` as soon as the server sends it.
    pub(super) async fn chunk(&self, number: u64) -> Got {
        let inner = &self.inner;
        loop {
            let (cache, key) = (inner.shared.cache.clone(), inner.key(number));
            let kept = inner.shared.background.blocking(move || cache.get(key)).await;
            if let Ok(Some(kept)) = kept {
                return Ok(kept.into());
            }
            let Some(mut arriving) = inner.arrival(number, Urgency::Now) else { continue };
            let got = arriving.wait_for(Option::is_some).await.ok().and_then(|got| got.clone());
            return got.unwrap_or_else(|| {
                Err(Fault::new(
                    FaultCode::SourceUnreachable,
                    "the source was released while it was being read",
                ))
            });
        }
    }

    /// Begins to fetch the missing ones of `count` chunks from `first` on, and does not wait.
    pub(super) fn ahead(&self, first: u64, count: u64) {
        let chunks = self.bytes().div_ceil(self.chunk_bytes());
        for number in first..chunks.min(first.saturating_add(count)) {
            drop(self.inner.arrival(number, Urgency::Ahead));
        }
    }
}

impl Inner {
    fn key(&self, chunk: u64) -> ChunkKey {
        ChunkKey { source: self.number, chunk }
    }

    /// The chunk's fetch, started if necessary; none if the cache already has the chunk.
    fn arrival(self: &Arc<Self>, number: u64, urgency: Urgency) -> Option<watch::Receiver<Option<Got>>> {
        let mut arriving = self.arriving();
        if let Some(under_way) = arriving.get(&number) {
            return Some(under_way.clone());
        }
        if self.shared.cache.has(self.key(number)) {
            return None;
        }
        let (done, arrival) = watch::channel(None);
        arriving.insert(number, arrival.clone());
        let this = Arc::clone(self);
        drop(self.shared.background.spawn("fetch", async move {
            let stop = this.stop.clone();
            tokio::select! {
                () = stop.cancelled() => {}
                got = this.fetch(number, urgency) => {
                    this.arriving().remove(&number);
                    done.send_replace(Some(got));
                }
            }
        }));
        Some(arrival)
    }

    async fn fetch(&self, number: u64, urgency: Urgency) -> Got {
        let _turn = match urgency {
            Urgency::Now => None,
            Urgency::Ahead => self.shared.ahead.acquire().await.ok(),
        };
        let start = number * self.chunk_bytes;
        let end = self.reference.bytes.min(start + self.chunk_bytes);
        let mut span = self.trace.span(Purpose::Fetch);
        span.note("bytes", &(end - start));
        let got = self.shared.fetcher.range(&self.reference, start, end).await;
        drop(span);
        match &got {
            Ok(bytes) => self.keep(number, bytes.clone()).await,
            Err(fault) => drop(self.fault.send_replace(Some(fault.clone()))),
        }
        got
    }

    /// On a full disk this fails without harm: a later read fetches the chunk again.
    async fn keep(&self, number: u64, bytes: Bytes) {
        let (cache, key) = (self.shared.cache.clone(), self.key(number));
        let kept = self.shared.background.blocking(move || cache.put(key, &bytes)).await;
        if let Ok(Err(error)) = kept {
            tracing::debug!("a chunk could not be kept on disk: {error}");
        }
    }

    fn arriving(&self) -> MutexGuard<'_, BTreeMap<u64, watch::Receiver<Option<Got>>>> {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
