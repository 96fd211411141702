//! The client's state machine.
//! It stays connected, works on one segment while the next waits, and forgets no piece before the
//! server has kept it.
//! The contract is that of the server's: one event in, effects out, without a clock or randomness
//! of its own.

mod check;
mod lease;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::lease::{Held, Phase};
use crate::fault::Fault;
use crate::ids::LeaseId;
use crate::limits::{HEARTBEAT_EVERY, SILENCE_MAX};
use crate::media::params::Allowed;
use crate::media::plan::work::SentPiece;
use crate::media::source::formats::Formats;
use crate::media::words::device::Device;
use crate::protocol::release::Release;
use crate::protocol::to_client::{Offer, RefusalCode, ToClient, Welcome};
use crate::protocol::to_server::{Hello, ToServer};
use crate::time::Millis;
use crate::time::backoff;

/// The longest delay between two attempts to connect.
const RECONNECT_MAX: Millis = Millis::secs(60);

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    LinkUp,
    Heard(ToClient),
    LinkDown {
        reason: String,
    },
    /// The encoders and devices that are proved by now.
    Abilities {
        encoders: Vec<String>,
        devices: Vec<Device>,
    },
    Progress {
        lease: LeaseId,
        frames: u64,
        fps: f32,
    },
    /// The piece is finished and on this machine.
    Made {
        lease: LeaseId,
        piece: MadePiece,
    },
    Failed {
        lease: LeaseId,
        fault: Fault,
    },
    /// All bytes of the piece are on the server.
    Sent {
        lease: LeaseId,
    },
    /// The server's byte plane no longer knows the lease.
    Unwanted {
        lease: LeaseId,
    },
    FreeDisk(u64),
    Tick,
    /// Stop when all leases that are being encoded or sent are finished.
    Finish,
    /// Stop at once.
    Stop {
        reason: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadePiece {
    pub frames: u64,
    pub encode_ms: u64,
    pub sent: SentPiece,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Connect,
    Say(ToServer),
    HangUp,
    /// Prove these encoders now, then all others.
    Prove(Vec<String>),
    /// Fetch the source's bytes for this offer, which will be started soon.
    Prefetch(Box<Offer>),
    Start(Box<Offer>),
    SendPiece(LeaseId),
    /// Stop all work for the lease and delete its files.
    Forget(LeaseId),
    Exit(Ending),
    Notice(Notice),
}

/// Why the client ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Stopped,
    /// The server is gone, and the client is not told to persist.
    ServerGone,
    /// The server refused this client, with this message.
    Refused(String),
    /// The client does not speak the server's protocol, and the server offers a program that does.
    Outdated {
        why: String,
        release: Release,
    },
}

/// What the log tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    Welcomed { boot: u32, kept: usize },
    Away { reason: String, again_in: Millis, attempt: u32 },
    Taken { lease: LeaseId, measure: bool },
    Made { lease: LeaseId, piece: MadePiece },
    Kept { lease: LeaseId },
    Dropped { lease: LeaseId, reason: String },
    Failed { lease: LeaseId, fault: Fault },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Off {
        again_at: Millis,
    },
    Connecting,
    /// Connected, but the server's welcome has not come yet.
    Greeting,
    Up,
}

#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub reconnect_delay: Millis,
    pub persistent: bool,
    /// Options of encoders that this machine accepts beyond the tables.
    pub allowed: Allowed,
    /// Formats of films that this machine opens.
    pub formats: Formats,
}

#[derive(Debug)]
pub struct Client {
    settings: Settings,
    /// The hello about this machine; `holding` is filled in when it is sent.
    hello: Hello,
    link: Link,
    attempt: u32,
    heard_at: Millis,
    ping_at: Millis,
    leases: BTreeMap<LeaseId, Held>,
    /// Leases that failed while the server could not be told.
    /// Until it is told they count as held: otherwise the server would take them for lost,
    /// or wait forever.
    untold: BTreeMap<LeaseId, Fault>,
    /// The client takes no new leases, and leaves with the last piece.
    finishing: bool,
    /// The program that the server offered instead of this one.
    release: Option<Release>,
}

impl Client {
    pub fn new(settings: Settings, hello: Hello, now: Millis) -> Self {
        Self {
            settings,
            hello,
            link: Link::Off { again_at: now },
            attempt: 0,
            heard_at: now,
            ping_at: now,
            leases: BTreeMap::new(),
            untold: BTreeMap::new(),
            finishing: false,
            release: None,
        }
    }

    pub fn deadline(&self) -> Millis {
        match self.link {
            Link::Off { again_at } => again_at,
            Link::Connecting | Link::Greeting => self.heard_at + SILENCE_MAX,
            Link::Up => self.ping_at.min(self.heard_at + SILENCE_MAX),
        }
    }

