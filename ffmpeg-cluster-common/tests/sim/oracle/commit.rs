//! What may become durable.

use ffmpeg_cluster_common::cluster::change::{Attempt, Change, RememberedPiece};
use ffmpeg_cluster_common::cluster::effect::{Effect, Notice};
use ffmpeg_cluster_common::fault::FaultCode;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::limits::SILENCE_MAX;
use ffmpeg_cluster_common::media::plan::track::Segment;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::protocol::to_client::ToClient;
use ffmpeg_cluster_common::time::Millis;

use super::lies::{IN_DOUBT, is_trusted};
use super::{Batch, Oracle, overlap};
use crate::disk::Disk;
use crate::encode::last_words;
use crate::record::{Kept, is_lie};

/// A commit before it is made: the record as it was, and what comes to it, one change after the
/// other.
pub(crate) struct Commit<'a> {
    pub(crate) batch: &'a Batch,
    pub(crate) changes: &'a [Change],
    pub(crate) effects: &'a [Effect],
    pub(crate) disk: &'a Disk,
    pub(crate) max_retries: u32,
    pub(crate) audit_percent: u32,
    pub(crate) crashes_max: u32,
    /// True time.
    pub(crate) at: Millis,
}

impl Commit<'_> {
    /// Whose lease it is, also where it was given in this very commit.
    pub(super) fn lease(&self, lease: LeaseId) -> Option<(&JobId, Segment, &ClientId)> {
        self.disk.record.lease(lease).or_else(|| {
            self.changes.iter().find_map(|change| match change {
                Change::Leased { job, lease: id, segment, client, .. } if *id == lease => {
                    Some((job, *segment, client))
                }
                _ => None,
            })
        })
    }

    /// What was decided since the film was indexed in this very commit, and whether it was.
    pub(super) fn since_indexed(&self, before: usize, job: &JobId) -> (&[Change], bool) {
        let known = |change: &Change| matches!(change, Change::FilmKnown { job: of, .. } if of == job);
        match self.changes[..before].iter().rposition(known) {
            Some(at) => (&self.changes[at..before], true),
            None => (&self.changes[..before], false),
        }
    }

    /// Failures of exactly these frames in this commit, up to this change.
    fn new_attempts(&self, before: usize, job: &JobId, segment: Segment) -> Vec<&Attempt> {
        let attempts = self.since_indexed(before, job).0.iter().filter_map(|change| match change {
            Change::LeaseEnded { job: of, attempt: Some(attempt), .. } if of == job => Some(attempt),
            _ => None,
        });
        attempts.filter(|attempt| attempt.segment == segment).collect()
    }

    fn new_failures(&self, before: usize, job: &JobId, segment: Segment) -> usize {
        let all = self.new_attempts(before, job, segment);
        all.iter().filter(|attempt| !is_lie(attempt.past.fault.code)).count()
    }

    /// The job as it was, unless its film was indexed since.
    pub(super) fn before(&self, before: usize, job: &JobId) -> Option<&Kept> {
        let afresh = self.since_indexed(before, job).1;
        self.disk.record.jobs.get(job).filter(|_| !afresh)
    }

    fn failures(&self, before: usize, job: &JobId, segment: Segment) -> u32 {
        let kept = self.before(before, job);
        let old =
            kept.map_or(0, |kept| kept.failures.iter().filter(|(failed, _)| *failed == segment).count());
        u32::try_from(old + self.new_failures(before, job, segment)).unwrap_or(u32::MAX)
    }

    pub(super) fn last_attempt(&self, before: usize, job: &JobId, segment: Segment) -> Option<&Attempt> {
        self.new_attempts(before, job, segment).pop().or_else(|| {
            let attempts = &self.before(before, job)?.known.attempts;
            attempts.iter().find(|attempt| attempt.segment == segment)
        })
    }

    pub(super) fn ends(&self, job: &JobId) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::JobEnded { job: of, .. } if of == job))
    }
    /// Another lease for the same segment lives, or did when this commit began.
    fn has_twin(&self, lease: LeaseId, job: &JobId, segment: Segment) -> bool {
        let leases = self.disk.record.jobs.get(job).into_iter().flat_map(|job| &job.known.leases);
        let mut twins = leases.filter(|other| other.segment == segment && other.lease != lease);
        let new = |change: &Change| {
            matches!(change, Change::Leased { lease: other, job: of, segment: theirs, .. }
                if of == job && *theirs == segment && *other != lease)
        };
        twins.next().is_some() || self.changes.iter().any(new)
    }
    /// A late lease goes to somebody else, whose client is away just now and can't be told.
    fn gives_anew(&self, lease: LeaseId, job: &JobId, segment: Segment) -> bool {
        self.changes.iter().any(|change| {
            matches!(change, Change::Leased { lease: other, job: of, segment: theirs, .. }
                if of == job && *theirs == segment && *other > lease)
        })
    }
    /// What clients are told.
    fn said(&self) -> impl Iterator<Item = (&ClientId, &ToClient)> {
        self.effects.iter().filter_map(|effect| match effect {
            Effect::Say { client, message, .. } => Some((client, message)),
            _ => None,
        })
    }
    fn takes_back(&self, lease: LeaseId) -> bool {
        self.said().any(|(_, said)| matches!(said, ToClient::Revoke { lease: one, .. } if *one == lease))
    }
    fn keeps(&self, job: &JobId, segment: Segment) -> bool {
        self.changes.iter().any(|change| {
            matches!(change, Change::PieceKept { job: of, piece } if of == job && piece.segment == segment)
        })
    }
    fn closes(&self, client: &ClientId) -> bool {
        self.said().any(|(one, said)| one == client && matches!(said, ToClient::Refused { .. }))
    }
    fn sets_aside(&self, client: &ClientId) -> bool {
        let aside = |effect: &Effect| matches!(effect, Effect::Notice(Notice::SetAside { client: one, .. }) if one.id == *client);
        self.effects.iter().any(aside)
    }
    /// Crashes at this job, should one come after this commit.
    pub(super) fn crashes(&self, job: &JobId) -> u32 {
        let told = |change: &Change| match change {
            Change::CrashesTold { job: of, crashes } if of == job => Some(*crashes),
            _ => None,
        };
        let recorded = || self.disk.record.jobs.get(job).map_or(0, |kept| kept.known.crashes);
        self.changes.iter().rev().find_map(told).unwrap_or_else(recorded)
    }
    /// Whether people had paused the job before this change.
    fn is_paused(&self, number: usize, job: &JobId) -> bool {
        let said = |change: &Change| match change {
            Change::Paused { job: of, paused } if of == job => Some(*paused),
            _ => None,
        };
        let recorded = || self.disk.record.jobs.get(job).is_some_and(|kept| kept.known.paused);
        self.changes[..number].iter().rev().find_map(said).unwrap_or_else(recorded)
    }
    fn indexes_again(&self, job: &JobId) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Index { job: of, .. } if of == job))
    }
}

