//! Rebuilds the cluster from the durable record, with the effects that continue its work.

use std::collections::BTreeMap;

use super::change::{Attempt, Memory, RememberedJob, RememberedLease};
use super::effect::Effects;
use super::jobs::lease::{Lease, Next, Returned};
use super::jobs::making::{Claimed, Making, Mode};
use super::outcomes::end::{fail_deadly, fail_job};
use super::outcomes::index::{index_next, list_here_if_given_up};
use super::outcomes::join::join_if_made;
use super::outcomes::settle::settle_touched;
use super::outcomes::trust::remember_strikes;
use super::settings::Settings;
use super::state::Cluster;
use super::timers::Timer;
use super::worker::Worker;
use crate::ids::{ClientId, JobId};
use crate::limits::GRACE_AFTER_BOOT;
use crate::media::plan::film::Film;
use crate::media::plan::track::Segment;
use crate::protocol::command::JobState;
use crate::time::{Millis, WallMillis};

impl Cluster {
    /// Keeps leases for a while, until their clients reconnect.
    /// Restarts interrupted joins and indexes, unless they crashed the server too often.
    pub fn restore(
        settings: Settings,
        memory: Memory,
        now: Millis,
        wall: WallMillis,
        out: &mut Effects,
    ) -> Self {
        let mut cluster = Self::new(settings, memory.boot, now, wall);
        std::mem::swap(&mut cluster.out, out);
        for ((client, kind), fps) in memory.speeds {
            cluster.roster.remember_speed(client, kind, fps);
        }
        remember_strikes(&mut cluster, memory.strikes);
        for job in memory.jobs {
            let id = job.job.clone();
            if let Err(torn) = remember_job(&mut cluster, job, &memory.names) {
                let error =
                    format!("the database contradicts itself about this job: {torn}; submit the film again");
                fail_job(&mut cluster, &id, error, wall);
            }
        }
        fail_deadly(&mut cluster, wall);
        let all: Vec<JobId> = cluster.jobs.queue().iter().cloned().collect();
        for id in &all {
            list_here_if_given_up(&mut cluster, id);
            join_if_made(&mut cluster, id);
        }
        index_next(&mut cluster);
        settle_touched(&mut cluster);
        std::mem::swap(&mut cluster.out, out);
        cluster
    }
}

/// Returns the contradiction as an error if the record contradicts itself.
fn remember_job(
    cluster: &mut Cluster,
    mut old: RememberedJob,
    names: &BTreeMap<ClientId, String>,
) -> Result<(), String> {
    let id = old.job.clone();
    cluster.jobs.add(id.clone(), old.spec.clone(), old.place);
    let Some(mut job) = cluster.jobs.get_mut(&id) else { return Ok(()) };
    job.crashes_mut().restore(old.crashes);
    job.set_paused(old.paused);
    let Some(film) = old.film.take() else { return Ok(()) };
    // The job enters Combining again below, once all its pieces are found.
    let told = if old.state == JobState::Combining { JobState::Processing } else { old.state };
    let mode = match told {
        JobState::Processing => Mode::Working,
        JobState::Benchmarking => Mode::Measuring,
        _ => Mode::Waiting,
    };
    job.resume(begun(film, mode, &old)?, told, !old.pieces.is_empty());
    drop(job);
    for piece in old.pieces {
        cluster.jobs.keep(&id, &piece);
    }
    for attempt in &old.attempts {
        remember_attempt(cluster, &id, attempt);
    }
    for old in old.leases {
        remember_lease(cluster, &id, old, names);
    }
    Ok(())
}

/// The film, with all units to do except those of kept pieces.
fn begun(film: Film, mode: Mode, old: &RememberedJob) -> Result<Making, String> {
    let kept = old.pieces.iter().map(|piece| piece.segment);
    let tried = old.attempts.iter().map(|attempt| attempt.segment);
    let mut all = kept.clone().chain(tried).chain(old.leases.iter().map(|lease| lease.segment));
    if let Some(Segment { track, .. }) = all.find(|segment| !film.has(segment.track)) {
        return Err(format!("the film has no track {}", track.0));
    }
    let mut making = Making::new(film, mode);
    for segment in kept {
        if !making.take_todo(segment) {
            let Segment { track, units } = segment;
            return Err(format!("frames {units} of track {} are in two pieces, or not in the film", track.0));
        }
    }
    Ok(making)
}

fn remember_attempt(cluster: &mut Cluster, id: &JobId, attempt: &Attempt) {
    let segment = attempt.segment;
    // If units were tried again since, they are now in a piece.
    if cluster.jobs.get_mut(id).is_some_and(|mut job| job.take_todo(segment)) {
        let (past, not_before) = (attempt.past.clone(), cluster.now);
        let returned = Returned { units: segment.units, past, not_before };
        cluster.jobs.give_back(id, segment, Some(returned));
    }
}

fn remember_lease(
    cluster: &mut Cluster,
    id: &JobId,
    remembered: RememberedLease,
    names: &BTreeMap<ClientId, String>,
) {
    let RememberedLease { lease, segment, client, seat } = remembered;
    let claimed = cluster.jobs.get_mut(id).and_then(|mut job| job.claim(segment));
    let Some(Claimed { past, twin }) = claimed else { return };
    let worker = Worker { client: client.clone(), seat };
    cluster.jobs.promise_as(id, lease, Lease::new(Next { segment, past }, worker, cluster.now));
    if let Some(first) = twin {
        cluster.jobs.pair(first, lease);
    }
    let until = cluster.now + GRACE_AFTER_BOOT;
    let name = names.get(&client).cloned().unwrap_or_else(|| client.to_string());
    if cluster.roster.expect_back(&client, &name, until) {
        cluster.timers.set(until, Timer::Grace(client.clone()));
    }
    cluster.roster.hold(&client, lease);
}
