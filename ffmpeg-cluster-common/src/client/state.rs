//! The client's state, and one step of it.

use std::collections::BTreeMap;

use super::effect::Effect;
use super::event::Event;
use super::held::Held;
use crate::fault::Fault;
use crate::ids::LeaseId;
use crate::limits::{HEARTBEAT_EVERY, SILENCE_MAX};
use crate::media::params::Allowed;
use crate::media::source::formats::Formats;
use crate::protocol::release::Release;
use crate::protocol::to_server::{Hello, ToServer};
use crate::time::Millis;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
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
    pub(super) settings: Settings,
    /// The hello about this machine; `holding` is filled in when it is sent.
    pub(super) hello: Hello,
    pub(super) link: Link,
    pub(super) attempt: u32,
    pub(super) heard_at: Millis,
    pub(super) ping_at: Millis,
    pub(super) leases: BTreeMap<LeaseId, Held>,
    /// Leases that failed while the server could not be reached.
    /// Until the client reports them they count as held; otherwise the server would treat them as
    /// lost, or wait forever.
    pub(super) untold: BTreeMap<LeaseId, Fault>,
    /// The client takes no new leases, and leaves after its last piece.
    pub(super) finishing: bool,
    /// The program that the server offered instead of this one.
    pub(super) release: Option<Release>,
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
            return self.on_stop("it finished its leases, as asked".into(), out);
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
}
