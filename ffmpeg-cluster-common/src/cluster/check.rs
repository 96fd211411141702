//! Every invariant, in two functions. Tests call them after each step.

use super::able::barred;
use super::choice::{choice, has_free_slot};
use super::job::{Job, Sound};
use super::lease::Lease;
use super::state::Cluster;
use crate::frames::FrameRange;
use crate::ids::{JobId, LeaseId};
use crate::protocol::command::JobState;

impl Cluster {
    /// Panics with the invariant that is broken.
    pub fn check(&self) {
        for (id, job) in self.jobs.iter() {
            check_frames(id, job);
            check_sound(id, job);
            check_leases(self, job);
            check_state(id, job);
        }
        self.jobs.check();
        let promised: usize = self.jobs.iter().map(|(_, job)| job.leases.len()).sum();
        let held: usize = self.roster.iter().map(|(_, client)| client.leases.len()).sum();
        assert_eq!(promised, held, "clients and jobs disagree about leases");
    }

    /// Besides, what is kept up to date beside the state itself, made anew from it; and that nobody is idle who could work. It
    /// takes long where there are many clients.
    pub fn check_all(&self) {
        self.check();
        self.roster.check();
        check_nobody_is_idle(self);
    }
}

/// Each frame is in exactly one of: to do, waiting after a failure, leased (or held for a check), kept.
fn check_frames(id: &JobId, job: &Job) {
    let Some(film) = &job.film else {
        assert!(job.leases.is_empty() && job.pieces.is_empty(), "job {id} has leases and no film");
        return;
    };
    if job.indexing.is_some() {
        return;
    }
    let mut all: Vec<FrameRange> = job.todo.iter().collect();
    all.extend(job.returned.values().map(|(range, _)| *range));
    all.extend(
        job.leases
            .iter()
            .filter(|(id, lease)| is_first(job, id, lease))
            .filter_map(|(_, lease)| lease.range()),
    );
    all.extend(job.pieces.iter().filter_map(|piece| piece.share));
    all.sort();
    let mut next = 0;
    for range in all {
        assert_eq!(range.start, next, "job {id}: frames before {range} are missing or doubled");
        next = range.end;
    }
    assert_eq!(next, film.frames, "job {id}: frames at the end are missing");
}

/// Not the second of two leases for one share; and such two know each other.
fn is_first(job: &Job, id: &LeaseId, lease: &Lease) -> bool {
    let Some(twin) = lease.twin else { return true };
    let other = &job.leases[&twin];
    assert_eq!((other.twin, other.share), (Some(*id), lease.share), "{id} and {twin} are no twins");
    assert_ne!(other.worker.client, lease.worker.client, "{id} and {twin} are one client's");
    *id < twin
}

fn check_sound(id: &JobId, job: &Job) {
    let leased = job.leases.iter().filter(|(id, lease)| is_first(job, id, lease));
    let leased = leased.filter(|(_, lease)| lease.range().is_none()).count();
    let kept = job.pieces.iter().filter(|piece| piece.share.is_none()).count();
    let wanted = match job.sound {
        Sound::None | Sound::Todo | Sound::Returned(_) => (0, 0),
        Sound::Leased => (1, 0),
        Sound::Kept => (0, 1),
    };
    assert!(
        job.indexing.is_some() || (leased, kept) == wanted,
        "job {id}: sound is {:?}, {leased} leases, {kept} pieces",
        job.sound
    );
}

fn check_state(id: &JobId, job: &Job) {
    assert!(!job.state.is_final(), "job {id} has ended and is still here");
    match job.state {
        JobState::Combining => assert!(job.is_made(), "job {id} joins before all is made"),
        JobState::Queued => {
            assert!(job.film.is_none() || job.indexing.is_some(), "job {id} is queued and indexed")
        }
        JobState::WaitingForClients => assert!(job.leases.is_empty(), "job {id} waits and has leases"),
        JobState::Benchmarking | JobState::Processing => {
            assert!(job.film.is_some(), "job {id} works without a film")
        }
        JobState::Completed | JobState::Failed | JobState::Cancelled => {}
    }
    let joins = job.state == JobState::Combining;
    assert!(joins || job.indexing.is_some() || !job.is_made(), "job {id} is made and is not joined");
    assert!(!joins || job.indexing.is_none(), "job {id} joins what is indexed again");
}

/// Whatever a look passes over would have come to nothing: it is tried with every job and every client.
fn check_nobody_is_idle(cluster: &Cluster) {
    let now = cluster.now;
    let more_is_due = cluster.timers.next().is_some_and(|due| due <= now);
    if cluster.draining || more_is_due || cluster.disk.missing(&cluster.jobs).is_some() {
        return;
    }
    for (id, job) in cluster.jobs.iter().filter(|(_, job)| job.is_open()) {
        let Some(film) = &job.film else { continue };
        let barred = barred(cluster, now, id, film);
        for client in cluster.roster.crews.able_for(film).filter(|client| !barred.contains(*client)) {
            for worker in cluster.roster.crews.seats(client, film) {
                let could =
                    has_free_slot(cluster, &worker, now) && choice(cluster, now, id, film, &worker).is_some();
                assert!(!could, "{client} could work on {id}, and is idle");
            }
        }
    }
}

fn check_leases(cluster: &Cluster, job: &Job) {
    for (lease_id, lease) in &job.leases {
        let client = cluster.roster.get(&lease.worker.client).expect("a lease has a client");
        assert!(client.leases.contains(lease_id), "{} does not know of {lease_id}", lease.worker.client);
    }
}
