//! Rebuilds the cluster from the durable record, with the effects that continue its work.

use std::collections::BTreeMap;

use super::change::{Attempt, Memory, Past, RememberedJob, RememberedLease};
use super::effect::Effects;
use super::jobs::job::Crashes;
use super::jobs::lease::{Lease, Next, Returned};
use super::jobs::making::{Making, Mode};
use super::jobs::stage::Stage;
use super::outcomes::end::{fail_deadly, fail_job};
use super::outcomes::index::{index_next, list_here_if_given_up};
use super::outcomes::join::join_if_made;
use super::outcomes::settle::settle_touched;
use super::outcomes::trust::remember_strikes;
use super::settings::Settings;
use super::state::Cluster;
use super::timers::Timer;
use super::worker::Worker;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::limits::GRACE_AFTER_BOOT;
use crate::media::plan::film::Film;
use crate::media::plan::track::Segment;
use crate::protocol::command::JobState;
use crate::time::{Millis, WallMillis};

impl Cluster {
    /// Leases wait a while for their clients.
    /// Interrupted joins and indexes begin again, unless the server has died of them too often.
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
        let all: Vec<JobId> = cluster.jobs.queue().cloned().collect();
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

/// Fails with the contradiction, if what is remembered contradicts itself.
fn remember_job(
    cluster: &mut Cluster,
    mut old: RememberedJob,
    names: &BTreeMap<ClientId, String>,
) -> Result<(), String> {
    let id = old.job.clone();
    cluster.jobs.add(id.clone(), old.spec.clone());
    let Some(mut job) = cluster.jobs.get_mut(&id) else { return Ok(()) };
    job.crashes = Crashes { seen: old.crashes, told: old.crashes };
    let Some(film) = old.film.take() else { return Ok(()) };
    // The job enters Combining again below, once all its pieces are found.
    job.told = if old.state == JobState::Combining { JobState::Processing } else { old.state };
    let mode = match job.told {
        JobState::Processing => Mode::Working,
        JobState::Benchmarking => Mode::Measuring,
        _ => Mode::Waiting,
    };
    // A job that has begun may still wait for clients for the rest.
    job.started = mode != Mode::Waiting || !old.pieces.is_empty();
    job.stage = Stage::Making(begun(film, mode, &old)?);
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

/// The film without the units of its kept pieces.
fn begun(film: Film, mode: Mode, old: &RememberedJob) -> Result<Making, String> {
    let kept = old.pieces.iter().map(|piece| piece.segment);
    let tried = old.attempts.iter().map(|attempt| attempt.segment);
    let mut all = kept.clone().chain(tried).chain(old.leases.iter().map(|lease| lease.segment));
    if let Some(Segment { track, .. }) = all.find(|segment| !film.has(segment.track)) {
        return Err(format!("the film has no track {}", track.0));
    }
    let mut making = Making::new(film, mode);
    for Segment { track, units } in kept {
        if !making.book_mut(track).todo.remove(units) {
            return Err(format!("frames {units} of track {} are in two pieces, or not in the film", track.0));
        }
    }
    Ok(making)
}

fn remember_attempt(cluster: &mut Cluster, id: &JobId, attempt: &Attempt) {
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    let Some(making) = job.making_mut() else { return };
    let Segment { track, units } = attempt.segment;
    // If units were tried again since, they are now in a piece.
    if making.book_mut(track).todo.remove(units) {
        let (past, not_before) = (attempt.past.clone(), cluster.now);
        making.give_back(track, Returned { units, past, not_before });
    }
}

fn remember_lease(
    cluster: &mut Cluster,
    id: &JobId,
    remembered: RememberedLease,
    names: &BTreeMap<ClientId, String>,
) {
    let RememberedLease { lease, segment, client, seat } = remembered;
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    let Some(Claimed { past, twin }) = job.making_mut().and_then(|making| claim(making, segment, lease))
    else {
        return;
    };
    drop(job);
    let worker = Worker { client: client.clone(), seat };
    let promised = Lease { twin, ..Lease::new(Next { segment, past }, worker, cluster.now) };
    cluster.jobs.promise_as(id, lease, promised);
    let until = cluster.now + GRACE_AFTER_BOOT;
    let name = names.get(&client).cloned().unwrap_or_else(|| client.to_string());
    if cluster.roster.expect_back(&client, &name, until) {
        cluster.timers.set(until, Timer::Grace(client.clone()));
    }
    cluster.roster.hold(&client, lease);
}

struct Claimed {
    past: Option<Past>,
    /// Another lease of the same segment.
    twin: Option<LeaseId>,
}

/// Removes the units of a lease from those that are to do.
/// Returns None if they are neither to do, nor returned,
/// nor covered by one lease of the same segment.
fn claim(making: &mut Making, segment: Segment, lease: LeaseId) -> Option<Claimed> {
    let alone = |other: &&LeaseId| {
        making.leases().get(other).is_some_and(|other| other.segment == segment && other.twin.is_none())
    };
    let first = making.leases().keys().find(alone).copied();
    if let Some((first, other)) = first.and_then(|first| Some((first, making.lease_mut(first)?))) {
        other.twin = Some(lease);
        return Some(Claimed { past: other.past.clone(), twin: Some(first) });
    }
    let Segment { track, units } = segment;
    let book = making.book_mut(track);
    let past = match book.returned.take(units.start) {
        Some(returned) if returned.units == units => Some(returned.past),
        Some(other) => {
            book.returned.insert(other);
            return None;
        }
        None if !book.todo.remove(units) => return None,
        None => None,
    };
    Some(Claimed { past, twin: None })
}
