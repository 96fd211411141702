//! Jobs come, are indexed, move, and end.

use super::Cluster;
use super::change::Change;
use super::effect::{Answer, Effect, Effects, Notice};
use super::event::{JobSpec, SourceAt};
use super::job::Job;
use super::lose::Way;
use super::timers::Timer;
use crate::fault::{Fault, FaultCode};
use crate::ids::{JobId, Ticket};
use crate::media::film::{Film, IndexedBy};
use crate::media::report::Report;
use crate::protocol::command::{ErrorCode, JobState};
use crate::shown::counted;
use crate::time::{Millis, WallMillis};

/// Sources that are indexed at the same time; more would only share one disk.
const INDEXING_MAX: usize = 2;
/// What did not fit on the disk is tried again after that.
const SPACE_AGAIN: Millis = Millis::secs(5);

impl Cluster {
    pub(super) fn on_submitted(
        &mut self,
        ticket: Ticket,
        id: JobId,
        spec: JobSpec,
        at: WallMillis,
        out: &mut Effects,
    ) {
        if self.draining {
            let message = "the server is stopping; hand the film in again when it is back".to_owned();
            out.effects
                .push(Effect::Reply { ticket, answer: Answer::Error { code: ErrorCode::Busy, message } });
            return;
        }
        out.changes.push(Change::JobAdded { job: id.clone(), spec: Box::new(spec.clone()), at });
        out.effects.push(Effect::Reply { ticket, answer: Answer::JobCreated(id.clone()) });
        out.effects.push(Effect::Notice(Notice::JobAccepted {
            job: id.clone(),
            file_name: spec.file_name.clone(),
            params: spec.params_text.clone(),
            output_name: spec.output_name.clone(),
        }));
        self.jobs.add(id, spec);
        self.index_next(out);
    }

    /// Starts indexing the next jobs in the queue, as far as there is room.
    pub(super) fn index_next(&mut self, out: &mut Effects) {
        let busy = |(_, job): &(&JobId, &Job)| job.indexing.is_some() && !job.no_room;
        let room = INDEXING_MAX.saturating_sub(self.jobs.iter().filter(busy).count());
        let waits = |job: &Job| job.film.is_none() && job.indexing.is_none();
        let next = self
            .jobs
            .queue()
            .filter(|id| waits(&self.jobs[*id]) && !self.jobs[*id].is_deadly(&self.settings))
            .take(room);
        for id in next.cloned().collect::<Vec<_>>() {
            let way = Way { by: IndexedBy::Packets, one_piece: None };
            out.effects.push(way.effect(&id));
            self.jobs.get_mut(&id).expect("queued jobs exist").indexing = Some(way);
            self.take_in_hand(&id, out);
        }
    }

    pub(super) fn on_indexed(&mut self, id: JobId, film: Film, out: &mut Effects) {
        let Some(job) = self.jobs.get_mut(&id).filter(|job| job.indexing.is_some()) else { return };
        job.indexing = None;
        out.changes.push(Change::FilmKnown { job: id.clone(), film: Box::new(film.clone()) });
        out.effects.push(Effect::Notice(indexed(&id, &film)));
        let old = self.jobs.begin(&id, film);
        out.effects.extend(old.into_iter().map(|lease| Effect::DiscardPiece { lease, job: id.clone() }));
        self.let_go(&id, out);
        self.settle(&id, out);
        self.index_next(out);
        self.look = true;
    }

    /// The state that is true now, among those in which a job waits or works.
    pub(super) fn settle(&mut self, id: &JobId, out: &mut Effects) {
        let Some(job) = self.jobs.get(id) else { return };
        let (
            Some(film),
            JobState::Queued | JobState::WaitingForClients | JobState::Benchmarking | JobState::Processing,
        ) = (&job.film, job.state)
        else {
            return;
        };
        if let Some(way) = &job.indexing {
            let why = match way.by {
                IndexedBy::Clients => "its frame list is put together",
                IndexedBy::Packets | IndexedBy::Decoding => "its frames must be told by decoding it",
            };
            return self.move_job(id, JobState::Queued, why, out);
        }
        let able = self.roster.able_for(film);
        let wanted = if job.started { 1 } else { job.spec.required_clients as usize };
        if able.len() < wanted && job.leases.is_empty() {
            let why = format!(
                "{} of {} that can encode with {} {} here",
                able.len(),
                counted(wanted as u64, "client"),
                film.encoders().collect::<Vec<_>>().join(", "),
                if wanted == 1 { "is" } else { "are" }
            );
            return self.move_job(id, JobState::WaitingForClients, &why, out);
        }
        let workers = self.roster.workers(film, &able);
        let known = workers.iter().any(|worker| self.roster.speed(worker, film).is_some());
        let job = self.jobs.get_mut(id).expect("looked up above");
        job.started = true;
        if known || job.frames_kept > 0 {
            self.move_job(id, JobState::Processing, "speeds are known", out);
        } else {
            self.move_job(id, JobState::Benchmarking, "the first segments measure the clients", out);
        }
        self.look = true;
    }