impl Oracle {
    pub(crate) fn commits(&mut self, commit: &Commit<'_>) {
        for (number, change) in commit.changes.iter().enumerate() {
            match change {
                Change::Leased { job, lease, segment, client, .. } => {
                    self.leased(commit, number, (job, *lease, *segment, client));
                }
                Change::LeaseEnded { job, lease, segment: told, client: by, attempt } => {
                    let (_, segment, client) = commit.lease(*lease).expect("a lease that ends was given");
                    assert_eq!((*told, by), (segment, client), "lease {lease} ends as another one");
                    match attempt {
                        Some(attempt) => self.blamed(commit, number, (job, *lease, client), attempt),
                        None => self.not_blamed(commit, number, (job, *lease, client)),
                    }
                    assert!(
                        attempt.as_ref().is_none_or(|attempt| attempt.segment == segment),
                        "lease {lease} ends with a failure of other frames"
                    );
                }
                Change::PieceKept { job, piece } => self.kept(commit, job, piece),
                Change::TrackGivenUp { job, track, .. } => self.gives_up(commit, number, (job, *track)),
                Change::FilmKnown { job, .. } => self.acknowledged.retain(|_, (_, of, _)| of != job),
                Change::JobEnded { job, state, error, .. } => {
                    if *state == JobState::Failed {
                        let error = error.as_deref().unwrap_or_default();
                        if error.contains(IN_DOUBT) {
                            self.measure_is_in_doubt(commit, job, error);
                        } else {
                            self.has_a_reason(commit, number, job, error);
                        }
                    }
                    self.ended.insert(job.clone(), commit.at);
                }
                Change::JobAdded { job, .. } => {
                    assert!(!commit.batch.draining, "job {job} is taken by a server that stops");
                }
                Change::PieceDoubted { job, lease } => self.doubted(commit, job, *lease),
                Change::KeptToOneKind { .. } | Change::ClientsWanted { .. } => {}
                Change::Placed { .. } | Change::Paused { .. } => {}
                Change::Struck { .. } | Change::Forgiven { .. } | Change::StrikesTakenBack { .. } => {}
                Change::JobMoved { .. } | Change::ClientSeen { .. } | Change::SpeedMeasured { .. } => {}
                Change::CrashesTold { job, crashes } => {
                    assert!(
                        *crashes <= commit.crashes_max,
                        "job {job} is begun again after {crashes} crashes at it"
                    );
                }
            }
        }
        self.lies(commit);
        self.answers(commit);
    }

