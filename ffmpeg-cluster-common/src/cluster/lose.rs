//! A lease ends without a piece: what becomes of its frames.

use super::Cluster;
use super::change::{Attempt, Change};
use super::effect::{Effect, Effects, Notice};
use super::lease::{Past, Returned, Taken};
use super::roster::workers::{NARROW_FOR, TROUBLES_MAX, is_of_device};
use super::timers::Timer;
use super::worker::Worker;
use crate::backoff;
use crate::fault::{Fault, FaultCode, Remedy, is_lie, remedy};
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::film::IndexedBy;
use crate::time::Millis;

/// Longest pause between two attempts of one client at the same frames.
const RETRY_DELAY_MAX: Millis = Millis::secs(60);
/// So many clients whose pieces have other frames than the index says are the index's fault, not theirs.
const FRAMES_DIFFER_MAX: u32 = 2;

/// A client whose disk was full is asked again after that, if it then says that it has room.
const FULL_PAUSE: Millis = Millis::secs(10);

/// How a film is indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) by: IndexedBy,
    pub(super) one_piece: Option<String>,
}

/// Why a lease ends.
#[derive(Debug, Clone)]
pub(super) enum Why {
    /// The client leaves or is sent away: no attempt was made.
    Nobody,
    Fault(Fault),
    /// The client is to blame, and its frames are not.
    Lie(Fault),
}

impl Cluster {
    pub(super) fn lose_leases_of(&mut self, now: Millis, client: &ClientId, why: &Why, out: &mut Effects) {
        let leases = self.roster.leases_of(client);
        for lease in leases {
            self.lose_lease(now, lease, why.clone(), out);
        }
    }

    /// Takes the lease off all books and decides about its frames.
    pub(super) fn lose_lease(&mut self, now: Millis, id: LeaseId, why: Why, out: &mut Effects) {
        let Some(taken) = self.take_lease(id) else { return };
        let job = taken.job.clone();
        out.effects.push(Effect::DiscardPiece { lease: id, job: job.clone() });
        self.look = true;
        match why {
            Why::Nobody => self.blameless(taken, out),
            Why::Fault(fault) if fault.code == FaultCode::DiskFull => {
                self.no_space_there(now, taken, &fault, out)
            }
            Why::Fault(fault) if fault.code == FaultCode::DeviceBusy => {
                self.busy_there(now, taken, &fault, out)
            }
            Why::Fault(fault) => self.failed(now, &taken, &fault, out),
            Why::Lie(fault) => {
                let past = self.attempted(&taken, &fault, out);
                self.return_share(now, &taken, past);
            }
        }
        self.settle(&job, out);
    }

    pub(super) fn take_lease(&mut self, id: LeaseId) -> Option<Taken> {
        let taken = self.jobs.take(id)?;
        self.roster.release(&taken.lease.worker.client, id);
        Some(taken)
    }

    fn blameless(&mut self, taken: Taken, out: &mut Effects) {
        let Taken { id: lease_id, job: id, lease } = taken;
        let job = self.jobs.get_mut(&id).expect("leases have jobs");
        match lease.past {
            _ if lease.twin.is_some() => {}
            Some(past) => job.give_back(lease.share, Returned { past, not_before: Millis(0) }),
            None => job.put_back(lease.share),
        }
        out.changes.push(Change::LeaseEnded { job: id, lease: lease_id, attempt: None });
    }

    fn failed(&mut self, now: Millis, taken: &Taken, fault: &Fault, out: &mut Effects) {
        let (id, Worker { client, seat }) = (&taken.job, &taken.lease.worker);
        let device = seat.as_ref().filter(|_| is_of_device(fault.code));
        let past = self.attempted(taken, fault, out);
        match device {
            Some(_) => self.device_failed(now, &taken.lease.worker, &fault.message, out),
            None => self.blame(now, taken, &past, out),
        }
        let given_up = remedy(fault.code) == Remedy::GiveUp || past.is_given_up(&self.settings);
        let safer = match device {
            Some(_) => None,
            // What clients can't list, the server may.
            None if self.jobs.is_to_list(id) => {
                given_up.then_some(Way { by: IndexedBy::Decoding, one_piece: None })
            }
            None => self.safer_way(id, client, fault),
        };
        if let Some(safer) = safer {
            self.return_share(now, taken, past);
            self.index_again(id, safer, out);
        } else if given_up {
            let error = format!(
                "{} failed on client {} (attempt {} of {}): {}",
                taken.lease.share,
                self.roster.name_of(client),
                past.count,
                self.settings.max_retries.max(1),
                fault.with_last_words()
            );
            self.return_share(now, taken, past);
            let at = self.wall(now);
            self.fail_job(id, error, at, out);
        } else {
            self.return_share(now, taken, past);
        }
    }

