//! Who gets what next.
//!
//! A look costs what changed since the last one: clients that may have become free are asked of all open jobs, and jobs that have
//! something new of all clients that found nothing to do before. No other pair can come to anything.

use std::collections::BTreeSet;

use super::able::barred;
use super::choice::{Choice, choice, fastest, has_free_slot};
use super::effect::Effects;
use super::job::Job;
use super::lease::Next;
use super::ledger::Arrival;
use super::promise::promise;
use super::sound::{Asked, serve_sound};
use super::state::Cluster;
use super::timers::Timer;
use super::worker::Worker;
use crate::ids::{ClientId, JobId};
use crate::media::plan::film::Film;
use crate::time::Millis;

/// Leases that one step promises; the rest is for the next step, which follows at once. Others are heard in between.
const PROMISES_MAX: usize = 64;

/// What one look at the work is about.
struct Round {
    now: Millis,
    /// Clients that may have become free for something.
    news: BTreeSet<ClientId>,
    /// Those of them that have a free slot yet.
    free: BTreeSet<ClientId>,
    /// Jobs that have something new.
    fresh: BTreeSet<Arrival>,
    /// How many leases may yet be promised.
    left: usize,
}

/// Gives work to every client that can take some, film after film in the order in which they came. Gives the clients that became
/// free and found nothing.
pub(super) fn hand_out(cluster: &mut Cluster, now: Millis, out: &mut Effects) -> BTreeSet<ClientId> {
    let is_news = cluster.roster.news.has_fresh() || cluster.jobs.has_fresh();
    if cluster.draining || !is_news || cluster.disk.missing(&cluster.jobs).is_some() {
        return BTreeSet::new();
    }
    let (news, fresh) = (cluster.roster.news.take_fresh(), cluster.jobs.take_fresh());
    let mut free = news.clone();
    free.retain(|client| note_ready(cluster, client, now));
    let mut round = Round { now, news, free, fresh, left: PROMISES_MAX };
    let mut next = 0;
    while let Some((arrival, id)) = next_job(cluster, &round, next).filter(|_| round.left > 0) {
        next = arrival + 1;
        serve_job(cluster, &mut round, &id, arrival, out);
    }
    for (arrival, id) in cluster.jobs.with_sound_to_do() {
        let is_fresh = round.fresh.contains(&arrival);
        serve_sound(cluster, &Asked { now, news: &round.news, is_fresh }, &id, out);
    }
    if round.left == 0 {
        // Those that got nothing yet are known to be ready: the next step asks them of all jobs.
        cluster.jobs.refresh_all();
        cluster.timers.set(now, Timer::HandOut);
        return BTreeSet::new();
    }
    round.free
}

/// The next job of which something may be handed out.
fn next_job(cluster: &Cluster, round: &Round, from: Arrival) -> Option<(Arrival, JobId)> {
    if !round.free.is_empty() {
        return cluster.jobs.open_from(from);
    }
    round.fresh.range(from..).find_map(|arrival| Some((*arrival, cluster.jobs.open_at(*arrival)?.clone())))
}

fn serve_job(cluster: &mut Cluster, round: &mut Round, id: &JobId, arrival: Arrival, out: &mut Effects) {
    let Some(film) = cluster.jobs.get(id).and_then(|job| job.film.clone()) else { return };
    let barred = barred(cluster, round.now, id, &film);
    let mut crowd = Crowd::of(cluster, round, id, &film, arrival);
    while let Some(client) = crowd.next(cluster, round, &film) {
        if round.left == 0 || !cluster.jobs.get(id).is_some_and(Job::has_pictures_to_do) {
            return;
        }
        if barred.contains(&client) {
            continue;
        }
        for worker in cluster.roster.crews.seats(&client, &film) {
            serve(cluster, round, id, &film, &worker, out);
        }
        if !note_ready(cluster, &client, round.now) {
            round.free.remove(&client);
        }
    }
}

/// Clients that are asked of one job, in the order of their names.
enum Crowd {
    /// All that have a free slot, from the one after this.
    Ready(Option<ClientId>),
    /// Those that became free just now, from the one after this.
    Free(Option<ClientId>),
    Some(Vec<ClientId>),
}

impl Crowd {
    fn of(cluster: &Cluster, round: &Round, id: &JobId, film: &Film, arrival: Arrival) -> Self {
        if !round.fresh.contains(&arrival) {
            return Self::Free(None);
        }
        let fastest = match film.one_piece {
            Some(_) if cluster.jobs[id].returned.is_empty() => fastest(cluster, round.now, id, film),
            Some(_) | None => Vec::new(),
        };
        if fastest.is_empty() {
            return Self::Ready(None);
        }
        Self::Some(fastest.into_iter().rev().map(|worker| worker.client).collect())
    }

    fn next(&mut self, cluster: &Cluster, round: &Round, film: &Film) -> Option<ClientId> {
        match self {
            Self::Some(clients) => clients.pop(),
            Self::Ready(last) => {
                *last = cluster.roster.crews.next_ready(film, last.as_ref());
                last.clone()
            }
            Self::Free(last) => {
                let later = round.free.iter().find(|client| {
                    last.as_ref().is_none_or(|last| *client > last)
                        && cluster.roster.crews.is_able_for(client, film)
                });
                *last = later.cloned();
                last.clone()
            }
        }
    }
}

/// Notes whether the client has a free slot.
fn note_ready(cluster: &mut Cluster, client: &ClientId, now: Millis) -> bool {
    let seats = cluster.roster.crews.all_seats(client);
    let ready = seats.iter().any(|worker| has_free_slot(cluster, worker, now));
    cluster.roster.crews.is_ready(client, ready);
    ready
}

fn serve(
    cluster: &mut Cluster,
    round: &mut Round,
    id: &JobId,
    film: &Film,
    worker: &Worker,
    out: &mut Effects,
) {
    while round.left > 0 && has_free_slot(cluster, worker, round.now) {
        let Some(next) = next_share(cluster, round.now, id, film, worker) else { return };
        promise(cluster, round.now, id, worker, next, film, out);
        round.left -= 1;
    }
}

/// The next segment of one job to one worker.
pub(super) fn give_one(cluster: &mut Cluster, now: Millis, id: &JobId, worker: &Worker, out: &mut Effects) {
    let Some(film) = cluster.jobs.get(id).and_then(|job| job.film.clone()) else { return };
    if let Some(next) = next_share(cluster, now, id, &film, worker) {
        promise(cluster, now, id, worker, next, &film, out);
        cluster.roster.news.may_be_free(&worker.client);
    }
}

fn next_share(cluster: &mut Cluster, now: Millis, id: &JobId, film: &Film, worker: &Worker) -> Option<Next> {
    let choice = choice(cluster, now, id, film, worker)?;
    let mut job = cluster.jobs.get_mut(id)?;
    match choice {
        Choice::Returned(start) => {
            let (range, returned) = job.returned.remove(&start).expect("it was chosen among them");
            Some(Next { share: job.share(range), past: Some(returned.past) })
        }
        Choice::Fresh(range) => {
            job.todo.remove(range);
            Some(Next { share: job.share(range), past: None })
        }
    }
}
