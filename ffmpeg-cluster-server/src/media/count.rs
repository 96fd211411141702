//! Frames that only the filters know, counted by a run of our own: the client's word alone is no proof.

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::media::command::count::{self, Counter, TIME_BASE};
use ffmpeg_cluster_common::media::plan::work::PictureWork;
use ffmpeg_cluster_common::media::proof::seams::has_no_decoder;
use ffmpeg_cluster_common::media::proof::verify::{ProbedPiece, Times};

use super::join::{self, Bench};
use super::run;

/// The frames of a film whose filters alone know them.
pub(super) enum OwnFrames {
    Counted(Vec<i64>),
    /// Those of the one piece, and why the server can't run the filters itself.
    Believed(Box<ProbedPiece>, String),
}

impl OwnFrames {
    pub(super) fn times(&self) -> Times<'_> {
        let (base, times) = self.shown();
        Times::Listed(base, times)
    }
    pub(super) fn shown(&self) -> (Rational, &[i64]) {
        match self {
            Self::Counted(times) => (TIME_BASE, times),
            Self::Believed(piece, _) => (piece.facts.params[0].time_base, &piece.times),
        }
    }
    /// How much later than the part the first one comes. The piece does not tell.
    pub(super) fn start_us(&self) -> i64 {
        match self {
            Self::Counted(times) => times.first().copied().unwrap_or(0),
            Self::Believed(..) => 0,
        }
    }
    pub(super) const fn counted(&self) -> Option<u64> {
        match self {
            Self::Counted(times) => Some(times.len() as u64),
            Self::Believed(..) => None,
        }
    }
    pub(super) const fn not_counted(&self) -> Option<&String> {
        match self {
            Self::Counted(_) => None,
            Self::Believed(_, why) => Some(why),
        }
    }
}

/// None where the timeline has the frames.
pub(super) async fn own_frames(bench: &Bench<'_>) -> Result<Option<OwnFrames>, Fault> {
    let work = count::work(bench.source(), bench.timeline(), &bench.asked.spec.profile);
    let Some(work) = work else { return Ok(None) };
    match counted(bench, &work).await {
        Ok(times) => Ok(Some(OwnFrames::Counted(times))),
        Err(fault) if has_no_decoder(&format!("{fault:?}")) => {
            let piece = join::own_piece(bench).await?;
            let why = "its ffmpeg has no decoder for the source".to_owned();
            Ok(piece.map(|piece| OwnFrames::Believed(Box::new(piece), why)))
        }
        Err(fault) => Err(fault),
    }
}

async fn counted(bench: &Bench<'_>, work: &PictureWork) -> Result<Vec<i64>, Fault> {
    let asked = bench.asked;
    let run = asked.run_of(&bench.film, bench.source(), |film| film.count(work));
    let (mut counter, stop) = (Counter::default(), asked.stop.child_token());
    let what = (FaultCode::ProofFailed, "running the filters to count the frames that they make");
    let done = run::lines(&run, &stop, what, |line| {
        counter.line(line);
        if counter.is_beyond() {
            stop.cancel();
        }
    });
    let done = done.await;
    if !counter.is_beyond() {
        done?;
    }
    counter.finish()
}
