//! What makes pieces of one job doubtful: audits, and frames that the index does not list.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::jobs::suspect::Suspect;
use crate::ids::ClientId;

#[derive(Debug, Default)]
pub(in crate::cluster) struct Doubts {
    /// How many pieces of each client had other frames than the index lists.
    differing: BTreeMap<ClientId, u32>,
    /// Clients that had a piece audited.
    audited: BTreeSet<ClientId>,
    /// The client that failed two audits of this job, while no other client failed one.
    suspect: Option<Suspect>,
    /// Whether a notice has said that pieces of this job are not audited.
    not_audited: bool,
}

/// Pieces with other frames than the index lists.
#[derive(Debug, Clone, Copy)]
pub(in crate::cluster) struct Differing {
    pub(in crate::cluster) clients: usize,
    pub(in crate::cluster) pieces: u32,
}

impl Doubts {
    /// Counts a piece with other frames than the index lists.
    pub(in crate::cluster) fn count_differing(&mut self, client: &ClientId) -> Differing {
        *self.differing.entry(client.clone()).or_default() += 1;
        Differing { clients: self.differing.len(), pieces: self.differing.values().sum() }
    }

    /// Whether a piece of the client had other frames than the index lists.
    pub(in crate::cluster) fn has_differing(&self, client: &ClientId) -> bool {
        self.differing.contains_key(client)
    }

    pub(in crate::cluster) fn forget_differing(&mut self) {
        self.differing.clear();
    }

    pub(in crate::cluster) fn mark_audited(&mut self, client: ClientId) {
        self.audited.insert(client);
    }

    pub(in crate::cluster) fn was_audited(&self, client: &ClientId) -> bool {
        self.audited.contains(client)
    }

    /// Marks that pieces of this job are not audited. Returns false if that was already marked.
    pub(in crate::cluster) const fn mark_not_audited(&mut self) -> bool {
        !std::mem::replace(&mut self.not_audited, true)
    }

    pub(in crate::cluster) fn set_suspect(&mut self, suspect: Suspect) {
        self.suspect = Some(suspect);
    }

    pub(in crate::cluster) const fn suspect(&self) -> Option<&Suspect> {
        self.suspect.as_ref()
    }

    pub(in crate::cluster) const fn suspect_mut(&mut self) -> Option<&mut Suspect> {
        self.suspect.as_mut()
    }
}
