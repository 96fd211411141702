//! Explains who encodes, what is left of each track, and what its leases do.

use super::clients::explain_standing;
use super::waiting::explain_kind;
use crate::cluster::jobs::TrackBook;
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::lease::{Lease, Returned};
use crate::cluster::jobs::making::{Making, Mode};
use crate::cluster::state::Cluster;
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::film::Film;
use crate::media::plan::track::Track;
use crate::protocol::reason::{Reason, ReasonCode};
use crate::text::counted;
use crate::time::Millis;

pub(super) fn explain_working(cluster: &Cluster, job: &Job, making: &Making, now: Millis) -> Vec<Reason> {
    let mut all = vec![explain_all(making)];
    all.extend(explain_standing(cluster, now));
    all.extend(making.tracks().filter_map(|(track, _)| track.one_kind.as_deref()).map(explain_kind));
    let doubted = job.doubts().suspect().into_iter().map(|one| {
        let text = one.explain(&cluster.roster.who(&one.client).name);
        Reason::new(ReasonCode::Doubted, text).about(&one.client)
    });
    all.extend(doubted);
    if making.tracks().any(|(track, _)| !track.hw.is_off()) {
        let rests =
            |client| cluster.roster.explain_devices(client, now).into_iter().map(move |text| (client, text));
        let devices = cluster.roster.iter().flat_map(|(client, _)| rests(client));
        all.extend(devices.map(|(client, text)| Reason::new(ReasonCode::DeviceRests, text).about(client)));
    }
    all.extend(making.leases().iter().map(|(id, lease)| explain_lease(cluster, making, *id, lease)));
    for (track, book) in making.tracks() {
        let named = NamedTrack { film: &making.film, track };
        all.extend(explain_track(cluster, named, book, now));
    }
    all.extend(explain_beside(making));
    if cluster.draining {
        let text = "the server is stopping and grants no new leases";
        all.push(Reason::new(ReasonCode::Draining, text));
    }
    all
}

/// What all clients do together, and how much is left.
fn explain_all(making: &Making) -> Reason {
    let (listing, clients) = (making.film.is_to_list(), making.clients().len() as u64);
    let left = what_is_left(making);
    let encode = match (listing, clients) {
        (false, 1) => "encodes",
        (false, _) => "encode",
        (true, 1) => "lists its frames by decoding them",
        (true, _) => "list its frames by decoding them",
    };
    let clients = counted(clients, "client");
    match (making.leases().is_empty(), making.mode()) {
        (true, _) => {
            Reason::new(ReasonCode::NobodyWorks, format!("{left} left, and no client is working on it"))
        }
        (false, Mode::Measuring) => {
            let text = format!("measuring {clients} on the first segments; {left} left");
            Reason::new(ReasonCode::Encoding, text)
        }
        (false, Mode::Waiting | Mode::Working) => {
            let code = if listing { ReasonCode::Indexing } else { ReasonCode::Encoding };
            Reason::new(code, format!("{clients} {encode}; {left} left"))
        }
    }
}

/// What is left of the first track.
fn what_is_left(making: &Making) -> String {
    let track = making.first().0;
    match making.film.copied {
        Some(_) => making.film.all_of(track),
        None => {
            let noun = if making.film.is_to_list() { "packet" } else { "frame" };
            counted(track.units - making.frames_encoded(), noun)
        }
    }
}

/// A track and the film that names its units.
#[derive(Clone, Copy)]
struct NamedTrack<'a> {
    pub(super) film: &'a Film,
    pub(super) track: &'a Track,
}

/// Explains each range of failed units that waits, and why the track was given up, if it was.
fn explain_track(cluster: &Cluster, of: NamedTrack<'_>, book: &TrackBook, now: Millis) -> Vec<Reason> {
    let NamedTrack { film, track } = of;
    let explain = |one: &Returned| explain_returned(cluster, &film.name_in(track, one.units), one, now);
    let given_up = track.given_up.iter().map(|why| {
        let text = format!("the job goes on without {}: {why}", film.all_of(track));
        Reason::new(ReasonCode::GoesOnWithout, text)
    });
    book.returned().iter().map(explain).chain(given_up).collect()
}

/// Names the other tracks that wait for a client once the first track has no units to do.
fn explain_beside(making: &Making) -> Vec<Reason> {
    let is_out = |book: &TrackBook| book.todo().is_empty();
    let beside = making.tracks().skip(1).filter(|(track, book)| !is_out(book) && making.may_begin(track));
    let told = beside.filter(|(_, book)| book.units_leased() == 0).map(|(track, _)| {
        let whole = track.units == 1;
        let all = making.film.all_of(track);
        let what = if whole { all } else { format!("what is left of {all}") };
        Reason::new(ReasonCode::PartWaits, format!("{what} waits for a client that can {}", track.asks()))
    });
    if is_out(making.first().1) { told.collect() } else { Vec::new() }
}

fn explain_lease(cluster: &Cluster, making: &Making, id: LeaseId, lease: &Lease) -> Reason {
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
    let text = format!("lease {id}: {what} on {who}{by}, {phase}{so_far}{besides}");
    Reason::new(ReasonCode::Lease, text).about(&lease.worker.client).of(id)
}

fn explain_returned(cluster: &Cluster, what: &str, returned: &Returned, now: Millis) -> Reason {
    let names: Vec<String> =
        returned.past.failed_on.iter().map(|id: &ClientId| cluster.roster.who(id).name).collect();
    let wait = (returned.not_before - now).as_secs_f64();
    let text = format!(
        "{what} failed {} times (on {}) and waits for another client, or {wait:.0} s: {}",
        returned.past.count,
        names.join(", "),
        returned.past.fault.message
    );
    Reason::new(ReasonCode::RetryWait, text).until(cluster.wall_at(returned.not_before))
}
