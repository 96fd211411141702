//! Proves the places where two pieces meet by decoding them. While other pieces are still being made, seams of kept pieces are
//! decoded in the pieces themselves; the rest is decoded in the result.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::RememberedPiece;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::{FrameNo, FrameTimes};
use ffmpeg_cluster_common::io::process::{Run, Stream};
use ffmpeg_cluster_common::io::trace::Purpose as Use;
use ffmpeg_cluster_common::media::command::join::{Guards, ListedPiece, list_text};
use ffmpeg_cluster_common::media::proof::seams::{self, Seam};
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::text::counted;
use futures_util::StreamExt;

use super::complaints::ComplaintListener;
use super::fault::internal;
use super::join_run::{JoinRun, made};
use super::neighbours::Pair;
use super::run::Purpose;
use super::{RunContext, frame_list, run};

/// Seams of a result that are decoded in parallel: one decoder does not fill many processors.
const TOGETHER: usize = 4;

/// Decodes a seam before the join. If it can't be decoded, or is not good, it is left to the proof of the result.
pub(crate) async fn decode_ahead(context: &RunContext, pair: &Pair) {
    match is_good(context, pair).await {
        Ok(true) => context.seams.note_good(pair),
        Ok(false) => tracing::debug!(lease = %pair.right.lease, "its seam is left to the proof"),
        Err(fault) => {
            tracing::debug!(lease = %pair.right.lease, "its seam is left to the proof: {}", fault.message)
        }
    }
}

async fn is_good(context: &RunContext, Pair { left, right }: &Pair) -> Result<bool, Fault> {
    let known = frame_list::stored(context).await?;
    let timeline = &known.timeline;
    // Pieces with other parameter sets are rewritten for the join; a list of packets has none.
    let (encoder, sets) = made(left);
    let as_joined = made(right) == (encoder, sets) && encoder.is_none() && sets.is_some();
    let Some((_, picture)) = known.source.film_stream().filter(|_| as_joined && is_decoded(context)) else {
        return Ok(false);
    };
    if !context.seams.begin(right.segment.units.start, timeline.frames()) {
        return Ok(false);
    }
    let folder = context.runner.folders().segments(&context.job);
    let list = folder.join(format!("seam-{}.ffconcat", right.lease));
    let path = |piece: &RememberedPiece| {
        context.runner.folders().piece(&context.job, piece.lease).display().to_string()
    };
    let listed = |piece: &RememberedPiece| ListedPiece {
        path: path(piece),
        start_us: timeline.time_us(piece.segment.units.start),
    };
    let text = list_text(&[listed(left), listed(right)]).context("a path contains a line break");
    let text = text.map_err(|error| internal(&error))?;
    tokio::fs::write(&list, text)
        .await
        .context("writing a list of pieces")
        .map_err(|error| internal(&error))?;
    let seam = seams::seam_of_pair(left.segment.units, right.segment.units, |frame| timeline.time_us(frame));
    let guards =
        Guards::new(&context.runner.tools.capabilities.decoders, &known.source, &context.spec.profile);
    let run = context.run(seams::decode_pair(&seam, &list, &folder, &guards.list, picture.pixels()));
    let mut complaints = complaints(context, context.spec.profile.video.codec(), seam.from_us.is_some());
    let frames = count_frames(context, &run, &mut complaints).await;
    let _ = tokio::fs::remove_file(&list).await;
    complaints.heard_nothing("a seam")?;
    Ok(frames? == seam.frames)
}

/// Whether the server decodes seams of such a result at all.
fn is_decoded(context: &RunContext) -> bool {
    context.blind().is_none() && seams::can_seek(context.spec.profile.container)
}

/// Decodes the result around the seams that were not decoded in the pieces, and checks the number of frames that come out.
/// Returns the number of seams proved in either way.
pub(super) async fn prove(
    joining: &JoinRun<'_>,
    result: &Path,
    found: &Source,
    listed: &FrameTimes,
) -> Result<u64, Fault> {
    let context = &joining.context.purposed(Use::SeamProof);
    if !is_decoded(context) || listed.ticks.len() as u64 != joining.timeline().frames() {
        return Ok(0);
    }
    let starts: Vec<FrameNo> = joining.pictures.iter().map(|(range, _)| range.start).collect();
    let good: BTreeSet<FrameNo> = joining
        .pictures
        .windows(2)
        .filter(|pair| context.seams.has_good(&pair[0].1, &pair[1].1))
        .map(|pair| pair[1].0.start)
        .collect();
    let all = seams::seams(&starts, &good, listed, found.start_us);
    // At least one seam is always decoded in the result itself.
    let last = all.last().map(|seam| seam.at);
    let mut left = all.clone();
    left.retain(|seam| !good.contains(&seam.at) || Some(seam.at) == last);
    let runs: Vec<_> =
        left.into_iter().map(|seam| prove_one(context, Place { result, found, seam })).collect();
    let mut runs = futures_util::stream::iter(runs).buffer_unordered(TOGETHER);
    while let Some(outcome) = runs.next().await {
        outcome?;
    }
    Ok(all.len() as u64)
}

struct Place<'a> {
    result: &'a Path,
    found: &'a Source,
    seam: Seam,
}

async fn prove_one(context: &RunContext, Place { result, found, seam }: Place<'_>) -> Result<(), Fault> {
    let run = context.run_of(result, found, |film| film.seam(&seam));
    let mut complaints = complaints(context, codec(found), seam.from_us.is_some());
    let frames = count_frames(context, &run, &mut complaints).await?;
    let place = format!("the result around frame {}, where two pieces meet", seam.at);
    complaints.heard_nothing(&place)?;
    if frames != seam.frames && context.spec.exactly {
        let message = format!(
            "around frame {}, where two pieces meet, the result decodes to {} instead of {}",
            seam.at,
            counted(frames, "frame"),
            seam.frames
        );
        return Err(Fault::new(FaultCode::ProofFailed, message));
    }
    Ok(())
}

async fn count_frames(
    context: &RunContext,
    run: &Run,
    complaints: &mut ComplaintListener,
) -> Result<u64, Fault> {
    let what = Purpose { code: FaultCode::ProofFailed, what: "decoding the result between two pieces" };
    let mut frames = 0;
    run::both(run, &context.stop, what, |stream, line| match stream {
        Stream::Output => frames += u64::from(!line.starts_with('#')),
        Stream::Errors => complaints.hear(line),
    })
    .await?;
    Ok(frames)
}

pub(super) fn complaints(context: &RunContext, codec: &str, from_the_middle: bool) -> ComplaintListener {
    ComplaintListener::new(context.runner.tools.capabilities.decoders.of([codec]), from_the_middle)
}

pub(super) fn codec(found: &Source) -> &str {
    found.film_stream().map_or("", |(stream, _)| stream.codec.as_str())
}