    /// Writes down what the share has cost by now.
    fn attempted(&self, taken: &Taken, fault: &Fault, out: &mut Effects) -> Past {
        let Taken { id: lease_id, job: id, lease } = taken;
        let mut past = lease.past.clone().unwrap_or_else(|| Past {
            count: 0,
            failed_on: Vec::new(),
            fault: fault.clone(),
            on_device: false,
            audit_failed: None,
        });
        let film = self.jobs.get(id).and_then(|job| job.film.as_ref());
        let on_device = lease.worker.seat.is_some() && is_of_device(fault.code);
        if on_device && film.is_some_and(|film| self.roster.falls_back(film)) {
            // The frames were not at fault, nor is the client's software.
            past.on_device = true;
        } else {
            past.count += u32::from(!is_lie(fault.code));
            past.put_down_to(&lease.worker.client);
        }
        past.fault = fault.clone();
        if fault.code == FaultCode::AuditFailed {
            past.audit_failed = lease.checked.as_ref().map(|checked| checked.spot);
        }
        out.effects.push(Effect::Notice(Notice::LeaseLost {
            job: id.clone(),
            client: lease.worker.client.clone(),
            name: self.roster.name_of(&lease.worker.client),
            lease: *lease_id,
            share: lease.share,
            attempt: past.count,
            fault: fault.clone(),
        }));
        let attempt = Attempt {
            share: lease.range(),
            count: past.count,
            failed_on: past.failed_on.clone(),
            fault: fault.clone(),
            on_device: past.on_device,
            audit_failed: past.audit_failed,
        };
        out.changes.push(Change::LeaseEnded { job: id.clone(), lease: *lease_id, attempt: Some(attempt) });
        past
    }

    /// Back to what is to do, or to the twin, which goes on with it.
    fn return_share(&mut self, now: Millis, taken: &Taken, past: Past) {
        let (id, share) = (&taken.job, taken.lease.share);
        if let Some(twin) = taken.lease.twin {
            self.jobs.lease_mut(twin).expect("twins know each other").past = Some(past);
            return;
        }
        let not_before = now + self.retry_delay(taken.id, past.count);
        let job = self.jobs.get_mut(id).expect("leases have jobs");
        job.give_back(share, Returned { past, not_before });
        let first = share.range().map_or(0, |range| range.start);
        self.timers.set(not_before, Timer::Retry(id.clone(), first));
    }

    /// Chance is drawn from the lease's number: the same history, the same delay.
    fn retry_delay(&self, lease: LeaseId, count: u32) -> Millis {
        let jitter = (lease.seq as u32).wrapping_mul(2_654_435_761);
        backoff::delay(self.settings.retry_delay, RETRY_DELAY_MAX, count.saturating_sub(1), jitter)
    }

    /// Faults that are the film's rather than a client's: its packets lie, it can't be cut, its picture changes midway.
    fn safer_way(&mut self, id: &JobId, client: &ClientId, fault: &Fault) -> Option<Way> {
        let job = self.jobs.get(id)?;
        let film = job.film.as_ref().filter(|_| job.indexing.is_none())?;
        let whole = film.one_piece.is_some();
        if fault.code == FaultCode::PictureDiffers && !whole {
            let one_piece = Some(format!("the picture changes within the film: {}", fault.message));
            return Some(Way { by: film.indexed_by, one_piece });
        }
        if fault.code != FaultCode::FramesDiffer || (whole && film.indexed_by == IndexedBy::Decoding) {
            return None;
        }
        if !self.index_is_doubted(id, client) {
            return None;
        }
        let job = self.jobs.get_mut(id).expect("looked up above");
        job.frames_differed.clear();
        let film = job.film.as_ref().expect("looked up above");
        Some(match film.indexed_by {
            IndexedBy::Packets | IndexedBy::Clients => {
                Way { by: IndexedBy::Decoding, one_piece: film.one_piece.clone() }
            }
            IndexedBy::Decoding => {
                let one_piece = Some(format!("pieces of it come out with other frames: {}", fault.message));
                Way { by: IndexedBy::Decoding, one_piece }
            }
        })
    }

