//! Who encodes: a client, by its processors or by one of its devices.

use std::borrow::Cow;

use crate::ids::ClientId;
use crate::media::plan::film::{Film, WorkKind};
use crate::media::words::device::Seat;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Worker {
    pub(super) client: ClientId,
    /// The client's device; none: its processors.
    pub(super) seat: Option<Seat>,
}

impl Worker {
    pub(super) fn on_processors(client: ClientId) -> Self {
        Self { client, seat: None }
    }

    pub(super) fn device(&self) -> Option<&str> {
        self.seat.as_ref().map(|seat| seat.device.as_str())
    }

    pub(super) fn kind<'a>(&self, film: &'a Film) -> Cow<'a, WorkKind> {
        kind_of_work(film, self.seat.as_ref())
    }
}

/// Work of the same kind goes at another speed on each device.
pub(super) fn kind_of_work<'a>(film: &'a Film, seat: Option<&Seat>) -> Cow<'a, WorkKind> {
    match seat {
        Some(seat) => {
            Cow::Owned(WorkKind(format!("{} on {}, for {}", seat.encoder, seat.device, film.kind.0)))
        }
        None => Cow::Borrowed(&film.kind),
    }
}
