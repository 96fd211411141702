//! Which client belongs to which crew, and the joint strength of all crews.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::client::Client;
use super::crew::{Crew, Skill};
use super::decodes::Decodes;
use super::pace::{Known, Sum};
use crate::cluster::load::ByLoad;
use crate::cluster::worker::{Worker, kind_of_work};
use crate::ids::ClientId;
use crate::media::plan::track::{Load, Track, WorkKind};

type CrewNo = u32;

#[derive(Debug, Default)]
pub(in crate::cluster) struct Crews {
    crews: BTreeMap<CrewNo, Crew>,
    by_skill: BTreeMap<Skill, CrewNo>,
    of: BTreeMap<ClientId, CrewNo>,
    next: CrewNo,
}

/// The joint strength of all clients that can encode a track.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::cluster) struct Strength {
    /// How many segments they can encode side by side.
    pub(in crate::cluster) workers: u64,
    measured: Sum,
    all: Sum,
}

impl Strength {
    /// Mean frames per second of the measured workers. Returns None if none was measured.
    pub(in crate::cluster) fn mean_measured(&self) -> Option<f64> {
        self.measured.mean()
    }

    /// Frames per second of all workers. A worker of unknown speed counts as the mean.
    /// Returns None if no speed is known.
    pub(in crate::cluster) fn of_all(&self) -> Option<f64> {
        Some(self.all.mean()? * self.workers as f64)
    }
}

impl Crews {
    pub(super) fn enlist(&mut self, id: &ClientId, client: &Client) {
        let Some(skill) = Skill::of(client) else { return };
        let number = match self.by_skill.get(&skill) {
            Some(number) => *number,
            None => {
                self.next += 1;
                self.by_skill.insert(skill.clone(), self.next);
                self.next
            }
        };
        self.of.insert(id.clone(), number);
        self.crews.entry(number).or_insert_with(|| Crew::new(skill)).admit(id, client);
    }

    /// Replaces these codecs with the list of a crew that has the same, so that both share one list.
    pub(super) fn share(&self, decodes: &mut Decodes) {
        if let Some(same) = self.crews.values().map(|crew| &crew.skill.decodes).find(|one| *one == decodes) {
            *decodes = same.clone();
        }
    }

    /// Removes a client from its crew. Returns false if it was in none.
    pub(super) fn dismiss(&mut self, id: &ClientId, client: &Client) -> bool {
        let Some(number) = self.of.remove(id) else { return false };
        let Some(crew) = self.crews.get_mut(&number) else { return false };
        crew.dismiss(id, client);
        if crew.members.is_empty() {
            self.by_skill.remove(&crew.skill);
            self.crews.remove(&number);
        }
        true
    }

    pub(super) fn of(&self, id: &ClientId) -> Option<&Crew> {
        self.crews.get(self.of.get(id)?)
    }

    pub(super) fn of_mut(&mut self, id: &ClientId) -> Option<&mut Crew> {
        self.crews.get_mut(self.of.get(id)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Crew> {
        self.crews.values()
    }

    /// Whether there is another client in good standing.
    pub(super) fn has_well_beside(&self, client: &ClientId) -> bool {
        let well = self.crews.values().filter(|crew| !crew.is_on_probation());
        let others = well.map(|crew| crew.members.len() - usize::from(crew.members.contains(client)));
        others.sum::<usize>() > 0
    }

    pub(super) fn suiting<'a>(&'a self, track: &'a Track) -> impl Iterator<Item = &'a Crew> {
        self.crews.values().filter(|crew| crew.suits(track))
    }

    /// Notes for which loads the client has a free slot and found nothing to do.
    pub(in crate::cluster) fn mark_ready(&mut self, id: &ClientId, ready: ByLoad<bool>) {
        let Some(crew) = self.of_mut(id) else { return };
        for load in Load::ALL {
            if ready[load] {
                crew.ready[load].insert(id.clone());
            } else {
                crew.ready[load].remove(id);
            }
        }
    }

    pub(in crate::cluster) fn strength(&self, track: &Track) -> Strength {
        let mut all = Strength::default();
        for crew in self.suiting(track) {
            for place in crew.places(track) {
                all.workers += crew.members.len() as u64 * place.slots;
                let kind = kind_of_work(track, place.seat.as_ref());
                if let Some(pace) = kind.and_then(|kind| crew.pace(&kind)) {
                    all.workers += pace.more();
                    all.measured.add(pace.measured(), place.slots);
                    all.all.add(pace.all(), place.slots);
                }
            }
        }
        all
    }

    /// All workers with the highest measured speed among those that `fits` accepts.
    pub(super) fn fastest(&self, track: &Track, fits: impl Fn(&Worker) -> bool) -> Vec<Worker> {
        let (mut best, mut all) = (0, Vec::new());
        for crew in self.suiting(track) {
            for place in crew.places(track) {
                let kind = kind_of_work(track, place.seat.as_ref());
                let Some(pace) = kind.and_then(|kind| crew.pace(&kind)) else { continue };
                for (speed, client) in pace.fastest_first() {
                    let worker = Worker { client: client.clone(), seat: place.seat.clone() };
                    match speed.cmp(&best) {
                        Ordering::Less => break,
                        _ if !fits(&worker) => {}
                        Ordering::Equal => all.push(worker),
                        Ordering::Greater => (best, all) = (speed, vec![worker]),
                    }
                }
            }
        }
        all
    }

    /// Panics and names the broken invariant.
    pub(super) fn check(&self, clients: &BTreeMap<ClientId, Client>) {
        for crew in self.crews.values() {
            assert!(!crew.members.is_empty(), "a crew of nobody");
            let stayed = |ready: &BTreeSet<ClientId>| ready.is_subset(&crew.members);
            assert!(crew.ready.iter().all(stayed), "a client that left a crew is ready in it");
            let theirs = crew.members.iter().filter_map(|id| clients.get(id)).flat_map(Client::kinds_known);
            let kinds: BTreeSet<&WorkKind> = theirs.chain(crew.kinds()).collect();
            let known =
                |id: &ClientId, kind: &WorkKind| -> Option<Known> { Some(clients.get(id)?.known(kind)) };
            kinds.into_iter().for_each(|kind| crew.check(|id| known(id, kind), kind));
        }
        for (id, number) in &self.of {
            let client = clients.get(id).expect("able clients are known");
            assert!(client.session().is_some(), "{id} is able and not connected");
            assert_eq!(
                Skill::of(client).and_then(|skill| self.by_skill.get(&skill)),
                Some(number),
                "{id} stands in another's crew"
            );
        }
        let members: usize = self.crews.values().map(|crew| crew.members.len()).sum();
        assert_eq!((members, self.by_skill.len()), (self.of.len(), self.crews.len()), "crews are miscounted");
    }
}
