//! What has changed about clients since work was last handed out.

use std::collections::BTreeSet;

use crate::ids::ClientId;

#[derive(Debug, Default)]
pub(in crate::cluster) struct News {
    /// Clients that may have a free slot now.
    fresh: BTreeSet<ClientId>,
    others: bool,
    speeds: bool,
}

impl News {
    pub(in crate::cluster) fn may_be_free(&mut self, id: &ClientId) {
        self.fresh.insert(id.clone());
    }

    /// Changes which clients may get work, for example because one was paused or left.
    pub(super) fn others_may_take(&mut self) {
        self.others = true;
    }

    /// The client may get work again.
    pub(in crate::cluster) fn may_take_again(&mut self, id: &ClientId) {
        self.may_be_free(id);
        self.others_may_take();
    }

    /// Speeds have changed, so another client may be the fastest now.
    pub(super) fn speeds_change(&mut self) {
        self.speeds = true;
    }

    pub(in crate::cluster) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    pub(in crate::cluster) fn take_fresh(&mut self) -> BTreeSet<ClientId> {
        std::mem::take(&mut self.fresh)
    }

    /// Whether it has changed which clients may get work. Clears the mark.
    pub(in crate::cluster) fn take_others(&mut self) -> bool {
        std::mem::take(&mut self.others)
    }

    /// Whether speeds have changed. Clears the mark.
    pub(in crate::cluster) fn take_speeds(&mut self) -> bool {
        std::mem::take(&mut self.speeds)
    }
}
