//! Changes of jobs and leases that nobody has read yet.
//! The owners mark them in their own methods, so no caller has to remember to.

use std::collections::BTreeSet;

use crate::cluster::place::Place;
use crate::ids::ClientId;

#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::cluster) struct Marks {
    /// Jobs whose state must be settled.
    pub(super) touched: BTreeSet<Place>,
    /// Jobs whose state may change because clients came or went.
    pub(super) restless: BTreeSet<Place>,
    pub(super) news: JobNews,
}

/// Changes of jobs and leases that the scheduler has not seen yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::cluster) struct JobNews {
    /// Open jobs that may have something for a client that found nothing before.
    pub(in crate::cluster) fresh: BTreeSet<Place>,
    /// Clients whose leases moved on, so that a slot may be free.
    pub(in crate::cluster) moved: BTreeSet<ClientId>,
}

/// The scheduler reads and clears the marks.
impl Marks {
    pub(in crate::cluster) fn has_news(&self) -> bool {
        !self.news.fresh.is_empty() || !self.news.moved.is_empty()
    }

    pub(in crate::cluster) fn take_news(&mut self) -> JobNews {
        std::mem::take(&mut self.news)
    }

    /// Puts back jobs that the scheduler took but did not reach.
    pub(in crate::cluster) fn put_back(&mut self, fresh: BTreeSet<Place>) {
        self.news.fresh.extend(fresh);
    }
}
