//! What follows from a lie.

use std::collections::{BTreeMap, BTreeSet};

use ffmpeg_cluster_common::cluster::change::{Change, Strike};
use ffmpeg_cluster_common::fault::FaultCode;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::media::plan::track::Segment;

use super::Oracle;
use super::commit::Commit;
use crate::film::Truth;
use crate::machine::{Machine, Role};
use crate::record::{Record, is_lie};

/// So many set a client aside for a day, which is longer than any history.
const STRIKES_MAX: usize = 3;

/// What people read of a job whose measure is not trusted.
pub(super) const IN_DOUBT: &str = "is in doubt";

impl Commit<'_> {
    /// After so many of its changes.
    fn strikes_after(&self, number: usize, client: &ClientId) -> Vec<Strike> {
        let mut all = self.disk.record.strikes.get(client).cloned().unwrap_or_default();
        for change in &self.changes[..number] {
            match change {
                Change::Struck { client: one, strike } if one == client => all.push(strike.clone()),
                Change::Forgiven { client: one } if one == client => all.clear(),
                Change::StrikesTakenBack { job } => all.retain(|strike| strike.job.as_ref() != Some(job)),
                _ => {}
            }
        }
        all
    }

    /// As of this commit.
    fn strikes(&self, client: &ClientId) -> usize {
        self.strikes_after(self.changes.len(), client).len()
    }

    /// Of all that this client was ever struck for, as far as the record has it, whether it was
    /// taken back since or not.
    fn struck_for(&self, client: &ClientId) -> BTreeSet<&JobId> {
        let before = self.disk.record.strikes.get(client).into_iter().flatten();
        let new = self.changes.iter().filter_map(|change| match change {
            Change::Struck { client: one, strike } if one == client => Some(strike),
            _ => None,
        });
        before.chain(new).filter_map(|strike| strike.job.as_ref()).collect()
    }

    /// Before this commit, or in it.
    pub(super) fn failed_audit_of(&self, client: &ClientId, job: &JobId) -> bool {
        self.struck_for(client).contains(job)
    }

    /// As of this commit, or before it.
    pub(super) fn is_out(&self, client: &ClientId) -> bool {
        let before = self.disk.record.strikes.get(client).map_or(0, Vec::len);
        before.max(self.strikes(client)) >= STRIKES_MAX
    }

    pub(super) fn strikes_out(&self, client: &ClientId) -> bool {
        let struck = |change: &Change| matches!(change, Change::Struck { client: one, .. } if one == client);
        self.changes.iter().any(struck) && self.strikes(client) >= STRIKES_MAX
    }

    pub(super) fn doubts(&self, job: &JobId, piece: LeaseId) -> bool {
        let doubts = |change: &Change| matches!(change, Change::PieceDoubted { job: of, lease } if of == job && *lease == piece);
        self.changes.iter().any(doubts)
    }

    /// Leases that end by a lie, their clients, and whether it was one of pictures.
    fn ended_by_lies(&self) -> impl Iterator<Item = (&LeaseId, &ClientId, bool)> {
        self.changes.iter().filter_map(|change| match change {
            Change::LeaseEnded { lease, attempt: Some(attempt), .. } if is_lie(attempt.past.fault.code) => {
                let (_, _, client) = self.lease(*lease)?;
                Some((lease, client, attempt.past.fault.code == FaultCode::AuditFailed))
            }
            _ => None,
        })
    }

    fn share_kept(&self, piece: LeaseId) -> Option<Segment> {
        self.changes.iter().find_map(|change| match change {
            Change::PieceKept { piece: kept, .. } if kept.lease == piece => Some(kept.segment),
            _ => None,
        })
    }

    fn newly_struck(&self) -> impl Iterator<Item = &ClientId> {
        self.changes.iter().filter_map(|change| match change {
            Change::Struck { client, .. } => Some(client),
            _ => None,
        })
    }

    fn kept_for(&self, client: &ClientId) -> bool {
        let kept =
            |change: &Change| matches!(change, Change::PieceKept { piece, .. } if piece.client == *client);
        self.changes.iter().any(kept)
    }
}

impl Oracle {
    pub(super) fn lies(&mut self, commit: &Commit<'_>) {
        for lease in &commit.batch.lies {
            let lives = commit.disk.record.lease(*lease).is_some();
            let ends =
                |change: &Change| matches!(change, Change::LeaseEnded { lease: one, .. } if one == lease);
            let ended = commit.changes.iter().any(ends);
            assert!(!lives || ended, "the piece of lease {lease} is a lie, and the lease goes on");
        }
        for (lease, client, forged) in commit.ended_by_lies() {
            let struck =
                |change: &Change| matches!(change, Change::Struck { client: one, .. } if one == client);
            let struck = commit.changes.iter().any(struck);
            let again =
                forged && commit.lease(*lease).is_some_and(|(of, ..)| commit.failed_audit_of(client, of));
            assert!(struck || again, "{client} lied about {lease}, and nobody writes it down");
            if again && !struck {
                self.suspects.extend(commit.lease(*lease).map(|(job, ..)| (job.clone(), client.clone())));
            }
            if forged {
                believes_nothing(commit, *lease, client);
            }
        }
        strikes_once_for_each_job(commit);
        self.failed_audits.extend(failed_audits(commit));
    }

