//! What follows from a lie.

use ffmpeg_cluster_common::cluster::change::{Change, StoredShare};
use ffmpeg_cluster_common::cluster::effect::Share;
use ffmpeg_cluster_common::fault::{FaultCode, is_lie};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};

use super::Oracle;
use super::commit::Commit;

/// So many set a client aside for a day, which is longer than any history.
const STRIKES_MAX: usize = 3;

impl Commit<'_> {
    /// As of this commit.
    fn strikes(&self, client: &ClientId) -> usize {
        let before = self.disk.record.strikes.get(client).map_or(0, Vec::len);
        self.changes.iter().fold(before, |count, change| match change {
            Change::Struck { client: one, .. } if one == client => count + 1,
            Change::Forgiven { client: one } if one == client => 0,
            _ => count,
        })
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
            Change::LeaseEnded { lease, attempt: Some(attempt), .. } if is_lie(attempt.fault.code) => {
                let (_, _, client) = self.lease(*lease)?;
                Some((lease, client, attempt.fault.code == FaultCode::AuditFailed))
            }
            _ => None,
        })
    }

    fn share_kept(&self, piece: LeaseId) -> Option<StoredShare> {
        self.changes.iter().find_map(|change| match change {
            Change::PieceKept { lease, share, .. } if *lease == piece => Some(*share),
            _ => None,
        })
    }

    fn kept_for(&self, client: &ClientId) -> bool {
        let kept = |change: &Change| matches!(change, Change::PieceKept { client: by, .. } if by == client);
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
            assert!(struck, "{client} lied about {lease}, and nobody writes it down");
            if forged {
                believes_nothing(commit, client);
            }
        }
    }

    pub(super) fn doubted(&mut self, commit: &Commit<'_>, job: &JobId, lease: LeaseId) {
        let piece = commit.disk.record.piece(job, lease);
        let by = piece.map(|piece| &piece.client);
        // It may have been kept in this very turn.
        let share = piece.map(|piece| piece.share).or_else(|| commit.share_kept(lease)).flatten();
        let caught = commit.ended_by_lies().any(|(_, client, forged)| forged && Some(client) == by);
        let blind = self.contents.values().any(|content| content.job == *job && content.tells_of_blindness());
        let doubtful = caught || blind || by.is_none();
        assert!(doubtful, "{lease} is doubted, and its client {by:?} was not caught, nor saw anybody amiss");
        self.acknowledged.remove(&lease);
        self.doubted.insert(lease);
        // What failed at these frames before they were made has no bearing on what comes after.
        self.begun_again.extend(share.map(|share| (job.clone(), share)));
    }

    /// Where each piece is audited, none is kept that was not.
    pub(super) fn was_audited(&self, commit: &Commit<'_>, lease: LeaseId, share: StoredShare) {
        // Times have no pictures to look at.
        let lists =
            commit.disk.pieces.get(&lease).is_some_and(|content| matches!(content.share, Share::List(_)));
        let needs = commit.audit_percent == 100 && share.is_some() && !lists;
        assert!(!needs || self.passed.contains(&lease), "{lease} is kept and passed no audit");
    }
}

/// All that the client made of open jobs is to do again.
fn believes_nothing(commit: &Commit<'_>, client: &ClientId) {
    // What came after the lie in the same turn is its own affair.
    if commit.kept_for(client) {
        return;
    }
    for (id, job) in &commit.disk.record.jobs {
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
    let before = commit.disk.record.strikes.get(client).map_or(0, Vec::len);
    let strikes = commit.changes[..number].iter().fold(before, |count, change| match change {
        Change::Struck { client: one, .. } if one == client => count + 1,
        Change::Forgiven { client: one } if one == client => 0,
        _ => count,
    });
    assert!(strikes < STRIKES_MAX, "{client} lied {strikes} times and gets another lease");
}
