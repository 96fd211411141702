//! What may be said and done.

use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::cluster::effect::{Effect, Notice};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo};
use ffmpeg_cluster_common::limits::GRACE_AFTER_CLOSE;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::protocol::to_client::ToClient;
use ffmpeg_cluster_common::time::Millis;

use super::commit::{Commit, knows_film};
use super::tracks::tiles;
use super::{Batch, Oracle};
use crate::disk::Disk;
use crate::record::Kept;
use crate::server::Server;

impl Oracle {
    /// Answers to clients, judged by the record as it was when they asked.
    pub(super) fn answers(&mut self, commit: &Commit<'_>) {
        for effect in commit.effects {
            match effect {
                Effect::Welcome { client, session, holding } => {
                    welcomes(commit, client, *session, holding);
                }
                Effect::Say { client, message: ToClient::Revoke { lease, .. }, .. } => {
                    refuses(commit, client, *lease)
                }
                Effect::Notice(Notice::SetAside { client, .. }) => drop(self.aside.insert(client.id.clone())),
                Effect::Notice(Notice::TakenBack { client, .. }) => drop(self.aside.remove(&client.id)),
                Effect::Check { lease, .. } => checks(commit, *lease),
                Effect::Index { job, .. } | Effect::Join { job } => {
                    assert!(
                        self.draining || commit.crashes(job) > 0,
                        "job {job} is worked on by the server itself and the record does not say so"
                    );
                }
                Effect::Offer { client, promised, .. } => {
                    let lease = promised.lease;
                    let durable = commit.lease(lease).is_some_and(|(_, _, holder)| holder == client);
                    assert!(durable, "lease {lease} is offered to {client} and is not in the record");
                }
                Effect::Say { client, session, message: ToClient::Refused { .. }, .. } => {
                    self.closes(commit.batch, client, *session);
                }
                _ => {}
            }
        }
    }

    fn closes(&mut self, batch: &Batch, client: &ClientId, session: SessionNo) {
        if self.is_here(client, session) {
            self.presence.here.remove(client);
            self.presence.away_until.insert(client.clone(), batch.now + GRACE_AFTER_CLOSE);
        }
    }

    pub(crate) fn performs(&mut self, effect: &Effect, disk: &Disk, server: &Server) {
        match effect {
            // It was kept and doubted in one turn: the client may forget it all the same.
            Effect::Say { message: ToClient::Kept { lease }, .. } if self.doubted.contains(lease) => {}
            Effect::Say { message: ToClient::Kept { lease }, .. } => self.acknowledges(*lease, disk),
            Effect::Check { lease, .. } => {
                let twice = server.checks.contains_key(lease);
                assert!(!twice, "the piece of lease {lease} is checked twice at the same time");
            }
            Effect::Join { job } => joins(&disk.record.jobs[job], job),
            _ => {}
        }
    }

    fn acknowledges(&mut self, lease: LeaseId, disk: &Disk) {
        let kept = disk.synced.jobs.iter().find_map(|(id, job)| {
            let piece = job.known.pieces.iter().find(|piece| piece.lease == lease)?;
            Some((id, piece.segment))
        });
        let (job, segment) = kept.unwrap_or_else(|| panic!("{lease} is acknowledged and is not durable"));
        self.order += 1;
        self.acknowledged.entry(lease).or_insert((self.order, job.clone(), segment));
    }
}

/// Leases that the record has and the client says it holds stay, unless they ended just now.
fn welcomes(commit: &Commit<'_>, client: &ClientId, session: SessionNo, holding: &[LeaseId]) {
    let said = commit.batch.hellos.iter().find(|(one, with, _)| (one, *with) == (client, session));
    let Some((_, _, said)) = said else { return };
    let ended = |lease: LeaseId| {
        commit.changes.iter().any(|change| match change {
            Change::LeaseEnded { lease: id, .. } => *id == lease,
            Change::PieceKept { piece, .. } => piece.lease == lease,
            _ => false,
        })
    };
    for lease in said {
        let theirs = commit.disk.record.lease(*lease).is_some_and(|(_, _, holder)| holder == client);
        assert!(
            !theirs || ended(*lease) || holding.contains(lease),
            "{client} came back with its lease {lease} and is not let have it"
        );
    }
    for lease in holding {
        let theirs = commit.disk.record.lease(*lease).is_some_and(|(_, _, holder)| holder == client);
        assert!(theirs, "{client} is told to hold {lease}, which is not in the record as its own");
    }
}

/// Said again, the answer is the same: a piece that is kept is not refused.
fn refuses(commit: &Commit<'_>, client: &ClientId, lease: LeaseId) {
    if !commit.batch.sent.contains(&(client.clone(), lease)) || commit.batch.spoken_of.contains(&lease) {
        return;
    }
    let open = commit.disk.record.jobs.iter().filter(|(id, job)| {
        !job.known.state.is_final() && !commit.ends(id) && !knows_film(commit.changes, id)
    });
    let kept = open.filter(|(id, _)| commit.disk.record.piece(id, lease).is_some()).map(|(id, _)| id).next();
    assert!(kept.is_none(), "the kept piece {lease} is refused when it is offered again");
}

/// A piece is looked at because the holder of its lease said that it is there.
fn checks(commit: &Commit<'_>, lease: LeaseId) {
    let holder = commit.lease(lease).map(|(_, _, client)| client.clone());
    let said = holder.is_some_and(|holder| commit.batch.sent.contains(&(holder, lease)));
    assert!(said, "the piece of lease {lease} is checked, and its holder did not say that it is there");
}

fn joins(job: &Kept, id: &JobId) {
    assert_eq!(job.known.state, JobState::Combining, "job {id} is joined and nobody knows");
    tiles(job, id);
}

/// How long a history may go on after the last fault, in virtual time: a client that is twenty times slower may have to
/// make a whole film, and several times; and the only one left may be set aside for a day first, if the server measured three
/// films wrongly.
pub(crate) const ENDS_WITHIN: Millis = Millis::secs(36 * 3_600);
