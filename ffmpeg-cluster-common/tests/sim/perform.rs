//! The server's body: effects become messages, or work in the background whose outcome comes back
//! as an event.

use ffmpeg_cluster_common::cluster::effect::{Effect, Promised};
use ffmpeg_cluster_common::cluster::event::{CheckedPiece, Event};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo};
use ffmpeg_cluster_common::media::plan::film::IndexedBy;
use ffmpeg_cluster_common::media::plan::piece::{PieceFacts, SentPiece};
use ffmpeg_cluster_common::media::proof::audit::Audit;
use ffmpeg_cluster_common::protocol::to_client::{Offer, RefusalCode, ToClient, Welcome};
use ffmpeg_cluster_common::time::Millis;

use crate::client_body::announced;
use crate::disk::{Arriving, Content};
use crate::film::{self, Part};
use crate::machine::Role;
use crate::mishap::Mishap;
use crate::queue::{Background, Coming};
use crate::server::Inbox;
use crate::sight::Told;
use crate::trace;
use crate::world::World;

/// What the audit of a forged piece comes to.
pub(crate) const FORGED_MDB: u32 = 9_000;

impl World {
    pub(crate) fn perform(&mut self, effect: Effect) {
        self.oracle.performs(&effect, &self.disk, &self.server);
        match effect {
            Effect::Index { job, by, one_piece } => self.index(job, by, one_piece),
            Effect::Welcome { client, session, holding } => self.welcome(client, session, holding),
            Effect::Offer { session, promised, .. } => {
                let Promised { lease, job, segment, content, measure, lead, twice, beside, .. } = promised;
                let (part, told) = (Part { segment, content }, Told { lead, twice: twice.is_some() });
                let offer = self.words.offer((lease, job.clone()), part, measure, told);
                let offer = Offer { beside: Some(beside), ..offer };
                self.later(job, 60, Background::Offer(session, offer));
            }
            Effect::Check { lease, job, piece, .. } => {
                self.server.checks.insert(lease, piece);
                self.later(job, 500, Background::Check(lease));
            }
            Effect::Audit { lease, job, range, spot } => {
                self.later(job, 900, Background::Audit(lease, range, spot));
            }
            Effect::Join { job } => self.later(job, 5_000, Background::Join),
            Effect::Say { session, message: ToClient::Refused { code, message }, .. } => {
                self.close(session, code, message);
            }
            Effect::Say { session, message, .. } => self.server_says(session, message),
            Effect::DiscardPiece { lease, .. } => self.disk.discard(lease),
            Effect::StopWork { job } => drop(self.server.desks.remove(&job)),
            Effect::CleanJob { job, .. } => self.disk.clean(&job),
            Effect::SayDraining => {
                let all: Vec<SessionNo> = self.server.sessions.iter().copied().collect();
                all.into_iter().for_each(|session| self.server_says(session, ToClient::Draining));
            }
            Effect::Reply { ticket, answer } => self.answered(ticket, &answer),
            Effect::Notice(notice) => {
                trace::line(self.now, || format!("  notice {notice:?}").chars().take(200).collect());
            }
        }
    }

    fn later(&mut self, job: JobId, most_ms: u64, what: Background) {
        let at = self.now + Millis(1 + self.chance.below(most_ms));
        self.queue.push(at, Coming::Done(self.server.boot, job, Box::new(what)));
    }

    fn index(&mut self, job: JobId, by: IndexedBy, one_piece: Option<String>) {
        let truth = &self.truths[&job];
        let takes = if by == IndexedBy::Decoding { 30_000 } else { 2_000 };
        let event = if truth.unreadable {
            self.tally.count(Mishap::UnreadableSource);
            let fault = Fault::new(FaultCode::SourceUnreadable, film::UNREADABLE);
            Event::IndexFailed { job: job.clone(), fault, at: self.wall() }
        } else {
            Event::Indexed { job: job.clone(), film: Box::new(truth.film(by, one_piece)) }
        };
        self.later(job, takes, Background::Event(event));
    }

    fn welcome(&mut self, client_id: ClientId, session: SessionNo, holding: Vec<LeaseId>) {
        let (boot, version) = (self.server.boot, String::new());
        let welcome = Welcome { client_id, boot, version, chunk_bytes: 1, wanted: Vec::new(), holding };
        self.server_says(session, ToClient::Welcome(welcome));
    }

    /// The last word goes out, then both ends learn that it is over.
    fn close(&mut self, session: SessionNo, code: RefusalCode, message: String) {
        self.server_says(session, ToClient::Refused { code, message });
        self.server.sessions.remove(&session);
        let soon = self.now + Millis(1 + self.chance.below(50));
        self.queue.push(soon, Coming::ServerTold(session));
        let at = self.now + self.network.delay(&mut self.chance);
        if let Some(at) = self.network.arrival_at_client(session, at) {
            self.queue.push(at, Coming::ClientTold(session));
        }
    }

