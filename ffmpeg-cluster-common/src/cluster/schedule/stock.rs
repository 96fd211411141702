//! What a track offers to whole crews.
//! Without it, each event would try thousands of clients in vain.

use crate::cluster::jobs::JobTrack;
use crate::cluster::roster::crew::Crew;
use crate::cluster::schedule::able::Able;
use crate::cluster::schedule::choice::beginning_that_fits;
use crate::cluster::schedule::second_try::left_to_probation;
use crate::cluster::state::Cluster;
use crate::media::plan::track::Track;

pub(in crate::cluster) enum Stock {
    Nothing,
    /// Units that failed.
    Returned {
        /// Only clients on probation may still try some of them.
        for_probation: bool,
        /// A device may get some of them.
        for_devices: bool,
    },
    /// Units for every client that can make the track.
    Fresh,
}

impl Stock {
    pub(in crate::cluster) fn of(cluster: &Cluster, at: &JobTrack) -> Self {
        if beginning_that_fits(cluster, at).is_some() {
            return Self::Fresh;
        }
        let Some(book) = cluster.jobs.book(at).filter(|book| !book.returned().is_empty()) else {
            return Self::Nothing;
        };
        Self::Returned {
            for_probation: left_to_probation(&Able::of(cluster, at), book).next().is_some(),
            for_devices: !cluster.roster.falls_back(at.track())
                || book.returned().for_devices().next().is_some(),
        }
    }

    /// Whether it may have something for clients of this crew.
    pub(in crate::cluster) fn suits(&self, crew: &Crew, track: &Track) -> bool {
        match self {
            Self::Nothing => false,
            Self::Fresh => true,
            Self::Returned { for_probation, for_devices } => {
                (*for_probation || !crew.is_on_probation()) && (*for_devices || crew.encodes(track))
            }
        }
    }
}
