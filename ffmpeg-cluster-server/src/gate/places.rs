//! How many connections there may be, in all and from one address, so that one loud neighbour leaves room for the others.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A thousand clients with a few connections each. Files for films come out of the same purse, see [`Places::new`].
const CONNECTIONS_MAX: usize = 8192;
/// One machine with many clients on it, or a few behind one router.
const PER_ADDRESS_MAX: usize = 512;
/// A swarm of clients on the server's own machine leaves a quarter to others.
const LOOPBACK_SHARE: usize = 4;

#[derive(Debug, Clone)]
pub(super) struct Places {
    most: usize,
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

/// One connection's, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    neighbour: IpAddr,
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
        let total: usize = taken.values().sum();
        let here = taken.entry(neighbour).or_default();
        if total >= self.most || *here >= most_here {
            return None;
        }
        *here += 1;
        Some(Place { places: self.clone(), neighbour })
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
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
            *here -= 1;
            if *here == 0 {
                taken.remove(&self.neighbour);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(places: &Places, from: &str) -> Vec<Place> {
        std::iter::from_fn(|| places.take(from.parse().unwrap())).collect()
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
    fn a_network_of_ipv6_is_one_neighbour() {
        let places = Places::new(2_000);
        let _loud = fill(&places, "2001:db8::1");
        assert!(places.take("2001:db8::ffff".parse().unwrap()).is_none());
        assert!(places.take("2001:db8:0:1::1".parse().unwrap()).is_some());
    }
}
