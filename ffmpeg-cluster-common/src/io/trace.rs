//! Records where the time of a program goes, for `--trace`: one event for each span of work.
//!
//! Code that does work gets a [`Trace`], which knows what the work is about.
//! A [`Span`] is one stretch of that work, from its beginning to its end.
//! Nobody waits for the file: events that find the queue full are dropped and counted.
//! The file is an array of trace events as Chrome and Perfetto read them, one event a line.

mod file;
mod lanes;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use self::lanes::Lanes;
use crate::text::safe;

/// Events that may wait for the disk.
const EVENTS_MAX: usize = 4096;
/// The longest wait for the last events.
const FINISH_WITHIN: Duration = Duration::from_secs(1);

/// What a span of work is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A job, from its admission to its end.
    Job,
    /// A lease: on the server from its grant to its end, on the client while a worker has it.
    Lease,
    /// The same for a lease that also measures the client.
    Benchmark,
    /// A worker without a lease.
    Idle,
    DryRun,
    DeviceTest,
    Index,
    /// The server encodes the first frame, to learn the properties that pieces must have.
    FirstFrame,
    Fetch,
    Encode,
    Sound,
    /// A client decodes a part of the source for the frame list.
    List,
    Check,
    /// A second decoding of the source, to compare.
    SecondDecode,
    Likeness,
    Audit,
    Send,
    Hash,
    Commit,
    Join,
    Proof,
    SeamProof,
    /// Programs without a purpose of their own.
    Other,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Lease => "lease",
            Self::Benchmark => "benchmark",
            Self::Idle => "idle",
            Self::DryRun => "dry run",
            Self::DeviceTest => "device test",
            Self::Index => "index",
            Self::FirstFrame => "first frame",
            Self::Fetch => "fetch",
            Self::Encode => "encode",
            Self::Sound => "sound",
            Self::List => "list",
            Self::Check => "check",
            Self::SecondDecode => "second decode",
            Self::Likeness => "likeness",
            Self::Audit => "audit",
            Self::Send => "send",
            Self::Hash => "hash",
            Self::Commit => "commit",
            Self::Join => "join",
            Self::Proof => "proof",
            Self::SeamProof => "seam proof",
            Self::Other => "other",
        }
    }
}

/// Cheap to clone. The default is off: it keeps nothing and writes nowhere.
#[derive(Debug, Clone, Default)]
pub struct Trace(Option<On>);

#[derive(Debug, Clone)]
struct On {
    queue: Arc<Queue>,
    /// What the work is about, such as its job.
    about: Arc<Map<String, Value>>,
    /// The purpose of the programs that this work starts.
    purpose: Purpose,
}

#[derive(Debug)]
struct Queue {
    items: SyncSender<Item>,
    dropped: Arc<AtomicU64>,
    lanes: Lanes,
    began: Instant,
}

#[derive(Debug)]
enum Item {
    Event(String),
    /// Answered when the file is complete.
    End(oneshot::Sender<()>),
}

impl Trace {
    /// Starts a new file. If the name is taken, adds a number to it, and never overwrites.
    pub fn start(path: &Path, program: &str) -> anyhow::Result<Self> {
        let began = Instant::now();
        let opened = file::create(path).with_context(|| format!("--trace {}", path.display()))?;
        tracing::info!("--trace: writing {}", opened.path.display());
        Self::into_file(opened, program, began)
    }

    fn into_file(opened: file::Opened, program: &str, began: Instant) -> anyhow::Result<Self> {
        let (items, waiting) = sync_channel(EVENTS_MAX);
        let dropped = Arc::<AtomicU64>::default();
        let file = file::Writer::begin(opened, program, began, dropped.clone())?;
        std::thread::Builder::new().name("trace".into()).spawn(move || file.write_all(&waiting))?;
        let queue = Arc::new(Queue { items, dropped, lanes: Lanes::default(), began });
        Ok(Self(Some(On { queue, about: Arc::default(), purpose: Purpose::Other })))
    }

    /// The same trace for work that is also about `value`.
    pub fn about(&self, key: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        Self(self.0.as_ref().map(|on| {
            let mut about = Map::clone(&on.about);
            about.insert(key.to_owned(), json!(value));
            On { about: Arc::new(about), ..on.clone() }
        }))
    }

    /// The same trace for work whose programs have this purpose.
    pub fn of(&self, purpose: Purpose) -> Self {
        Self(self.0.as_ref().map(|on| On { purpose, ..on.clone() }))
    }

    /// Begins a span of this program's work, which ends when the span is dropped.
    pub fn span(&self, purpose: Purpose) -> Span {
        Span(self.0.as_ref().map(|on| Open::new(on, purpose, "work")))
    }

    /// Begins the span of a child process that is about to start.
    pub(super) fn program(&self, program: &Path) -> Span {
        let mut span = Span(self.0.as_ref().map(|on| Open::new(on, on.purpose, "program")));
        span.note_with("program", || json!(program.file_name().unwrap_or_default().to_string_lossy()));
        span
    }

    /// Waits until the file is complete, at most a second. Later events are dropped.
    pub async fn finish(&self) {
        let Some(on) = &self.0 else { return };
        let (done, written) = oneshot::channel();
        if on.queue.items.try_send(Item::End(done)).is_ok() {
            let _ = tokio::time::timeout(FINISH_WITHIN, written).await;
        }
    }
}

/// One stretch of work, which ends when the span is dropped.
#[derive(Debug)]
pub struct Span(Option<Open>);

#[derive(Debug)]
struct Open {
    on: On,
    purpose: Purpose,
    kind: &'static str,
    began: Duration,
    /// The lane, because spans that overlap need lanes of their own.
    lane: usize,
    notes: Map<String, Value>,
}

impl Open {
    fn new(on: &On, purpose: Purpose, kind: &'static str) -> Self {
        let (began, lane) = (on.queue.began.elapsed(), on.queue.lanes.take());
        Self { on: on.clone(), purpose, kind, began, lane, notes: Map::new() }
    }
}

impl Span {
    /// Adds a fact about the work that becomes known only later.
    pub fn note(&mut self, key: &'static str, value: &(impl Serialize + ?Sized)) {
        self.note_with(key, || json!(value));
    }

    fn note_with(&mut self, key: &'static str, value: impl FnOnce() -> Value) {
        if let Some(open) = &mut self.0 {
            open.notes.insert(key.to_owned(), value());
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        let Some(Open { on, purpose, kind, began, lane, notes }) = self.0.take() else { return };
        on.queue.lanes.give_back(lane);
        let mut about = Map::clone(&on.about);
        about.extend(notes);
        on.queue.put(&json!({
            "name": purpose.as_str(),
            "cat": kind,
            "ph": "X",
            "ts": micros(began),
            "dur": micros(on.queue.began.elapsed().saturating_sub(began)),
            "pid": std::process::id(),
            "tid": lane,
            "args": about,
        }));
    }
}

impl Queue {
    /// JSON escapes the texts of others, so nothing in them ends a line.
    fn put(&self, event: &Value) {
        let event = Item::Event(safe::escaped_json(&event.to_string()));
        if let Err(TrySendError::Full(_)) = self.items.try_send(event)
            && self.dropped.fetch_add(1, Ordering::Relaxed) == 0
        {
            tracing::warn!(
                "--trace: the disk is too slow, and events are dropped; the last event says how many"
            );
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
