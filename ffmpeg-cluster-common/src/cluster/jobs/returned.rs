//! Units of one track that failed and wait for another attempt.
//! Indexes tell which client failed where, so no query walks over all units.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::jobs::lease::Returned;
use crate::frames::FrameNo;
use crate::ids::ClientId;

#[derive(Debug, Default)]
pub(in crate::cluster) struct ReturnedUnits {
    /// By their first unit.
    at: BTreeMap<FrameNo, Returned>,
    by_client: BTreeMap<ClientId, BTreeSet<FrameNo>>,
    /// Units at which no device failed.
    for_devices: BTreeSet<FrameNo>,
}

impl ReturnedUnits {
    pub(in crate::cluster) fn insert(&mut self, returned: Returned) {
        let start = returned.units.start;
        for client in &returned.past.failed_on {
            self.by_client.entry(client.clone()).or_default().insert(start);
        }
        if !returned.past.on_device {
            self.for_devices.insert(start);
        }
        self.at.insert(start, returned);
    }

    pub(in crate::cluster) fn take(&mut self, start: FrameNo) -> Option<Returned> {
        let returned = self.at.remove(&start)?;
        for client in &returned.past.failed_on {
            let Some(all) = self.by_client.get_mut(client) else { continue };
            all.remove(&start);
            if all.is_empty() {
                self.by_client.remove(client);
            }
        }
        self.for_devices.remove(&start);
        Some(returned)
    }

    pub(in crate::cluster) fn get(&self, start: FrameNo) -> Option<&Returned> {
        self.at.get(&start)
    }

    pub(in crate::cluster) fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    pub(in crate::cluster) fn len(&self) -> usize {
        self.at.len()
    }

    /// All failed units, in order.
    pub(in crate::cluster) fn iter(&self) -> impl Iterator<Item = &Returned> {
        self.at.values()
    }

    /// Units at which no device failed, in order.
    pub(in crate::cluster) fn for_devices(&self) -> impl Iterator<Item = &Returned> {
        self.for_devices.iter().filter_map(|start| self.at.get(start))
    }

    /// Units at which the client failed, in order.
    pub(in crate::cluster) fn failed_by(&self, client: &ClientId) -> impl Iterator<Item = &Returned> {
        self.by_client.get(client).into_iter().flatten().filter_map(|start| self.at.get(start))
    }

    pub(in crate::cluster) fn has_failed(&self, client: &ClientId) -> bool {
        self.by_client.contains_key(client)
    }

    /// Panics and names the broken invariant.
    pub(in crate::cluster) fn check(&self) {
        let mut again = Self::default();
        self.at.values().for_each(|returned| again.insert(returned.clone()));
        assert!(self.at.keys().eq(again.at.keys()), "units that failed stand in the wrong place");
        assert_eq!(self.by_client, again.by_client, "who failed where is miscounted");
        assert_eq!(self.for_devices, again.for_devices, "units for devices are miscounted");
    }
}