    /// Handles one event. `chance` is a random number from the caller.
    pub fn step(&mut self, now: Millis, event: Event, chance: u32, out: &mut Vec<Effect>) {
        match event {
            Event::LinkUp => self.greet(now, out),
            Event::Heard(said) => {
                self.heard_at = now;
                self.on_heard(now, said, chance, out);
            }
            Event::LinkDown { reason } => self.on_down(now, reason, chance, out),
            Event::Abilities { encoders, devices } => self.on_abilities(encoders, devices, out),
            Event::Progress { lease, frames, fps } => {
                self.say(ToServer::Progress { lease, frames, fps }, out)
            }
            Event::Made { lease, piece } => self.on_made(lease, piece, out),
            Event::Failed { lease, fault } => self.on_failed(lease, fault, out),
            Event::Sent { lease } => self.on_sent(lease, out),
            Event::Unwanted { lease } => self.on_unwanted(lease, out),
            Event::FreeDisk(free) => self.hello.free_disk = free,
            Event::Tick => {}
            Event::Finish => self.on_finish(out),
            Event::Stop { reason } => return self.on_stop(reason, out),
        }
        if self.finishing && self.leases.is_empty() {
            return self.on_stop("finished what it had, as asked".into(), out);
        }
        self.on_time(now, chance, out);
    }

    fn on_time(&mut self, now: Millis, chance: u32, out: &mut Vec<Effect>) {
        match self.link {
            Link::Off { again_at } if again_at <= now => {
                (self.link, self.heard_at) = (Link::Connecting, now);
                out.push(Effect::Connect);
            }
            Link::Off { .. } => {}
            Link::Connecting | Link::Greeting | Link::Up if self.heard_at + SILENCE_MAX <= now => {
                out.push(Effect::HangUp);
                let reason = format!("nothing was heard for {} s", SILENCE_MAX.as_secs_f64());
                self.on_down(now, reason, chance, out);
            }
            Link::Up if self.ping_at <= now => {
                self.ping_at = now + HEARTBEAT_EVERY;
                self.say(ToServer::Ping { free_disk: self.hello.free_disk }, out);
            }
            Link::Connecting | Link::Greeting | Link::Up => {}
        }
    }

    fn greet(&mut self, now: Millis, out: &mut Vec<Effect>) {
        if self.link != Link::Connecting {
            return;
        }
        (self.link, self.heard_at) = (Link::Greeting, now);
        let holding = self.leases.keys().chain(self.untold.keys()).copied().collect();
        out.push(Effect::Say(ToServer::Hello(Hello { holding, ..self.hello.clone() })));
    }

    fn say(&self, message: ToServer, out: &mut Vec<Effect>) {
        if self.link == Link::Up {
            out.push(Effect::Say(message));
        }
    }

    fn on_heard(&mut self, now: Millis, said: ToClient, chance: u32, out: &mut Vec<Effect>) {
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

    fn on_welcome(&mut self, now: Millis, welcome: &Welcome, out: &mut Vec<Effect>) {
        (self.link, self.attempt, self.ping_at) = (Link::Up, 0, now + HEARTBEAT_EVERY);
        let lost: Vec<LeaseId> =
            self.leases.keys().filter(|id| !welcome.holding.contains(id)).copied().collect();
        for lease in lost {
            self.drop_lease(lease, "the server does not wait for it any more".into(), out);
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
        // The server may have missed the last messages of the session before.
        for (id, held) in &self.leases {
            if let Phase::Sending(piece) | Phase::Sent(piece) = &held.phase {
                out.push(Effect::Say(lease::encoded(*id, piece)));
            }
            if let Phase::Sent(piece) = &held.phase {
                out.push(Effect::Say(lease::piece_sent(*id, piece)));
            }
        }
    }

    fn on_abilities(&mut self, encoders: Vec<String>, devices: Vec<Device>, out: &mut Vec<Effect>) {
        let known = &mut self.hello.encoders;
        let new: Vec<String> = encoders.into_iter().filter(|encoder| !known.contains(encoder)).collect();
        if !new.is_empty() || devices != self.hello.devices {
            known.extend(new);
            self.hello.devices = devices;
            let Hello { encoders, devices, .. } = self.hello.clone();
            self.say(ToServer::Abilities { encoders, devices }, out);
        }
    }

    fn on_refused(
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

    fn on_down(&mut self, now: Millis, reason: String, chance: u32, out: &mut Vec<Effect>) {
        if matches!(self.link, Link::Off { .. }) {
            return;
        }
        if !self.settings.persistent {
            self.forget_all(out);
            return out.push(Effect::Exit(Ending::ServerGone));
        }
        // The first attempt comes soon, because the connection is mostly back at once, or the
        // server has just restarted.
        let first = Millis(self.settings.reconnect_delay.0 / 4).max(Millis(100));
        let again_in = backoff::delay(first, RECONNECT_MAX.max(first), self.attempt, chance);
        self.link = Link::Off { again_at: now + again_in };
        out.push(Effect::Notice(Notice::Away { reason, again_in, attempt: self.attempt }));
        self.attempt = self.attempt.saturating_add(1);
    }

    fn on_stop(&mut self, reason: String, out: &mut Vec<Effect>) {
        self.say(ToServer::Leaving { reason }, out);
        self.forget_all(out);
        out.extend([Effect::HangUp, Effect::Exit(Ending::Stopped)]);
    }
}
