//! Spans of `--trace` that no single task holds: jobs and leases, as the core's changes report them.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::change::{Change, Memory, RememberedLease};
use ffmpeg_cluster_common::ids::{JobId, LeaseId};
use ffmpeg_cluster_common::io::trace::{Purpose, Span, Trace};

#[derive(Debug)]
pub(crate) struct Traced {
    trace: Trace,
    jobs: BTreeMap<JobId, Job>,
}

#[derive(Debug)]
struct Job {
    span: Span,
    leases: BTreeMap<LeaseId, Span>,
}

impl Traced {
    /// Spans of jobs and leases from an earlier start begin now.
    pub(super) fn new(trace: Trace, memory: &Memory) -> Self {
        let mut traced = Self { trace, jobs: BTreeMap::new() };
        for job in &memory.jobs {
            traced.begin(&job.job, &job.spec.file_name);
            job.leases.iter().for_each(|lease| traced.grant(&job.job, lease));
        }
        traced
    }

    /// The span of one transaction.
    pub(crate) fn commit(&self, changes: &[Change]) -> Span {
        let mut span = self.trace.span(Purpose::Commit);
        span.note("changes", &changes.len());
        span
    }

    pub(super) fn hear(&mut self, change: &Change) {
        match change {
            Change::JobAdded { job, spec, .. } => self.begin(job, &spec.file_name),
            Change::Leased { job, lease, segment, client, seat } => {
                let (lease, segment) = (*lease, *segment);
                let (client, seat) = (client.clone(), seat.clone());
                self.grant(job, &RememberedLease { lease, segment, client, seat });
            }
            Change::LeaseEnded { job, lease, .. } => self.end(job, *lease),
            Change::PieceKept { job, piece } => self.end(job, piece.lease),
            Change::FilmKnown { job, .. } => {
                if let Some(job) = self.jobs.get_mut(job) {
                    job.leases.clear();
                }
            }
            Change::JobEnded { job, state, .. } => {
                if let Some(mut job) = self.jobs.remove(job) {
                    job.span.note("state", state.as_str());
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, job: &JobId, film: &str) {
        let mut span = self.trace.about("job", job).span(Purpose::Job);
        span.note("film", film);
        self.jobs.insert(job.clone(), Job { span, leases: BTreeMap::new() });
    }

    fn grant(&mut self, id: &JobId, lease: &RememberedLease) {
        let Some(job) = self.jobs.get_mut(id) else { return };
        let trace = self.trace.about("job", id).about("lease", &lease.lease);
        let mut span = trace.about("client", &lease.client).span(Purpose::Lease);
        span.note("worker", &lease.seat);
        span.note("track", &lease.segment.track);
        span.note("segment", &lease.segment.units.to_string());
        job.leases.insert(lease.lease, span);
    }

    fn end(&mut self, job: &JobId, lease: LeaseId) {
        self.jobs.get_mut(job).map(|job| job.leases.remove(&lease));
    }
}
