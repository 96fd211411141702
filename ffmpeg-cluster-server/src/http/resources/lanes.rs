//! A job's timeline as trace events, in the form that `--trace` writes: a process for each client, a lane for each worker.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::ids::ClientId;
use serde_json::{Value, json};

use crate::store::catalog::{JobRow, SpanRow, Spans};

/// The server's process; clients follow.
const SERVER: usize = 1;

/// Leases of one worker overlap: the next one is fetched while the current one is encoded. A lane holds one at a time.
#[derive(Debug, Default)]
struct Lanes {
    /// The worker of each lane of a client, and until when it is taken.
    of: BTreeMap<ClientId, Vec<(String, u64)>>,
}

impl Lanes {
    fn take(&mut self, span: &SpanRow, until: u64) -> usize {
        let worker = worker(span);
        let lanes = self.of.entry(span.client.clone()).or_default();
        let free = lanes.iter().position(|(of, taken)| *of == worker && *taken <= span.leased_ms);
        let lane = free.unwrap_or_else(|| {
            lanes.push((worker, 0));
            lanes.len() - 1
        });
        lanes[lane].1 = until;
        lane
    }
}

fn worker(span: &SpanRow) -> String {
    span.seat
        .as_ref()
        .map_or_else(|| "processors".to_owned(), |seat| format!("{} {}", seat.device, seat.encoder))
}

/// Microseconds from the beginning of the job.
pub(super) fn events(row: &JobRow, spans: &Spans, now: u64) -> Vec<Value> {
    let from = row.created_at.0;
    let names: BTreeMap<&ClientId, &str> =
        spans.leases.iter().map(|span| (&span.client, span.name.as_str())).collect();
    let processes: BTreeMap<&ClientId, usize> =
        names.keys().enumerate().map(|(n, client)| (*client, SERVER + 1 + n)).collect();
    let named = names.iter().map(|(client, name)| meta("process_name", processes[*client], 0, name));
    let mut all: Vec<Value> = [meta("process_name", SERVER, 0, "server")].into_iter().chain(named).collect();
    let mut lanes = Lanes::default();
    for span in &spans.leases {
        let until = span.ended_ms.unwrap_or(now);
        let place = Place { pid: processes[&span.client], tid: lanes.take(span, until), from };
        all.extend(of_lease(row, span, until, &place));
    }
    for (client, of) in &lanes.of {
        let lane =
            |(tid, (worker, _)): (usize, &(String, u64))| meta("thread_name", processes[client], tid, worker);
        all.extend(of.iter().enumerate().map(lane));
    }
    let server = Place { pid: SERVER, tid: 0, from };
    all.extend(spans.server.iter().map(|span| {
        work(
            &server,
            &span.what,
            &Stretch { began: span.began_ms, ended: span.ended_ms },
            json!({ "job": row.job }),
        )
    }));
    all
}

struct Place {
    pid: usize,
    tid: usize,
    /// The moment from which times are counted.
    from: u64,
}

struct Stretch {
    began: u64,
    ended: u64,
}

/// The lease, and within it its phases as far as they are known.
fn of_lease(row: &JobRow, span: &SpanRow, until: u64, place: &Place) -> Vec<Value> {
    let about = json!({
        "job": row.job,
        "lease": span.lease,
        "client": span.client,
        "worker": span.seat,
        "track": span.segment.track,
        "segment": span.segment.units.to_string(),
        "outcome": span.outcome,
        "code": span.code,
    });
    let mut all = vec![work(place, "lease", &Stretch { began: span.leased_ms, ended: until }, about)];
    let ends = [("fetch", span.began_ms), ("encode", span.encoded_ms), ("send", span.sent_ms)];
    let mut began = span.leased_ms;
    for (phase, ended) in ends {
        let Some(ended) = ended else { continue };
        all.push(work(place, phase, &Stretch { began, ended }, json!({ "lease": span.lease })));
        began = ended;
    }
    all
}

fn work(place: &Place, name: &str, stretch: &Stretch, about: Value) -> Value {
    let Place { pid, tid, from } = place;
    let Stretch { began, ended } = stretch;
    json!({
        "name": name,
        "cat": "work",
        "ph": "X",
        "ts": began.saturating_sub(*from) * 1000,
        "dur": ended.saturating_sub(*began) * 1000,
        "pid": pid,
        "tid": tid,
        "args": about,
    })
}

fn meta(name: &str, pid: usize, tid: usize, value: &str) -> Value {
    json!({ "name": name, "ph": "M", "pid": pid, "tid": tid, "args": { "name": value } })
}
