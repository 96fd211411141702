//! The durable record, in memory: changes in, what a restart would find out. Unlike the real one it forgets nothing, so
//! that the oracle can judge by it: pieces of ended jobs stay, and every failure of a lease is listed.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::change::{
    Attempt, Change, Memory, RememberedJob, RememberedLease, RememberedPiece, StoredShare, Strike,
};
use ffmpeg_cluster_common::fault::FaultCode;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::media::plan::film::WorkKind;
use ffmpeg_cluster_common::protocol::command::JobState;

/// Whether a client alone can be to blame. The simulator says it itself: what the product believes of a code is judged by it.
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
    pub(crate) failures: Vec<(StoredShare, ClientId)>,
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

    pub(crate) fn lease(&self, lease: LeaseId) -> Option<(&JobId, StoredShare, &ClientId)> {
        self.jobs.iter().find_map(|(id, job)| {
            let held = job.known.leases.iter().find(|one| one.lease == lease)?;
            Some((id, held.share, &held.client))
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
                };
                let fresh = Kept { known, error: None, failures: Vec::new() };
                assert!(self.jobs.insert(job.clone(), fresh).is_none(), "job {job} was added twice");
            }
            Change::CrashesTold { job, crashes } => self.job(job).known.crashes = *crashes,
            Change::JobMoved { job, state } => self.job(job).known.state = *state,
            Change::FilmKnown { job, film } => {
                let job = self.job(job);
                job.known.film = Some((**film).clone());
                job.failures.clear();
                (job.known.pieces, job.known.leases, job.known.attempts) = Default::default();
            }
            Change::KeptToOneKind { job, kind } => {
                let film = self.job(job).known.film.as_mut().expect("only known films are left to a kind");
                film.one_kind = Some(kind.clone());
            }
            Change::JobEnded { job, state, error, .. } => {
                let job = self.job(job);
                assert!(!job.known.state.is_final(), "job {} ended twice", job.known.job);
                job.known.state = *state;
                job.error.clone_from(error);
                job.known.leases.clear();
            }
            Change::Leased { job, lease, share, client, seat } => {
                let (lease, share, client, seat) = (*lease, *share, client.clone(), seat.clone());
                self.job(job).known.leases.push(RememberedLease { lease, share, client, seat });
            }
            Change::LeaseEnded { job, lease, attempt } => self.end_lease(job, *lease, attempt.as_ref()),
            Change::PieceKept { job, lease, share, client, piece, encode_ms } => {
                let (lease, share, client, piece) = (*lease, *share, client.clone(), piece.clone());
                self.keep(job, RememberedPiece { lease, share, client, piece, encode_ms: *encode_ms });
            }
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

    fn end_lease(&mut self, job: &JobId, lease: LeaseId, attempt: Option<&Attempt>) {
        let job = self.job(job);
        let client = job.known.leases.iter().find(|one| one.lease == lease).map(|one| one.client.clone());
        job.known.leases.retain(|one| one.lease != lease);
        if let Some(attempt) = attempt {
            job.known.attempts.retain(|older| older.share != attempt.share);
            job.known.attempts.push(attempt.clone());
            let client = client.filter(|_| !is_lie(attempt.fault.code));
            job.failures.extend(client.map(|client| (attempt.share, client)));
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
        job.known.attempts.retain(|attempt| attempt.share != piece.share);
        job.failures.retain(|(share, _)| *share != piece.share);
        job.known.pieces.push(piece);
    }
}
