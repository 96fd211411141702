//! Which clients can make a track, that is, decode what it reads and encode it, and with which
//! workers.

use std::ops::Bound;

use super::crew::Crew;
use super::crews::Crews;
use crate::cluster::worker::Worker;
use crate::ids::ClientId;
use crate::media::plan::track::Track;

impl Crews {
    /// Clients that can make the track with any of their workers.
    pub(in crate::cluster) fn able_for<'a>(&'a self, track: &'a Track) -> impl Iterator<Item = &'a ClientId> {
        self.suiting(track).flat_map(|crew| &crew.members)
    }

    pub(in crate::cluster) fn count_able_for(&self, track: &Track) -> usize {
        self.suiting(track).map(|crew| crew.members.len()).sum()
    }

    /// Clients that can make the track and are not on probation.
    pub(in crate::cluster) fn well_for<'a>(&'a self, track: &'a Track) -> impl Iterator<Item = &'a ClientId> {
        self.suiting(track).filter(|crew| !crew.is_on_probation()).flat_map(|crew| &crew.members)
    }

    pub(in crate::cluster) fn count_well_for(&self, track: &Track) -> usize {
        self.suiting(track).filter(|crew| !crew.is_on_probation()).map(|crew| crew.members.len()).sum()
    }

    /// The crew of this client, if it can make the track.
    pub(in crate::cluster) fn able_crew_of(&self, client: &ClientId, track: &Track) -> Option<&Crew> {
        self.of(client).filter(|crew| crew.suits(track))
    }

    pub(in crate::cluster) fn is_able_for(&self, client: &ClientId, track: &Track) -> bool {
        self.able_crew_of(client, track).is_some()
    }

    /// Clients that can make the track, have a free slot, and found nothing to do.
    /// Of a large crew, returns only some: the fastest, and some of any speed.
    pub(in crate::cluster) fn idle_for<'a>(&'a self, track: &'a Track) -> impl Iterator<Item = &'a ClientId> {
        self.suiting(track).flat_map(|crew| crew.fastest_ready(track))
    }

    /// The first such client after `last`, in the order of identities, from a crew that `may` accepts.
    pub(in crate::cluster) fn next_ready(
        &self,
        track: &Track,
        last: Option<&ClientId>,
        may: impl Fn(&Crew) -> bool,
    ) -> Option<ClientId> {
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        let next = |crew: &'_ Crew| {
            crew.ready[track.load].range::<ClientId, _>((from, Bound::Unbounded)).next().cloned()
        };
        self.suiting(track).filter(|crew| may(crew)).filter_map(next).min()
    }

    /// The workers with which a client can encode the track, devices first.
    pub(in crate::cluster) fn seats(&self, client: &ClientId, track: &Track) -> Vec<Worker> {
        let places = self.of(client).map(|crew| crew.places(track)).unwrap_or_default();
        places.into_iter().map(|place| Worker { client: client.clone(), seat: place.seat }).collect()
    }

    /// All workers of a client: its devices, then its processors.
    pub(in crate::cluster) fn all_seats(&self, client: &ClientId) -> Vec<Worker> {
        let Some(crew) = self.of(client) else { return Vec::new() };
        let worker = |seat| Worker { client: client.clone(), seat };
        crew.devices().map(Some).chain([None]).map(worker).collect()
    }
}
