//! Explains the state to people: sentences for each job, and the view that REST and WebSocket show.

mod clients;
mod work;

use self::clients::{explain_standing, view_client};
use self::work::{NamedTrack, explain_beside, explain_lease, explain_track};
use super::jobs::job::Job;
use super::jobs::making::{Making, Mode};
use super::jobs::stage::Stage;
use super::outcomes::settle::awaited;
use super::roster::client::Client;
use super::state::Cluster;
use super::view::{JobView, LeaseView, View};
use crate::ids::JobId;
use crate::media::plan::track::{Track, TrackNo};
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
    let explain = explain_job(cluster, id, job, look);
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
        doing: explain.first().cloned().unwrap_or_default(),
        leases: leases.collect(),
        explain,
    }
}

/// Explains the job in sentences, the most important first.
fn explain_job(cluster: &Cluster, id: &JobId, job: &Job, look: Look<'_>) -> Vec<String> {
    let mut all = explain_stage(cluster, job, look);
    if job.is_paused() {
        let running = job.leases().count() as u64;
        let ends = if running > 0 {
            format!("; {} under way ends first", counted(running, "segment"))
        } else {
            String::new()
        };
        all.insert(0, format!("paused; `resume-job {id}` goes on with it{ends}"));
    }
    all
}

fn explain_stage(cluster: &Cluster, job: &Job, look: Look<'_>) -> Vec<String> {
    let Look { now, disk_full, before } = look;
    match job.stage() {
        stage if stage.waits_for_space() => vec![NO_SPACE.into()],
        Stage::Queued => vec![match before {
            0 => "waiting to be indexed".to_owned(),
            _ => format!("waiting to be indexed, behind {}", counted(before as u64, "job")),
        }],
        Stage::Indexing(_) => vec!["reading the source to list its frames".into()],
        Stage::Making(making) if making.mode() == Mode::Waiting => explain_waiting(cluster, job, now),
        Stage::Making(making) => explain_working(cluster, job, making, now, disk_full),
        Stage::Joining(joining) => {
            vec![format!("joining and proving the result, {:.0} % done", joining.done * 100.0)]
        }
    }
}

fn explain_waiting(cluster: &Cluster, job: &Job, now: Millis) -> Vec<String> {
    let Some((awaited, able)) = awaited(cluster, job) else { return Vec::new() };
    let connected = cluster.roster.connected_count();
    let wanted = job.clients_wanted();
    let missing = wanted.saturating_sub(able);
    let (noun, asks) = (if missing == 1 { "client" } else { "clients" }, awaited.asks());
    let fewer = if wanted > 1 { "; `start JOB` begins with fewer" } else { "" };
    let mut all = vec![format!(
        "waiting for {missing} more {noun}: {wanted} required, {able} of {connected} connected can {asks}{fewer}"
    )];
    if able == 0 && cluster.roster.lacks_decoders(awaited) {
        let (encoders, codecs) = (awaited.all_encoders().collect::<Vec<_>>(), awaited.reads.join(" and "));
        all.push(format!("no connected client that has proved {} decodes {codecs}", encoders.join(" or ")));
    } else if !awaited.in_software() {
        all.extend(explain_without_hardware(cluster, awaited));
    } else if let Some(kind) = &awaited.one_kind {
        all.push(explain_kind(kind));
    } else if able == 0 && connected > 0 {
        all.push(format!("no connected client has proved {}", awaited.encoders.join(", ")));
    }
    all.extend(explain_standing(cluster, now));
    all
}

fn explain_kind(kind: &str) -> String {
    format!("only clients with {kind} continue it: decoders of another kind gave other pictures")
}

/// Names each connected client that lacks the hardware the job needs, and what that client has.
fn explain_without_hardware(cluster: &Cluster, track: &Track) -> Vec<String> {
    let wanted = track.hardware_encoders().collect::<Vec<_>>().join(", ");
    if track.hardware.is_empty() {
        return vec!["no hardware encoder makes an equivalent stream".into()];
    }
    let connected = cluster.roster.connected();
    let lacking = connected.filter(|(id, _)| cluster.roster.crews.seats(id, track).is_empty());
    let has = |client: &Client| {
        let devices = client.told_devices();
        let proved = devices.iter().map(|device| format!("{} ({})", device.name, device.encoders.join(", ")));
        match proved.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "no hardware at all".to_owned(),
            some => format!("only {some}"),
        }
    };
    lacking.map(|(_, one)| format!("{} has proved none of {wanted}: {}", one.name, has(one))).collect()
}

fn explain_working(
    cluster: &Cluster,
    job: &Job,
    making: &Making,
    now: Millis,
    disk_full: Option<&str>,
) -> Vec<String> {
    let (listing, clients) = (making.film.is_to_list(), making.clients().len() as u64);
    let left = what_is_left(making);
    let encode = match (listing, clients) {
        (false, 1) => "encodes",
        (false, _) => "encode",
        (true, 1) => "lists its frames by decoding them",
        (true, _) => "list its frames by decoding them",
    };
    let clients = counted(clients, "client");
    let mut all: Vec<String> = disk_full.into_iter().map(str::to_owned).collect();
    all.push(match (making.leases().is_empty(), making.mode()) {
        (true, _) => format!("{left} left, and no client is working on it"),
        (false, Mode::Measuring) => format!("measuring {clients} on the first segments; {left} left"),
        (false, Mode::Waiting | Mode::Working) => format!("{clients} {encode}; {left} left"),
    });
    all.extend(explain_standing(cluster, now));
    all.extend(making.tracks().filter_map(|(track, _)| track.one_kind.as_deref()).map(explain_kind));
    all.extend(job.doubts().suspect().iter().map(|one| one.explain(&cluster.roster.who(&one.client).name)));
    if making.tracks().any(|(track, _)| !track.hw.is_off()) {
        all.extend(cluster.roster.iter().flat_map(|(client, _)| cluster.roster.explain_devices(client, now)));
    }
    all.extend(making.leases().iter().map(|(id, lease)| explain_lease(cluster, making, *id, lease)));
    for (track, book) in making.tracks() {
        let named = NamedTrack { film: &making.film, track };
        all.extend(explain_track(cluster, named, book, now));
    }
    all.extend(explain_beside(making));
    if cluster.draining {
        all.push("the server is stopping and grants no new leases".into());
    }
    all
}

/// What is left of the first track.
fn what_is_left(making: &Making) -> String {
    let track = making.first().0;
    match making.film.copied {
        Some(_) => making.film.all_of(track),
        None => {
            let noun = if making.film.is_to_list() { "packet" } else { "frame" };
            counted(track.units - making.frames_encoded(), noun)
        }
    }
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
