//! A crew: connected clients with the same skills and the same trust.
//! Questions about ten thousand clients become questions about a few crews.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Client;
use super::decodes::Decodes;
use super::pace::{Known, Pace};
use super::standing;
use crate::cluster::load::ByLoad;
use crate::cluster::worker::kind_of_work;
use crate::ids::ClientId;
use crate::media::plan::track::{Track, WorkKind};
use crate::media::words::device::Seat;

/// The most members of a crew that one late lease is offered to.
const READY_MAX: usize = 64;
/// How many of the fastest members are considered for it; some of them are busy.
const FASTEST_MAX: usize = 256;

/// What every client of a crew can do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Skill {
    /// Encoders that its processors run.
    encoders: BTreeSet<String>,
    devices: Vec<Hardware>,
    pub(super) decodes: Decodes,
    /// The kind of its decoders; clients of one kind decode the same pictures.
    kind: String,
    /// Whether each gets one segment at a time, because everything failed on it.
    on_probation: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Hardware {
    name: String,
    encoders: Vec<String>,
    slots: u32,
}

impl Skill {
    /// Returns None if the client has not described its machine; it can do nothing yet.
    pub(super) fn of(client: &Client) -> Option<Self> {
        let machine = client.machine.as_ref()?;
        let devices = machine.told.devices.iter().map(|device| Hardware {
            name: device.name.clone(),
            encoders: device.encoders.clone(),
            slots: device.slots,
        });
        Some(Self {
            encoders: machine.told.encoders.iter().cloned().collect(),
            devices: devices.collect(),
            decodes: machine.decodes.clone(),
            kind: machine.kind(),
            on_probation: client.standing.place == standing::Place::Probation,
        })
    }
}

/// One way in which each client of a crew can encode a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) seat: Option<Seat>,
    pub(super) slots: u64,
}

#[derive(Debug)]
pub(in crate::cluster) struct Crew {
    pub(super) skill: Skill,
    pub(super) members: BTreeSet<ClientId>,
    /// Members that had a free slot and found nothing to do.
    pub(super) ready: ByLoad<BTreeSet<ClientId>>,
    paces: BTreeMap<WorkKind, Pace>,
}

impl Crew {
    pub(super) fn new(skill: Skill) -> Self {
        Self { skill, members: BTreeSet::new(), ready: ByLoad::default(), paces: BTreeMap::new() }
    }

    pub(in crate::cluster) fn has(&self, encoder: &str) -> bool {
        self.skill.encoders.contains(encoder)
            || self.skill.devices.iter().any(|device| device.encoders.iter().any(|one| one == encoder))
    }

    pub(in crate::cluster) fn is_on_probation(&self) -> bool {
        self.skill.on_probation
    }

    /// Whether its clients can decode what the track reads and encode the track in some way.
    pub(super) fn suits(&self, track: &Track) -> bool {
        let kind = track.one_kind.as_ref().is_none_or(|kind| *kind == self.skill.kind);
        kind && self.decodes(track) && self.has_encoders_of(track)
    }

    /// Whether its clients can decode what the track reads.
    pub(super) fn decodes(&self, track: &Track) -> bool {
        self.skill.decodes.has_all_of(&track.reads)
    }

    /// Whether its clients can encode the track in some way.
    pub(super) fn has_encoders_of(&self, track: &Track) -> bool {
        self.encodes(track) || track.hardware_encoders().any(|encoder| self.has(encoder))
    }

    /// Whether the processors of its clients can encode the track.
    pub(in crate::cluster) fn encodes(&self, track: &Track) -> bool {
        track.in_software() && self.has_all_of(track)
    }

    pub(super) fn has_all_of(&self, track: &Track) -> bool {
        track.encoders.iter().all(|encoder| self.has(encoder))
    }

    /// The ways in which its clients can encode the track, devices first.
    pub(super) fn places(&self, track: &Track) -> Vec<Place> {
        let mut all = Vec::new();
        for encoder in track.hardware_encoders() {
            let has = |device: &&Hardware| device.encoders.iter().any(|one| one == encoder);
            all.extend(self.skill.devices.iter().filter(has).map(|device| Place {
                seat: Some(Seat { device: device.name.clone(), encoder: encoder.to_owned() }),
                slots: u64::from(device.slots),
            }));
        }
        if self.encodes(track) {
            all.push(Place { seat: None, slots: 1 });
        }
        all
    }

    /// One seat for each of its devices, with any of the device's encoders.
    pub(super) fn devices(&self) -> impl Iterator<Item = Seat> {
        let seat = |device: &Hardware| {
            let encoder = device.encoders.first()?.clone();
            Some(Seat { device: device.name.clone(), encoder })
        };
        self.skill.devices.iter().filter_map(seat)
    }

    /// Ready members for a track: all if they are few, otherwise the first and some of the fastest.
    pub(super) fn fastest_ready(&self, track: &Track) -> Vec<&ClientId> {
        let ready = &self.ready[track.load];
        if ready.len() <= READY_MAX {
            return ready.iter().collect();
        }
        let mut all: Vec<&ClientId> = ready.iter().take(READY_MAX).collect();
        for place in self.places(track) {
            let kind = kind_of_work(track, place.seat.as_ref());
            let Some(pace) = kind.and_then(|kind| self.paces.get(&*kind)) else { continue };
            let fastest = pace.fastest_first().take(FASTEST_MAX).map(|(_, id)| id);
            all.extend(fastest.filter(|id| ready.contains(*id)).take(READY_MAX));
        }
        all
    }

    pub(super) fn pace(&self, kind: &WorkKind) -> Option<&Pace> {
        self.paces.get(kind)
    }

    pub(super) fn admit(&mut self, id: &ClientId, client: &Client) {
        self.members.insert(id.clone());
        for kind in client.kinds_known() {
            self.paces.entry(kind.clone()).or_default().add(id, client.known(kind));
        }
    }

    pub(super) fn dismiss(&mut self, id: &ClientId, client: &Client) {
        self.members.remove(id);
        self.ready.iter_mut().for_each(|ready| _ = ready.remove(id));
        for kind in client.kinds_known() {
            self.reckon(kind, id, client.known(kind), Known::Nothing);
        }
    }

    /// Updates the known speed of a member.
    pub(super) fn reckon(&mut self, kind: &WorkKind, id: &ClientId, before: Known, now: Known) {
        let pace = self.paces.entry(kind.clone()).or_default();
        pace.remove(id, before);
        pace.add(id, now);
        if pace.is_empty() {
            self.paces.remove(kind);
        }
    }

    /// Panics and names the broken invariant.
    pub(super) fn check(&self, client: impl Fn(&ClientId) -> Option<Known>, kind: &WorkKind) {
        let mut pace = Pace::default();
        self.members.iter().for_each(|id| pace.add(id, client(id).unwrap_or(Known::Nothing)));
        assert_eq!(
            self.paces.get(kind),
            Some(&pace).filter(|pace| !pace.is_empty()),
            "speeds of {kind:?} are miscounted"
        );
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = &WorkKind> {
        self.paces.keys()
    }
}
