//! Passes due timers and one event to their handlers, then hands out work.

use super::effect::Effects;
use super::event::Event;
use super::handlers::client::{
    on_client_gone, on_client_up, on_disconnect_asked, on_finishing, on_grace_over, on_leaving, on_silence,
};
use super::handlers::job::{
    on_cancel_asked, on_drain, on_index_failed, on_indexed, on_space, on_submitted, on_witness,
};
use super::handlers::join::{on_join_failed, on_join_progress, on_joined};
use super::handlers::lease::{
    on_bytes_came, on_encoded, on_late, on_lease_failed, on_offer_failed, on_piece_sent, on_progress,
    on_quiet,
};
use super::handlers::piece::{on_again, on_audited, on_piece_checked};
use super::handlers::standing::{on_back, on_forgive_asked};
use super::outcomes::settle::settle_touched;
use super::roster::client::Proved;
use super::schedule::hand_out::hand_out;
use super::schedule::twins::help_out;
use super::state::Cluster;
use super::timers::Timer;
use crate::time::Millis;

/// The most timers that one step handles, which bounds its length.
const TIMERS_MAX: usize = 64;

impl Cluster {
    pub fn step(&mut self, now: Millis, event: Event, out: &mut Effects) {
        self.now = now;
        // Timers beyond the bound stay due, so the next step follows at once.
        for _ in 0..TIMERS_MAX {
            let Some(timer) = self.timers.due(now) else { break };
            on_timer(self, now, timer, out);
        }
        on_event(self, now, event, out);
        settle_touched(self, out);
        let idle = hand_out(self, out);
        help_out(self, &idle, out);
        settle_touched(self, out);
        // Taking back a late lease may have left its client without work.
        hand_out(self, out);
    }
}

fn on_event(cluster: &mut Cluster, now: Millis, event: Event, out: &mut Effects) {
    match event {
        Event::Submitted { ticket, job, spec, at } => on_submitted(cluster, ticket, job, *spec, at, out),
        Event::CancelAsked { ticket, job, at } => on_cancel_asked(cluster, ticket, job, at, out),
        Event::DisconnectAsked { ticket, client } => on_disconnect_asked(cluster, now, ticket, client, out),
        Event::ForgiveAsked { ticket, client } => on_forgive_asked(cluster, ticket, client, out),
        Event::Indexed { job, film } => on_indexed(cluster, job, *film, out),
        Event::IndexFailed { job, fault, at } => on_index_failed(cluster, now, &job, &fault, at, out),
        Event::ClientUp { client, session, hello, at } => {
            on_client_up(cluster, now, client, session, *hello, at, out)
        }
        Event::Abilities { client, session, encoders, devices } => {
            cluster.roster.proved(&client, session, Proved { encoders, devices });
        }
        Event::ClientGone { client, session } => on_client_gone(cluster, now, &client, session, out),
        Event::Heard { client, session, free_disk } => {
            cluster.roster.heard(&client, session, free_disk, now);
        }
        Event::Finishing { client, session, returned } => {
            on_finishing(cluster, now, &client, session, returned, out);
        }
        Event::Leaving { client, session } => on_leaving(cluster, now, &client, session, out),
        Event::Progress { client, lease, frames, fps } => {
            on_progress(cluster, now, &client, lease, frames, fps, out)
        }
        Event::Encoded { client, lease, encode_ms } => {
            on_encoded(cluster, now, &client, lease, encode_ms, out);
        }
        Event::PieceSent { client, lease, piece } => {
            on_piece_sent(cluster, now, &client, lease, piece, out);
        }
        Event::BytesCame { lease, bytes } => on_bytes_came(cluster, now, lease, bytes, out),
        Event::LeaseFailed { client, lease, fault } => {
            on_lease_failed(cluster, now, &client, lease, fault, out)
        }
        Event::OfferFailed { lease, fault } => on_offer_failed(cluster, now, lease, fault, out),
        Event::PieceChecked { lease, result, chance } => {
            on_piece_checked(cluster, now, lease, result, chance, out);
        }
        Event::Audited { lease, result } => on_audited(cluster, now, lease, result, out),
        Event::Joined { job, report, at } => on_joined(cluster, &job, report, at, out),
        Event::JoinFailed { job, fault, at } => on_join_failed(cluster, now, &job, &fault, at, out),
        Event::JoinProgress { job, done } => on_join_progress(cluster, &job, done),
        Event::FreeDisk(free) => {
            cluster.disk.tells(free);
            cluster.jobs.refresh_all();
        }
        Event::Tick => {}
        Event::Drain => on_drain(cluster, out),
    }
}

fn on_timer(cluster: &mut Cluster, now: Millis, timer: Timer, out: &mut Effects) {
    match timer {
        Timer::Silence(client) => on_silence(cluster, now, &client, out),
        Timer::Grace(client) => on_grace_over(cluster, now, &client, out),
        Timer::Quiet(lease) => on_quiet(cluster, now, lease, out),
        Timer::Retry(job, _) => cluster.jobs.refresh(&job),
        Timer::Late(lease) => on_late(cluster, now, lease),
        Timer::Again(lease) => on_again(cluster, lease, out),
        Timer::Back(client) => on_back(cluster, now, &client, out),
        Timer::Space => on_space(cluster, out),
        // Every step ends by handing out work, so this timer only causes a step.
        Timer::HandOut => {}
        Timer::Witness(job) => on_witness(cluster, now, &job, out),
    }
}
