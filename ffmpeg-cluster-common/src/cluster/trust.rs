//! Clients that lie: what they did is remembered over reconnects and restarts, three lies in a day set a client aside for
//! a day, and of one that was caught with forged pictures nothing is believed that is not yet in a result.

use std::collections::BTreeMap;

use super::Cluster;
use super::change::{Change, Strike};
use super::effect::{Answer, Effect, Effects, Notice};
use super::lose::Why;
use super::timers::Timer;
use crate::fault::{Fault, FaultCode};
use crate::ids::{ClientId, JobId, LeaseId, Ticket};
use crate::protocol::command::{ErrorCode, JobState};
use crate::time::{Millis, WallMillis};

/// So many lies set a client aside.
pub const STRIKES_MAX: usize = 3;
/// What is longer ago does not count; and so long a client stays aside after its last lie.
pub const STRIKES_WITHIN: Millis = Millis::secs(24 * 3_600);

/// What is left of its time. A clock that was set back makes it no longer than a whole one.
fn left(strikes: &[Strike], wall: WallMillis) -> Millis {
    let last = strikes.last().map_or(0, |strike| strike.at.0);
    Millis((last + STRIKES_WITHIN.0).saturating_sub(wall.0)).min(STRIKES_WITHIN)
}

impl Cluster {
    pub(super) fn is_struck_out(&self, client: &ClientId) -> bool {
        self.strikes.get(client).is_some_and(|all| all.len() >= STRIKES_MAX)
    }

    /// For people.
    pub(super) fn explain_struck_out(&self, client: &ClientId, now: Millis) -> Option<String> {
        let strikes = self.strikes.get(client).filter(|_| self.is_struck_out(client))?;
        let hours = left(strikes, self.wall(now)).as_secs_f64() / 3_600.0;
        let (times, last) = (strikes.len(), strikes.last().map_or("", |strike| strike.why.as_str()));
        Some(format!(
            "set aside for {hours:.1} h, because it sent {times} false pieces within a day ({last}); ForgiveClient lets it in sooner"
        ))
    }

    /// Its piece is refused for a reason that only itself can be to blame for.
    pub(super) fn lied(&mut self, now: Millis, id: LeaseId, fault: Fault, out: &mut Effects) {
        let Some((_, lease)) = self.lease_of(id) else { return };
        let client = lease.client.clone();
        self.tell_revoked(id, &fault.message, out);
        self.strike(now, &client, &fault, out);
        self.lose_lease(now, id, Why::Lie(fault.clone()), out);
        if fault.code == FaultCode::AuditFailed {
            self.doubt(&client, out);
        }
        if self.is_struck_out(&client) {
            self.strike_out(now, &client, out);
        }
    }

    fn strike(&mut self, now: Millis, client: &ClientId, fault: &Fault, out: &mut Effects) {
        let strike = Strike { at: self.wall(now), why: fault.message.clone() };
        out.changes.push(Change::Struck { client: client.clone(), strike: strike.clone() });
        let name = self.name_of(client);
        let all = self.strikes.entry(client.clone()).or_default();
        all.retain(|older| older.at.0 + STRIKES_WITHIN.0 > strike.at.0);
        all.push(strike);
        let (strikes, why) = (all.len(), fault.message.clone());
        self.timers.set(now + STRIKES_WITHIN, Timer::Served(client.clone()));
        out.effects.push(Effect::Notice(Notice::Struck { client: client.clone(), name, strikes, why }));
    }

    /// A liar is worse than nobody: this holds for the last client, too.
    fn strike_out(&mut self, now: Millis, client: &ClientId, out: &mut Effects) {
        let why = self.explain_struck_out(client, now).unwrap_or_default();
        let (id, name) = (client.clone(), self.name_of(client));
        out.effects.push(Effect::Notice(Notice::SetAside { client: id, name, why: why.clone() }));
        self.unprove(client);
        let leases = self.clients.get(client).map(|known| known.leases.clone()).unwrap_or_default();
        leases.into_iter().for_each(|lease| self.tell_revoked(lease, &why, out));
        self.lose_leases_of(now, client, &Why::Nobody, out);
        self.settle_all(out);
    }

