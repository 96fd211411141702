//! Why nothing is happening, or what is: as sentences for people, and as the view that doors show.

mod clients;

use self::clients::{explain_aside, view_client};
use super::job::Job;
use super::jobs::TrackBook;
use super::lease::{Lease, Returned};
use super::roster::client::Client;
use super::settle::awaited;
use super::state::Cluster;
use super::view::{JobView, LeaseView, View};
use crate::frames::FrameRange;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::track::{Track, TrackNo};
use crate::protocol::command::JobState;
use crate::text::counted;
use crate::time::Millis;

/// What is said of an index or a result that did not fit.
const NO_ROOM: &str = "the server's disk is full; it is tried again every few seconds";
/// Share of the progress that is left for joining and proving.
const JOIN_SHARE: f64 = 2.0;

impl Cluster {
    /// Everything that doors show. It grows with the cluster, so the driver asks for it only now and then.
    pub fn view(&self, now: Millis) -> View {
        // It counts over all jobs, and is the same for each.
        let room = self.disk.explain(&self.jobs);
        let job_view = |(id, job)| (JobId::clone(id), view_job(self, id, job, now, room.as_deref()));
        let jobs = self.jobs.iter().map(job_view).collect();
        let clients =
            self.roster.iter().map(|(id, client)| (id.clone(), view_client(self, id, client, now))).collect();
        View { jobs, clients, stale: self.stale }
    }
}

fn view_job(cluster: &Cluster, id: &JobId, job: &Job, now: Millis, room: Option<&str>) -> JobView {
    let name = |lease: &Lease| job.film.as_ref().map_or_else(String::new, |film| film.name(lease.segment));
    let leases = job.leases.iter().map(|(lease, l)| LeaseView {
        lease: *lease,
        client: l.worker.client.clone(),
        segment: name(l),
        frames_done: l.frames_done,
        phase: l.phase_word(),
    });
    let explain = explain_job(cluster, id, job, now, room);
    let frames = job.first().filter(|_| !job.is_to_list());
    let running =
        job.leases.values().filter(|lease| lease.is_encoding() && lease.segment.track == TrackNo::FIRST);
    JobView {
        state: job.state,
        // Packets are no frames, and listing them is no encoding.
        frames_total: frames.map(|(track, _)| track.units),
        frames_kept: frames.map_or(0, |(_, book)| book.pieces.units()),
        frames_done: if job.is_to_list() { 0 } else { job.frames_encoded() },
        progress: progress(job),
        fps: running.map(|lease| lease.fps_now(now)).fold(0.0, |all, fps| all + fps),
        clients: job.clients().len() as u32,
        doing: explain.first().cloned().unwrap_or_default(),
        leases: leases.collect(),
        explain,
    }
}

/// The most important first.
fn explain_job(cluster: &Cluster, id: &JobId, job: &Job, now: Millis, room: Option<&str>) -> Vec<String> {
    match job.state {
        JobState::Queued if job.no_room => vec![NO_ROOM.into()],
        JobState::Queued if job.indexing.is_some() => {
            vec!["reading the source to list its frames".into()]
        }
        JobState::Queued => {
            let before = cluster.jobs.queue().take_while(|other| *other != id).count();
            vec![format!("waiting to be indexed; {before} jobs were handed in before it")]
        }
        JobState::WaitingForClients => explain_waiting(cluster, job, now),
        JobState::Combining if job.no_room => vec![NO_ROOM.into()],
        JobState::Combining => {
            vec![format!("joining and proving the result, {:.0} % done", job.joined * 100.0)]
        }
        JobState::Benchmarking | JobState::Processing => explain_working(cluster, job, now, room),
        JobState::Completed | JobState::Failed | JobState::Cancelled => Vec::new(),
    }
}

fn explain_waiting(cluster: &Cluster, job: &Job, now: Millis) -> Vec<String> {
    let Some((awaited, able)) = awaited(cluster, job) else { return Vec::new() };
    let connected = cluster.roster.connected_count();
    let wanted = if job.started { 1 } else { job.spec.required_clients as usize };
    let missing = wanted.saturating_sub(able);
    let noun = if missing == 1 { "client" } else { "clients" };
    let mut all = vec![format!(
        "waiting for {missing} more {noun}: {wanted} wanted, {able} of {connected} connected can encode with {}",
        awaited.all_encoders().collect::<Vec<_>>().join(", ")
    )];
    if !awaited.in_software() {
        all.extend(explain_without_hardware(cluster, awaited));
    } else if let Some(kind) = &awaited.one_kind {
        all.push(explain_kind(kind));
    } else if able == 0 && connected > 0 {
        all.push(format!("no connected client has proved {}", awaited.encoders.join(", ")));
    }
    all.extend(explain_aside(cluster, now));
    all
}

fn explain_kind(kind: &str) -> String {
    format!("only clients with {kind} go on with it: decoders of another kind saw other pictures")
}

/// The job wants hardware: who has none, and what they have.
fn explain_without_hardware(cluster: &Cluster, track: &Track) -> Vec<String> {
    let wanted = track.hardware_encoders().collect::<Vec<_>>().join(", ");
    if track.hardware.is_empty() {
        return vec!["no encoder in hardware makes the like of it".into()];
    }
    let connected = cluster.roster.connected();
    let lacking = connected.filter(|(id, _)| cluster.roster.crews.seats(id, track).is_empty());
    let has = |client: &Client| {
        let devices = &client.hello.devices;
        let proved = devices.iter().map(|device| format!("{} ({})", device.name, device.encoders.join(", ")));
        match proved.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "no hardware at all".to_owned(),
            some => format!("only {some}"),
        }
    };
    lacking.map(|(_, one)| format!("{} has proved none of {wanted}: {}", one.hello.name, has(one))).collect()
}

