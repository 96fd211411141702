//! Frames that the server encodes itself: one to learn what a job's pieces must be like, a few to check that a piece is
//! honest.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::process::Stream;
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::io::trace::Purpose as Use;
use ffmpeg_cluster_common::io::{digest, random};
use ffmpeg_cluster_common::media::command::encode::{Start, piece_suffix};
use ffmpeg_cluster_common::media::command::join::Guards;
use ffmpeg_cluster_common::media::command::{Input, Opening};
use ffmpeg_cluster_common::media::plan::piece::StreamParams;
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::work::PictureWork;
use ffmpeg_cluster_common::media::proof::audit::{self, Audit, Auditing, FRAMES, Pair, Sample};
use ffmpeg_cluster_common::media::proof::probed::ProbedPiece;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::guard::Guard;
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;

use super::known::{Known, in_rungs};
use super::run::Purpose;
use super::{RunContext, check, frame_list, original, run};

/// The outcome must be in this many last lines of the comparing run.
const LAST_LINES: usize = 40;

/// A film whose first frame is encoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct First<'a> {
    pub(super) film: &'a Opened,
    pub(super) source: &'a Source,
    pub(super) timeline: &'a Timeline,
    /// Set if the job makes a ladder; its first rung is what is returned.
    pub(super) ladder: Option<&'a LadderPlan>,
    /// Ignores what other films showed.
    pub(super) afresh: bool,
}

/// Encodes the film's first frame as a client would, and returns its stream's parameters. They also hold for the next small film whose
/// picture has the very same description: pieces are compared with them, and if a piece differs, the film is indexed again, afresh.
pub(super) async fn expected(context: &RunContext, film: First<'_>) -> Result<StreamParams, Fault> {
    let First { source, timeline, ladder, .. } = film;
    let all = FrameRange::new(0, timeline.frames());
    let sample = Sample { piece: all, frames: FrameRange::new(0, all.len().min(FRAMES)) };
    let work = audit::work(source, timeline, &context.spec.profile, sample);
    let (work, _) = work.ok_or_else(|| Fault::new(FaultCode::Internal, "the source has no picture"))?;
    let work = in_rungs(ladder, work);
    let (known, key) = (&context.runner.first_frames, key(context, source, &work, start(timeline)));
    let _turn = context.runner.asking.write(&key).await;
    if let Some(params) = known.get(&key).filter(|_| !film.afresh) {
        return Ok(params);
    }
    let params = first_frame(context, film, &work).await?;
    known.remember(key, params.clone());
    Ok(params)
}

/// A client decodes a film in one piece from the beginning.
fn start(timeline: &Timeline) -> Start {
    if timeline.one_piece().is_some() { Start::Beginning } else { Start::Seek }
}

/// A digest of the run without its file names, and of all that is known of the film's picture.
fn key(context: &RunContext, source: &Source, work: &PictureWork, start: Start) -> String {
    let film = Opening::watched(Input::Held("film".to_owned()), &context.guard(source));
    let run = Auditing { work, source: &film, start }.encode(Path::new("own"), 1);
    let picture = source.film_stream().map(|(stream, picture)| (&stream.codec, picture));
    digest::of_bytes(format!("{run:?} {} {picture:?}", source.format).as_bytes())
}

async fn first_frame(
    context: &RunContext,
    film: First<'_>,
    work: &PictureWork,
) -> Result<StreamParams, Fault> {
    let (context, First { film, source, timeline, .. }) = (&context.purposed(Use::FirstFrame), film);
    let own = context.runner.folders().job(&context.job).join(format!("expected.{}", piece_suffix()));
    let guards = Guards::new(&context.runner.tools.capabilities.decoders, source, &context.spec.profile);
    let source = &opening(film, &context.guard(source));
    let auditing = Auditing { work, source, start: start(timeline) };
    let made = encode(context, auditing, Own { film, file: &own, guard: &guards.piece, frames: 1 }).await;
    let _ = tokio::fs::remove_file(&own).await;
    first(made?)
}

fn first(probed: ProbedPiece) -> Result<StreamParams, Fault> {
    let none = || Fault::new(FaultCode::Internal, "our own encode has no stream");
    probed.facts.params.into_iter().next().ok_or_else(none)
}

