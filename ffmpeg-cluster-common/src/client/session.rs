//! The session with the server: greeting, welcome, refusal, loss and end.

use super::effect::{Effect, Ending, Notice};
use super::held::Phase;
use super::lease;
use super::state::{Client, Link};
use crate::ids::LeaseId;
use crate::limits::HEARTBEAT_EVERY;
use crate::media::words::device::Device;
use crate::protocol::to_client::{RefusalCode, ToClient, Welcome};
use crate::protocol::to_server::{Hello, ToServer};
use crate::time::{Millis, backoff};

/// The longest delay between two attempts to connect.
const RECONNECT_MAX: Millis = Millis::secs(60);

impl Client {
    pub(super) fn greet(&mut self, now: Millis, out: &mut Vec<Effect>) {
        if self.link != Link::Connecting {
            return;
        }
        (self.link, self.heard_at) = (Link::Greeting, now);
        let holding = self.leases.keys().chain(self.untold.keys()).copied().collect();
        out.push(Effect::Say(ToServer::Hello(Hello { holding, ..self.hello.clone() })));
    }

    pub(super) fn say(&self, message: ToServer, out: &mut Vec<Effect>) {
        if self.link == Link::Up {
            out.push(Effect::Say(message));
        }
    }

    pub(super) fn on_heard(&mut self, now: Millis, said: ToClient, chance: u32, out: &mut Vec<Effect>) {
        match said {
            ToClient::Welcome(welcome) => self.on_welcome(now, &welcome, out),
            ToClient::Offer(offer) => self.on_offer(*offer, out),
            ToClient::Revoke { lease, reason } => self.drop_lease(lease, reason, out),
            ToClient::Kept { lease } => self.on_kept(lease, out),
            ToClient::SendAgain { lease, .. } => self.on_send_again(lease, out),
            ToClient::Refused { code, message } => self.on_refused(now, code, message, chance, out),
            ToClient::Release(release) => self.release = Some(release),
            ToClient::Pong | ToClient::Draining => {}
        }
    }

    pub(super) fn on_welcome(&mut self, now: Millis, welcome: &Welcome, out: &mut Vec<Effect>) {
        (self.link, self.attempt, self.ping_at) = (Link::Up, 0, now + HEARTBEAT_EVERY);
        let lost: Vec<LeaseId> =
            self.leases.keys().filter(|id| !welcome.holding.contains(id)).copied().collect();
        for lease in lost {
            self.drop_lease(lease, "the server no longer waits for it".into(), out);
        }
        out.push(Effect::Notice(Notice::Welcomed { boot: welcome.boot, kept: self.leases.len() }));
        let untried = welcome.wanted.iter().filter(|encoder| !self.hello.encoders.contains(encoder));
        out.push(Effect::Prove(untried.cloned().collect()));
        for (lease, fault) in std::mem::take(&mut self.untold) {
            if welcome.holding.contains(&lease) {
                out.push(Effect::Say(ToServer::Failed { lease, fault }));
            }
        }
        if self.finishing {
            out.push(Effect::Say(ToServer::Finishing { returned: Vec::new() }));
        }
        // The server may have missed the last messages of the previous session.
        for (id, held) in &self.leases {
            if let Phase::Sending(piece) | Phase::Sent(piece) = &held.phase {
                out.push(Effect::Say(lease::encoded(&held.offer, piece)));
            }
            if let Phase::Sent(piece) = &held.phase {
                out.push(Effect::Say(lease::piece_sent(*id, piece)));
            }
        }
    }

    pub(super) fn on_abilities(
        &mut self,
        encoders: Vec<String>,
        devices: Vec<Device>,
        out: &mut Vec<Effect>,
    ) {
        let known = &mut self.hello.encoders;
        let new: Vec<String> = encoders.into_iter().filter(|encoder| !known.contains(encoder)).collect();
        if !new.is_empty() || devices != self.hello.devices {
            known.extend(new);
            self.hello.devices = devices;
            let Hello { encoders, devices, .. } = self.hello.clone();
            self.say(ToServer::Abilities { encoders, devices }, out);
        }
    }

    pub(super) fn on_refused(
        &mut self,
        now: Millis,
        code: RefusalCode,
        message: String,
        chance: u32,
        out: &mut Vec<Effect>,
    ) {
        match code {
            RefusalCode::ProtocolVersion
            | RefusalCode::BadHello
            | RefusalCode::Disconnected
            | RefusalCode::IdentityTaken
            | RefusalCode::Unauthorized => {
                self.forget_all(out);
                let ending = match self.release.take().filter(|_| code == RefusalCode::ProtocolVersion) {
                    Some(release) => Ending::Outdated { why: message, release },
                    None => Ending::Refused(message),
                };
                out.extend([Effect::HangUp, Effect::Exit(ending)]);
            }
            RefusalCode::IdentityInUse | RefusalCode::Silent => {
                out.push(Effect::HangUp);
                self.on_down(now, message, chance, out);
            }
        }
    }

    pub(super) fn on_down(&mut self, now: Millis, reason: String, chance: u32, out: &mut Vec<Effect>) {
        if matches!(self.link, Link::Off { .. }) {
            return;
        }
        if !self.settings.persistent {
            self.forget_all(out);
            return out.push(Effect::Exit(Ending::ServerGone));
        }
        // The first attempt comes soon, because the connection usually returns at once, or the
        // server has just restarted.
        let first = Millis(self.settings.reconnect_delay.0 / 4).max(Millis(100));
        let again_in = backoff::delay(first, RECONNECT_MAX.max(first), self.attempt, chance);
        self.link = Link::Off { again_at: now + again_in };
        out.push(Effect::Notice(Notice::Away { reason, again_in, attempt: self.attempt }));
        self.attempt = self.attempt.saturating_add(1);
    }

    pub(super) fn on_stop(&mut self, reason: String, out: &mut Vec<Effect>) {
        self.say(ToServer::Leaving { reason }, out);
        self.forget_all(out);
        out.extend([Effect::HangUp, Effect::Exit(Ending::Stopped)]);
    }
}
