//! Every invariant of the cluster, in two functions that tests call after each step.

use super::jobs::JobTrack;
use super::jobs::job::Job;
use super::jobs::lease::Lease;
use super::jobs::making::{Making, Mode};
use super::jobs::stage::Stage;
use super::schedule::able::barred;
use super::schedule::choice::{choice, has_free_slot};
use super::state::Cluster;
use crate::frames::FrameRange;
use crate::ids::{JobId, LeaseId};
use crate::media::plan::track::TrackNo;

impl Cluster {
    /// Panics and names the broken invariant.
    pub fn check(&self) {
        for (id, job) in self.jobs.iter() {
            check_tracks(id, job);
            check_leases(self, job);
            check_state(id, job);
        }
        self.jobs.check();
        let promised: usize = self.jobs.iter().map(|(_, job)| job.leases().count()).sum();
        let held: usize = self.roster.iter().map(|(_, client)| client.leases.len()).sum();
        assert_eq!(promised, held, "clients and jobs disagree about leases");
    }

    /// Also recounts all derived data, and checks that no client idles while there is work for it.
    /// Slow with many clients.
    pub fn check_all(&self) {
        self.check();
        self.roster.check();
        check_nobody_is_idle(self);
    }
}

fn check_tracks(id: &JobId, job: &Job) {
    let Some(making) = job.making() else { return };
    assert_eq!(making.tracks().count(), making.film.tracks.len(), "job {id} has tracks without a book");
    if !matches!(job.stage(), Stage::Indexing(_)) {
        making.film.numbers().for_each(|number| check_units(id, making, number));
    }
}

/// Each unit of a track is in exactly one place: to do, returned,
/// leased (or held for a check), or kept.
fn check_units(id: &JobId, making: &Making, number: TrackNo) {
    let book = making.book(number);
    let leases = || making.leases().iter().filter(|(_, lease)| lease.segment.track == number);
    let leased = |(_, lease): (&LeaseId, &Lease)| lease.segment.units;
    let mut all: Vec<FrameRange> = book.todo().iter().collect();
    all.extend(book.returned().iter().map(|returned| returned.units));
    all.extend(leases().filter(|(id, lease)| is_first(making, id, lease)).map(leased));
    all.extend(book.pieces().in_order().map(|piece| piece.segment.units));
    all.sort();
    let mut next = 0;
    for range in all {
        assert_eq!(
            range.start, next,
            "job {id}, track {number:?}: units before {range} are missing or doubled"
        );
        next = range.end;
    }
    let track = making.film.track(number);
    let wanted = if track.given_up.is_some() { 0 } else { track.units };
    assert_eq!(next, wanted, "job {id}, track {number:?}: units at the end are missing");
    let sum: u64 = leases().map(leased).map(FrameRange::len).sum();
    assert_eq!(sum, book.units_leased(), "job {id}, track {number:?}: leased units are miscounted");
    let first = leases().filter(|(_, lease)| lease.segment.units.start == 0).map(|(id, _)| *id);
    assert!(
        first.eq(book.leased_first().iter().copied()),
        "job {id}, track {number:?}: the first lease is another"
    );
    let twice = leases().filter(|(_, lease)| lease.twice).map(|(id, lease)| (*id, lease.segment.units.start));
    assert!(
        twice.eq(book.leased_twice().iter().copied()),
        "job {id}, track {number:?}: other leases are decoded twice"
    );
}

/// Whether this lease counts for its units: of two twins, only the first does.
/// Panics if twins do not refer to each other.
fn is_first(making: &Making, id: &LeaseId, lease: &Lease) -> bool {
    let Some(twin) = lease.twin else { return true };
    let other = &making.leases()[&twin];
    assert_eq!((other.twin, other.segment), (Some(*id), lease.segment), "{id} and {twin} are no twins");
    assert_ne!(other.worker.client, lease.worker.client, "{id} and {twin} are one client's");
    *id < twin
}

fn check_state(id: &JobId, job: &Job) {
    assert!(job.untold_move().is_none(), "the record has another state of job {id}");
    match job.stage() {
        Stage::Queued => {}
        Stage::Indexing(_) => {
            assert!(job.leases().next().is_none(), "job {id} is listed again and has leases")
        }
        Stage::Making(making) => {
            let waits = making.mode() == Mode::Waiting;
            assert!(!waits || making.leases().is_empty(), "job {id} waits and has leases");
            assert!(!making.is_made() || job.is_paused(), "job {id} is made and is not joined");
        }
        Stage::Joining(joining) => assert!(joining.made.is_made(), "job {id} joins before all is made"),
    }
}

/// The scheduler looks only at what changed.
/// This tries every job with every client, to show that the scheduler missed nothing.
fn check_nobody_is_idle(cluster: &Cluster) {
    let more_is_due = cluster.timers.next().is_some_and(|due| due <= cluster.now);
    if cluster.draining || more_is_due || cluster.disk.missing(&cluster.jobs).is_some() {
        return;
    }
    for track in cluster.jobs.iter().flat_map(|(id, _)| cluster.jobs.open_tracks(id)) {
        check_nobody_could(cluster, &track);
    }
}

fn check_nobody_could(cluster: &Cluster, at: &JobTrack) {
    let (track, barred) = (at.track(), barred(cluster, at));
    for client in cluster.roster.crews.able_for(track).filter(|client| !barred.contains(*client)) {
        for worker in cluster.roster.crews.seats(client, track) {
            let could = has_free_slot(cluster, &worker, track) && choice(cluster, at, &worker).is_some();
            assert!(!could, "{client} could work on {}, and is idle", at.job);
        }
    }
}

fn check_leases(cluster: &Cluster, job: &Job) {
    for (lease_id, lease) in job.leases() {
        let client = cluster.roster.get(&lease.worker.client).expect("a lease has a client");
        assert!(client.leases.contains(lease_id), "{} does not know of {lease_id}", lease.worker.client);
    }
}
