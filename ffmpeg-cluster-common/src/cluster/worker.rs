//! What encodes: a client, by its processors or by one of its devices.

use std::borrow::Cow;

use crate::ids::ClientId;
use crate::media::plan::track::{Track, WorkKind};
use crate::media::words::device::Seat;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Worker {
    pub(super) client: ClientId,
    /// The client's device; none: its processors.
    pub(super) seat: Option<Seat>,
}

impl Worker {
    pub(super) fn device(&self) -> Option<&str> {
        self.seat.as_ref().map(|seat| seat.device.as_str())
    }

    /// None where speeds at it are not measured.
    pub(super) fn kind<'a>(&self, track: &'a Track) -> Option<Cow<'a, WorkKind>> {
        kind_of_work(track, self.seat.as_ref())
    }
}

/// Work of the same kind goes at another speed on each device.
pub(super) fn kind_of_work<'a>(track: &'a Track, seat: Option<&Seat>) -> Option<Cow<'a, WorkKind>> {
    let kind = track.kind.as_ref()?;
    Some(match seat {
        Some(seat) => Cow::Owned(WorkKind(format!("{} on {}, for {}", seat.encoder, seat.device, kind.0))),
        None => Cow::Borrowed(kind),
    })
}
