//! A lease in frames → work that a client understands.

use ffmpeg_cluster_common::cluster::effect::Share;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::media::report::Verify;
use ffmpeg_cluster_common::media::work::{PictureWork, SourceRef, Work};
use ffmpeg_cluster_common::media::{carriage, encode, sound};
use ffmpeg_cluster_common::protocol::to_client::Offer;
use ffmpeg_cluster_common::protocol::transfer::source_path;

use super::{Asked, index, original};
use crate::bytes::sources::etag;

pub(crate) async fn offer(
    asked: &Asked,
    lease: LeaseId,
    share: Share,
    measure: bool,
) -> Result<Offer, Fault> {
    let known = index::stored(asked).await?;
    let facts = original::unchanged(asked, &known.etag).await?;
    let index::Known { source, timeline, .. } = &*known;
    let profile = &asked.spec.profile;
    let work = match share {
        Share::Picture(range) => {
            let compare = asked.spec.care.verify == Verify::Full;
            let work = encode::picture_work(source, timeline, profile, range);
            work.map(|work| Work::Picture(Box::new(PictureWork { compare, ..work })))
        }
        Share::Sound => {
            let carriage = carriage::plan(source, profile).ok();
            carriage.and_then(|carriage| sound::sound_work(source, &carriage, profile)).map(Work::Sound)
        }
    };
    let work = work.ok_or_else(|| Fault::new(FaultCode::Internal, "the source has nothing of the kind"))?;
    let source = SourceRef {
        path: source_path(&asked.job),
        bytes: facts.len(),
        etag: etag(&facts),
        format: source.format.clone(),
        codecs: source.codecs().map(str::to_owned).collect(),
    };
    Ok(Offer { lease, job: asked.job.clone(), source, work, measure })
}