fn explain_working(cluster: &Cluster, job: &Job, now: Millis, room: Option<&str>) -> Vec<String> {
    let left: u64 = job.first().map_or(0, |(track, _)| track.units) - job.frames_encoded();
    let (listing, clients) = (job.is_to_list(), job.clients().len() as u64);
    let left = counted(left, if listing { "packet" } else { "frame" });
    let encode = match (listing, clients) {
        (false, 1) => "encodes",
        (false, _) => "encode",
        (true, 1) => "lists its frames by decoding them",
        (true, _) => "list its frames by decoding them",
    };
    let clients = counted(clients, "client");
    let mut all: Vec<String> = room.into_iter().map(str::to_owned).collect();
    all.push(match (job.leases.is_empty(), job.state) {
        (true, _) => format!("{left} left, and no client works on what is left"),
        (false, JobState::Benchmarking) => {
            format!("measuring {clients} on the first segments; {left} left")
        }
        (false, _) => format!("{clients} {encode}; {left} left"),
    });
    all.extend(explain_aside(cluster, now));
    all.extend(job.tracks().filter_map(|(track, _)| track.one_kind.as_deref()).map(explain_kind));
    all.extend(job.suspect.iter().map(|one| one.explain(&cluster.roster.name_of(&one.client))));
    if job.tracks().any(|(track, _)| !track.hw.is_off()) {
        all.extend(cluster.roster.iter().flat_map(|(client, _)| cluster.roster.explain_devices(client, now)));
    }
    all.extend(job.leases.iter().map(|(id, lease)| explain_lease(cluster, job, *id, lease)));
    all.extend(job.tracks().flat_map(|(track, book)| explain_track(cluster, track, book, now)));
    all.extend(explain_beside(job));
    if cluster.draining {
        all.push("the server is stopping and hands nothing out".into());
    }
    all
}

/// What of a track failed and waits, and why the job goes on without it, if so.
fn explain_track(cluster: &Cluster, track: &Track, book: &TrackBook, now: Millis) -> Vec<String> {
    let explain = |(units, returned): &(FrameRange, Returned)| {
        explain_returned(cluster, &track.name(*units), returned, now)
    };
    let given_up = track.given_up.iter().map(|why| format!("the job goes on without {}: {why}", track.all()));
    book.returned.values().map(explain).chain(given_up).collect()
}

/// Tracks that wait while nothing of the first is left to hand out.
fn explain_beside(job: &Job) -> Vec<String> {
    let is_out = |book: &TrackBook| book.todo.is_empty();
    let beside = job.tracks().skip(1).filter(|(track, book)| !is_out(book) && job.may_begin(track));
    let told = beside.filter(|(_, book)| book.units_leased == 0).map(|(track, _)| {
        let whole = track.units == 1;
        let what = if whole { track.all() } else { format!("what is left of {}", track.all()) };
        format!("{what} waits for a client that can encode with {}", track.encoders.join(", "))
    });
    if job.first().is_some_and(|(_, book)| is_out(book)) { told.collect() } else { Vec::new() }
}

fn explain_lease(cluster: &Cluster, job: &Job, id: LeaseId, lease: &Lease) -> String {
    let track = job.film.as_ref().map(|film| film.track(lease.segment.track));
    let what = track.map_or_else(String::new, |track| track.name(lease.segment.units));
    let (who, phase) = (cluster.roster.name_of(&lease.worker.client), lease.phase_word());
    let by = lease
        .worker
        .seat
        .as_ref()
        .map_or_else(String::new, |seat| format!(" by {} ({})", seat.encoder, seat.device));
    let besides = if lease.twin.is_some() { ", which two clients try because one was late" } else { "" };
    // What is not measured tells of no frames.
    let so_far = if lease.fps > 0.0 && track.is_some_and(|track| track.kind.is_some()) {
        format!(", {} done at {:.1} fps", counted(lease.frames_done, "frame"), lease.fps)
    } else {
        String::new()
    };
    format!("lease {id}: {what} on {who}{by}, {phase}{so_far}{besides}")
}

fn explain_returned(cluster: &Cluster, what: &str, returned: &Returned, now: Millis) -> String {
    let names: Vec<String> =
        returned.past.failed_on.iter().map(|id: &ClientId| cluster.roster.name_of(id)).collect();
    let wait = (returned.not_before - now).as_secs_f64();
    format!(
        "{what} failed {} times (on {}) and waits for another client, or {wait:.0} s: {}",
        returned.past.count,
        names.join(", "),
        returned.past.fault.message
    )
}

/// 0 to 100, and never 100 before the end.
fn progress(job: &Job) -> f64 {
    let Some((track, _)) = job.first().filter(|_| !job.is_to_list()) else { return 0.0 };
    let encoded = job.frames_encoded() as f64 / track.units.max(1) as f64;
    (encoded * (100.0 - JOIN_SHARE) + f64::from(job.joined) * JOIN_SHARE).min(99.9)
}
