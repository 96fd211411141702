//! The server's mind: which client gets which frames of which job, and what becomes of them.
//!
//! [`Cluster::step`] takes one event and records changes (to be committed) and effects (to be performed
//! after the commit). Same state, same `now`, same event → same result. It never fails and never blocks;
//! what a peer says that does not fit is counted as stale and answered.
//!
//! `on_job`, `on_client`, `on_lease` and `checked` hold the handlers; [`plan`] is the arithmetic of cutting; `schedule` says who gets what next, `roster` who may have it; `check` knows every invariant.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod aside;
pub mod change;
mod check;
mod checked;
mod disk;
mod doubt;
pub mod effect;
pub mod event;
mod explain;
mod hands;
mod job;
mod jobs;
mod keep;
mod lease;
mod lose;
mod on_client;
mod on_job;
mod on_lease;
pub mod plan;
mod promise;
mod restore;
mod roster;
mod schedule;
mod seams;
mod settings;
mod starts;
mod stragglers;
#[cfg(test)]
mod tests;
mod timers;
mod trust;
pub mod view;
mod worker;

use self::disk::Disk;
use self::effect::{Effect, Effects, Notice};
use self::event::Event;
use self::jobs::Jobs;
use self::roster::Roster;
use self::roster::client::Proved;
pub use self::roster::strikes::STRIKES_WITHIN;
pub use self::settings::Settings;
use self::timers::{Timer, Timers};
use crate::ids::{ClientId, LeaseId};
use crate::time::{Millis, WallMillis};

/// The same moment on both clocks.
#[derive(Debug, Clone, Copy)]
struct Clocks {
    now: Millis,
    wall: WallMillis,
}

#[derive(Debug)]
pub struct Cluster {
    settings: Settings,
    jobs: Jobs,
    roster: Roster,
    /// So that times for people can be told.
    wall: Clocks,
    timers: Timers,
    disk: Disk,
    draining: bool,
    stale: u64,
    /// Something happened that may let a client take work.
    look: bool,
}

impl Cluster {
    pub fn new(settings: Settings, boot: u32, now: Millis, wall: WallMillis) -> Self {
        Self {
            settings,
            jobs: Jobs::new(boot),
            roster: Roster::default(),
            wall: Clocks { now, wall },
            timers: Timers::default(),
            disk: Disk::default(),
            draining: false,
            stale: 0,
            look: false,
        }
    }

    /// When the next `Tick` is due.
    pub fn deadline(&self) -> Option<Millis> {
        self.timers.next()
    }

    pub fn step(&mut self, now: Millis, event: Event, out: &mut Effects) {
        while let Some(timer) = self.timers.due(now) {
            self.on_timer(now, timer, out);
        }
        self.on_event(now, event, out);
        if std::mem::take(&mut self.look) {
            self.hand_out(now, out);
            self.help_out(now, out);
        }
    }

    fn on_event(&mut self, now: Millis, event: Event, out: &mut Effects) {
        match event {
            Event::Submitted { ticket, job, spec, at } => self.on_submitted(ticket, job, *spec, at, out),
            Event::CancelAsked { ticket, job, at } => self.on_cancel_asked(ticket, job, at, out),
            Event::DisconnectAsked { ticket, client } => self.on_disconnect_asked(now, ticket, client, out),
            Event::ForgiveAsked { ticket, client } => self.on_forgive_asked(ticket, client, out),
            Event::Indexed { job, film } => self.on_indexed(job, *film, out),
            Event::IndexFailed { job, fault, at } => self.on_index_failed(now, &job, &fault, at, out),
            Event::ClientUp { client, session, hello, at } => {
                self.on_client_up(now, client, session, *hello, at, out)
            }
            Event::Abilities { client, session, encoders, devices } => {
                self.on_abilities(&client, session, Proved { encoders, devices }, out)
            }
            Event::ClientGone { client, session } => self.on_client_gone(now, &client, session, out),
            Event::Heard { client, session, free_disk } => self.on_heard(now, &client, session, free_disk),
            Event::Finishing { client, session, returned } => {
                self.on_finishing(now, &client, session, returned, out);
            }
            Event::Leaving { client, session } => self.on_leaving(now, &client, session, out),
            Event::Progress { client, lease, frames, fps } => {
                self.on_progress(now, &client, lease, frames, fps, out)
            }
            Event::Encoded { client, lease, frames, encode_ms } => {
                self.on_encoded(now, &client, lease, frames, encode_ms, out);
            }
            Event::PieceSent { client, lease, piece } => {
                self.on_piece_sent(now, &client, lease, piece, out);
            }
            Event::BytesCame { lease, bytes } => self.on_bytes_came(now, lease, bytes, out),
            Event::LeaseFailed { client, lease, fault } => {
                self.on_lease_failed(now, &client, lease, fault, out)
            }
            Event::PieceChecked { lease, result, chance } => {
                self.on_piece_checked(now, lease, result, chance, out);
            }
            Event::Audited { lease, result } => self.on_audited(now, lease, result, out),
            Event::Joined { job, report, at } => self.on_joined(&job, report, at, out),
            Event::JoinFailed { job, fault, at } => self.on_join_failed(now, &job, &fault, at, out),
            Event::JoinProgress { job, done } => self.on_join_progress(&job, done),
            Event::FreeDisk(free) => {
                self.disk.tells(free);
                self.look = true;
            }
            Event::Tick => {}
            Event::Drain => self.on_drain(out),
        }
    }

    fn on_timer(&mut self, now: Millis, timer: Timer, out: &mut Effects) {
        match timer {
            Timer::Silence(client) => self.on_silence(now, &client, out),
            Timer::Grace(client) => self.on_grace_over(now, &client, out),
            Timer::Quiet(lease) => self.on_quiet(now, lease, out),
            Timer::Retry(..) => self.look = true,
            Timer::Late(lease) => self.on_late(lease),
            Timer::Again(lease) => self.on_again(lease, out),
            Timer::Trial(client) => self.on_trial(now, &client, out),
            Timer::Room => self.on_room(out),
            Timer::Rested => self.look = true,
            Timer::Served(client) => self.on_served(now, &client, out),
        }
    }

    /// The time for people, reckoned from the monotonic clock.
    fn wall(&self, now: Millis) -> WallMillis {
        WallMillis(self.wall.wall.0 + (now - self.wall.now).0)
    }

    fn note_stale(&mut self, client: &ClientId, lease: LeaseId, what: &'static str, out: &mut Effects) {
        self.stale += 1;
        out.effects.push(Effect::Notice(Notice::Stale { client: client.clone(), lease, what }));
    }
}
