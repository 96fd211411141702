//! How many connections there may be, in all and from one address, so that one loud neighbour leaves room for the others. Among those
//! of one address, who is known stays; of the others the oldest goes when another comes, so that silence keeps nobody out.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// A thousand clients with a few connections each. Files for films come out of the same purse, see [`Places::new`].
const CONNECTIONS_MAX: usize = 8192;
/// One machine with many clients on it, or a few behind one router.
const PER_ADDRESS_MAX: usize = 512;
/// A swarm of clients on the server's own machine leaves a quarter to others.
const LOOPBACK_SHARE: usize = 4;

#[derive(Debug, Clone)]
pub(super) struct Places {
    most: usize,
    taken: Arc<Mutex<BTreeMap<IpAddr, Taken>>>,
}

/// The places of one neighbour, by number: the oldest first.
#[derive(Debug, Default)]
struct Taken {
    next: u64,
    /// Of those nobody knows yet who they are, the sign that their place is wanted.
    all: BTreeMap<u64, Option<CancellationToken>>,
}

impl Taken {
    /// Makes room: the oldest of those that are not known goes.
    fn push_out(&mut self) -> bool {
        let oldest = self.all.iter().find(|(_, unknown)| unknown.is_some()).map(|(number, _)| *number);
        let pushed = oldest.and_then(|number| self.all.remove(&number)).flatten();
        pushed.inspect(CancellationToken::cancel).is_some()
    }
}

/// One connection's, until it is dropped, or pushed out by another of the same neighbour before it was known.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    neighbour: IpAddr,
    number: u64,
    pushed: CancellationToken,
}

impl Place {
    /// It may stay, because it is known who it is.
    pub(super) fn known(&self) {
        let mut taken = self.places.all();
        let unknown = taken.get_mut(&self.neighbour).and_then(|taken| taken.all.get_mut(&self.number));
        if let Some(unknown) = unknown {
            *unknown = None;
        }
    }

    /// Cancelled when it has to go.
    pub(super) fn pushed(&self) -> CancellationToken {
        self.pushed.clone()
    }
}

impl Places {
    /// `files_max`: what this process may hold open; half of it is for connections.
    pub(super) fn new(files_max: u64) -> Self {
        let most = usize::try_from(files_max / 2).unwrap_or(CONNECTIONS_MAX).clamp(16, CONNECTIONS_MAX);
        Self { most, taken: Arc::default() }
    }

    pub(super) fn take(&self, from: IpAddr) -> Option<Place> {
        let neighbour = neighbour(from);
        let most_here = if neighbour.is_loopback() {
            self.most - self.most / LOOPBACK_SHARE
        } else {
            PER_ADDRESS_MAX.min(self.most / LOOPBACK_SHARE)
        };
        let mut taken = self.all();
        let total: usize = taken.values().map(|taken| taken.all.len()).sum();
        let here = taken.get(&neighbour).map_or(0, |taken| taken.all.len());
        let is_full = total >= self.most || here >= most_here;
        if is_full && !taken.get_mut(&neighbour).is_some_and(Taken::push_out) {
            return None;
        }
        let (here, pushed) = (taken.entry(neighbour).or_default(), CancellationToken::new());
        let number = here.next;
        here.next += 1;
        here.all.insert(number, Some(pushed.clone()));
        Some(Place { places: self.clone(), neighbour, number, pushed })
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<IpAddr, Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever has one address of an IPv6 network has all of it.
fn neighbour(from: IpAddr) -> IpAddr {
    match from {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        IpAddr::V4(_) | IpAddr::V6(_) => from,
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.all();
        if let Some(here) = taken.get_mut(&self.neighbour) {
            here.all.remove(&self.number);
            if here.all.is_empty() {
                taken.remove(&self.neighbour);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(places: &Places, from: &str) -> Vec<Place> {
        let known = || places.take(from.parse().unwrap()).inspect(Place::known);
        std::iter::from_fn(known).collect()
    }

    #[test]
    fn one_address_leaves_room_for_others_and_places_come_back() {
        let places = Places::new(2_000);
        let loud = fill(&places, "10.0.0.1");
        assert_eq!(loud.len(), 250);
        assert!(places.take("10.0.0.2".parse().unwrap()).is_some());
        assert_eq!(fill(&places, "127.0.0.1").len(), 750, "the machine itself");
        drop(loud);
        assert_eq!(fill(&places, "10.0.0.1").len(), 250);
        assert!(places.all().is_empty(), "something is still counted");
    }

    #[test]
    fn silence_keeps_nobody_out_and_who_is_known_stays() {
        let (places, here) = (Places::new(2_000), "127.0.0.1".parse().unwrap());
        let known = places.take(here).unwrap();
        known.known();
        let silent: Vec<Place> = (1..750).map(|_| places.take(here).unwrap()).collect();
        let late = places.take(here).unwrap();
        assert!(silent[0].pushed().is_cancelled() && !silent[1].pushed().is_cancelled(), "the oldest goes");
        assert!(!known.pushed().is_cancelled() && !late.pushed().is_cancelled());
        late.known();
        drop(silent);
        assert_eq!(places.all()[&here].all.len(), 2, "each place is given back once");
        drop((known, late));
        assert!(places.all().is_empty(), "something is still counted");
    }

    #[test]
    fn a_network_of_ipv6_is_one_neighbour() {
        let places = Places::new(2_000);
        let _loud = fill(&places, "2001:db8::1");
        assert!(places.take("2001:db8::ffff".parse().unwrap()).is_none());
        assert!(places.take("2001:db8:0:1::1".parse().unwrap()).is_some());
    }
}
