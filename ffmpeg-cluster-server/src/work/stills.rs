//! Pictures of films for people who look: few at a time, with a memory of the last ones.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::recent::{CacheLimits, Entry, Recent};
use super::shown::{Frames, Listing, Shown};
use super::still::{self, Wanted};
use super::{RunContext, png};
use crate::store::locks::Locks;

/// Runs of ffmpeg at a time.
const AT_ONCE: usize = 2;
/// People who wait for a picture; the next one is sent away.
const WAITING_MAX: usize = 24;
const PICTURES: CacheLimits = CacheLimits { entries: 512, bytes: 64 << 20 };
const FILMS: CacheLimits = CacheLimits { entries: 8, bytes: 128 << 20 };
/// A film that can be decoded only from its beginning takes long toward its end.
const WITHIN: Duration = Duration::from_secs(60);
/// A list takes reading the whole film.
const LISTED_WITHIN: Duration = Duration::from_secs(240);

/// Why there is no picture.
#[derive(Debug)]
pub(crate) enum Unseen {
    /// The film has only this many frames.
    Beyond(u64),
    /// Too many people look.
    Busy,
    Slow(&'static str),
    Failed(Fault),
}

impl From<Fault> for Unseen {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Stills(Arc<State>);

#[derive(Debug)]
struct State {
    waiting: Arc<Semaphore>,
    turns: Semaphore,
    asking: Locks<String>,
    films: Mutex<Recent<Arc<Frames>>>,
    pictures: Mutex<Recent<Bytes>>,
}

impl Default for Stills {
    fn default() -> Self {
        Self(Arc::new(State {
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
            turns: Semaphore::new(AT_ONCE),
            asking: Locks::default(),
            films: Mutex::new(Recent::new(FILMS)),
            pictures: Mutex::new(Recent::new(PICTURES)),
        }))
    }
}

/// A film that somebody looks at.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    pub(crate) context: &'a RunContext,
    pub(crate) film: &'a Shown,
    pub(crate) listing: Listing,
}

impl Look<'_> {
    fn key(&self, what: &str) -> String {
        format!("{} {} {what}", self.context.job, self.film.tag)
    }
}

impl Stills {
    /// Frame `n` as a PNG, at most this wide.
    pub(crate) async fn frame(&self, look: Look<'_>, n: u64, width: Option<u32>) -> Result<Bytes, Unseen> {
        let key = look.key(&format!("frame {n} {width:?}"));
        self.once(&key, async {
            let frames = self.frames(&look).await?;
            let drawn = self.draw(&look, &frames, Wanted { n, width, near: false }).await?;
            let packed = look.context.runner.background.blocking(move || png::of_ppm(&drawn)).await;
            let none = || Fault::new(FaultCode::Internal, "ffmpeg drew no picture that can be sent");
            Ok(packed.ok().flatten().ok_or_else(none)?.into())
        })
        .await
    }

    /// `count` thumbnails of key frames in a row, as a JPEG; fewer of a film with fewer frames.
    pub(crate) async fn strip(&self, look: Look<'_>, count: u64) -> Result<Bytes, Unseen> {
        let key = look.key(&format!("strip {count}"));
        self.once(&key, async {
            let frames = self.frames(&look).await?;
            let (all, mut thumbs) = (frames.count(), Vec::new());
            let count = count.min(all);
            for n in 0..count {
                let middle = (2 * n + 1) * all / (2 * count);
                thumbs.push(self.draw(&look, &frames, Wanted::thumb(middle)).await?);
            }
            let _turn = self.turn().await?;
            Ok(still::row(look.context, &thumbs).await?)
        })
        .await
    }

    /// Of several people who ask for the same, one waits for ffmpeg and the others for the answer.
    async fn once(
        &self,
        key: &str,
        make: impl Future<Output = Result<Bytes, Unseen>>,
    ) -> Result<Bytes, Unseen> {
        let _asking = self.0.asking.write(&key.to_owned()).await;
        if let Some(known) = locked(&self.0.pictures).get(key) {
            return Ok(known);
        }
        let value = make.await?;
        let bytes = value.len() as u64;
        locked(&self.0.pictures).put(Entry { key: key.to_owned(), value: value.clone(), bytes });
        Ok(value)
    }

    /// A place among those who wait for a picture.
    pub(crate) fn place(&self) -> Result<OwnedSemaphorePermit, Unseen> {
        self.0.waiting.clone().try_acquire_owned().map_err(|_| Unseen::Busy)
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, Unseen> {
        self.0.turns.acquire().await.map_err(|_| Unseen::Busy)
    }

    async fn draw(&self, look: &Look<'_>, frames: &Frames, what: Wanted) -> Result<Bytes, Unseen> {
        let _turn = self.turn().await?;
        let drawn = still::frame(look.context, look.film, frames, what);
        let slow =
            "this frame takes longer than a minute, because its film can be decoded only from the beginning";
        let drawn = tokio::time::timeout(WITHIN, drawn).await.map_err(|_| Unseen::Slow(slow))?;
        drawn?.ok_or(Unseen::Beyond(frames.count()))
    }

    /// The list of the film's frames.
    async fn frames(&self, look: &Look<'_>) -> Result<Arc<Frames>, Unseen> {
        let key = look.key("list");
        let _asking = self.0.asking.write(&key).await;
        if let Some(known) = locked(&self.0.films).get(&key) {
            return Ok(known);
        }
        let _turn = self.turn().await?;
        let slow = "listing the frames of this film takes longer than four minutes";
        let listed = tokio::time::timeout(LISTED_WITHIN, look.film.frames(look.context, look.listing)).await;
        let value = listed.map_err(|_| Unseen::Slow(slow))??;
        let bytes = value.bytes();
        locked(&self.0.films).put(Entry { key, value: value.clone(), bytes });
        Ok(value)
    }
}

fn locked<T>(all: &Mutex<T>) -> MutexGuard<'_, T> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}
