//! Who gets the sound of a job.

use std::collections::BTreeSet;

use super::able::{barred, can_do_sound};
use super::effect::{Effects, Share};
use super::job::Sound;
use super::lease::Next;
use super::promise::promise;
use super::state::Cluster;
use super::worker::Worker;
use crate::ids::{ClientId, JobId};
use crate::media::plan::film::Film;
use crate::time::Millis;

/// Who is asked: clients that may have become free; where the job has something new, all.
pub(super) struct Asked<'a> {
    pub(super) now: Millis,
    pub(super) news: &'a BTreeSet<ClientId>,
    pub(super) is_fresh: bool,
}

/// The sound goes to the first client that has its encoders and no other sound; it runs beside pictures.
pub(super) fn serve_sound(cluster: &mut Cluster, asked: &Asked<'_>, id: &JobId, out: &mut Effects) {
    let Some(film) = cluster.jobs.get(id).and_then(|job| job.film.clone()) else { return };
    let Some(client) = sound_taker(cluster, asked, id, &film) else { return };
    let mut job = cluster.jobs.get_mut(id).expect("looked up above");
    let past = match std::mem::replace(&mut job.sound, Sound::Leased) {
        Sound::Returned(returned) => Some(returned.past),
        Sound::Todo | Sound::None | Sound::Leased | Sound::Kept => None,
    };
    drop(job);
    let next = Next { share: Share::Sound, past };
    promise(cluster, asked.now, id, &Worker::on_processors(client), next, &film, out);
}

fn sound_taker(cluster: &Cluster, asked: &Asked<'_>, id: &JobId, film: &Film) -> Option<ClientId> {
    let barred = barred(cluster, asked.now, id, film);
    let can = |client: &&ClientId| can_do_sound(cluster, client, film) && !barred.contains(*client);
    let able = || cluster.roster.crews.able_for(film).filter(can);
    let suits = |client: &&ClientId| match &cluster.jobs[id].sound {
        Sound::Todo => true,
        Sound::Returned(returned) => returned.suits(client, able, asked.now),
        Sound::None | Sound::Leased | Sound::Kept => false,
    };
    let free = |client: &&ClientId| is_free_for_sound(cluster, client, asked.now);
    if asked.is_fresh {
        return able().filter(free).find(suits).cloned();
    }
    asked.news.iter().filter(can).filter(free).find(suits).cloned()
}

pub(super) fn is_free_for_sound(cluster: &Cluster, client: &ClientId, now: Millis) -> bool {
    let Some(known) = cluster.roster.get(client) else { return false };
    let mut leases = known.leases.iter().filter_map(|lease| cluster.jobs.lease_of(*lease));
    cluster.roster.may_take(client, now) && leases.all(|(_, lease)| lease.share != Share::Sound)
}
