//! The life of each lease on the client: queued, encoding, sending, sent, and gone once the server
//! has kept the piece.

use super::check::check;
use super::effect::{Effect, Notice};
use super::event::MadePiece;
use super::held::{Held, Phase};
use super::state::{Client, Link};
use crate::fault::{Fault, FaultCode};
use crate::ids::LeaseId;
use crate::protocol::to_client::Offer;
use crate::protocol::to_server::ToServer;

/// More leases than any honest server grants; each costs a folder and some memory.
const LEASES_MAX: usize = 32;

pub(super) fn encoded(offer: &Offer, piece: &MadePiece) -> ToServer {
    let MadePiece { frames, encode_ms, spent, .. } = *piece;
    // An older server would refuse the message with it.
    let spent = spent.filter(|_| offer.beside.is_some());
    ToServer::Encoded { lease: offer.lease, frames, encode_ms, spent }
}

pub(super) fn piece_sent(lease: LeaseId, piece: &MadePiece) -> ToServer {
    ToServer::PieceSent { lease, piece: piece.sent.clone() }
}

impl Client {
    pub(super) fn on_offer(&mut self, offer: Offer, out: &mut Vec<Effect>) {
        let lease = offer.lease;
        if self.leases.contains_key(&lease) {
            return;
        }
        if self.finishing {
            return self.say(ToServer::Finishing { returned: vec![lease] }, out);
        }
        if let Err(fault) = self.acceptable(&offer) {
            out.push(Effect::Notice(Notice::Failed { lease, fault: fault.clone() }));
            return self.say(ToServer::Failed { lease, fault }, out);
        }
        let taken = Notice::Taken { lease, measure: offer.measure };
        let held = Held { offer: Box::new(offer), phase: Phase::Queued };
        if held.is_picture() && self.is_busy(&held.offer) {
            out.push(Effect::Prefetch(held.offer.clone()));
        }
        self.leases.insert(lease, held);
        self.start_next(out);
        out.push(Effect::Notice(taken));
    }

    fn acceptable(&self, offer: &Offer) -> Result<(), Fault> {
        if self.leases.len() >= LEASES_MAX {
            let what = format!("this client holds {LEASES_MAX} leases already");
            return Err(Fault::new(FaultCode::OfferRefused, what));
        }
        check(offer, &self.settings, &self.hello.devices)
    }

    /// Gives the leases that are not begun back to the server, and takes no new ones.
    pub(super) fn on_finish(&mut self, out: &mut Vec<Effect>) {
        self.finishing = true;
        let queued = self.leases.iter().filter(|(_, held)| held.phase == Phase::Queued);
        let returned: Vec<LeaseId> = queued.map(|(lease, _)| *lease).collect();
        for lease in &returned {
            self.leases.remove(lease);
            out.push(Effect::Forget(*lease));
        }
        self.say(ToServer::Finishing { returned }, out);
    }

    /// Whether all slots of the device that the offer names are in use, or those of the processors
    /// for such work.
    fn is_busy(&self, offer: &Offer) -> bool {
        let device = offer.device.as_deref();
        let known = |name: &str| self.hello.devices.iter().find(|device| device.name == name);
        let slots = match device {
            Some(name) => known(name).map_or(1, |device| device.slots),
            None => offer.beside.unwrap_or(1),
        };
        self.leases.values().filter(|held| held.is_encoded_on(device)).count() >= slots as usize
    }

    /// Starts pictures in the order of their leases, and sound beside them.
    fn start_next(&mut self, out: &mut Vec<Effect>) {
        let sound = self.leases.values_mut().find(|held| !held.is_picture() && held.phase == Phase::Queued);
        if let Some(held) = sound {
            held.phase = Phase::Encoding;
            out.push(Effect::Start(held.offer.clone()));
        }
        let queued = self.leases.iter().filter(|(_, held)| held.is_picture() && held.phase == Phase::Queued);
        let queued: Vec<LeaseId> = queued.map(|(lease, _)| *lease).collect();
        for lease in queued {
            let busy = self.leases.get(&lease).is_none_or(|held| self.is_busy(&held.offer));
            if let Some(held) = self.leases.get_mut(&lease).filter(|_| !busy) {
                held.phase = Phase::Encoding;
                out.push(Effect::Start(held.offer.clone()));
            }
        }
    }

    pub(super) fn on_made(&mut self, lease: LeaseId, piece: MadePiece, out: &mut Vec<Effect>) {
        // The server revoked the lease just as the piece was finished.
        let Some(held) = self.leases.get_mut(&lease) else { return out.push(Effect::Forget(lease)) };
        held.phase = Phase::Sending(piece.clone());
        let message = encoded(&held.offer, &piece);
        self.say(message, out);
        out.push(Effect::Notice(Notice::Made { lease, piece }));
        out.push(Effect::SendPiece(lease));
        self.start_next(out);
    }

    pub(super) fn on_sent(&mut self, lease: LeaseId, out: &mut Vec<Effect>) {
        let Some(held) = self.leases.get_mut(&lease) else { return };
        let Phase::Sending(piece) = &held.phase else { return };
        let piece = piece.clone();
        held.phase = Phase::Sent(piece.clone());
        // While the link is down, this sends nothing; `on_welcome` repeats it.
        self.say(piece_sent(lease, &piece), out);
    }

    pub(super) fn on_send_again(&mut self, lease: LeaseId, out: &mut Vec<Effect>) {
        let Some(held) = self.leases.get_mut(&lease) else { return };
        if let Phase::Sent(piece) | Phase::Sending(piece) = &held.phase {
            held.phase = Phase::Sending(piece.clone());
            out.push(Effect::SendPiece(lease));
        }
    }

    pub(super) fn on_kept(&mut self, lease: LeaseId, out: &mut Vec<Effect>) {
        if self.leases.remove(&lease).is_some() {
            out.extend([Effect::Forget(lease), Effect::Notice(Notice::Kept { lease })]);
            self.start_next(out);
        }
    }

    pub(super) fn on_unwanted(&mut self, lease: LeaseId, out: &mut Vec<Effect>) {
        let Some(held) = self.leases.get_mut(&lease) else { return };
        let Phase::Sending(piece) = &held.phase else { return };
        // Either the lease was revoked, or the piece is kept and the message was lost.
        // This asks the server, which answers with `Kept` or `Revoke`.
        let piece = piece.clone();
        held.phase = Phase::Sent(piece.clone());
        self.say(piece_sent(lease, &piece), out);
    }

    pub(super) fn on_failed(&mut self, lease: LeaseId, fault: Fault, out: &mut Vec<Effect>) {
        if self.leases.remove(&lease).is_some() {
            out.push(Effect::Forget(lease));
            out.push(Effect::Notice(Notice::Failed { lease, fault: fault.clone() }));
            if self.link == Link::Up {
                self.say(ToServer::Failed { lease, fault }, out);
            } else {
                self.untold.insert(lease, fault);
            }
            self.start_next(out);
        }
    }

    pub(super) fn drop_lease(&mut self, lease: LeaseId, reason: String, out: &mut Vec<Effect>) {
        if self.leases.remove(&lease).is_some() {
            out.extend([Effect::Forget(lease), Effect::Notice(Notice::Dropped { lease, reason })]);
            self.start_next(out);
        }
    }

    pub(super) fn forget_all(&mut self, out: &mut Vec<Effect>) {
        out.extend(std::mem::take(&mut self.leases).into_keys().map(Effect::Forget));
    }
}
