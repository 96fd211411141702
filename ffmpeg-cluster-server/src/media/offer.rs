//! A lease in frames → work that a client understands.

use ffmpeg_cluster_common::cluster::effect::Share;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::media::device::Seat;
use ffmpeg_cluster_common::media::profile::{Profile, hardware};
use ffmpeg_cluster_common::media::report::Verify;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::witness::Lead;
use ffmpeg_cluster_common::media::work::{PictureWork, SourceRef, Work};
use ffmpeg_cluster_common::media::{carriage, encode, sound};
use ffmpeg_cluster_common::protocol::to_client::Offer;
use ffmpeg_cluster_common::protocol::transfer::source_path;

use super::{Asked, index, original};
use crate::bytes::sources::etag;

/// A lease that is on the books and not yet told.
#[derive(Debug)]
pub(crate) struct Promised {
    pub(crate) lease: LeaseId,
    pub(crate) share: Share,
    pub(crate) measure: bool,
    pub(crate) seat: Option<Seat>,
    pub(crate) lead: Lead,
    pub(crate) twice: bool,
}

pub(crate) async fn offer(asked: &Asked, promised: Promised) -> Result<Offer, Fault> {
    let Promised { lease, share, measure, seat, lead, twice } = promised;
    let known = index::stored(asked).await?;
    let facts = original::unchanged(asked, &known.etag).await?;
    let index::Known { source, timeline, .. } = &*known;
    let profile = &asked.spec.profile;
    let work = match share {
        Share::Picture(range) => {
            let compare = asked.spec.care.verify == Verify::Full;
            let on = on_seat(source, profile, seat.as_ref())?;
            let work = encode::picture_work(source, timeline, &on, range);
            let work = work.map(|work| encode::led(work, timeline, lead));
            let work = work.map(|work| if twice { encode::twice(work, timeline) } else { work });
            work.map(|work| Work::Picture(Box::new(PictureWork { compare, ..work })))
        }
        Share::Sound => {
            let carriage = carriage::plan(source, profile).ok();
            let work = carriage.and_then(|carriage| sound::sound_work(source, &carriage, profile));
            work.map(|work| Work::Sound(timeline.with_sound(work, source)))
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
    let device = seat.map(|seat| seat.device);
    Ok(Offer { lease, job: asked.job.clone(), source, work, measure, device })
}

fn on_seat(source: &Source, profile: &Profile, seat: Option<&Seat>) -> Result<Profile, Fault> {
    let internal = |why: String| Fault::new(FaultCode::Internal, why);
    let (_, picture) = source.film_stream().ok_or_else(|| internal("the source has no picture".into()))?;
    hardware::on(profile, picture, seat).map_err(|refusal| internal(refusal.to_string()))
}