    /// One client alone may lie, or be broken; where it is the only one, nobody else can say so.
    fn index_is_doubted(&mut self, id: &JobId, client: &ClientId) -> bool {
        let job = self.jobs.get_mut(id).expect("looked up above");
        *job.frames_differed.entry(client.clone()).or_default() += 1;
        let (clients, pieces) = (job.frames_differed.len(), job.frames_differed.values().sum::<u32>());
        let job = &self.jobs[id];
        let able = job.film.as_ref().map(|film| self.roster.able_for(film)).unwrap_or_default();
        let all = able.iter().all(|one| job.frames_differed.contains_key(one));
        let enough = FRAMES_DIFFER_MAX.min(self.settings.max_retries.max(1));
        clients >= enough as usize || (all && pieces >= enough)
    }

    /// The client's disk is full: nobody's attempt. It gets no work until it says that there is room.
    fn no_space_there(&mut self, now: Millis, taken: Taken, fault: &Fault, out: &mut Effects) {
        let (client, lost) = (taken.lease.worker.client.clone(), self.lost_without_blame(&taken, fault));
        self.blameless(taken, out);
        self.roster.disk_was_full(&client, now + FULL_PAUSE);
        self.timers.set(now + FULL_PAUSE, Timer::Room);
        out.effects.push(lost);
    }

    /// The device could not be opened just now: nobody's attempt, and nobody's fault.
    fn busy_there(&mut self, now: Millis, taken: Taken, fault: &Fault, out: &mut Effects) {
        let worker = taken.lease.worker.clone();
        let lost = self.lost_without_blame(&taken, fault);
        self.blameless(taken, out);
        if worker.seat.is_some() {
            self.roster.device_busy(now, &worker);
            self.timers.set(now + NARROW_FOR, Timer::Rested);
            self.device_failed(now, &worker, "it is busy", out);
        }
        out.effects.push(lost);
    }

    /// A device that fails again and again rests, and somebody is told.
    fn device_failed(&mut self, now: Millis, worker: &Worker, why: &str, out: &mut Effects) {
        let Some(rest) = self.roster.device_failed(now, worker) else { return };
        self.timers.set(now + rest, Timer::Rested);
        let (client, name) = (worker.client.clone(), self.roster.name_of(&worker.client));
        let device = worker.device().unwrap_or_default().to_owned();
        let why = format!("{why}, {TROUBLES_MAX} times in a row; it rests for {:.0} s", rest.as_secs_f64());
        out.effects.push(Effect::Notice(Notice::DeviceSpared { client, name, device, why }));
    }

    /// No attempt is counted.
    fn lost_without_blame(&self, taken: &Taken, fault: &Fault) -> Effect {
        let Taken { id: lease_id, job: id, lease } = taken;
        Effect::Notice(Notice::LeaseLost {
            job: id.clone(),
            client: lease.worker.client.clone(),
            name: self.roster.name_of(&lease.worker.client),
            lease: *lease_id,
            share: lease.share,
            attempt: 0,
            fault: fault.clone(),
        })
    }

    /// All leases of a job end without blame, and its clients are told.
    pub(super) fn revoke_all(&mut self, id: &JobId, reason: &str, out: &mut Effects) {
        let Some(job) = self.jobs.get(id) else { return };
        let leases: Vec<LeaseId> = job.leases.keys().copied().collect();
        for lease_id in leases {
            self.tell_revoked(lease_id, reason, out);
            if let Some(taken) = self.take_lease(lease_id) {
                out.effects.push(Effect::DiscardPiece { lease: lease_id, job: taken.job.clone() });
                self.blameless(taken, out);
            }
        }
        self.look = true;
    }

    pub(super) fn tell_revoked(&self, id: LeaseId, reason: &str, out: &mut Effects) {
        let Some((_, lease)) = self.jobs.lease_of(id) else { return };
        if let Some(session) = self.roster.session(&lease.worker.client) {
            let (client, reason) = (lease.worker.client.clone(), reason.to_owned());
            out.effects.push(Effect::Revoke { client, session, lease: id, reason });
        }
    }
}
