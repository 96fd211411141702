//! Changes of clients that nobody has read yet.
//! The roster marks them in its own methods, so no caller has to remember to.

use std::collections::BTreeSet;

use crate::ids::ClientId;

#[derive(Debug, Default)]
pub(in crate::cluster) struct News {
    /// Clients that may have a free slot now.
    free: BTreeSet<ClientId>,
    changes: Changes,
}

/// Changes of clients other than their slots.
#[derive(Debug, Default)]
pub(in crate::cluster) struct Changes {
    /// Other clients than before may get work.
    pub(in crate::cluster) clients: bool,
    /// Another worker may be the fastest.
    pub(in crate::cluster) speeds: bool,
}

impl News {
    /// Marks the client as one that may have a free slot.
    pub(super) fn mark_free(&mut self, id: &ClientId) {
        self.free.insert(id.clone());
    }

    /// Marks that other clients may get work, for example because one was paused or left.
    pub(super) fn mark_clients_changed(&mut self) {
        self.changes.clients = true;
    }

    /// Marks the client as one that may get work again.
    pub(super) fn mark_able(&mut self, id: &ClientId) {
        self.mark_free(id);
        self.mark_clients_changed();
    }

    /// Marks that another worker may be the fastest.
    pub(super) fn mark_speeds_changed(&mut self) {
        self.changes.speeds = true;
    }
}

/// The scheduler reads and clears the news.
impl News {
    pub(in crate::cluster) fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    pub(in crate::cluster) fn has_free(&self) -> bool {
        !self.free.is_empty()
    }

    /// Takes the clients that may have a free slot now.
    pub(in crate::cluster) fn take_free(&mut self) -> BTreeSet<ClientId> {
        std::mem::take(&mut self.free)
    }

    /// Puts back clients that the scheduler took but did not reach.
    pub(in crate::cluster) fn put_back(&mut self, free: BTreeSet<ClientId>) {
        self.free.extend(free);
    }
}