    pub(super) fn settle_all(&mut self, out: &mut Effects) {
        let all: Vec<JobId> = self.jobs.queue().cloned().collect();
        for id in all {
            self.settle(&id, out);
        }
    }

    pub(super) fn move_job(&mut self, id: &JobId, to: JobState, why: &str, out: &mut Effects) {
        let Some(job) = self.jobs.get_mut(id) else { return };
        let from = std::mem::replace(&mut job.state, to);
        if from != to {
            out.changes.push(Change::JobMoved { job: id.clone(), state: to });
            out.effects.push(Effect::Notice(Notice::JobMoved {
                job: id.clone(),
                from,
                to,
                why: why.to_owned(),
            }));
        }
    }

    /// Joins when nothing else is left to do; of a film that was only listed, the frame list is made.
    pub(super) fn join_if_made(&mut self, id: &JobId, out: &mut Effects) {
        let is_made = |job: &Job| job.is_made() && job.indexing.is_none() && job.state != JobState::Combining;
        if !self.jobs.get(id).is_some_and(is_made) {
            return;
        }
        if self.jobs.is_to_list(id) {
            return self.index_by(id, Way { by: IndexedBy::Clients, one_piece: None }, out);
        }
        // A dispute that a crash cut short would be forgotten otherwise.
        if self.is_disputed(id, out) {
            return;
        }
        self.move_job(id, JobState::Combining, "all pieces are here", out);
        self.take_in_hand(id, out);
        out.effects.push(Effect::Join { job: id.clone() });
    }

    /// The index does not tell the truth, or the film can't be cut: everything again, the safer way. What is kept
    /// stays until the new index is in the record: a restart before that goes on as if nothing had been decided.
    pub(super) fn index_again(&mut self, id: &JobId, safer: Way, out: &mut Effects) {
        self.revoke_all(id, "the film is indexed again", out);
        // What clients listed is not kept beside pieces.
        let by = if safer.by == IndexedBy::Clients { IndexedBy::Decoding } else { safer.by };
        self.index_by(id, Way { by, ..safer }, out);
    }

    fn index_by(&mut self, id: &JobId, way: Way, out: &mut Effects) {
        let job = self.jobs.get_mut(id).expect("the caller has it");
        out.effects.push(way.effect(id));
        job.indexing = Some(way);
        self.take_in_hand(id, out);
        self.settle(id, out);
    }

    /// That clients gave up on a part of the list is in no record but that of its attempts.
    pub(super) fn list_here_if_given_up(&mut self, id: &JobId, out: &mut Effects) {
        let Some(job) = self.jobs.get(id).filter(|job| job.is_to_list()) else { return };
        if job.returned.values().any(|(_, returned)| returned.past.is_given_up(&self.settings)) {
            self.index_again(id, Way { by: IndexedBy::Decoding, one_piece: None }, out);
        }
    }

    pub(super) fn on_index_failed(
        &mut self,
        now: Millis,
        id: &JobId,
        fault: &Fault,
        at: WallMillis,
        out: &mut Effects,
    ) {
        if fault.code != FaultCode::DiskFull {
            return self.on_job_fault(id, fault, at, out);
        }
        if let Some(job) = self.jobs.get_mut(id).filter(|job| job.indexing.is_some()) {
            job.no_room = true;
            self.timers.set(now + SPACE_AGAIN, Timer::Room);
            self.let_go(id, out);
            self.index_next(out);
        }
    }

