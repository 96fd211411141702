//! Decodes media segments where two pieces meet, as a player plays them: one behind the other, after their head.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use anyhow::Context;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameNo;
use ffmpeg_cluster_common::io::process::Stream;
use ffmpeg_cluster_common::io::trace::Purpose as Use;
use ffmpeg_cluster_common::media::command::Input;
use ffmpeg_cluster_common::media::command::examine::Probed;
use ffmpeg_cluster_common::media::source::guard::Guard;
use ffmpeg_cluster_common::media::stream::entry::Media;
use ffmpeg_cluster_common::media::stream::prove::segment_name;
use ffmpeg_cluster_common::media::stream::rendition::HEAD;

use super::copied::blocking;
use super::written::Written;
use crate::work::join_run::JoinRun;
use crate::work::run::{self, Purpose};
use crate::work::{RunContext, seams};

/// Places that are decoded in each rung; of more, some from all over the film.
const PLACES_MAX: usize = 16;
const MP4: &str = "mov,mp4,m4a,3gp,3g2,mj2";

/// Returns how many places there are, all of them decoded in every rung.
pub(super) async fn places(joining: &JoinRun<'_>, pictures: &[Written]) -> Result<u64, Fault> {
    let context = &joining.context.purposed(Use::SeamProof);
    let starts: Vec<FrameNo> = joining.pictures.iter().skip(1).map(|(range, _)| range.start).collect();
    if context.blind().is_some() || starts.is_empty() {
        return Ok(0);
    }
    let chosen: Vec<FrameNo> = starts.iter().copied().step_by(starts.len().div_ceil(PLACES_MAX)).collect();
    for written in pictures {
        of_rung(context, joining, written, around(written, &chosen)).await?;
    }
    Ok(chosen.len() as u64)
}

/// The media segments before and behind each of these frames.
fn around(written: &Written, starts: &[FrameNo]) -> BTreeSet<usize> {
    let behind = |start: &FrameNo| written.segments.starts().partition_point(|first| first < start);
    starts.iter().map(behind).flat_map(|behind| [behind.saturating_sub(1), behind]).collect()
}

/// Decodes these media segments in one run.
async fn of_rung(
    context: &RunContext,
    joining: &JoinRun<'_>,
    written: &Written,
    numbers: BTreeSet<usize>,
) -> Result<(), Fault> {
    let file = context.runner.folders().segments(&context.job).join("places.mp4");
    let frames = numbers.iter().map(|&number| written.segments.range(number).len()).sum::<u64>();
    let (folder, to) = (written.folder.clone(), file.clone());
    blocking(context, "putting media segments together", move || {
        let mut to = File::create(to)?;
        let parts = std::iter::once(HEAD.to_owned()).chain(numbers.into_iter().map(segment_name));
        parts.map(|name| folder.join(name)).try_for_each(|part: PathBuf| {
            let mut from = File::open(&part).with_context(|| part.display().to_string())?;
            std::io::copy(&mut from, &mut to).map(drop).context("copying")
        })
    })
    .await?;
    let counted = count(context, joining, written, file.clone()).await;
    let _ = tokio::fs::remove_file(&file).await;
    match counted? {
        found if found == frames => Ok(()),
        found => {
            let message = format!(
                "{}: around the places where pieces meet, the stream decodes to {found} instead of {frames} frames",
                written.name
            );
            Err(Fault::new(FaultCode::ProofFailed, message))
        }
    }
}

async fn count(
    context: &RunContext,
    joining: &JoinRun<'_>,
    written: &Written,
    file: PathBuf,
) -> Result<u64, Fault> {
    let codec = joining.context.spec.profile.video.codec();
    let decoders = context.runner.tools.capabilities.decoders.of([codec]);
    let pixels = match written.entry.media {
        Media::Picture { width, height, .. } => u64::from(width) * u64::from(height),
        Media::Sound { .. } => 0,
    };
    let picture = joining.source().film_picture();
    let probed = Probed { film: Input::File(file), guard: Guard::new(MP4, decoders), picture, pixels };
    let mut complaints = seams::complaints(context, codec, false);
    let what = Purpose { code: FaultCode::ProofFailed, what: "decoding a stream between two pieces" };
    let mut frames = 0;
    run::both(&context.run(probed.pictures(None)), &context.stop, what, |stream, line| match stream {
        Stream::Output => frames += u64::from(!line.starts_with('#')),
        Stream::Errors => complaints.hear(line),
    })
    .await?;
    complaints.heard_nothing(&written.name)?;
    Ok(frames)
}
