//! The durable record, in memory: changes in, what a restart would find out. It refuses to keep the same frames twice.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::change::{Attempt, Change, Memory, RememberedJob, RememberedPiece};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::command::JobState;

#[derive(Debug, Default)]
pub(crate) struct Catalog {
    boot: u32,
    pub(crate) jobs: BTreeMap<JobId, RememberedJob>,
    speeds:
        BTreeMap<(ffmpeg_cluster_common::ids::ClientId, ffmpeg_cluster_common::media::film::WorkKind), f64>,
}

impl Catalog {
    pub(crate) fn load(&mut self) -> Memory {
        self.boot += 1;
        let open = self.jobs.values().filter(|job| !job.state.is_final());
        Memory {
            boot: self.boot,
            jobs: open.cloned().collect(),
            speeds: self.speeds.clone(),
            names: BTreeMap::new(),
        }
    }

    pub(crate) fn commit(&mut self, changes: &[Change]) {
        changes.iter().for_each(|change| self.apply(change));
    }

    fn job(&mut self, id: &JobId) -> &mut RememberedJob {
        self.jobs.get_mut(id).expect("changes are of jobs that were added")
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::JobAdded { job, spec, at } => {
                let fresh = RememberedJob {
                    job: job.clone(),
                    spec: (**spec).clone(),
                    state: JobState::Queued,
                    film: None,
                    created_at: *at,
                    pieces: Vec::new(),
                    leases: Vec::new(),
                    attempts: Vec::new(),
                };
                assert!(self.jobs.insert(job.clone(), fresh).is_none(), "a job was added twice");
            }
            Change::JobMoved { job, state } => self.job(job).state = *state,
            Change::FilmKnown { job, film } => {
                let job = self.job(job);
                job.film = Some((**film).clone());
                (job.pieces, job.leases, job.attempts) = Default::default();
            }
            Change::JobEnded { job, state, .. } => self.job(job).state = *state,
            Change::Leased { job, lease, share, client } => {
                self.job(job).leases.push((*lease, *share, client.clone()));
            }
            Change::LeaseEnded { job, lease, attempt } => {
                let job = self.job(job);
                job.leases.retain(|(id, ..)| id != lease);
                if let Some(attempt) = attempt {
                    forget_attempt(&mut job.attempts, attempt);
                    job.attempts.push(attempt.clone());
                }
            }
            Change::PieceKept { job, lease, share, client, piece, encode_ms } => {
                let (lease, share, piece, encode_ms) = (*lease, *share, piece.clone(), *encode_ms);
                let job = self.job(job);
                job.leases.retain(|(id, ..)| *id != lease);
                assert!(job.pieces.iter().all(|kept| kept.share != share), "{share:?} was kept twice");
                job.attempts.retain(|attempt| attempt.share != share);
                job.pieces.push(RememberedPiece { lease, share, client: client.clone(), piece, encode_ms });
            }
            Change::SpeedMeasured { client, kind, fps } => {
                self.speeds.insert((client.clone(), kind.clone()), *fps);
            }
            Change::ClientSeen { .. } => {}
        }
    }
}

fn forget_attempt(attempts: &mut Vec<Attempt>, newer: &Attempt) {
    attempts.retain(|attempt| attempt.share != newer.share);
}
