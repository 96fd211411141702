//! Explains what is left of each track, and what its leases do.

use crate::cluster::jobs::TrackBook;
use crate::cluster::jobs::lease::{Lease, Returned};
use crate::cluster::jobs::making::Making;
use crate::cluster::state::Cluster;
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::film::Film;
use crate::media::plan::track::Track;
use crate::text::counted;
use crate::time::Millis;

/// A track and the film that names its units.
#[derive(Clone, Copy)]
pub(super) struct NamedTrack<'a> {
    pub(super) film: &'a Film,
    pub(super) track: &'a Track,
}

/// Explains each range of failed units that waits, and why the track was given up, if it was.
pub(super) fn explain_track(
    cluster: &Cluster,
    of: NamedTrack<'_>,
    book: &TrackBook,
    now: Millis,
) -> Vec<String> {
    let NamedTrack { film, track } = of;
    let explain = |one: &Returned| explain_returned(cluster, &film.name_in(track, one.units), one, now);
    let given_up =
        track.given_up.iter().map(|why| format!("the job goes on without {}: {why}", film.all_of(track)));
    book.returned().iter().map(explain).chain(given_up).collect()
}

/// Names the other tracks that wait for a client once the first track has no units to do.
pub(super) fn explain_beside(making: &Making) -> Vec<String> {
    let is_out = |book: &TrackBook| book.todo().is_empty();
    let beside = making.tracks().skip(1).filter(|(track, book)| !is_out(book) && making.may_begin(track));
    let told = beside.filter(|(_, book)| book.units_leased() == 0).map(|(track, _)| {
        let whole = track.units == 1;
        let all = making.film.all_of(track);
        let what = if whole { all } else { format!("what is left of {all}") };
        format!("{what} waits for a client that can {}", track.asks())
    });
    if is_out(making.first().1) { told.collect() } else { Vec::new() }
}

pub(super) fn explain_lease(cluster: &Cluster, making: &Making, id: LeaseId, lease: &Lease) -> String {
    let (track, what) = (making.film.track(lease.segment.track), making.film.name(lease.segment));
    let (who, phase) = (cluster.roster.who(&lease.worker.client).name, lease.phase_word());
    let by = lease
        .worker
        .seat
        .as_ref()
        .map_or_else(String::new, |seat| format!(" by {} ({})", seat.encoder, seat.device));
    let besides = if lease.twin.is_some() { ", which two clients try because one was late" } else { "" };
    // Clients report no frames for tracks that are not measured.
    let so_far = if lease.fps() > 0.0 && track.kind.is_some() {
        format!(", {} done at {:.1} fps", counted(lease.frames_done(), "frame"), lease.fps())
    } else {
        String::new()
    };
    format!("lease {id}: {what} on {who}{by}, {phase}{so_far}{besides}")
}

fn explain_returned(cluster: &Cluster, what: &str, returned: &Returned, now: Millis) -> String {
    let names: Vec<String> =
        returned.past.failed_on.iter().map(|id: &ClientId| cluster.roster.who(id).name).collect();
    let wait = (returned.not_before - now).as_secs_f64();
    format!(
        "{what} failed {} times (on {}) and waits for another client, or {wait:.0} s: {}",
        returned.past.count,
        names.join(", "),
        returned.past.fault.message
    )
}
