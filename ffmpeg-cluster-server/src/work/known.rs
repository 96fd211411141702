//! The facts about a job's film once it is indexed.

use std::sync::Arc;

use ffmpeg_cluster_common::cluster::event::JobSpec;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::media::command::{encode, sound};
use ffmpeg_cluster_common::media::params::Profile;
use ffmpeg_cluster_common::media::plan::carriage::{self, Carriage};
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::track::TrackNo;
use ffmpeg_cluster_common::media::plan::work::{PictureWork, SoundWork};
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;
use tokio::sync::Mutex;

#[derive(Debug)]
pub(crate) struct Known {
    /// The tag of the file whose frames were listed.
    pub(crate) etag: String,
    pub(crate) source: Source,
    pub(crate) timeline: Timeline,
    /// Set if the job makes a ladder.
    pub(crate) ladder: Option<LadderPlan>,
}

/// The sound track that makes these streams of the source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SoundTrack<'a> {
    pub(crate) number: TrackNo,
    pub(crate) streams: &'a [u32],
}

impl Known {
    /// How the source's streams go into the result.
    pub(crate) fn carriage(&self, spec: &JobSpec) -> Result<Carriage, Fault> {
        let plan = carriage::plan(&self.source, &spec.profile);
        let plan = plan.map_err(|refusal| Fault::new(FaultCode::Internal, refusal.to_string()))?;
        Ok(if spec.ladder.is_some() { plan.in_stream(&self.source) } else { plan })
    }

    /// The work of a sound track.
    pub(crate) fn sound_work(&self, spec: &JobSpec, track: SoundTrack<'_>) -> Result<SoundWork, Fault> {
        let streams = self.carriage(spec)?.sounds_of(track.streams);
        Ok(sound::sound_work(&self.source, &spec.sound_profile(track.number), streams))
    }

    /// The work on these frames by a worker for which the parameters are these.
    pub(crate) fn picture_work(&self, profile: &Profile, range: FrameRange) -> Result<PictureWork, Fault> {
        let work = encode::picture_work(&self.source, &self.timeline, profile, range);
        let work = work.ok_or_else(|| Fault::new(FaultCode::Internal, "the source has no picture"))?;
        Ok(in_rungs(self.ladder.as_ref(), work))
    }
}

/// The same work in all rungs, if the job makes a ladder.
pub(super) fn in_rungs(ladder: Option<&LadderPlan>, work: PictureWork) -> PictureWork {
    match ladder {
        Some(ladder) => ladder.work(work),
        None => work,
    }
}

/// The facts that were read last, and their job.
#[derive(Debug, Clone, Default)]
pub(super) struct FrameList(pub(super) Arc<Mutex<Option<Read>>>);

type Read = (JobId, Arc<Known>);
