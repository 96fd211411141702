//! Which failed units suit a worker.
//! The code counts the able clients and never visits them one by one, because there may be
//! thousands of clients and thousands of failed segments.

use crate::cluster::jobs::lease::Returned;
use crate::cluster::jobs::{JobTrack, TrackBook};
use crate::cluster::schedule::able::Able;
use crate::cluster::state::Cluster;
use crate::cluster::worker::Worker;
use crate::frames::FrameNo;
use crate::ids::ClientId;

/// The first failed units that suit this worker.
/// A client on probation gets units only if every able client that is not on probation has failed at
/// them; those clients do not wait for one on probation.
/// If software can encode units at which a device failed, no other device gets them.
pub(in crate::cluster) fn returned_that_suits(
    cluster: &Cluster,
    at: &JobTrack,
    worker: &Worker,
) -> Option<FrameNo> {
    let book = cluster.jobs.book(at).filter(|book| !book.returned().is_empty())?;
    let (client, able) = (&worker.client, Able::of(cluster, at));
    let apart = worker.seat.is_some() && cluster.roster.falls_back(at.track());
    let suits = |one: &&Returned| may_try(&able, client, one);
    let found = if cluster.roster.is_on_probation(client) {
        left_to_probation(&able, book).find(|one| !(apart && one.past.on_device) && suits(one))
    } else if apart {
        book.returned().for_devices().find(suits)
    } else {
        book.returned().iter().find(suits)
    };
    found.map(|returned| returned.units.start)
}

/// Failed units that only clients on probation may still try, because all others failed at them.
/// Without this, a client on probation would wait forever beside one that fails at the same units
/// again and again.
pub(in crate::cluster) fn left_to_probation<'a>(
    able: &'a Able<'_>,
    book: &'a TrackBook,
) -> Box<dyn Iterator<Item = &'a Returned> + 'a> {
    // If all others failed at some units, so did any one of them.
    let Some(one) = able.first_well() else { return Box::new(book.returned().iter()) };
    let failed = |returned: &Returned| {
        let failed_on = returned.past.failed_on.iter();
        failed_on.filter(|client| able.has_well(client)).count()
    };
    Box::new(book.returned().failed_by(one).filter(move |returned| failed(returned) == able.well))
}

/// Whether this client may try the units now.
/// A client that has not failed at them may try at once.
/// When all able clients have failed, any of them may try after the delay,
/// except the one that failed last.
/// Otherwise the client that fails fastest would be free first, every time.
fn may_try(able: &Able<'_>, client: &ClientId, returned: &Returned) -> bool {
    let failed_on = &returned.past.failed_on;
    if !failed_on.contains(client) {
        return true;
    }
    let on_probation = able.cluster.roster.is_on_probation(client);
    let count = if on_probation { able.all } else { able.well };
    let is_in_turn = count <= 1 || failed_on.last() != Some(client);
    if !is_in_turn || able.cluster.now < returned.not_before || failed_on.len() < count {
        return false;
    }
    let counts = |one: &&ClientId| if on_probation { able.has(one) } else { able.has_well(one) };
    failed_on.iter().filter(counts).count() == count
}
