//! Lists the frames of a source once, and writes the list beside the job.

use std::sync::Arc;

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::media::command::encode;
use ffmpeg_cluster_common::media::params::{Profile, Span, hardware};
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::piece::StreamParams;
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::proof::report::Verify;
use ffmpeg_cluster_common::media::source::index::Index;
use ffmpeg_cluster_common::media::source::{Picture, Source};
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;
use ffmpeg_cluster_common::media::words::device::{Hw, Method};

use super::audit::First;
use super::fault::{internal, unreadable};
use super::frame_list::{timeline, write};
use super::listed::Listed;
use super::look::{ExaminedFilm, look};
use super::original::Original;
use super::{RunContext, audit, beginning, list, listen, pack};

/// Lists by packets if they can be trusted, unless `by` says that they can't.
pub(crate) async fn index(
    context: &RunContext,
    by: IndexedBy,
    one_piece: Option<String>,
) -> Result<Film, Fault> {
    pack::packed(context).await?;
    let surprised = by != IndexedBy::Packets || one_piece.is_some();
    let ExaminedFilm { film, etag, source, listed } = look(context, by).await?;
    let no_picture = || unreadable("the source has no picture");
    let (_, picture) = source.film_stream().ok_or_else(no_picture)?;
    let (index, by) = match listed {
        Listed::Frames(index, by) => (index, by),
        Listed::Packets(packets) => {
            return list::share_out(context, Original { etag, source }, packets).await;
        }
    };
    all_images(context, &index)?;
    let timeline = timeline(index, &source, &context.spec)?.in_one_piece(one_piece);
    let source = listen::beside(context, &film, &source, &timeline).await?;
    // A wrong expectation would put the film into one piece, which is what a small film gets anyway.
    let afresh = surprised || source.bytes > beginning::BYTES_MAX;
    let first = First { film: &film, source: &source, timeline: &timeline, ladder: None, afresh };
    let known = if context.spec.profile.copies_picture() {
        let sounds = listen::sound_tracks(context, &source)?;
        timeline.film(&source, &context.spec.profile, by, &sounds)
    } else {
        planned(context, first, picture, by).await?
    };
    *context.runner.frame_list.0.lock().await = None;
    let file = context.runner.folders().index(&context.job);
    write(context, Original { etag, source }, file, timeline.index).await?;
    Ok(known)
}

/// The film whose picture clients encode.
async fn planned(
    context: &RunContext,
    first: First<'_>,
    picture: &Picture,
    by: IndexedBy,
) -> Result<Film, Fault> {
    let (profile, timeline) = (&context.spec.profile, first.timeline);
    encode::can_hold(profile, timeline, picture).map_err(|reason| unreadable(&reason))?;
    // What rules out the ladder is told before anything is encoded.
    let ladder = ladder(context, first.source, timeline)?;
    let sounds = listen::sound_tracks(context, first.source)?;
    let (expected, one_piece) = foreseen(context, First { ladder: ladder.as_ref(), ..first }).await?;
    let timeline = one_piece.as_ref().unwrap_or(timeline);
    let mut known = timeline.film(first.source, profile, by, &sounds);
    let ladder = match &one_piece {
        Some(whole) => self::ladder(context, first.source, whole)?,
        None => ladder,
    };
    if let Some(ladder) = ladder {
        known = ladder.film(known, timeline);
    }
    let (hw, hardware) = hardware(context, picture, expected.as_ref())?;
    let pictures = known.track_mut(Film::PICTURES);
    (pictures.hw, pictures.hardware, pictures.expected) = (hw, hardware, expected);
    // A client that compares its own piece with the source decodes the piece, too.
    let made = profile.video.codec().to_owned();
    if context.spec.care.verify == Verify::Full && !pictures.reads.contains(&made) {
        pictures.reads.push(made);
    }
    Ok(known)
}

fn ladder(context: &RunContext, source: &Source, timeline: &Timeline) -> Result<Option<LadderPlan>, Fault> {
    context.spec.ladder.as_deref().map(|ladder| LadderPlan::new(ladder, timeline, source)).transpose()
}

