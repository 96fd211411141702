//! Passes due timers and one event to their handlers, then hands out work.

use super::effect::Effects;
use super::event::Event;
use super::handlers::client::{
    on_client_gone, on_client_up, on_disconnect_asked, on_finishing, on_grace_over, on_leaving, on_silence,
};
use super::handlers::job::{
    on_cancel_asked, on_drain, on_index_failed, on_indexed, on_space, on_start_asked, on_submitted,
    on_witness,
};
use super::handlers::join::{on_join_failed, on_join_progress, on_joined};
use super::handlers::lease::{
    Encode, on_bytes_came, on_encoded, on_late, on_lease_failed, on_offer_failed, on_piece_sent, on_progress,
    on_quiet,
};
use super::handlers::piece::{on_audited, on_piece_checked, on_request_piece};
use super::handlers::queue::on_arrange_asked;
use super::handlers::standing::{on_back, on_forgive_asked};
use super::jobs::transitions::Report;
use super::outcomes::settle::settle_touched;
use super::roster::client::Proved;
use super::schedule::hand_out::hand_out;
use super::schedule::twins::help_out;
use super::state::Cluster;
use super::timers::Timer;
use crate::time::Millis;

/// The most timers that one step handles, which bounds its length.
const TIMERS_MAX: usize = 16;

impl Cluster {
    pub fn step(&mut self, now: Millis, event: Event, out: &mut Effects) {
        self.now = now;
        std::mem::swap(&mut self.out, out);
        // Timers beyond the bound stay due, so the next step follows at once.
        for _ in 0..TIMERS_MAX {
            let Some(timer) = self.timers.due(now) else { break };
            on_timer(self, timer);
        }
        on_event(self, event);
        self.jobs.forget_ended();
        settle_touched(self);
        let idle = hand_out(self);
        help_out(self, &idle);
        settle_touched(self);
        std::mem::swap(&mut self.out, out);
    }
}

fn on_event(cluster: &mut Cluster, event: Event) {
    match event {
        Event::Submitted { ticket, job, spec, at } => on_submitted(cluster, ticket, job, *spec, at),
        Event::CancelAsked { ticket, job, at } => on_cancel_asked(cluster, ticket, job, at),
        Event::StartAsked { ticket, job } => on_start_asked(cluster, ticket, job),
        Event::ArrangeAsked { ticket, job, how } => on_arrange_asked(cluster, ticket, job, how),
        Event::DisconnectAsked { ticket, client } => on_disconnect_asked(cluster, ticket, client),
        Event::ForgiveAsked { ticket, client } => on_forgive_asked(cluster, ticket, client),
        Event::Indexed { job, film } => on_indexed(cluster, job, *film),
        Event::IndexFailed { job, fault, at } => on_index_failed(cluster, &job, &fault, at),
        Event::ClientUp { client, session, hello, at } => on_client_up(cluster, client, session, *hello, at),
        Event::Abilities { client, session, encoders, devices } => {
            cluster.roster.update_proved(&client, session, Proved { encoders, devices });
        }
        Event::ClientGone { client, session } => on_client_gone(cluster, &client, session),
        Event::Heard { client, session, free_disk } => {
            cluster.roster.note_heard(&client, session, free_disk, cluster.now);
        }
        Event::Finishing { client, session, returned } => on_finishing(cluster, &client, session, returned),
        Event::Leaving { client, session } => on_leaving(cluster, &client, session),
        Event::Progress { client, lease, frames, fps } => {
            on_progress(cluster, &client, lease, Report { frames, fps });
        }
        Event::Encoded { client, lease, encode_ms, spent } => {
            on_encoded(cluster, &client, lease, Encode { ms: encode_ms, spent });
        }
        Event::PieceSent { client, lease, piece } => on_piece_sent(cluster, &client, lease, piece),
        Event::BytesCame { lease, bytes } => on_bytes_came(cluster, lease, bytes),
        Event::LeaseFailed { client, lease, fault } => on_lease_failed(cluster, &client, lease, fault),
        Event::OfferFailed { lease, fault } => on_offer_failed(cluster, lease, fault),
        Event::PieceChecked { lease, result, chance } => on_piece_checked(cluster, lease, result, chance),
        Event::Audited { lease, result } => on_audited(cluster, lease, result),
        Event::Joined { job, report, at } => on_joined(cluster, &job, report, at),
        Event::JoinFailed { job, fault, at } => on_join_failed(cluster, &job, &fault, at),
        Event::JoinProgress { job, done } => on_join_progress(cluster, &job, done),
        Event::FreeDisk(free) => cluster.disk.set_free(free),
        Event::Tick => {}
        Event::Drain => on_drain(cluster),
    }
}

fn on_timer(cluster: &mut Cluster, timer: Timer) {
    match timer {
        Timer::Silence(client) => on_silence(cluster, &client),
        Timer::Grace(client) => on_grace_over(cluster, &client),
        Timer::Quiet(lease) => on_quiet(cluster, lease),
        Timer::Retry(job, segment) => cluster.jobs.end_delay(&job, segment),
        Timer::Late(lease) => on_late(cluster, lease),
        Timer::RequestPiece(lease) => on_request_piece(cluster, lease),
        Timer::Back(client) => on_back(cluster, &client),
        Timer::Space => on_space(cluster),
        // Every step ends by handing out work, so this timer only causes a step.
        Timer::HandOut => {}
        Timer::Witness(job) => on_witness(cluster, &job),
    }
}
