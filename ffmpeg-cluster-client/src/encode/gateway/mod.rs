//! An address on this machine from which this client's ffmpeg reads its sources.
//!
//! The address hides chunks with digests, retries, a cache on disk and fetching ahead: if a connection breaks or the
//! server restarts, ffmpeg sees only a slower read. [`Gateway::open`] returns a reader of one source for one lease;
//! when the reader is dropped, its address disappears and fetching stops.
//!
//! - [`cache`]: chunks on this machine's disk
//! - [`fetch`]: one range of a source from the server
//! - [`source`]: one source, which fetches each chunk once
//! - [`serve`]: the answers that ffmpeg reads
//! - [`admit`]: admits our own programs and no others

mod admit;
mod cache;
mod fetch;
mod serve;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use anyhow::Context;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::io::{random, spawn::Background, trace::Trace};
use ffmpeg_cluster_common::limits::CLIENT_CHUNK_BYTES_MAX;
use ffmpeg_cluster_common::media::plan::work::SourceRef;
use ffmpeg_cluster_common::protocol::transfer::KEY_BYTES;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use warp::Filter;

use self::admit::GatewayListener;
pub(crate) use self::cache::Cache;
use self::fetch::Fetcher;
use self::source::{Shared, Source};
use crate::server::address::Server;

/// Fetches ahead that run at a time; fetches that a decoder waits for do not count.
const AHEAD_AT_ONCE: usize = 3;
const CHUNK_BYTES_MIN: u64 = 16 * 1024;
/// Sources whose cached chunks can still be found; older ones age out of the cache.
const SOURCES_MAX: usize = 256;
/// Chunks fetched around the place where a queued segment probably begins.
const QUEUED_CHUNKS: u64 = 4;

#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    address: SocketAddr,
    readers: Arc<OpenReaders>,
    shared: Arc<Shared>,
    known: Arc<Mutex<KnownSources>>,
}

/// Path, version, length and chunk size identify a source.
type SourceKey = (String, String, u64, u64);

/// Numbers of sources. A number outlives its readers, so that a later reader finds their cached chunks.
#[derive(Debug, Default)]
struct KnownSources {
    sources: BTreeMap<SourceKey, (u64, Weak<Source>)>,
    numbers: u64,
}

/// The open readers, each by a key that nobody can guess.
#[derive(Debug, Default)]
struct OpenReaders(Mutex<BTreeMap<Secret, Arc<Reading>>>);

/// The state of one reader.
#[derive(Debug)]
struct Reading {
    source: Arc<Source>,
    ended: CancellationToken,
    at: AtomicU64,
    bytes: AtomicU64,
    waiting: AtomicU32,
}

/// A reader of one source for one lease.
#[derive(Debug)]
pub(crate) struct Opened {
    address: SocketAddr,
    key: Secret,
    readers: Arc<OpenReaders>,
    reading: Arc<Reading>,
}

impl Gateway {
    /// Listens on a free port of the loopback interface until `background` stops.
    pub(crate) fn start(
        server: Server,
        http: reqwest::Client,
        cache: Cache,
        background: &Background,
    ) -> anyhow::Result<Self> {
        let listener = admit::listen().context("listening on the loopback interface")?;
        let address = listener.local_addr().context("asking for the gateway's port")?;
        let readers = Arc::new(OpenReaders::default());
        let routes = serve::routes(readers.clone(), background.clone()).boxed();
        drop(background.spawn("gateway", GatewayListener::new(routes, background.clone())?.serve(listener)));
        let shared = Shared {
            fetcher: Fetcher::new(http, server),
            cache: Arc::new(cache),
            background: background.clone(),
            ahead: Semaphore::new(AHEAD_AT_ONCE),
        };
        Ok(Self { address, readers, shared: Arc::new(shared), known: Arc::default() })
    }

    pub(crate) fn open(&self, reference: &SourceRef, chunk_bytes: u64, trace: &Trace) -> Opened {
        let chunk_bytes = chunk_bytes.clamp(CHUNK_BYTES_MIN, CLIENT_CHUNK_BYTES_MAX);
        let reading = Arc::new(Reading {
            source: self.source(reference, chunk_bytes, trace),
            ended: self.shared.background.stop().child_token(),
            at: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            waiting: AtomicU32::new(0),
        });
        let key = self.readers.open(reading.clone());
        Opened { address: self.address, key, readers: self.readers.clone(), reading }
    }

