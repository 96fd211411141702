//! The judge.
//! It knows the durable record, what was acknowledged to clients and people, and what reached the
//! server; it never looks into a mind. A broken rule is a panic with one sentence.
//!
//! `commit` has the rules of what may become durable, `reason` those of why a job may fail, `lies`
//! those of what follows from a lie, `perform` those of what may be said and done, `end` those of
//! how a history may end.

pub(crate) mod commit;
pub(crate) mod end;
pub(crate) mod lies;
pub(crate) mod perform;
mod reason;
mod tracks;

use std::collections::{BTreeMap, BTreeSet};

use ffmpeg_cluster_common::cluster::change::Memory;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo};
use ffmpeg_cluster_common::limits::{GRACE_AFTER_BOOT, GRACE_AFTER_CLOSE};
use ffmpeg_cluster_common::media::plan::track::Segment;
use ffmpeg_cluster_common::time::Millis;

use crate::disk::{Content, Disk};
use crate::film::Part;
use crate::perform::FORGED_MDB;
use crate::record::{Record, is_lie};

#[derive(Debug, Default)]
pub(crate) struct Oracle {
    /// A moment for each thing that is given or acknowledged.
    order: u64,
    /// Lease numbers that were ever given, those that a power cut made undone included.
    given: BTreeMap<LeaseId, u64>,
    acknowledged: BTreeMap<LeaseId, (u64, JobId, Segment)>,
    promised: BTreeSet<JobId>,
    cancelled: BTreeSet<JobId>,
    /// What lay in the files of pieces when they were kept.
    contents: BTreeMap<LeaseId, Content>,
    /// When jobs ended.
    ended: BTreeMap<JobId, Millis>,
    presence: Presence,
    draining: bool,
    /// Leases whose pieces passed an audit.
    passed: BTreeSet<LeaseId>,
    /// Of which jobs, and by whom, pieces failed one.
    failed_audits: BTreeSet<(JobId, ClientId)>,
    /// Who alone failed two of them, of which job, since the server started.
    suspects: BTreeSet<(JobId, ClientId)>,
    /// Pieces that were kept and are not believed any more.
    doubted: BTreeSet<LeaseId>,
    /// Frames that were kept and doubted.
    begun_again: Vec<(JobId, Segment)>,
    /// Clients that the server said it sets aside, and did not say that it takes them back.
    aside: BTreeSet<ClientId>,
}

/// Which clients the server has reason to believe in, on its own clock.
#[derive(Debug, Default)]
struct Presence {
    here: BTreeMap<ClientId, SessionNo>,
    able: BTreeSet<ClientId>,
    heard: BTreeMap<ClientId, Millis>,
    /// The leases of those who are away are theirs until then.
    away_until: BTreeMap<ClientId, Millis>,
}

/// What the server was given in one turn.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// On the server's clock.
    pub(crate) now: Millis,
    hellos: Vec<(ClientId, SessionNo, Vec<LeaseId>)>,
    /// Sent away or leaving: their leases end without blame.
    leaving: BTreeSet<ClientId>,
    /// Given back by clients that had not begun them.
    returned: BTreeSet<LeaseId>,
    came_or_went: BTreeSet<ClientId>,
    /// As it was before this turn, where it changed.
    heard_before: BTreeMap<ClientId, Millis>,
    away_before: BTreeMap<ClientId, Millis>,
    /// The server was told to stop before.
    draining: bool,
    sent: BTreeSet<(ClientId, LeaseId)>,
    spoken_of: BTreeSet<LeaseId>,
    /// Leases whose pieces were found to be lies, and those of them that failed an audit.
    pub(super) lies: BTreeSet<LeaseId>,
    pub(super) failed_audits: BTreeSet<LeaseId>,
}

impl Batch {
    fn comes_without(&self, lease: LeaseId, client: &ClientId) -> bool {
        self.hellos.iter().any(|(one, _, holding)| one == client && !holding.contains(&lease))
    }
}

impl Oracle {
    pub(crate) fn server_starts(&mut self, memory: &Memory) {
        (self.presence, self.draining) = (Presence::default(), false);
        self.aside.clear();
        self.suspects.clear();
        for held in memory.jobs.iter().flat_map(|job| &job.leases) {
            self.presence.away_until.insert(held.client.clone(), GRACE_AFTER_BOOT);
        }
    }

    pub(crate) fn listen(&self, now: Millis) -> Batch {
        Batch { now, draining: self.draining, ..Batch::default() }
    }

