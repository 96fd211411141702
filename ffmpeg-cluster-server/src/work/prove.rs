//! The proof: probes the joined file, and checks its frames against the index and its streams against the plan.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::{FrameTimes, Rational};
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::io::process::Stream as Printed;
use ffmpeg_cluster_common::io::trace::Purpose as Use;
use ffmpeg_cluster_common::media::command::count::differs;
use ffmpeg_cluster_common::media::command::examine::Probed;
use ffmpeg_cluster_common::media::command::join::time_error_allowed_ms;
use ffmpeg_cluster_common::media::params::Selection;
use ffmpeg_cluster_common::media::proof::lipsync::Begins;
use ffmpeg_cluster_common::media::proof::report::{Report, Verify};
use ffmpeg_cluster_common::media::proof::times::{Times, prove_times};
use ffmpeg_cluster_common::media::source::index::IndexBuilder;
use ffmpeg_cluster_common::media::source::{Source, Stream, StreamKind};
use ffmpeg_cluster_common::time::WallMillis;

use super::count::OwnFrames;
use super::fault::internal;
use super::join_run::JoinRun;
use super::lipsync::{self, Joined};
use super::probe::Found;
use super::proved::{self, Frames, Proved};
use super::run::Purpose;
use super::{copied, probe, run, seams, unlike};

pub(super) async fn prove(
    joining: &JoinRun<'_>,
    result: &Path,
    names: &BTreeMap<ClientId, String>,
    created_at: WallMillis,
) -> Result<Report, Fault> {
    let context = &joining.context.purposed(Use::Proof);
    let _span = context.runner.trace.span(Use::Proof);
    let _noted = context.runner.noted.begin(&context.job, "prove");
    // The digest reads the file once more, in parallel with the programs that examine it.
    let (path, span) = (result.to_owned(), context.hashing());
    let digested = context.runner.background.blocking(move || {
        let _span = span;
        digest::of_file(&path)
    });
    let joined =
        probe::result(&context.runner, result, joining.source(), &context.stop).await.map_err(failed)?;
    prove_streams(joining, &joined.source)?;
    let frames = prove_frames(joining, result, &joined).await?;
    let digested = digested.await.context("reading the result");
    let digested = digested.and_then(|d| d.context("reading the result"));
    let (bytes, sha256) = digested.map_err(|error| internal(&error))?;
    let proved = Proved { found: &joined.source, frames, bytes, sha256 };
    Ok(proved::report(joining, proved, names, created_at).await)
}

/// Proves that each frame has its time, and that the places where pieces meet decode cleanly.
async fn prove_frames(joining: &JoinRun<'_>, result: &Path, joined: &Found) -> Result<Frames, Fault> {
    let (spec, found) = (&joining.context.spec, &joined.source);
    let rate = joining.source().film_stream().map(|(_, picture)| picture.frame_rate);
    let rate = rate.ok_or_else(|| Fault::new(FaultCode::Internal, "the source has no picture"))?;
    let allowed_ms = time_error_allowed_ms(&spec.profile, rate);
    if spec.profile.copies_picture() {
        return copied::prove(joining, result, found, allowed_ms).await;
    }
    let own = joining.own.as_ref();
    let wanted = own.map_or(Times::Known(joining.timeline()), OwnFrames::times);
    let unlike_ours = |fault| if own.is_some() { differs(fault) } else { fault };
    let listed = list(joining, result, joined, wanted.frames()).await?;
    let wanted_us = joining.first_frame_us() - spec.profile.span.start_us;
    let told_us = listed.base.micros(listed.ticks.first().copied().unwrap_or(0));
    lipsync::prove(joining, Joined { path: result, found }, Begins { wanted_us, told_us }).await?;
    let times = prove_times(&wanted, &listed, allowed_ms, spec.exactly).map_err(unlike_ours)?;
    let seams_decoded = match spec.care.verify {
        Verify::Fast => seams::prove(joining, result, found, &listed).await?,
        Verify::Full => {
            let decoded = decode(joining, result, found, listed.base).await?;
            prove_times(&wanted, &decoded, allowed_ms, spec.exactly).map_err(unlike_ours)?;
            joining.pictures.len().saturating_sub(1) as u64
        }
    };
    unlike::prove(joining, result, found, &listed).await?;
    Ok(Frames { wanted: wanted.frames(), times, allowed_ms, seams_decoded })
}

fn failed(fault: Fault) -> Fault {
    Fault { code: FaultCode::ProofFailed, message: format!("the joined file: {}", fault.message), ..fault }
}

