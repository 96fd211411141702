//! Who encodes: a client, by its processors or by one of its devices.

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

    /// Work of the same kind goes at another speed on each device.
    pub(super) fn kind(&self, film: &Film) -> WorkKind {
        match &self.seat {
            Some(seat) => WorkKind(format!("{} on {}, for {}", seat.encoder, seat.device, film.kind.0)),
            None => film.kind.clone(),
        }
    }
}