    /// Work in the background came to its end, and its job is still wanted.
    pub(crate) fn background(&mut self, job: JobId, what: Background) {
        let item = match what {
            Background::Event(event) => Inbox::Event(event),
            Background::Offer(session, offer) => Inbox::Offer(session, offer),
            Background::Check(lease) => {
                let announced = self.server.checks.remove(&lease).expect("a check was asked for");
                let result = self.check(&job, lease, announced);
                trace::line(self.now, || format!("check of {lease}: {:?}", result.as_ref().map(|_| "good")));
                let chance = self.chance.next();
                Inbox::Event(Event::PieceChecked { lease, result, chance })
            }
            Background::Audit(lease, range, spot) => {
                Inbox::Event(Event::Audited { lease, result: self.audit(lease, range, spot) })
            }
            Background::Join => {
                let at = self.wall();
                match self.missing(&job) {
                    None => Inbox::Event(Event::Joined { job, report: Box::default(), at }),
                    Some(what) => {
                        let fault = Fault::new(FaultCode::JoinFailed, what);
                        Inbox::Event(Event::JoinFailed { job, fault, at })
                    }
                }
            }
        };
        self.arrives(item);
    }

    /// Bytes, then frames; a piece that passes is durable under its name before anybody is told.
    fn check(&mut self, job: &JobId, lease: LeaseId, said: SentPiece) -> Result<CheckedPiece, Fault> {
        let broken = |what: &str| Err(Fault::new(FaultCode::BytesDiffer, what));
        let content = match self.disk.arriving.remove(&lease) {
            Some(Arriving::Whole(content)) => *content,
            Some(Arriving::Torn) => return broken("the bytes are not those that were announced"),
            None => return broken("no bytes came"),
        };
        if announced(&content).sha256 != said.sha256 {
            return broken("the bytes are others than were announced");
        }
        let leased = self.disk.record.lease(lease).map(|(_, segment, _)| segment);
        let right = leased == Some(content.part.segment) && content.job == *job;
        if !right || !content.good {
            let code = match self.chance.below(4) {
                // What an honest client would not send: its own look at the piece shows it.
                0 | 1 if self.role(&content.by) == Role::Liar => FaultCode::NotAsLeased,
                0 => FaultCode::FramesDiffer,
                _ if !right => FaultCode::FramesDiffer,
                _ => FaultCode::StreamDiffers,
            };
            self.disk.arriving.insert(lease, Arriving::Whole(Box::new(content)));
            return Err(Fault::new(code, "the piece is not what was leased"));
        }
        Ok(self.make_durable(lease, content))
    }

    /// The second half of a forged piece is of another film.
    /// Where the measure is wrong, nothing is like it.
    fn audit(&mut self, lease: LeaseId, range: FrameRange, spot: FrameRange) -> Result<Audit, Fault> {
        let Some(content) = self.disk.pieces.get(&lease) else {
            return Err(Fault::new(FaultCode::Internal, "the piece is gone"));
        };
        let seen = content.forged && spot.end > range.start + range.len() / 2;
        let wrong = self.truths[&content.job].wrong_measure;
        if wrong {
            self.tally.count(Mishap::WrongMeasure);
        }
        let piece_mdb = if seen || wrong { FORGED_MDB } else { 38_000 };
        Ok(Audit { params: film::params(), own_mdb: 40_000, piece_mdb })
    }

    fn make_durable(&mut self, lease: LeaseId, content: Content) -> CheckedPiece {
        let frames = content.part.segment.units.len();
        let piece = CheckedPiece {
            bytes: announced(&content).bytes,
            sha256: announced(&content).sha256,
            facts: PieceFacts {
                frames,
                params: vec![film::params()],
                findings: content.findings.clone(),
                encoder: None,
                begins: None,
            },
        };
        self.disk.pieces.insert(lease, content);
        piece
    }

    fn role(&self, client: &ClientId) -> Role {
        let found = self.machines.iter().find(|machine| machine.name == *client);
        found.map_or(Role::Honest, |machine| machine.role)
    }

    fn missing(&self, job: &JobId) -> Option<String> {
        let pieces = &self.disk.record.jobs[job].known.pieces;
        let mut gone = pieces.iter().filter(|piece| !self.disk.pieces.contains_key(&piece.lease));
        gone.next().map(|piece| format!("the file of piece {} is not there", piece.lease))
    }
}
