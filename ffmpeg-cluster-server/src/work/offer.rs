//! A lease in frames → work that a client understands.

use ffmpeg_cluster_common::cluster::effect::Promised;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::media::command::encode;
use ffmpeg_cluster_common::media::params::{Profile, hardware};
use ffmpeg_cluster_common::media::plan::track::Content;
use ffmpeg_cluster_common::media::plan::work::{PictureWork, SourceRef, Work};
use ffmpeg_cluster_common::media::proof::report::Verify;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::words::device::Seat;
use ffmpeg_cluster_common::protocol::to_client::Offer;
use ffmpeg_cluster_common::protocol::transfer::source_path;

use super::known::{Known, SoundTrack};
use super::original::{self, Original};
use super::{RunContext, frame_list, list};
use crate::store::file_tag::etag;

pub(crate) async fn offer(context: &RunContext, promised: Promised) -> Result<Offer, Fault> {
    let (source, work) = match promised.content {
        Content::Picture => picture(context, &promised).await?,
        Content::List => list(context, promised.segment.units).await?,
        Content::Sound => sound(context, &promised).await?,
    };
    let Promised { lease, job, measure, seat, beside, .. } = promised;
    let device = seat.map(|seat| seat.device);
    Ok(Offer { lease, job, source, work, measure, device, beside: Some(beside) })
}

async fn picture(context: &RunContext, promised: &Promised) -> Result<(SourceRef, Work), Fault> {
    let known = frame_list::stored(context).await?;
    let Known { etag, source, timeline, .. } = &*known;
    let compare = context.spec.care.verify == Verify::Full;
    let on = on_seat(source, &context.spec.profile, promised.seat.as_ref())?;
    let work = known.picture_work(&on, promised.segment.units)?;
    let work = encode::led(work, timeline, promised.lead);
    let work = match promised.twice {
        Some(stretch) => encode::twice(work, timeline, stretch),
        None => work,
    };
    let work = Work::Picture(Box::new(PictureWork { compare, ..work }));
    Ok((source_ref(context, etag, source).await?, work))
}

async fn list(context: &RunContext, range: FrameRange) -> Result<(SourceRef, Work), Fault> {
    let to_list = list::to_list(context).await?;
    let Original { etag, source } = &to_list.original;
    Ok((source_ref(context, etag, source).await?, Work::List(to_list.work(range)?)))
}

async fn sound(context: &RunContext, promised: &Promised) -> Result<(SourceRef, Work), Fault> {
    let known = frame_list::stored(context).await?;
    let track = SoundTrack { number: promised.segment.track, streams: &promised.streams };
    let work = known.timeline.with_sound(known.sound_work(&context.spec, track)?, &known.source);
    Ok((source_ref(context, &known.etag, &known.source).await?, Work::Sound(work)))
}

/// How clients read the film. Checks first that it is still the one that was listed.
async fn source_ref(context: &RunContext, tag: &str, source: &Source) -> Result<SourceRef, Fault> {
    let facts = original::unchanged(context, tag).await?;
    Ok(SourceRef {
        path: source_path(&context.job),
        bytes: facts.about.len(),
        etag: etag(&facts.about),
        format: source.format.clone(),
        codecs: source.codecs().map(str::to_owned).collect(),
    })
}

fn on_seat(source: &Source, profile: &Profile, seat: Option<&Seat>) -> Result<Profile, Fault> {
    let internal = |why: String| Fault::new(FaultCode::Internal, why);
    let (_, picture) = source.film_stream().ok_or_else(|| internal("the source has no picture".into()))?;
    hardware::on(profile, picture, seat).map_err(|refusal| internal(refusal.to_string()))
}