/// What an audit works with; dropping it deletes the server's own frames.
struct AuditRun<'a> {
    context: &'a RunContext,
    film: Opened,
    work: PictureWork,
    source: Opening,
    /// The guard for reading pieces.
    pieces: Guard,
    own: PathBuf,
    piece: PathBuf,
    skip: u64,
    frames: u64,
    /// Chooses the rung of a ladder; no client knows it beforehand.
    chance: usize,
}

impl Drop for AuditRun<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.own);
    }
}

/// A fault means that the server failed, not the piece.
pub(crate) async fn audit(
    context: &RunContext,
    lease: LeaseId,
    range: FrameRange,
    spot: FrameRange,
) -> Result<Audit, Fault> {
    let known = frame_list::stored(context).await?;
    let film = original::unchanged(context, &known.etag).await?.opened();
    let Known { source, timeline, .. } = &*known;
    let work = audit::work(source, timeline, &context.spec.profile, Sample { piece: range, frames: spot });
    let (work, skip) = work.ok_or_else(|| Fault::new(FaultCode::Internal, "the source has no picture"))?;
    let work = in_rungs(known.ladder.as_ref(), work);
    let piece = context.runner.folders().piece(&context.job, lease);
    let own = piece.with_extension(format!("own.{}", piece_suffix()));
    let pieces =
        Guards::new(&context.runner.tools.capabilities.decoders, source, &context.spec.profile).piece;
    let (source, frames) = (opening(&film, &context.guard(source)), spot.len());
    let chance = random::number() as usize;
    let run = AuditRun { context, film, work, source, pieces, own, piece, skip, frames, chance };
    let audit = run.compare(Start::Seek).await?;
    if audit.is_good() || run.work.window.seek.is_none() {
        return Ok(audit);
    }
    // An honest client also decodes from the beginning when its piece comes out wrong.
    run.compare(Start::Beginning).await
}

impl AuditRun<'_> {
    async fn compare(&self, start: Start) -> Result<Audit, Fault> {
        let context = self.context;
        let auditing = Auditing { work: &self.work, source: &self.source, start };
        let own = Own { film: &self.film, file: &self.own, guard: &self.pieces, frames: self.frames };
        let params = first(encode(context, auditing, own).await?)?;
        let theirs = check::probe(context, &self.piece, &self.pieces).await?.facts.params;
        let Self { own, piece, pieces: guard, .. } = self;
        let stream = self.chance % theirs.len().max(1);
        let none = || Fault::new(FaultCode::Internal, "the piece has no stream");
        let like = theirs.get(stream).ok_or_else(none)?;
        let pair = Pair { own, piece, stream, skip: self.skip, frames: self.frames, guard, params: like };
        let run = context.run_on(&self.film, auditing.compare(&pair));
        let mut said = std::collections::VecDeque::new();
        let what =
            Purpose { code: FaultCode::Internal, what: "comparing a piece with the server's own encode" };
        let ended = run::both(&run, &context.stop, what, |stream, line| {
            if stream == Stream::Errors {
                said.push_back(line.to_owned());
                said.drain(..said.len().saturating_sub(LAST_LINES));
            }
        });
        ended.await?;
        let seen = audit::read(said.iter().map(String::as_str));
        let none = || Fault::new(FaultCode::Internal, "ffmpeg reported no similarity");
        let (own_mdb, piece_mdb) = seen.ok_or_else(none)?;
        Ok(Audit { params, own_mdb, piece_mdb })
    }
}

/// Frames that the server encodes itself: their film, their file, and the guard for reading it.
struct Own<'a> {
    film: &'a Opened,
    file: &'a Path,
    guard: &'a Guard,
    frames: u64,
}

async fn encode(context: &RunContext, auditing: Auditing<'_>, own: Own<'_>) -> Result<ProbedPiece, Fault> {
    let run = context.run_on(own.film, auditing.encode(own.file, own.frames));
    let what = Purpose { code: FaultCode::Internal, what: "encoding some frames on the server" };
    run::lines(&run, &context.stop, what, |_| {}).await?;
    check::probe(context, own.file, own.guard).await
}

/// Opens the film as a client does, but by its descriptor.
fn opening(film: &Opened, guard: &Guard) -> Opening {
    Opening::watched(Input::Held(film.address()), guard)
}
