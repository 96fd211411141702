//! Explains the state to people: the reasons of each job, and the view that REST and WebSocket show.

mod clients;
mod waiting;
mod work;

use self::clients::view_client;
use self::waiting::explain_waiting;
use self::work::explain_working;
use super::jobs::job::Job;
use super::jobs::making::{Making, Mode};
use super::jobs::stage::Stage;
use super::state::Cluster;
use super::view::{JobView, LeaseView, View};
use crate::ids::JobId;
use crate::media::plan::track::TrackNo;
use crate::protocol::reason::{Reason, ReasonCode, Remedy};
use crate::text::counted;
use crate::time::Millis;

/// The explanation of an index or a result that did not fit on the disk.
const NO_SPACE: &str = "the server's disk is full; the server tries again every few seconds";
/// Percent of the progress that joining and proving take.
const JOIN_SHARE: f64 = 2.0;

impl Cluster {
    /// Everything that people are shown. It grows with the cluster, so the driver calls this now and then.
    pub fn view(&self, now: Millis) -> View {
        // The same for every job, so it is computed once.
        let disk_full = self.disk.explain(&self.jobs);
        let look = Look { now, disk_full: disk_full.as_deref(), before: 0 };
        let job_view = |(before, id): (usize, &JobId)| {
            (id.clone(), view_job(self, id, &self.jobs[id], Look { before, ..look }))
        };
        let jobs = self.jobs.queue().iter().enumerate().map(job_view).collect();
        let clients =
            self.roster.iter().map(|(id, client)| (id.clone(), view_client(self, id, client, now))).collect();
        View { jobs, clients, stale: self.stale }
    }
}

/// What a job's view needs beside the job.
#[derive(Clone, Copy)]
struct Look<'a> {
    now: Millis,
    disk_full: Option<&'a str>,
    /// How many jobs are before it in the queue.
    before: usize,
}

fn view_job(cluster: &Cluster, id: &JobId, job: &Job, look: Look<'_>) -> JobView {
    let leases = job.leases().map(|(lease, l)| LeaseView {
        lease: *lease,
        client: l.worker.client.clone(),
        segment: cluster.jobs.name(id, l.segment),
        frames_done: l.frames_done(),
        phase: l.phase_word(),
    });
    let reasons = explain_job(cluster, id, job, look);
    // While clients only list frames, there are no encoded frames to count.
    let listed = job.making().filter(|making| !making.film.is_to_list());
    let frames = listed.map(Making::frames);
    let leased = job.leases().map(|(_, lease)| lease);
    let running = leased.filter(|lease| lease.is_encoding() && lease.segment.track == TrackNo::FIRST);
    JobView {
        state: job.stage().state(),
        owner: job.spec().owner.clone(),
        priority: job.place().priority(),
        position: look.before as u64 + 1,
        paused: job.is_paused(),
        frames_total: frames.map(|frames| frames.total),
        frames_kept: frames.map_or(0, |frames| frames.kept),
        frames_done: frames.map_or(0, |frames| frames.done),
        progress: progress(job),
        fps: running.map(|lease| lease.fps_now(look.now)).fold(0.0, |all, fps| all + fps),
        clients: job.making().map_or(0, |making| making.clients().len() as u32),
        doing: reasons.first().map(|reason| reason.text.clone()).unwrap_or_default(),
        leases: leases.collect(),
        reasons,
    }
}

/// Explains the job, the most important reason first.
fn explain_job(cluster: &Cluster, id: &JobId, job: &Job, look: Look<'_>) -> Vec<Reason> {
    let mut all = explain_stage(cluster, job, look);
    if job.is_paused() {
        let running = job.leases().count() as u64;
        let ends = if running > 0 {
            format!("; {} under way ends first", counted(running, "segment"))
        } else {
            String::new()
        };
        let text = format!("paused; `resume-job {id}` goes on with it{ends}");
        all.insert(0, Reason::new(ReasonCode::PausedByUser, text).remedied_by(Remedy::Resume));
    }
    all
}

fn explain_stage(cluster: &Cluster, job: &Job, look: Look<'_>) -> Vec<Reason> {
    let Look { now, disk_full, before } = look;
    let reason = match job.stage() {
        stage if stage.waits_for_space() => no_space(NO_SPACE),
        Stage::Queued => Reason::new(
            ReasonCode::QueuePosition,
            match before {
                0 => "waiting to be indexed".to_owned(),
                _ => format!("waiting to be indexed, behind {}", counted(before as u64, "job")),
            },
        ),
        Stage::Indexing(_) => Reason::new(ReasonCode::Indexing, "reading the source to list its frames"),
        Stage::Making(making) if making.mode() == Mode::Waiting => return explain_waiting(cluster, job, now),
        Stage::Making(making) => {
            let full = disk_full.map(no_space).into_iter();
            return full.chain(explain_working(cluster, job, making, now)).collect();
        }
        Stage::Joining(joining) => {
            let done = joining.done * 100.0;
            Reason::new(ReasonCode::Joining, format!("joining and proving the result, {done:.0} % done"))
        }
    };
    vec![reason]
}

fn no_space(text: &str) -> Reason {
    Reason::new(ReasonCode::DiskFull, text).remedied_by(Remedy::FreeDisk)
}

/// In percent; below 100 until the job ends.
fn progress(job: &Job) -> f64 {
    let Some(making) = job.making().filter(|making| !making.film.is_to_list()) else { return 0.0 };
    let joined = match job.stage() {
        Stage::Joining(joining) => joining.done,
        Stage::Queued | Stage::Indexing(_) | Stage::Making(_) => 0.0,
    };
    let encoded = match making.film.first().units {
        0 => 1.0,
        units => making.frames_encoded() as f64 / units as f64,
    };
    (encoded * (100.0 - JOIN_SHARE) + f64::from(joined) * JOIN_SHARE).min(99.9)
}
