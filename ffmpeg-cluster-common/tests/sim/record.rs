//! The durable record, in memory: changes in, what a restart would find out.
//! Unlike the real one it forgets nothing, so that the oracle can judge by it: pieces of ended jobs
//! stay, and every failure of a lease is listed.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::change::{
    Attempt, Change, Memory, RememberedJob, RememberedLease, RememberedPiece, Strike,
};
use ffmpeg_cluster_common::fault::FaultCode;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::media::plan::track::{Segment, Track, TrackNo, WorkKind};
use ffmpeg_cluster_common::protocol::command::JobState;

/// Whether a client alone can be to blame.
/// The simulator says it itself: what the product believes of a code is judged by it.
pub(crate) const fn is_lie(code: FaultCode) -> bool {
    matches!(code, FaultCode::NotAsLeased | FaultCode::AuditFailed)
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Record {
    pub(crate) boot: u32,
    pub(crate) jobs: BTreeMap<JobId, Kept>,
    speeds: BTreeMap<(ClientId, WorkKind), f64>,
    names: BTreeMap<ClientId, String>,
    pub(crate) strikes: BTreeMap<ClientId, Vec<Strike>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) known: RememberedJob,
    pub(crate) error: Option<String>,
    /// Leases that ended in a fault since the film was indexed.
    pub(crate) failures: Vec<(Segment, ClientId)>,
}

impl Record {
    pub(crate) fn load(&mut self) -> Memory {
        self.boot += 1;
        let open = self.jobs.values().filter(|job| !job.known.state.is_final());
        Memory {
            boot: self.boot,
            jobs: open.map(|job| job.known.clone()).collect(),
            speeds: self.speeds.clone(),
            names: self.names.clone(),
            strikes: self.strikes.clone(),
        }
    }

    pub(crate) fn piece(&self, job: &JobId, lease: LeaseId) -> Option<&RememberedPiece> {
        self.jobs.get(job)?.known.pieces.iter().find(|piece| piece.lease == lease)
    }

    pub(crate) fn lease(&self, lease: LeaseId) -> Option<(&JobId, Segment, &ClientId)> {
        self.jobs.iter().find_map(|(id, job)| {
            let held = job.known.leases.iter().find(|one| one.lease == lease)?;
            Some((id, held.segment, &held.client))
        })
    }

    fn job(&mut self, id: &JobId) -> &mut Kept {
        self.jobs.get_mut(id).expect("changes are of jobs that were added")
    }

    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::JobAdded { job, spec, at } => {
                let known = RememberedJob {
                    job: job.clone(),
                    spec: (**spec).clone(),
                    state: JobState::Queued,
                    film: None,
                    created_at: *at,
                    pieces: Vec::new(),
                    leases: Vec::new(),
                    attempts: Vec::new(),
                    crashes: 0,
                    place: Default::default(),
                    paused: false,
                };
                let fresh = Kept { known, error: None, failures: Vec::new() };
                assert!(self.jobs.insert(job.clone(), fresh).is_none(), "job {job} was added twice");
            }
            Change::CrashesTold { job, crashes } => self.job(job).known.crashes = *crashes,
            Change::JobMoved { job, state } => self.job(job).known.state = *state,
            Change::Placed { job, place } => self.job(job).known.place = *place,
            Change::Paused { job, paused } => self.job(job).known.paused = *paused,
            Change::ClientsWanted { job, clients } => {
                self.job(job).known.spec.required_clients = *clients;
            }
            Change::FilmKnown { job, film } => {
                let job = self.job(job);
                job.known.film = Some((**film).clone());
                job.failures.clear();
                (job.known.pieces, job.known.leases, job.known.attempts) = Default::default();
            }
            Change::KeptToOneKind { job, track, kind } => {
                self.track(job, *track).one_kind = Some(kind.clone());
            }
            Change::TrackGivenUp { job, track, why } => self.give_up(job, *track, why),
            Change::JobEnded { job, state, error, .. } => {
                let job = self.job(job);
                assert!(!job.known.state.is_final(), "job {} ended twice", job.known.job);
                job.known.state = *state;
                job.error.clone_from(error);
                job.known.leases.clear();
            }
            Change::Leased { job, lease, segment, client, seat } => {
                let (lease, segment, client, seat) = (*lease, *segment, client.clone(), seat.clone());
                self.job(job).known.leases.push(RememberedLease { lease, segment, client, seat });
            }
            Change::LeaseEnded { job, lease, attempt, .. } => self.end_lease(job, *lease, attempt.as_ref()),
            Change::PieceKept { job, piece } => self.keep(job, (**piece).clone()),
            Change::PieceDoubted { job, lease } => self.doubt(job, *lease),
            Change::Struck { client, strike } => {
                self.strikes.entry(client.clone()).or_default().push(strike.clone());
            }
            Change::Forgiven { client } => drop(self.strikes.remove(client)),
            Change::StrikesTakenBack { job } => {
                let others = |strike: &Strike| strike.job.as_ref() != Some(job);
                self.strikes.values_mut().for_each(|all| all.retain(others));
                self.strikes.retain(|_, all| !all.is_empty());
            }
            Change::SpeedMeasured { client, kind, fps } => {
                self.speeds.insert((client.clone(), kind.clone()), *fps);
            }
            Change::ClientSeen { client, name, .. } => {
                self.names.insert(client.clone(), name.clone());
            }
        }
    }

    fn track(&mut self, job: &JobId, track: TrackNo) -> &mut Track {
        self.job(job).known.film.as_mut().expect("tracks are of known films").track_mut(track)
    }

    fn give_up(&mut self, job: &JobId, track: TrackNo, why: &str) {
        self.track(job, track).given_up = Some(why.to_owned());
        let kept = self.job(job);
        let others = |segment: Segment| segment.track != track;
        kept.known.pieces.retain(|piece| others(piece.segment));
        kept.known.leases.retain(|lease| others(lease.segment));
        kept.known.attempts.retain(|attempt| others(attempt.segment));
        kept.failures.retain(|(segment, _)| others(*segment));
    }

    fn end_lease(&mut self, job: &JobId, lease: LeaseId, attempt: Option<&Attempt>) {
        let job = self.job(job);
        let client = job.known.leases.iter().find(|one| one.lease == lease).map(|one| one.client.clone());
        job.known.leases.retain(|one| one.lease != lease);
        if let Some(attempt) = attempt {
            job.known.attempts.retain(|older| older.segment != attempt.segment);
            job.known.attempts.push(attempt.clone());
            let client = client.filter(|_| !is_lie(attempt.past.fault.code));
            job.failures.extend(client.map(|client| (attempt.segment, client)));
        }
    }

    fn doubt(&mut self, job: &JobId, lease: LeaseId) {
        let known = &mut self.job(job).known;
        let at = known.pieces.iter().position(|piece| piece.lease == lease);
        known.pieces.remove(at.unwrap_or_else(|| panic!("{lease} is doubted and is not kept")));
    }

    fn keep(&mut self, job: &JobId, piece: RememberedPiece) {
        let job = self.job(job);
        job.known.leases.retain(|one| one.lease != piece.lease);
        job.known.attempts.retain(|attempt| attempt.segment != piece.segment);
        job.failures.retain(|(segment, _)| *segment != piece.segment);
        job.known.pieces.push(piece);
    }
}
