//! Limits the connections, in all and from one neighbour, so that one loud neighbour leaves room for the others. Connections of
//! known callers stay. An unknown one is closed when another needs its place, so that silent connections keep nobody out.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// A thousand clients with a few connections each. Connections and film files share one limit of open files, see [`Places::new`].
const CONNECTIONS_MAX: usize = 8192;
/// For one machine with many clients, or a few behind one router.
const PER_ADDRESS_MAX: usize = 512;
/// Many clients on the server's own machine leave a quarter of the places to others.
const HERE_SHARE: usize = 4;

/// Callers that share one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Neighbour {
    /// Programs of our own user and of root on this machine.
    Ours,
    /// All others on this machine: any local user can use all of its addresses.
    Here,
    Network(IpAddr),
}

impl Neighbour {
    /// An IPv6 neighbour is a /64 network: whoever has one of its addresses has all of them.
    pub(super) fn at(address: IpAddr) -> Self {
        match address {
            here if here.is_loopback() => Self::Here,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::Network(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            IpAddr::V4(_) => Self::Network(address),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Places {
    most: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    /// Grows, so that a neighbour's oldest connection comes first.
    next: u64,
    by: BTreeMap<Neighbour, Held>,
}

/// The places of one neighbour.
#[derive(Debug, Default)]
struct Held {
    known: usize,
    /// Connections of unknown callers by number, with the token that tells them to go.
    unknown: BTreeMap<u64, CancellationToken>,
}

impl Held {
    fn count(&self) -> usize {
        self.known + self.unknown.len()
    }

    /// Closes the oldest unknown connection to free its place.
    fn push_out(&mut self) -> bool {
        self.unknown.pop_first().inspect(|(_, pushed)| pushed.cancel()).is_some()
    }
}

impl Taken {
    /// The neighbour with the most unknown connections; among equals the one whose oldest has waited longest.
    fn loudest(&mut self) -> Option<&mut Held> {
        let waited = |held: &Held| held.unknown.first_key_value().map(|(number, _)| Reverse(*number));
        self.by.values_mut().max_by_key(|held| (held.unknown.len(), waited(held)))
    }
}

/// The place of one connection, until it is dropped, or pushed out while its caller is unknown.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    neighbour: Neighbour,
    number: u64,
    pushed: CancellationToken,
}

impl Place {
    /// The caller is known: the connection may stay.
    pub(super) fn known(&self) {
        let mut taken = self.places.all();
        let Some(held) = taken.by.get_mut(&self.neighbour) else { return };
        if held.unknown.remove(&self.number).is_some() {
            held.known += 1;
        }
    }

    /// Cancelled when the connection has to go.
    pub(super) fn pushed(&self) -> CancellationToken {
        self.pushed.clone()
    }
}

impl Places {
    /// `files_max` is how many files this process may open; connections get half.
    pub(super) fn new(files_max: u64) -> Self {
        let most = usize::try_from(files_max / 2).unwrap_or(CONNECTIONS_MAX).clamp(16, CONNECTIONS_MAX);
        Self { most, taken: Arc::default() }
    }

    pub(super) fn take(&self, neighbour: Neighbour) -> Option<Place> {
        let mut taken = self.all();
        let here = taken.by.get(&neighbour).map_or(0, Held::count);
        let total: usize = taken.by.values().map(Held::count).sum();
        let has_room = if here >= self.most_of(neighbour) {
            taken.by.get_mut(&neighbour).is_some_and(Held::push_out)
        } else {
            total < self.most || taken.loudest().is_some_and(Held::push_out)
        };
        if !has_room {
            return None;
        }
        let (number, pushed) = (taken.next, CancellationToken::new());
        taken.next += 1;
        taken.by.entry(neighbour).or_default().unknown.insert(number, pushed.clone());
        Some(Place { places: self.clone(), neighbour, number, pushed })
    }

    fn most_of(&self, neighbour: Neighbour) -> usize {
        match neighbour {
            Neighbour::Ours | Neighbour::Here => self.most - self.most / HERE_SHARE,
            Neighbour::Network(_) => PER_ADDRESS_MAX.min(self.most / HERE_SHARE),
        }
    }

    fn all(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.all();
        let Some(held) = taken.by.get_mut(&self.neighbour) else { return };
        // A connection that was pushed out holds no place any more.
        if held.unknown.remove(&self.number).is_none() && !self.pushed.is_cancelled() {
            held.known -= 1;
        }
        if held.count() == 0 {
            taken.by.remove(&self.neighbour);
        }
    }
}

#[cfg(test)]
#[path = "places_tests.rs"]
mod tests;