/// The times of the result's frames, from its packets; from decoding if there are not as many packets as there should be
/// frames: some encoders make packets that are never shown.
async fn list(
    joining: &JoinRun<'_>,
    result: &Path,
    joined: &Found,
    frames: u64,
) -> Result<FrameTimes, Fault> {
    let (context, found) = (&joining.context.purposed(Use::Proof), &joined.source);
    let no_picture = || Fault::new(FaultCode::ProofFailed, "the joined file has no picture");
    let (_, picture) = found.film_stream().ok_or_else(no_picture)?;
    let base = picture.time_base;
    let mut builder = IndexBuilder::packets(base);
    if let Some(packets) = &joined.packets {
        packets.iter().for_each(|line| builder.line(line));
    } else {
        let run = context.run_of(result, found, Probed::packets);
        let what = Purpose { code: FaultCode::ProofFailed, what: "listing the result" };
        run::lines(&run, &context.stop, what, |line| builder.line(line)).await?;
    }
    let counts = context.spec.profile.container.wants_constant_rate();
    let places = if counts { builder.places() } else { None };
    let ticks = builder.times();
    if ticks.len() as u64 == frames {
        return Ok(FrameTimes { base, ticks });
    }
    let shown = decode(joining, result, found, base).await?.ticks;
    // For MPEG-1 in AVI, the decoder gives every frame but the first a time one frame too late.
    let fits = |places: &Vec<i64>| places.len() as u64 == frames && places.len() == shown.len();
    Ok(FrameTimes { base, ticks: places.filter(fits).unwrap_or(shown) })
}

/// Decodes the whole result.
async fn decode(
    joining: &JoinRun<'_>,
    result: &Path,
    found: &Source,
    base: Rational,
) -> Result<FrameTimes, Fault> {
    let context = &joining.context.purposed(Use::Proof);
    let mut builder = IndexBuilder::decoding(base, Vec::new());
    let run = context.run_of(result, found, |film| film.frames(base));
    let (what, mut complaints) = (
        Purpose { code: FaultCode::ProofFailed, what: "decoding the result" },
        seams::complaints(context, seams::codec(found), false),
    );
    run::both(&run, &context.stop, what, |stream, line| match stream {
        Printed::Output => builder.line(line),
        Printed::Errors => complaints.hear(line),
    })
    .await?;
    complaints.heard_nothing("the result")?;
    Ok(FrameTimes { base, ticks: builder.times() })
}

/// Checks that there are as many streams of each kind as planned. A cover that became a film of its own would be one too many.
fn prove_streams(joining: &JoinRun<'_>, found: &Source) -> Result<(), Fault> {
    let kinds = [
        (StreamKind::Video, "picture"),
        (StreamKind::Audio, "sound"),
        (StreamKind::Subtitle, "subtitle"),
        (StreamKind::Attachment, "attached"),
    ];
    for (kind, word) in kinds {
        let planned = joining.carriage.kept.iter().filter(|kept| kept.kind == kind).count();
        let there = found.of_kind(kind).count();
        if planned != there {
            let message = format!("{planned} {word} streams were planned, the result has {there}");
            return Err(Fault::new(FaultCode::ProofFailed, message));
        }
    }
    prove_order(joining, found)
}

/// Checks that tracks come in the order in which the parameters choose them.
fn prove_order(joining: &JoinRun<'_>, found: &Source) -> Result<(), Fault> {
    let kinds = |source: &Source, streams: &[u32]| -> Vec<StreamKind> {
        let of = |index: &u32| source.streams.iter().find(|stream| stream.index == *index);
        let tracks = streams.iter().filter_map(of).filter(|stream| is_track(stream));
        tracks.map(|stream| stream.kind).collect()
    };
    let planned: Vec<u32> = joining.carriage.kept.iter().map(|kept| kept.stream).collect();
    let there: Vec<u32> = found.streams.iter().map(|stream| stream.index).collect();
    let (planned, there) = (kinds(joining.source(), &planned), kinds(found, &there));
    if joining.context.spec.profile.selection != Selection::default() && planned != there {
        let message = format!("the streams were planned as {planned:?}, the result has {there:?}");
        return Err(Fault::new(FaultCode::ProofFailed, message));
    }
    Ok(())
}

/// Covers, attached files and timecodes have places of their own.
fn is_track(stream: &Stream) -> bool {
    let is_cover = stream.dispositions.iter().any(|set| set == "attached_pic");
    !is_cover && !matches!(stream.kind, StreamKind::Attachment | StreamKind::Data)
}