    pub(super) fn on_join_failed(
        &mut self,
        now: Millis,
        id: &JobId,
        fault: &Fault,
        at: WallMillis,
        out: &mut Effects,
    ) {
        if self.is_void(id, out) {
            return;
        }
        if fault.code != FaultCode::DiskFull {
            return self.on_job_fault(id, fault, at, out);
        }
        if let Some(job) = self.jobs.get_mut(id) {
            job.no_room = true;
            self.timers.set(now + SPACE_AGAIN, Timer::Room);
            self.let_go(id, out);
        }
    }

    /// Whatever waits for room is tried again; whether there is some is seen by doing it.
    pub(super) fn on_room(&mut self, out: &mut Effects) {
        self.look = true;
        for id in self.jobs.take_waiting() {
            let job = &self.jobs[&id];
            let again = match &job.indexing {
                Some(way) => way.effect(&id),
                None if job.state == JobState::Combining => Effect::Join { job: id.clone() },
                None => continue,
            };
            self.take_in_hand(&id, out);
            out.effects.push(again);
        }
        self.index_next(out);
    }

    pub(super) fn on_join_progress(&mut self, id: &JobId, done: f32) {
        if let Some(job) = self.jobs.get_mut(id) {
            job.joined = done.clamp(0.0, 1.0);
        }
    }

    pub(super) fn on_joined(&mut self, id: &JobId, report: Box<Report>, at: WallMillis, out: &mut Effects) {
        if self.is_void(id, out) {
            return;
        }
        if self.jobs.get(id).is_some_and(|job| job.state == JobState::Combining) {
            let why = format!("{} proved", counted(report.frames_result, "frame"));
            self.end_job(id, End { state: JobState::Completed, why, report: Some(report), at }, out);
        }
    }

    pub(super) fn on_job_fault(&mut self, id: &JobId, fault: &Fault, at: WallMillis, out: &mut Effects) {
        self.fail_job(id, fault.with_last_words(), at, out);
    }

    pub(super) fn fail_job(&mut self, id: &JobId, error: String, at: WallMillis, out: &mut Effects) {
        self.end_job(id, End { state: JobState::Failed, why: error, report: None, at }, out);
    }

    pub(super) fn on_cancel_asked(&mut self, ticket: Ticket, id: JobId, at: WallMillis, out: &mut Effects) {
        let answer = if self.jobs.get(&id).is_some() {
            let why = "cancelled as asked".to_owned();
            self.end_job(&id, End { state: JobState::Cancelled, why, report: None, at }, out);
            Answer::Cancelled(id)
        } else {
            let message = format!("no job {id} that could be cancelled");
            Answer::Error { code: ErrorCode::JobNotFound, message }
        };
        out.effects.push(Effect::Reply { ticket, answer });
    }

    fn end_job(&mut self, id: &JobId, end: End, out: &mut Effects) {
        let End { state, why, report, at } = end;
        self.revoke_all(id, "the job has ended", out);
        let Some(job) = self.jobs.remove(id) else { return };
        let error = (state == JobState::Failed).then(|| why.clone());
        out.changes.push(Change::JobEnded { job: id.clone(), state, at, error, report });
        out.effects.push(Effect::StopWork { job: id.clone() });
        let source = match job.spec.source {
            SourceAt::Upload(upload) => Some(upload),
            SourceAt::LocalFile(_) | SourceAt::Sequence(_) => None,
        };
        out.effects.push(Effect::CleanJob { job: id.clone(), source });
        out.effects.push(Effect::Notice(Notice::JobEnded { job: id.clone(), state, why }));
        self.index_next(out);
        self.look = true;
    }
}

/// How a job ends.
struct End {
    state: JobState,
    why: String,
    /// Of the film that was made.
    report: Option<Box<Report>>,
    at: WallMillis,
}

impl Way {
    pub(super) fn effect(&self, job: &JobId) -> Effect {
        Effect::Index { job: job.clone(), by: self.by, one_piece: self.one_piece.clone() }
    }
}

fn indexed(id: &JobId, film: &Film) -> Notice {
    let job = id.clone();
    if film.to_list {
        return Notice::JobToList { job, packets: film.frames };
    }
    Notice::JobIndexed {
        job,
        frames: film.frames,
        cuts: film.cuts.len(),
        by: film.indexed_by,
        sound: film.sound,
        one_piece: film.one_piece.clone(),
    }
}