    /// Pieces of two clients failed their audit, or nobody but one was there for it; nobody is held
    /// to it, and nobody goes on with it.
    pub(super) fn measure_is_in_doubt(&self, commit: &Commit<'_>, job: &JobId, error: &str) {
        let all = self.failed_audits.iter().cloned().chain(failed_audits(commit));
        let clients: BTreeSet<ClientId> = all.filter(|(of, _)| of == job).map(|(_, client)| client).collect();
        let waited = error.contains("for an hour no other client worked on it");
        assert!(
            clients.len() >= 2 || waited,
            "the measure of job {job} is in doubt by the audits of {clients:?} alone"
        );
        let clients = commit.disk.record.strikes.keys().chain(commit.newly_struck());
        for client in clients {
            let all = commit.strikes_after(commit.changes.len(), client);
            let held = all.iter().any(|strike| strike.job.as_ref() == Some(job));
            assert!(!held, "{client} is still held to the audit of job {job}, which is in doubt");
        }
    }

    pub(super) fn doubted(&mut self, commit: &Commit<'_>, job: &JobId, lease: LeaseId) {
        let piece = commit.disk.record.piece(job, lease);
        let by = piece.map(|piece| &piece.client);
        // It may have been kept in this very turn.
        let segment = piece.map(|piece| piece.segment).or_else(|| commit.share_kept(lease));
        let caught = commit.ended_by_lies().any(|(lie, client, forged)| {
            let here = commit.lease(*lie).is_some_and(|(of, ..)| of == job);
            forged && Some(client) == by && (here || commit.struck_for(client).len() > 1)
        });
        let blind = self.contents.values().any(|content| content.job == *job && content.tells_of_blindness());
        let doubtful = caught || blind || by.is_none();
        assert!(doubtful, "{lease} is doubted, and its client {by:?} was not caught, nor saw anybody amiss");
        self.acknowledged.remove(&lease);
        self.doubted.insert(lease);
        // What failed at these frames before they were made has no bearing on what comes after.
        self.begun_again.extend(segment.map(|segment| (job.clone(), segment)));
    }

    /// Where each piece is audited, none is kept that was not.
    pub(super) fn was_audited(&self, commit: &Commit<'_>, lease: LeaseId, doubtful: bool) {
        // Times have no pictures to look at.
        let pictures = commit.disk.pieces.get(&lease).is_some_and(|content| content.part.is_pictures());
        let needs = commit.audit_percent == 100 && pictures;
        assert!(!needs || self.passed.contains(&lease), "{lease} is kept and passed no audit");
        let told = "is kept unaudited, where another piece of its frames failed an audit";
        assert!(!doubtful || self.passed.contains(&lease), "{lease} {told}");
    }
}

/// Of which jobs, and by whom, pieces failed their audit in this turn.
fn failed_audits(commit: &Commit<'_>) -> impl Iterator<Item = (JobId, ClientId)> {
    commit.batch.failed_audits.iter().filter_map(|lease| {
        let (job, _, client) = commit.lease(*lease)?;
        Some((job.clone(), client.clone()))
    })
}

/// One job alone says no more than once that somebody lies.
fn strikes_once_for_each_job(commit: &Commit<'_>) {
    let mut seen = BTreeSet::new();
    let clients: BTreeSet<&ClientId> =
        commit.disk.record.strikes.keys().chain(commit.newly_struck()).collect();
    for client in clients {
        for job in
            commit.strikes_after(commit.changes.len(), client).into_iter().filter_map(|strike| strike.job)
        {
            assert!(seen.insert(job.clone()), "job {job} gives a second strike, to {client}");
        }
    }
}

/// Nobody else can tell who is honest.
pub(crate) fn honest_are_struck_for_wrong_measures_alone(
    record: &Record,
    machines: &[Machine],
    truths: &BTreeMap<JobId, Truth>,
) {
    for machine in machines.iter().filter(|machine| machine.role != Role::Liar) {
        for strike in record.strikes.get(&machine.name).into_iter().flatten() {
            let wrong =
                strike.job.as_ref().and_then(|job| truths.get(job)).is_some_and(|it| it.wrong_measure);
            assert!(wrong, "{} is honest, and struck: {}", machine.name, strike.why);
        }
    }
}

/// All that the client made of open jobs is to do again; of other jobs, if more than one says that
/// it lies.
fn believes_nothing(commit: &Commit<'_>, lie: LeaseId, client: &ClientId) {
    let by = commit.lease(lie).map(|(job, ..)| job);
    let left = commit.strikes_after(commit.changes.len(), client);
    let evidence: BTreeSet<&JobId> = left.iter().filter_map(|strike| strike.job.as_ref()).collect();
    // What came after the lie in the same turn is its own affair.
    if commit.kept_for(client) {
        return;
    }
    for (id, job) in &commit.disk.record.jobs {
        if evidence.len() < 2 && Some(id) != by {
            continue;
        }
        if job.known.state.is_final() || commit.ends(id) || super::commit::knows_film(commit.changes, id) {
            continue;
        }
        let left =
            job.known.pieces.iter().find(|piece| piece.client == *client && !commit.doubts(id, piece.lease));
        let left = left.map(|piece| piece.lease);
        assert!(left.is_none(), "{client} sent forged pictures, and its piece {left:?} is still believed");
    }
}

/// Nothing is given to whom nobody trusts.
pub(super) fn is_trusted(commit: &Commit<'_>, number: usize, client: &ClientId) {
    let strikes = commit.strikes_after(number, client).len();
    assert!(strikes < STRIKES_MAX, "{client} lied {strikes} times and gets another lease");
}
