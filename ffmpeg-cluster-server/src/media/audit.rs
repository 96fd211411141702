//! Frames that the server encodes itself: one to see what a job's pieces must be like, a few to see whether a piece is
//! honest.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::process::From;
use ffmpeg_cluster_common::io::sandbox::{Opened, Reach};
use ffmpeg_cluster_common::limits::{memory_to_encode, piece_bytes_max};
use ffmpeg_cluster_common::media::audit::{self, Audit, FRAMES, Pair};
use ffmpeg_cluster_common::media::command::Line;
use ffmpeg_cluster_common::media::encode::{Start, piece_suffix};
use ffmpeg_cluster_common::media::guard::Guard;
use ffmpeg_cluster_common::media::join::Guards;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::timeline::Timeline;
use ffmpeg_cluster_common::media::verify::ProbedPiece;
use ffmpeg_cluster_common::media::work::{PictureWork, StreamParams};

use super::{Asked, check, index, original, run};

/// Lines of the comparing run in which its outcome must be.
const LAST_LINES: usize = 40;

/// The stream of the film's first frame, encoded as a client would.
pub(super) async fn expected(
    (asked, film): (&Asked, &Opened),
    source: &Source,
    timeline: &Timeline,
) -> Result<StreamParams, Fault> {
    let own = asked.handle.folders.job(&asked.job).join(format!("expected.{}", piece_suffix()));
    let all = FrameRange::new(0, timeline.frames());
    let spot = FrameRange::new(0, all.len().min(FRAMES));
    let work = audit::work((source, timeline), &asked.spec.profile, all, spot);
    let (work, _) = work.ok_or_else(|| Fault::new(FaultCode::Internal, "the source has no picture"))?;
    let guards = Guards::new(&asked.handle.tools.known.decoders, source, &asked.spec.profile);
    let guards = (&asked.guard(source), &guards.piece);
    let made = encode((asked, film), &work, guards, (&own, Start::Seek), 1).await;
    let _ = tokio::fs::remove_file(&own).await;
    first(made?)
}

fn first(probed: ProbedPiece) -> Result<StreamParams, Fault> {
    let none = || Fault::new(FaultCode::Internal, "our own encode has no stream");
    probed.facts.params.into_iter().next().ok_or_else(none)
}

/// What an audit works with; its own frames are gone with it.
struct Bench<'a> {
    asked: &'a Asked,
    film: Opened,
    work: PictureWork,
    /// How the source may be read, and pieces.
    source: Guard,
    pieces: Guard,
    own: PathBuf,
    piece: PathBuf,
    skip: u64,
    frames: u64,
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.own);
    }
}

/// A fault is our own: we could not.
pub(crate) async fn audit(
    asked: &Asked,
    lease: LeaseId,
    range: FrameRange,
    spot: FrameRange,
) -> Result<Audit, Fault> {
    let known = index::stored(asked).await?;
    let film = original::unchanged(asked, &known.etag).await?.opened();
    let index::Known { source, timeline, .. } = &*known;
    let work = audit::work((source, timeline), &asked.spec.profile, range, spot);
    let (work, skip) = work.ok_or_else(|| Fault::new(FaultCode::Internal, "the source has no picture"))?;
    let piece = asked.handle.folders.piece(&asked.job, lease);
    let own = piece.with_extension(format!("own.{}", piece_suffix()));
    let pieces = Guards::new(&asked.handle.tools.known.decoders, source, &asked.spec.profile).piece;
    let (source, frames) = (asked.guard(source), spot.len());
    let bench = Bench { asked, film, work, source, pieces, own, piece, skip, frames };
    let audit = bench.compare(Start::Seek).await?;
    if audit.is_good() || bench.work.window.seek.is_none() {
        return Ok(audit);
    }
    // As an honest client does where what it made is not what it should be.
    bench.compare(Start::Beginning).await
}

impl Bench<'_> {
    async fn compare(&self, start: Start) -> Result<Audit, Fault> {
        let asked = self.asked;
        let guards = (&self.source, &self.pieces);
        let params =
            first(encode((asked, &self.film), &self.work, guards, (&self.own, start), self.frames).await?)?;
        let theirs = first(check::probe(asked, &self.piece, &self.pieces).await?)?;
        let [own, piece] = [&self.own, &self.piece].map(|path| path.display().to_string());
        let (guard, params_of) = (&self.pieces, &theirs);
        let pair =
            Pair { own: &own, piece: &piece, skip: self.skip, frames: self.frames, guard, params: params_of };
        let arguments = audit::arguments(&self.work, &input(&self.film, &self.source), &pair, start);
        let reach = Reach::nothing().holds(&self.film).reads(&self.own).reads(&self.piece);
        let run = run::of(&asked.handle.tools.ffmpeg, arguments, reach)
            .memory_at_most(memory_to_encode(self.work.pixels_max()));
        let mut said = std::collections::VecDeque::new();
        let what = (FaultCode::Internal, "comparing a piece with the server's own encode");
        let ended = run::both(&run, &asked.stop, what, |from, line| {
            if from == From::Errors {
                said.push_back(line.to_owned());
                said.drain(..said.len().saturating_sub(LAST_LINES));
            }
        });
        ended.await?;
        let seen = audit::read(said.iter().map(String::as_str));
        let none = || Fault::new(FaultCode::Internal, "ffmpeg does not say how alike they are");
        let (own_mdb, piece_mdb) = seen.ok_or_else(none)?;
        Ok(Audit { params, own_mdb, piece_mdb })
    }
}

async fn encode(
    (asked, film): (&Asked, &Opened),
    work: &PictureWork,
    (source, pieces): (&Guard, &Guard),
    (own, start): (&Path, Start),
    frames: u64,
) -> Result<ProbedPiece, Fault> {
    let arguments = audit::own_arguments(work, &input(film, source), &address(own), start, frames);
    let pixels = work.pixels_max();
    let reach = Reach::nothing().holds(film).writes(own, piece_bytes_max(pixels, frames));
    let run = run::of(&asked.handle.tools.ffmpeg, arguments, reach).memory_at_most(memory_to_encode(pixels));
    let what = (FaultCode::Internal, "encoding some frames on the server");
    run::lines(&run, &asked.stop, what, |_| {}).await?;
    check::probe(asked, own, pieces).await
}

/// How the source is opened: as a client opens it, and by its descriptor.
pub(super) fn input(film: &Opened, guard: &Guard) -> Vec<String> {
    Line::watched().input(guard, &film.address()).finish()
}

fn address(path: &Path) -> String {
    format!("file:{}", path.display())
}
