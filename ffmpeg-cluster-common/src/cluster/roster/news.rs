//! What has changed with clients since work was last handed out.

use std::collections::BTreeSet;

use crate::ids::ClientId;

#[derive(Debug, Default)]
pub(in crate::cluster) struct News {
    /// Clients that may have become free for something.
    fresh: BTreeSet<ClientId>,
    others: bool,
    speeds: bool,
}

impl News {
    pub(in crate::cluster) fn may_be_free(&mut self, id: &ClientId) {
        self.fresh.insert(id.clone());
    }

    /// Others may be given work now than before.
    pub(super) fn others_may_take(&mut self) {
        self.others = true;
    }

    /// What held the client back is over.
    pub(in crate::cluster) fn may_take_again(&mut self, id: &ClientId) {
        self.may_be_free(id);
        self.others_may_take();
    }

    /// Another client may be the fastest at something.
    pub(super) fn speeds_change(&mut self) {
        self.speeds = true;
    }

    pub(in crate::cluster) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    pub(in crate::cluster) fn take_fresh(&mut self) -> BTreeSet<ClientId> {
        std::mem::take(&mut self.fresh)
    }

    /// Whether others may be given work now than before; said once.
    pub(in crate::cluster) fn take_others(&mut self) -> bool {
        std::mem::take(&mut self.others)
    }

    /// Whether another client may be the fastest at something; said once.
    pub(in crate::cluster) fn take_speeds(&mut self) -> bool {
        std::mem::take(&mut self.speeds)
    }
}
