//! A worker: a client, encoding with its processors or with one of its devices.

use std::borrow::Cow;

use crate::ids::ClientId;
use crate::media::plan::track::{Track, WorkKind};
use crate::media::words::device::Seat;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Worker {
    pub(super) client: ClientId,
    /// The device and its encoder. None means the client's processors.
    pub(super) seat: Option<Seat>,
}

impl Worker {
    pub(super) fn device(&self) -> Option<&str> {
        self.seat.as_ref().map(|seat| seat.device.as_str())
    }

    /// The kind of work under which speeds are recorded. Returns None if the track is not measured.
    pub(super) fn kind<'a>(&self, track: &'a Track) -> Option<Cow<'a, WorkKind>> {
        kind_of_work(track, self.seat.as_ref())
    }
}

/// The kind of work on one seat, because each device has its own speed.
pub(super) fn kind_of_work<'a>(track: &'a Track, seat: Option<&Seat>) -> Option<Cow<'a, WorkKind>> {
    let kind = track.kind.as_ref()?;
    Some(match seat {
        Some(seat) => Cow::Owned(WorkKind(format!("{} on {}, for {}", seat.encoder, seat.device, kind.0))),
        None => Cow::Borrowed(kind),
    })
}
