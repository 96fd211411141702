//! Counts frames that only the filters know, in a run of our own: the client's word alone is no proof.

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameTimes;
use ffmpeg_cluster_common::io::process::Run;
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::media::command::count::{self, Counter, TIME_BASE};
use ffmpeg_cluster_common::media::proof::times::Times;

use super::RunContext;
use super::known::Known;
use super::run::{self, Purpose};

/// The times of the frames, for a film whose frames only the filters know.
pub(super) struct OwnFrames(FrameTimes);

impl OwnFrames {
    pub(super) fn times(&self) -> Times<'_> {
        Times::Listed(&self.0)
    }
    pub(super) const fn shown(&self) -> &FrameTimes {
        &self.0
    }
    /// How much later than the wanted part the first frame begins. The piece does not tell.
    pub(super) fn start_us(&self) -> i64 {
        self.0.ticks.first().copied().unwrap_or(0)
    }
    pub(super) const fn count(&self) -> u64 {
        self.0.ticks.len() as u64
    }
}

/// None if the timeline knows the frames.
pub(super) async fn own_frames(
    context: &RunContext,
    film: &Opened,
    known: &Known,
) -> Result<Option<OwnFrames>, Fault> {
    let work = count::work(&known.source, &known.timeline, &context.spec.profile);
    match work {
        Some(work) => {
            let run = context.run_of(film, &known.source, |film| film.count(&work));
            counted(context, &run).await.map(|ticks| Some(OwnFrames(FrameTimes { base: TIME_BASE, ticks })))
        }
        None => Ok(None),
    }
}

async fn counted(context: &RunContext, run: &Run) -> Result<Vec<i64>, Fault> {
    let (mut counter, stop) = (Counter::default(), context.stop.child_token());
    let what = Purpose {
        code: FaultCode::ProofFailed,
        what: "running the filters to count the frames that they make",
    };
    let done = run::lines(run, &stop, what, |line| {
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