    fn leased(
        &mut self,
        commit: &Commit<'_>,
        number: usize,
        (job, lease, segment, client): (&JobId, LeaseId, Segment, &ClientId),
    ) {
        self.order += 1;
        assert!(!commit.batch.draining, "lease {lease} is given by a server that stops");
        let first = self.given.insert(lease, self.order).is_none();
        assert!(first, "lease number {lease} is given a second time");
        assert!(!commit.is_paused(number, job), "lease {lease} is given of job {job}, which is paused");
        commit.may_be_leased(number, job, segment);
        is_trusted(commit, number, client);
        let suspect = self.suspects.contains(&(job.clone(), client.clone()));
        assert!(!suspect, "{client} alone failed two audits of job {job} and gets more of it");
        let kept = commit.disk.record.jobs[job].known.pieces.iter();
        let mut kept = kept.filter(|piece| !commit.doubts(job, piece.lease));
        let again = kept.find(|piece| overlap(piece.segment, segment));
        let again = again.filter(|_| !commit.indexes_again(job) && !knows_film(commit.changes, job));
        assert!(
            again.is_none(),
            "lease {lease} is for frames of the kept piece {:?}",
            again.map(|p| p.lease)
        );
        let Some(attempt) = commit.last_attempt(number, job, segment) else { return };
        // Where the index is to blame a crash may come before the film is indexed again, as was
        // decided.
        let spent = attempt.past.count >= commit.max_retries.max(1)
            && attempt.past.fault.code != FaultCode::FramesDiffer;
        assert!(!spent || commit.has_twin(lease, job, segment), "job {job} is tried more often than allowed");
        let begun_again = |(of, again): &(JobId, Segment)| of == job && overlap(*again, segment);
        if attempt.past.failed_on.contains(client) && !self.begun_again.iter().any(begun_again) {
            let other = self.other_than(&attempt.past.failed_on, commit, job);
            assert!(
                other.is_none(),
                "{client} gets frames that it failed at before, though {:?} is here",
                other.map(ClientId::as_str)
            );
        }
    }

    /// A client that could make the job's frames all the time, and is none of these.
    pub(super) fn other_than(
        &self,
        these: &[ClientId],
        commit: &Commit<'_>,
        job: &JobId,
    ) -> Option<&ClientId> {
        let changed = |one: &ClientId| commit.batch.came_or_went.contains(one) || commit.closes(one);
        let mut others = self.presence.here.keys().filter(|other| self.presence.able.contains(other));
        others.find(|one| {
            !these.contains(one)
                && !changed(one)
                && !self.aside.contains(*one)
                && !commit.is_out(one)
                && !commit.sets_aside(one)
                && !commit.failed_audit_of(one, job)
                && !self.failed_audits.contains(&(job.clone(), (*one).clone()))
        })
    }