    fn source(&self, reference: &SourceRef, chunk_bytes: u64, trace: &Trace) -> Arc<Source> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (reference.path.clone(), reference.etag.clone(), reference.bytes, chunk_bytes);
        let number = match known.sources.get(&key) {
            Some((number, source)) => match source.upgrade() {
                Some(source) => return source,
                None => *number,
            },
            None => known.next_number(),
        };
        let (shared, trace) = (self.shared.clone(), trace.clone());
        let source = Arc::new(Source::new(number, reference.clone(), chunk_bytes, shared, trace));
        known.sources.insert(key, (number, Arc::downgrade(&source)));
        source
    }
}

impl KnownSources {
    fn next_number(&mut self) -> u64 {
        if self.sources.len() >= SOURCES_MAX {
            let unused = self.sources.iter().filter(|(_, (_, source))| source.strong_count() == 0);
            let oldest = unused.min_by_key(|(_, (number, _))| *number).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.sources.remove(&oldest);
            }
        }
        self.numbers += 1;
        self.numbers
    }
}

impl Opened {
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }
    /// The input of ffmpeg. Other users can see it, but the gateway refuses them; our other runs can't see it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/{}", self.address, self.key.reveal())
    }
    /// How far the decoder last read, in bytes from the beginning.
    pub(crate) fn at(&self) -> u64 {
        self.reading.at.load(Ordering::Relaxed)
    }
    /// Bytes given to the decoder so far; while the number grows, the decoder is alive.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.reading.bytes.load(Ordering::Relaxed)
    }
    /// Whether the decoder waits for bytes that the server has not sent yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.reading.waiting.load(Ordering::Relaxed) > 0
    }
    /// Returns when the source turns out to be unreadable for good.
    pub(crate) async fn fault(&self) -> Fault {
        let mut fault = self.reading.source.fault();
        let found = fault.wait_for(Option::is_some).await.ok().and_then(|fault| fault.clone());
        match found {
            Some(fault) => fault,
            None => std::future::pending().await,
        }
    }
    /// Fetches what a queued segment will probably read first. `likely` is the probable place of its bytes; it is none
    /// if nothing has read the source yet. Then fetches the first and last bytes, where containers keep their index.
    pub(crate) fn prefetch(&self, likely: Option<u64>) {
        let source = &self.reading.source;
        match likely {
            Some(byte) => source.ahead((byte / source.chunk_bytes()).saturating_sub(1), QUEUED_CHUNKS),
            None => {
                source.ahead(0, 2);
                source.ahead(source.bytes().saturating_sub(1) / source.chunk_bytes(), 1);
            }
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.readers.all().remove(&self.key);
        self.reading.ended.cancel();
    }
}

/// The probable place of the bytes of time `next`, for a decoder at byte `at` and time `now`.
/// Bytes grow roughly evenly with time; where they do not, the client fetches a few chunks in vain.
pub(crate) fn likely_byte(at: u64, now: i64, next: i64) -> Option<u64> {
    if now <= 0 || next < 0 || at == 0 {
        return None;
    }
    u64::try_from(u128::from(at) * u128::from(next.unsigned_abs()) / u128::from(now.unsigned_abs())).ok()
}

impl OpenReaders {
    fn open(&self, reading: Arc<Reading>) -> Secret {
        let key =
            random::secret::<KEY_BYTES>().expect("the system gave random bytes when it gave us our identity");
        self.all().insert(key.clone(), reading);
        key
    }
    fn find(&self, key: &Secret) -> Option<Arc<Reading>> {
        self.all().get(key).cloned()
    }
    fn all(&self) -> MutexGuard<'_, BTreeMap<Secret, Arc<Reading>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    fn served(&self, at: u64, bytes: u64) {
        self.at.store(at, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
    fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(self)
    }
}

/// Counts as a waiting read until it is dropped, even if the read is abandoned.
struct Waiting<'a>(&'a Reading);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
