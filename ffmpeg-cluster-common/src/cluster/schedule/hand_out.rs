//! Gives work to clients.
//!
//! The cost depends on what changed since the last time.
//! Clients that may have become free are tried with all open jobs.
//! Jobs that have something new are tried with all clients that found nothing before.
//! No other pair can have become possible.

use std::collections::BTreeSet;
use std::ops::Bound;

use crate::cluster::jobs::lease::{Next, Returned};
use crate::cluster::jobs::{JobNews, JobTrack, TrackBook};
use crate::cluster::load::ByLoad;
use crate::cluster::place::Place;
use crate::cluster::roster::crew::Crew;
use crate::cluster::schedule::able::barred;
use crate::cluster::schedule::choice::{Choice, choice, fastest, free_loads, has_free_slot, is_held_back};
use crate::cluster::schedule::promise::{Grant, promise};
use crate::cluster::schedule::stock::Stock;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::cluster::worker::Worker;
use crate::ids::ClientId;
use crate::media::plan::track::{Load, Segment};

/// The most leases that one step grants.
/// The next step follows at once, so that other events are handled in between.
const PROMISES_MAX: usize = 64;

/// Clients that became free, by the load that they are free for.
pub(in crate::cluster) type Free = ByLoad<BTreeSet<ClientId>>;

/// The state of one round of handing out.
struct Round {
    /// Clients that became free and still have a free slot.
    free: Free,
    /// Jobs that have something new.
    fresh: BTreeSet<Place>,
    /// How many more leases may be granted.
    left: usize,
}

/// Gives work to every client that can take some, job by job in the order of the queue.
/// Returns the clients that became free and found nothing.
pub(in crate::cluster) fn hand_out(cluster: &mut Cluster) -> Free {
    let is_news = cluster.roster.news().has_free() || cluster.jobs.marks().has_news();
    if cluster.draining || !is_news || cluster.disk.missing(&cluster.jobs).is_some() {
        return Free::default();
    }
    let mut round = begin(cluster);
    let mut last = None;
    while let Some(place) = next_job(cluster, &round, last).filter(|_| round.left > 0) {
        last = Some(place);
        let Some(id) = cluster.jobs.queue().at(place).cloned() else { continue };
        for track in cluster.jobs.open_tracks(&id) {
            serve_track(cluster, &mut round, &track, place);
        }
    }
    if round.left == 0 {
        put_off(cluster, round, last);
        return Free::default();
    }
    round.free
}

fn begin(cluster: &mut Cluster) -> Round {
    let JobNews { fresh, mut moved } = cluster.jobs.marks().take_news();
    moved.append(&mut cluster.roster.news().take_free());
    let mut free = Free::default();
    for client in moved {
        let ready = note_ready(cluster, &client);
        Load::ALL
            .into_iter()
            .filter(|load| ready[*load])
            .for_each(|load| _ = free[load].insert(client.clone()));
    }
    Round { free, fresh, left: PROMISES_MAX }
}

/// Leaves the rest of the round to the next step: its clients, and its jobs from the last one on.
fn put_off(cluster: &mut Cluster, mut round: Round, last: Option<Place>) {
    let left = last.map_or_else(BTreeSet::new, |last| round.fresh.split_off(&last));
    cluster.jobs.marks().put_back(left);
    round.free.iter_mut().for_each(|free| cluster.roster.news().put_back(std::mem::take(free)));
    cluster.timers.set(cluster.now, Timer::HandOut);
}

/// The next job that may have something to hand out, behind the last one.
fn next_job(cluster: &Cluster, round: &Round, last: Option<Place>) -> Option<Place> {
    let behind = last.map_or(Bound::Unbounded, Bound::Excluded);
    let of_load = |load: Load| match round.free[load].is_empty() {
        true => None,
        false => cluster.jobs.open_behind(load, behind),
    };
    let fresh = round.fresh.range((behind, Bound::Unbounded)).next().copied();
    Load::ALL.into_iter().filter_map(of_load).chain(fresh).min()
}

