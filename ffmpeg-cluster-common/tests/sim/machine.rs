//! One client's machine: its mind, its own clock, its benches (one for each lease it works on), and
//! what is wrong with it.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::client::{Client, Settings};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo};
use ffmpeg_cluster_common::protocol::to_server::Spent;
use ffmpeg_cluster_common::time::Millis;

use crate::chance::Chance;
use crate::disk::Content;
use crate::film::{self, Part};
use crate::mix::Mix;
use crate::sight::Told;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Honest,
    /// Sends wrong pieces and speaks of leases that are not its own.
    Liar,
    /// Each of its encodes dies.
    Poisoned,
}

/// A monotonic clock that need not run as fast as others, and began at some moment of its own.
#[derive(Debug, Clone, Copy)]
struct Clock {
    started: Millis,
    base: u64,
    percent: u64,
}

impl Clock {
    fn at(&self, now: Millis) -> Millis {
        Millis(self.base + (now - self.started).0 * self.percent / 100)
    }
    fn when(&self, local: Millis) -> Millis {
        self.started + Millis((local.0.saturating_sub(self.base) * 100).div_ceil(self.percent))
    }
}

/// What there is of one lease.
#[derive(Debug)]
pub(crate) struct Bench {
    /// Told from an earlier bench of the same lease by its number.
    pub(crate) number: u64,
    pub(crate) job: JobId,
    pub(crate) part: Part,
    pub(crate) told: Told,
    /// How many pictures its offer allows side by side.
    pub(crate) beside: usize,
    pub(crate) started: bool,
    pub(crate) done: u64,
    pub(crate) began: Millis,
    pub(crate) made: Option<Content>,
    /// Its bytes are on the server, as far as the client knows.
    pub(crate) sent: bool,
    /// Times the server said that it does not want it.
    pub(crate) unwanted: u32,
}

impl Bench {
    pub(crate) fn is_encoding_picture(&self) -> bool {
        self.started && self.made.is_none() && !self.part.is_sound()
    }
    pub(crate) fn frames(&self) -> u64 {
        if self.part.is_sound() { 60 } else { self.part.segment.units.len() }
    }
}

#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) name: ClientId,
    pub(crate) role: Role,
    pub(crate) mind: Option<Client>,
    clock: Clock,
    /// The attempt to connect that counts.
    pub(crate) session: Option<SessionNo>,
    pub(crate) fps: u64,
    pub(crate) slow: u64,
    pub(crate) hoards: bool,
    /// It never comes back.
    pub(crate) gone: bool,
    pub(crate) stopped_until: Millis,
    /// Nothing gets to it or from it, bytes included.
    pub(crate) cut_off_until: Millis,
    pub(crate) benches: BTreeMap<LeaseId, Bench>,
}

impl Machine {
    pub(crate) fn new(number: usize, mix: &Mix, chance: &mut Chance) -> Self {
        let last = number + 1 == mix.clients;
        let role = match number {
            0 if mix.liar && !last => Role::Liar,
            // The first in the order of names is asked first where all are equal.
            one if mix.poisoned_client && !last && one == usize::from(mix.liar) => Role::Poisoned,
            _ => Role::Honest,
        };
        let percent = if mix.odd_clocks { 60 + chance.below(120) } else { 100 };
        Self {
            name: film::id(&format!("c{number}")),
            role,
            mind: None,
            clock: Clock { started: Millis(0), base: chance.below(1 << 32), percent },
            session: None,
            fps: [25, 60, 200][chance.below(3) as usize] + chance.below(20),
            slow: 1,
            hoards: false,
            gone: false,
            stopped_until: Millis(0),
            cut_off_until: Millis(0),
            benches: BTreeMap::new(),
        }
    }

    pub(crate) fn has_odd_clock(&self) -> bool {
        self.clock.percent != 100
    }

    pub(crate) fn start(&mut self, now: Millis) {
        self.clock.started = now;
        let settings = Settings { reconnect_delay: Millis::secs(3), persistent: true, ..Settings::default() };
        self.mind = Some(Client::new(settings, film::hello(&self.name), self.clock.at(now)));
    }

    /// The process is gone, and all that it had.
    pub(crate) fn die(&mut self) {
        self.mind = None;
        self.benches.clear();
    }

    pub(crate) fn local(&self, now: Millis) -> Millis {
        self.clock.at(now)
    }

    /// A picture that could be encoded and is not.
    pub(crate) fn waiting_picture(&self) -> Option<LeaseId> {
        let busy = self.benches.values().filter(|bench| bench.is_encoding_picture()).count();
        let waits = |bench: &Bench| !bench.started && !bench.part.is_sound() && busy < bench.beside;
        self.benches.iter().find(|(_, bench)| waits(bench)).map(|(lease, _)| *lease)
    }

    /// When its mind wants to be woken.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        let mind = self.mind.as_ref()?;
        Some(self.clock.when(mind.deadline()).max(self.stopped_until))
    }

    /// Milliseconds that so many frames take.
    pub(crate) fn takes(&self, frames: u64) -> u64 {
        let busy = self.benches.values().filter(|bench| bench.is_encoding_picture()).count().max(1) as u64;
        // Some machines have what a second encoder needs, on others it makes nothing faster.
        let beside = if self.fps.is_multiple_of(3) { 1 } else { busy };
        (frames * 1_000 * self.slow * beside / self.fps).max(1)
    }

    /// Every other machine has processors left beside an encoder.
    pub(crate) fn spent(&self, encode_ms: u64) -> Spent {
        let processors = if self.fps.is_multiple_of(2) { 2 } else { 1 };
        Spent { cpu_ms: encode_ms.saturating_mul(processors), ran_ms: encode_ms, memory_bytes: 1 << 20 }
    }

    /// Frames until it says how far it is.
    pub(crate) fn stride(&self, frames: u64) -> u64 {
        (frames / 3 + 1).min(self.fps * 8 / self.slow).max(1)
    }
}
