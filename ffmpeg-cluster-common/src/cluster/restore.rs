//! What was remembered → a cluster that goes on, and the effects that set it going.

use std::collections::BTreeMap;

use super::change::{Attempt, Memory, RememberedJob, RememberedLease};
use super::effect::{Effects, Share};
use super::end::fail_deadly;
use super::index::{index_next, list_here_if_given_up};
use super::job::{Crashes, Job, Sound};
use super::join::join_if_made;
use super::lease::{Lease, Next, Past, Returned};
use super::settings::Settings;
use super::settle::settle_touched;
use super::state::Cluster;
use super::timers::Timer;
use super::trust::remember_strikes;
use super::worker::Worker;
use crate::frames::{FrameRange, RangeSet};
use crate::ids::{ClientId, JobId, LeaseId};
use crate::limits::GRACE_AFTER_BOOT;
use crate::protocol::command::JobState;
use crate::time::{Millis, WallMillis};

impl Cluster {
    /// Leases wait for their clients for a while; joins and indexes that were cut off begin again, unless the server died of them.
    pub fn restore(
        settings: Settings,
        memory: Memory,
        now: Millis,
        wall: WallMillis,
        out: &mut Effects,
    ) -> Self {
        let mut cluster = Self::new(settings, memory.boot, now, wall);
        for ((client, kind), fps) in memory.speeds {
            cluster.roster.remember_speed(client, kind, fps);
        }
        remember_strikes(&mut cluster, memory.strikes, now, out);
        for job in memory.jobs {
            remember_job(&mut cluster, job, &memory.names, now);
        }
        fail_deadly(&mut cluster, wall, out);
        let all: Vec<JobId> = cluster.jobs.queue().cloned().collect();
        for id in &all {
            list_here_if_given_up(&mut cluster, id, out);
            join_if_made(&mut cluster, id, out);
        }
        index_next(&mut cluster, out);
        settle_touched(&mut cluster, out);
        cluster
    }
}

fn remember_job(cluster: &mut Cluster, old: RememberedJob, names: &BTreeMap<ClientId, String>, now: Millis) {
    let id = old.job;
    cluster.jobs.add(id.clone(), old.spec);
    let mut job = cluster.jobs.get_mut(&id).expect("just added");
    job.crashes = Crashes { seen: old.crashes, told: old.crashes };
    let Some(film) = old.film else { return };
    job.begin(film);
    job.started = matches!(old.state, JobState::Benchmarking | JobState::Processing | JobState::Combining);
    // Combining is entered again when it is found that all pieces are here.
    job.state = if old.state == JobState::Combining { JobState::Processing } else { old.state };
    for range in old.pieces.iter().filter_map(|piece| piece.share) {
        take(&mut job.todo, range);
    }
    drop(job);
    for piece in old.pieces {
        cluster.jobs.keep(&id, piece);
    }
    for attempt in &old.attempts {
        remember_attempt(cluster, &id, attempt, now);
    }
    for old in old.leases {
        remember_lease(cluster, &id, old, names, now);
    }
}

fn remember_attempt(cluster: &mut Cluster, id: &JobId, attempt: &Attempt, now: Millis) {
    let mut job = cluster.jobs.get_mut(id).expect("just added");
    let (count, failed_on) = (attempt.count, attempt.failed_on.clone());
    let past = Past {
        count,
        failed_on,
        fault: attempt.fault.clone(),
        on_device: attempt.on_device,
        audit_failed: attempt.audit_failed,
    };
    let returned = Returned { past, not_before: now };
    match attempt.share {
        // Frames that were tried again since are in a piece by now.
        Some(range) if job.todo.remove(range) => {
            let share = job.share(range);
            job.give_back(share, returned);
        }
        None if matches!(job.sound, Sound::Todo) => job.sound = Sound::Returned(returned),
        Some(_) | None => {}
    }
}

fn remember_lease(
    cluster: &mut Cluster,
    id: &JobId,
    remembered: RememberedLease,
    names: &BTreeMap<ClientId, String>,
    now: Millis,
) {
    let RememberedLease { lease, share, client, seat } = remembered;
    let mut job = cluster.jobs.get_mut(id).expect("just added");
    let share = share.map_or(Share::Sound, |range| job.share(range));
    let claimed = claim(&mut job, share, lease);
    drop(job);
    let Some(Claimed { past, twin }) = claimed else { return };
    let worker = Worker { client: client.clone(), seat };
    let promised = Lease { twin, ..Lease::new(Next { share, past }, worker, now) };
    cluster.jobs.promised(id, lease, promised);
    let until = now + GRACE_AFTER_BOOT;
    let name = names.get(&client).cloned().unwrap_or_else(|| client.to_string());
    if cluster.roster.expect_back(&client, &name, until) {
        cluster.timers.set(until, Timer::Grace(client.clone()));
    }
    cluster.roster.hold(&client, lease);
}

struct Claimed {
    past: Option<Past>,
    /// Another lease of the same share.
    twin: Option<LeaseId>,
}

/// Takes what a lease is of from what is left to do; none where it is done, or in other hands.
fn claim(job: &mut Job, share: Share, lease: LeaseId) -> Option<Claimed> {
    let same = job.leases.iter_mut().find(|(_, other)| other.share == share && other.twin.is_none());
    if let Some((first, other)) = same {
        other.twin = Some(lease);
        return Some(Claimed { past: other.past.clone(), twin: Some(*first) });
    }
    let past = match share {
        Share::Picture(range) | Share::List(range) => match job.returned.remove(&range.start) {
            Some((same, returned)) if same == range => Some(returned.past),
            Some(other) => {
                job.returned.insert(other.0.start, other);
                return None;
            }
            None if !job.todo.remove(range) => return None,
            None => None,
        },
        Share::Sound => match std::mem::replace(&mut job.sound, Sound::Leased) {
            Sound::Returned(returned) => Some(returned.past),
            Sound::Todo => None,
            other @ (Sound::None | Sound::Leased | Sound::Kept) => {
                job.sound = other;
                return None;
            }
        },
    };
    Some(Claimed { past, twin: None })
}

/// Frames of a kept piece leave the set; no two pieces hold the same.
fn take(todo: &mut RangeSet, range: FrameRange) {
    assert!(todo.remove(range), "two pieces hold frames {range}");
}
