//! A lease that the client holds, and its progress.

use super::event::MadePiece;
use crate::media::plan::work::Work;
use crate::protocol::to_client::Offer;

#[derive(Debug)]
pub(super) struct Held {
    pub(super) offer: Box<Offer>,
    pub(super) phase: Phase,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    Queued,
    Encoding,
    Sending(MadePiece),
    /// Completely sent; the client holds it until the server has kept it.
    Sent(MadePiece),
}

impl Held {
    pub(super) fn is_picture(&self) -> bool {
        matches!(self.offer.work, Work::Picture(_) | Work::List(_))
    }
    /// Whether this device encodes it now. None means the processors.
    pub(super) fn is_encoded_on(&self, device: Option<&str>) -> bool {
        self.is_picture() && self.phase == Phase::Encoding && self.offer.device.as_deref() == device
    }
}