/// What the pieces must be like; and another timeline if they are so only where the film is one piece.
async fn foreseen(
    context: &RunContext,
    part: First<'_>,
) -> Result<(Option<StreamParams>, Option<Timeline>), Fault> {
    let expected = expected(context, part).await?;
    let Some(why) = changed_before(context, part, expected.as_ref()).await? else {
        return Ok((expected, None));
    };
    let timeline = part.timeline.clone().in_one_piece(Some(why));
    let whole = First { timeline: &timeline, afresh: true, ..part };
    Ok((self::expected(context, whole).await?, Some(timeline)))
}

/// Returns why a part of the film needs a decoder that starts at the film's beginning, if so: ffmpeg scales all pictures to the
/// first that it decoded, wanted or not.
async fn changed_before(
    context: &RunContext,
    part: First<'_>,
    expected: Option<&StreamParams>,
) -> Result<Option<String>, Fault> {
    let span = context.spec.profile.span;
    let Some(expected) = expected.filter(|_| span.start_us > 0 && part.timeline.one_piece().is_none()) else {
        return Ok(None);
    };
    let profile = Profile { span: Span::default(), ..context.spec.profile.clone() };
    // Too many frames for a whole film may be few enough for the part.
    let Ok(timeline) = Timeline::new(part.timeline.index.clone(), part.source, &profile) else {
        return Ok(None);
    };
    let spec = Arc::new(JobSpec { profile, ..(*context.spec).clone() });
    let whole = RunContext { spec, ..context.clone() };
    let first = self::expected(&whole, First { timeline: &timeline, ..part }).await?;
    let same = |first: &StreamParams| {
        (first.width, first.height, &first.pix_fmt) == (expected.width, expected.height, &expected.pix_fmt)
    };
    let changed = first.is_some_and(|first| !same(&first));
    Ok(changed.then(|| "its picture changes before the wanted part".to_owned()))
}

/// Checks that each image became a frame.
fn all_images(context: &RunContext, index: &Index) -> Result<(), Fault> {
    match &context.spec.source {
        SourceAt::Sequence(sequence) if sequence.images != index.frames() => {
            let (images, frames) = (sequence.images, index.frames());
            Err(unreadable(&format!("ffmpeg made {frames} frames from {images} images")))
        }
        SourceAt::Sequence(_) | SourceAt::LocalFile(_) | SourceAt::Upload(_) => Ok(()),
    }
}

/// The hardware encoders that match the server's own encode.
fn hardware(
    context: &RunContext,
    picture: &Picture,
    expected: Option<&StreamParams>,
) -> Result<(Hw, Vec<(Method, String)>), Fault> {
    let (hw, video) = (context.spec.hw, &context.spec.profile.video);
    let refused = |why: String| Fault::new(FaultCode::Unsupported, format!("hw: require: {why}"));
    let found = hardware::allowed(hw, video, picture).map_err(|refusal| refused(refusal.to_string()))?;
    let unlike = expected.filter(|params| !hw.is_off() && params.pix_fmt != hardware::MADE);
    match (unlike, hw) {
        (Some(params), Hw::Require) => {
            Err(refused(format!("hardware is not proved to make pictures in {}", params.pix_fmt)))
        }
        (Some(_), _) => Ok((Hw::Off, Vec::new())),
        // A mix of hardware and software pieces is proved by decoding the result.
        (None, Hw::Prefer) if context.blind().is_some() => Ok((Hw::Off, Vec::new())),
        (None, _) => Ok(found),
    }
}

/// None if the server can't encode this itself.
async fn expected(context: &RunContext, first: First<'_>) -> Result<Option<StreamParams>, Fault> {
    let folder = context.runner.folders().job(&context.job);
    tokio::fs::create_dir_all(&folder).await.map_err(|error| internal(&error.into()))?;
    match audit::expected(context, first).await {
        Ok(params) => Ok(Some(params)),
        Err(fault) if fault.code == FaultCode::DiskFull => Err(fault),
        Err(fault) => {
            let why = fault.tail.last().unwrap_or(&fault.message);
            tracing::warn!(job = %context.job, "the server can't encode this itself, so all pieces are compared with the first one: {why}");
            Ok(None)
        }
    }
}
