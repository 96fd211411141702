//! Records for `--trace` which worker of this client is busy with a lease, and which is idle.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ffmpeg_cluster_common::io::trace::{Purpose, Span, Trace};
use ffmpeg_cluster_common::media::plan::work::Work;
use ffmpeg_cluster_common::protocol::to_client::Offer;

/// The worker that uses no device.
const PROCESSORS: &str = "processors";

#[derive(Debug, Clone)]
pub(super) struct Seats {
    trace: Trace,
    seats: Arc<Mutex<BTreeMap<String, Seat>>>,
}

#[derive(Debug)]
struct Seat {
    leases: usize,
    idle: Option<Span>,
}

impl Seats {
    pub(super) fn new(trace: &Trace) -> Self {
        let idle = Some(trace.about("worker", PROCESSORS).span(Purpose::Idle));
        let seats = BTreeMap::from([(PROCESSORS.to_owned(), Seat { leases: 0, idle })]);
        Self { trace: trace.clone(), seats: Arc::new(Mutex::new(seats)) }
    }

    /// The trace of a lease.
    pub(super) fn trace(&self, offer: &Offer) -> Trace {
        let trace = self.trace.about("job", &offer.job).about("lease", &offer.lease);
        trace.about("worker", worker(offer)).about("segment", &segment(&offer.work))
    }

    /// Marks the worker as busy until the returned value is dropped.
    pub(super) fn begin(&self, offer: &Offer) -> Busy {
        let worker = worker(offer).to_owned();
        let purpose = if offer.measure { Purpose::Benchmark } else { Purpose::Lease };
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let seat = seats.entry(worker.clone()).or_insert(Seat { leases: 0, idle: None });
        seat.leases += 1;
        seat.idle = None;
        Busy { seats: self.clone(), worker, _span: self.trace(offer).span(purpose) }
    }
}

/// A worker while it has a lease.
#[derive(Debug)]
pub(super) struct Busy {
    seats: Seats,
    worker: String,
    _span: Span,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut seats = self.seats.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seat) = seats.get_mut(&self.worker) else { return };
        seat.leases -= 1;
        if seat.leases == 0 {
            seat.idle = Some(self.seats.trace.about("worker", &self.worker).span(Purpose::Idle));
        }
    }
}

fn worker(offer: &Offer) -> &str {
    offer.device.as_deref().unwrap_or(PROCESSORS)
}

fn segment(work: &Work) -> String {
    match work {
        Work::Picture(work) => work.range.to_string(),
        Work::List(work) => format!("packets {}", work.range),
        Work::Sound(_) => "sound".to_owned(),
    }
}