fn serve_track(cluster: &mut Cluster, round: &mut Round, at: &JobTrack, place: Place) {
    let (barred, load) = (barred(cluster, at), at.track().load);
    let mut crowd = Crowd::of(cluster, round, at, place);
    while let Some(client) = crowd.next(cluster, round, at) {
        if round.left == 0 || !is_open(cluster, at) {
            return;
        }
        if barred.contains(&client) {
            continue;
        }
        for worker in cluster.roster.crews.seats(&client, at.track()) {
            serve(cluster, round, at, &worker);
        }
        if !note_ready(cluster, &client)[load] {
            round.free[load].remove(&client);
        }
    }
    if is_held_back(cluster, at) {
        cluster.disk.hold_back(&cluster.jobs, place);
    }
}

fn is_open(cluster: &Cluster, at: &JobTrack) -> bool {
    cluster.jobs.book(at).is_some_and(TrackBook::has_work)
}

/// Clients that are tried with one track, in the order of their identities.
enum Crowd {
    /// All clients with a free slot, after the given one.
    Ready(Option<ClientId>),
    /// Clients that have just become free, after the given one.
    Free(Option<ClientId>),
    Some(Vec<ClientId>),
}

impl Crowd {
    fn of(cluster: &Cluster, round: &Round, at: &JobTrack, place: Place) -> Self {
        let free = &round.free[at.track().load];
        let fastest = match at.track().whole() {
            Some(_) if cluster.jobs.book(at).is_some_and(|book| book.returned().is_empty()) => {
                fastest(cluster, at)
            }
            Some(_) | None => Vec::new(),
        };
        let is_fresh = round.fresh.contains(&place);
        match (is_fresh, fastest.is_empty()) {
            (true, true) => Self::Ready(None),
            (false, true) => Self::Free(None),
            (_, false) => {
                let all = fastest.into_iter().rev().map(|worker| worker.client);
                Self::Some(all.filter(|client| is_fresh || free.contains(client)).collect())
            }
        }
    }

    fn next(&mut self, cluster: &Cluster, round: &Round, at: &JobTrack) -> Option<ClientId> {
        let (crews, track) = (&cluster.roster.crews, at.track());
        // Computed again for each client, because what is left may suit fewer crews than before.
        let stock = Stock::of(cluster, at);
        let finds = |crew: &Crew| stock.suits(crew, track);
        match self {
            Self::Some(clients) => clients.pop(),
            Self::Ready(last) => {
                *last = crews.next_ready(track, last.as_ref(), finds);
                last.clone()
            }
            Self::Free(last) => {
                let after = (last.as_ref().map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
                let mut later = round.free[track.load].range::<ClientId, _>(after);
                *last = later.find(|client| crews.able_crew_of(client, track).is_some_and(finds)).cloned();
                last.clone()
            }
        }
    }
}

/// Notes and returns for which loads the client has a free slot.
fn note_ready(cluster: &mut Cluster, client: &ClientId) -> ByLoad<bool> {
    let ready = free_loads(cluster, client);
    cluster.roster.crews.mark_ready(client, ready);
    ready
}

fn serve(cluster: &mut Cluster, round: &mut Round, at: &JobTrack, worker: &Worker) {
    while round.left > 0 && has_free_slot(cluster, worker, at.track()) {
        let Some(next) = next_segment(cluster, at, worker) else { return };
        promise(cluster, at, Grant { worker, next });
        round.left -= 1;
    }
}

/// Leases the next segment of one track to this worker, if one suits it.
pub(in crate::cluster) fn give_one(cluster: &mut Cluster, at: &JobTrack, worker: &Worker) {
    if let Some(next) = next_segment(cluster, at, worker) {
        promise(cluster, at, Grant { worker, next });
    }
}

fn next_segment(cluster: &mut Cluster, at: &JobTrack, worker: &Worker) -> Option<Next> {
    let choice = choice(cluster, at, worker)?;
    let mut job = cluster.jobs.get_mut(&at.job)?;
    match choice {
        Choice::Returned(start) => {
            let Returned { units, past, .. } = job.take_returned(at.number, start)?;
            Some(Next { segment: Segment::new(at.number, units), past: Some(past) })
        }
        Choice::Fresh(units) => {
            let segment = Segment::new(at.number, units);
            job.take_todo(segment).then_some(Next { segment, past: None })
        }
    }
}
