//! The facts about a job's film once it is indexed.

use std::sync::Arc;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::media::command::sound;
use ffmpeg_cluster_common::media::params::Profile;
use ffmpeg_cluster_common::media::plan::carriage::{self, Carriage};
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::work::SoundWork;
use ffmpeg_cluster_common::media::source::Source;
use tokio::sync::Mutex;

#[derive(Debug)]
pub(crate) struct Known {
    /// The tag of the file whose frames were listed.
    pub(crate) etag: String,
    pub(crate) source: Source,
    pub(crate) timeline: Timeline,
}

impl Known {
    /// How the source's streams go into the result.
    pub(crate) fn carriage(&self, profile: &Profile) -> Result<Carriage, Fault> {
        carriage::plan(&self.source, profile)
            .map_err(|refusal| Fault::new(FaultCode::Internal, refusal.to_string()))
    }

    /// The work of the sound track with these streams.
    pub(crate) fn sound_work(&self, profile: &Profile, streams: &[u32]) -> Result<SoundWork, Fault> {
        let streams = self.carriage(profile)?.sounds_of(streams);
        Ok(sound::sound_work(&self.source, profile, streams))
    }
}

/// The facts that were read last, and their job.
#[derive(Debug, Clone, Default)]
pub(super) struct FrameList(pub(super) Arc<Mutex<Option<Read>>>);

type Read = (JobId, Arc<Known>);