    /// Called before the mind sees the event.
    pub(crate) fn hears(&mut self, batch: &mut Batch, event: &Event) {
        match event {
            Event::ClientUp { client, session, hello, .. } => {
                self.comes(batch, client, *session);
                self.presence.set_able(client, &hello.encoders);
                batch.hellos.push((client.clone(), *session, hello.holding.clone()));
            }
            Event::Abilities { client, session, encoders, .. } if self.is_here(client, *session) => {
                batch.came_or_went.insert(client.clone());
                self.presence.set_able(client, encoders);
            }
            Event::ClientGone { client, session } if self.is_here(client, *session) => {
                self.goes(batch, client);
            }
            Event::Leaving { client, session } if self.is_here(client, *session) => {
                batch.leaving.insert(client.clone());
                self.goes(batch, client);
            }
            Event::Finishing { client, returned, .. } => {
                batch.returned.extend(returned);
                batch.came_or_went.insert(client.clone());
                // It takes nothing more.
                self.presence.able.remove(client);
            }
            Event::DisconnectAsked { client, .. } if self.presence.here.contains_key(client) => {
                batch.leaving.insert(client.clone());
                self.goes(batch, client);
            }
            Event::Heard { client, session, .. } if self.is_here(client, *session) => {
                self.heard(batch, client);
            }
            Event::Drain => self.draining = true,
            Event::PieceSent { client, lease, .. } => drop(batch.sent.insert((client.clone(), *lease))),
            Event::Progress { lease, .. }
            | Event::Encoded { lease, .. }
            | Event::LeaseFailed { lease, .. }
            | Event::OfferFailed { lease, .. } => {
                batch.spoken_of.insert(*lease);
            }
            Event::PieceChecked { lease, result: Err(fault), .. } if is_lie(fault.code) => {
                batch.lies.insert(*lease);
            }
            Event::Audited { lease, result: Ok(audit) } if audit.piece_mdb == FORGED_MDB => {
                batch.lies.insert(*lease);
                batch.failed_audits.insert(*lease);
            }
            Event::Audited { lease, .. } => drop(self.passed.insert(*lease)),
            _ => {}
        }
    }

    fn is_here(&self, client: &ClientId, session: SessionNo) -> bool {
        self.presence.here.get(client) == Some(&session)
    }

    fn heard(&mut self, batch: &mut Batch, client: &ClientId) {
        if let Some(before) = self.presence.heard.insert(client.clone(), batch.now) {
            batch.heard_before.entry(client.clone()).or_insert(before);
        }
    }

    fn comes(&mut self, batch: &mut Batch, client: &ClientId, session: SessionNo) {
        batch.came_or_went.insert(client.clone());
        self.presence.here.insert(client.clone(), session);
        if let Some(until) = self.presence.away_until.remove(client) {
            batch.away_before.entry(client.clone()).or_insert(until);
        }
        self.heard(batch, client);
    }

    fn goes(&mut self, batch: &mut Batch, client: &ClientId) {
        batch.came_or_went.insert(client.clone());
        self.presence.here.remove(client);
        self.presence.away_until.insert(client.clone(), batch.now + GRACE_AFTER_CLOSE);
    }

    /// Told to a person: the job will not be forgotten.
    pub(crate) fn promised(&mut self, disk: &Disk, job: &JobId) {
        assert!(disk.synced.jobs.contains_key(job), "job {job} was promised and is not durable");
        self.promised.insert(job.clone());
    }

    pub(crate) fn cancelled(&mut self, disk: &Disk, job: &JobId) {
        let durable = disk.synced.jobs.get(job).is_some_and(|job| job.known.state.is_final());
        assert!(durable, "somebody was told that job {job} is cancelled, and that is not durable");
        self.cancelled.insert(job.clone());
    }

    /// What was acknowledged survives.
    pub(crate) fn power_cut(&self, record: &Record) {
        for (lease, (_, job, _)) in &self.acknowledged {
            assert!(record.piece(job, *lease).is_some(), "the acknowledged piece {lease} is gone");
        }
        for job in &self.promised {
            assert!(record.jobs.contains_key(job), "the promised job {job} is gone");
        }
    }

    /// A client's encoder begins: not on frames whose piece was acknowledged before the lease was
    /// given.
    pub(crate) fn encode_begins(&self, lease: LeaseId, job: &JobId, part: Part) {
        let given = self.given.get(&lease).copied().unwrap_or(0);
        for (kept, (when, of, what)) in &self.acknowledged {
            assert!(
                of != job || *when > given || !overlap(*what, part.segment),
                "frames of the acknowledged piece {kept} are encoded again under lease {lease}"
            );
        }
    }

    /// A client whose line is sound is told within a while that its work is not wanted any more.
    pub(crate) fn encode_ends(&self, now: Millis, job: &JobId, sound_since: Option<Millis>) {
        const WITHIN: Millis = Millis::secs(20);
        let (Some(ended), Some(since)) = (self.ended.get(job), sound_since) else { return };
        let told = since < *ended && *ended + WITHIN < now;
        assert!(!told, "a client encodes on for job {job}, which ended at {} s", ended.as_secs_f64());
    }
}

impl Presence {
    fn set_able(&mut self, client: &ClientId, encoders: &[String]) {
        if encoders.iter().any(|encoder| encoder == "libx264") {
            self.able.insert(client.clone());
        } else {
            self.able.remove(client);
        }
    }
}

fn overlap(one: Segment, other: Segment) -> bool {
    let (a, b) = (one.units, other.units);
    one.track == other.track && a.start < b.end && b.start < a.end
}