    fn blamed(
        &self,
        commit: &Commit<'_>,
        number: usize,
        (job, lease, client): (&JobId, LeaseId, &ClientId),
        attempt: &Attempt,
    ) {
        // A lie says nothing of the frames.
        let lie = is_lie(attempt.past.fault.code);
        let counted = u32::from(!lie) + commit.failures(number, job, attempt.segment);
        assert_eq!(
            attempt.past.count, counted,
            "attempts at {:?} of job {job} are miscounted: {counted} were made",
            attempt.segment
        );
        assert!(
            attempt.past.failed_on.contains(client),
            "the failure of lease {lease} is not put down to {client}"
        );
        match attempt.past.fault.code {
            FaultCode::ClientLost => assert!(
                self.is_lost(commit.batch, lease, client),
                "{client} loses lease {lease} before its time is over"
            ),
            FaultCode::EncoderFailed => assert!(
                attempt.past.fault.tail.contains(&last_words(client.as_str(), lease)),
                "{client} is blamed for lease {lease} with somebody else's words: {:?}",
                attempt.past.fault.tail
            ),
            _ => {}
        }
    }

    /// The client came back without the lease, or its grace is over, or it said nothing for too
    /// long.
    fn is_lost(&self, batch: &Batch, lease: LeaseId, client: &ClientId) -> bool {
        let without = batch.comes_without(lease, client);
        let away = |until: Option<&Millis>| until.is_some_and(|until| *until <= batch.now);
        let silent = |heard: Option<&Millis>| heard.is_some_and(|at| *at + SILENCE_MAX <= batch.now);
        without
            || away(self.presence.away_until.get(client))
            || away(batch.away_before.get(client))
            || silent(self.presence.heard.get(client))
            || silent(batch.heard_before.get(client))
    }

    /// Given back, or taken back, or another lease for the same frames came first; or it was
    /// promised in an earlier life of the server, which may have ended before it said so.
    fn not_blamed(
        &self,
        commit: &Commit<'_>,
        number: usize,
        (job, lease, client): (&JobId, LeaseId, &ClientId),
    ) {
        let segment = commit.lease(lease).map(|(_, segment, _)| segment);
        let cause = commit.batch.leaving.contains(client)
            || commit.ends(job)
            || commit.indexes_again(job)
            || commit.batch.returned.contains(&lease)
            || commit.takes_back(lease)
            // Taken back at once; a client that is away just now can't be told.
            || commit.is_paused(number, job)
            || segment.is_some_and(|segment| commit.goes_without(job, segment.track))
            || commit.strikes_out(client)
            || commit.failed_audit_of(client, job)
            || segment.is_some_and(|segment| commit.gives_anew(lease, job, segment))
            || (lease.boot < commit.disk.record.boot && commit.batch.comes_without(lease, client))
            || segment.is_some_and(|segment| commit.keeps(job, segment));
        assert!(cause, "lease {lease} of {client} ends and nothing is counted for it");
    }

    fn kept(&mut self, commit: &Commit<'_>, job: &JobId, piece: &RememberedPiece) {
        let RememberedPiece { lease, segment, client, .. } = piece;
        let (lease, segment) = (*lease, *segment);
        let current = commit.lease(lease);
        assert!(
            current == Some((job, segment, client)),
            "a piece is kept under {lease} for {client}, which is leased as {current:?}"
        );
        let doubtful = commit.last_attempt(commit.changes.len(), job, segment);
        let doubtful = doubtful.is_some_and(|attempt| attempt.past.audit_failed.is_some());
        self.was_audited(commit, lease, doubtful);
        let pieces = commit.disk.record.jobs[job].known.pieces.iter();
        let mut pieces = pieces.filter(|piece| !commit.doubts(job, piece.lease));
        let double = pieces.find(|piece| overlap(piece.segment, segment));
        assert!(
            double.is_none(),
            "frames are kept twice, in {lease} and {:?}",
            double.map(|piece| piece.lease)
        );
        let file = commit.disk.pieces.get(&lease);
        let file = file.unwrap_or_else(|| panic!("piece {lease} is committed before its file is durable"));
        assert_eq!(file.by, *client, "what is kept under {lease} is the work of another client");
        self.contents.insert(lease, file.clone());
    }
}

pub(super) fn knows_film(changes: &[Change], job: &JobId) -> bool {
    changes.iter().any(|change| matches!(change, Change::FilmKnown { job: of, .. } if of == job))
}