    /// All that it made of films that are not yet joined is to do again.
    fn doubt(&mut self, client: &ClientId, out: &mut Effects) {
        let jobs: Vec<JobId> = self.queue.values().cloned().collect();
        for id in jobs {
            let job = &self.jobs[&id];
            let theirs = job.pieces.values().filter(|piece| piece.client == *client);
            let theirs: Vec<LeaseId> = theirs.map(|piece| piece.lease).collect();
            if !theirs.is_empty() {
                self.doubt_pieces(&id, client, &theirs, out);
            }
        }
    }

    fn doubt_pieces(&mut self, id: &JobId, client: &ClientId, theirs: &[LeaseId], out: &mut Effects) {
        let frames = self.make_again(id, theirs, out);
        let (job, name, pieces) = (id.clone(), self.name_of(client), theirs.len());
        out.effects.push(Effect::Notice(Notice::Doubted {
            job,
            client: client.clone(),
            name,
            pieces,
            frames,
        }));
        if self.jobs[id].state == JobState::Combining {
            self.move_job(id, JobState::Processing, "pieces of a client that lied are made again", out);
        }
        self.settle(id, out);
        self.look = true;
    }

    /// These pieces are kept no longer; gives how many frames are to do again.
    pub(super) fn make_again(&mut self, id: &JobId, pieces: &[LeaseId], out: &mut Effects) -> u64 {
        let job = self.jobs.get_mut(id).expect("the caller has it");
        let joining = job.state == JobState::Combining && !std::mem::take(&mut job.no_room);
        job.joins_void += u32::from(joining);
        job.joined = 0.0;
        let mut frames = 0;
        for &lease in pieces {
            frames += job.doubt(lease).flatten().map_or(0, crate::frames::FrameRange::len);
            self.kept.remove(&lease);
            out.changes.push(Change::PieceDoubted { job: id.clone(), lease });
            out.effects.push(Effect::DiscardPiece { lease, job: id.clone() });
        }
        frames
    }

    /// A join that ended now was of pieces that are doubted since.
    pub(super) fn is_void(&mut self, id: &JobId, out: &mut Effects) -> bool {
        let Some(job) = self.jobs.get_mut(id).filter(|job| job.joins_void > 0) else { return false };
        job.joins_void -= 1;
        self.let_go(id, out);
        true
    }

    pub(super) fn on_served(&mut self, now: Millis, client: &ClientId, out: &mut Effects) {
        let Some(strikes) = self.strikes.get(client) else { return };
        if left(strikes, self.wall(now)) == Millis(0) {
            self.let_in(client, "its time is over", out);
        }
    }

    pub(super) fn on_forgive_asked(&mut self, ticket: Ticket, client: ClientId, out: &mut Effects) {
        let answer = if self.strikes.contains_key(&client) {
            self.let_in(&client, "an operator forgave it", out);
            Answer::Forgiven(client)
        } else {
            let message = format!("nothing is held against a client {client}");
            Answer::Error { code: ErrorCode::ClientNotFound, message }
        };
        out.effects.push(Effect::Reply { ticket, answer });
    }

    fn let_in(&mut self, client: &ClientId, why: &str, out: &mut Effects) {
        let was_out = self.is_struck_out(client);
        self.strikes.remove(client);
        out.changes.push(Change::Forgiven { client: client.clone() });
        if was_out {
            let (id, name, why) = (client.clone(), self.name_of(client), why.to_owned());
            out.effects.push(Effect::Notice(Notice::TakenBack { client: id, name, why }));
            self.prove(client);
            self.settle_all(out);
            self.look = true;
        }
    }

    pub(super) fn remember_strikes(
        &mut self,
        strikes: BTreeMap<ClientId, Vec<Strike>>,
        now: Millis,
        out: &mut Effects,
    ) {
        for (client, all) in strikes {
            let left = left(&all, self.wall(now));
            if left == Millis(0) {
                out.changes.push(Change::Forgiven { client });
                continue;
            }
            self.timers.set(now + left, Timer::Served(client.clone()));
            self.strikes.insert(client, all);
        }
    }
}
