//! Joins the pieces and the source's own streams into one file, proves it, and only then gives it its name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::RememberedPiece;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::io::crash;
use ffmpeg_cluster_common::io::process::Run;
use ffmpeg_cluster_common::media::command::encode;
use ffmpeg_cluster_common::media::command::join::{
    self, Cover, JoinPlan, ListedPiece, SoundPiece, covers_apart, list_text,
};
use ffmpeg_cluster_common::media::command::joining::{Copying, Parts};
use ffmpeg_cluster_common::media::command::mixed_encoders;
use ffmpeg_cluster_common::media::command::progress::Progress;
use ffmpeg_cluster_common::media::command::{self, Input};
use ffmpeg_cluster_common::media::plan::timeline::rate_of_own;
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::media::proof::times::TimeProof;
use ffmpeg_cluster_common::media::source::Picture;
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;
use ffmpeg_cluster_common::time::WallMillis;

use super::fault::internal;
use super::join_run::{JoinRun, Sound};
use super::proved::{self, Frames, Proved};
use super::run::Purpose;
use super::{RunContext, at_rest, ladder, original, prove, run};
use crate::store::blobs::Blob;

/// Crash points while a result becomes durable.
const POINTS: [&str; 3] = ["server.join.synced", "server.join.renamed", "server.join.durable"];

/// What a join needs beside its job.
pub(crate) struct JoinRequest<'a> {
    pub(crate) names: &'a BTreeMap<ClientId, String>,
    pub(crate) created_at: WallMillis,
    /// Reports how much of the result is written, from 0 to 1.
    pub(crate) tell: &'a (dyn Fn(f32) + Sync),
}

pub(crate) async fn join(context: &RunContext, request: JoinRequest<'_>) -> Result<Report, Fault> {
    crash::point("server.join.begun");
    let joining = JoinRun::lay_out(context).await?;
    let (blobs, name) = (&context.runner.store.blobs, context.spec.output_name.clone());
    let half = Blob::Joining(context.job.clone(), name.clone());
    let half_made = blobs.path(&half);
    has_room(&joining).await?;
    let report = match joining.ladder() {
        Some(plan) => streamed(&joining, plan, &half_made, &request).await,
        None => filed(&joining, &half_made, &request).await,
    };
    if report.is_err() {
        // Frees the disk, which the next attempt needs, too.
        let _ = blobs.remove(&half).await;
    }
    let report = report?;
    // The join has just read the sound and other streams from the source: check that it is unchanged.
    original::unchanged(context, joining.etag()).await?;
    let named = blobs.publish(&half, &Blob::Result(context.job.clone(), name), &POINTS).await;
    named.context("naming the result").map_err(|error| internal(&error))?;
    Ok(report)
}

/// The report of a file, which is proved.
async fn filed(joining: &JoinRun<'_>, half_made: &Path, request: &JoinRequest<'_>) -> Result<Report, Fault> {
    make(joining, half_made, request.tell).await?;
    crash::point("server.join.made");
    prove::prove(joining, half_made, request.names, request.created_at).await
}

/// The report of a stream, which is proved while it is made.
async fn streamed(
    joining: &JoinRun<'_>,
    plan: &LadderPlan,
    half_made: &Path,
    request: &JoinRequest<'_>,
) -> Result<Report, Fault> {
    let finished = ladder::make(joining, plan, half_made, request.tell).await?;
    let frames = plan.segments.frames();
    let exact = TimeProof { frames, error_max_ms: 0.0 };
    let seams_decoded = finished.places_decoded;
    let frames = Frames { wanted: frames, times: exact, allowed_ms: 0.0, seams_decoded };
    let (found, bytes, sha256) = (joining.source(), finished.bytes, finished.sha256);
    let proved = Proved { found, frames, bytes, sha256 };
    let report = proved::report(joining, proved, request.names, request.created_at).await;
    Ok(Report { renditions: finished.renditions, ..report })
}

/// The joined file takes about as much as its pieces.
async fn has_room(joining: &JoinRun<'_>) -> Result<(), Fault> {
    let pieces: u64 = joining.pictures.iter().map(|(_, piece)| piece.piece.bytes).sum();
    let copies = joining.context.spec.profile.copies_picture();
    let needed = if copies { joining.source().bytes } else { pieces };
    match joining.context.runner.store.blobs.free().await {
        Some(free) if free < needed => {
            let message =
                format!("joining the pieces needs {needed} bytes, and {free} are free on the server");
            Err(Fault::new(FaultCode::DiskFull, message))
        }
        Some(_) | None => Ok(()),
    }
}

async fn make(joining: &JoinRun<'_>, output: &Path, tell: &(dyn Fn(f32) + Sync)) -> Result<(), Fault> {
    let context = joining.context;
    let folder = context.runner.folders().segments(&context.job);
    let list = write_list(joining, &folder).await?;
    let covers = take_covers(joining, &folder).await?;
    let no_picture = || Fault::new(FaultCode::Internal, "the source has no picture");
    let (_, picture) = joining.source().film_stream().ok_or_else(no_picture)?;
    let tags = folder.join("tags");
    let plan = JoinPlan {
        source: joining.source(),
        source_path: &joining.film.address(),
        guards: &joining.guards,
        carriage: &joining.carriage,
        profile: &joining.profile,
        list_path: &text(&list),
        tags_path: &text(&tags),
        first_frame_us: joining.first_frame_us(),
        frame_rate: frame_rate(joining, picture),
        sounds: joining.sounds.iter().map(sound_piece).collect(),
        picture_tags: encode::picture_tags(picture, &joining.profile),
        covers,
        unlike: joining.is_unlike(),
        source_from_us: None,
        output_path: &text(output),
    };
    let written = tokio::fs::write(&tags, join::tags_text(&plan)).await;
    written.context("writing the result's tags").map_err(|error| internal(&error))?;
    let parts = Parts {
        source: &Input::Held(joining.film.address()),
        folder: &folder,
        bytes: joining.bytes(),
        pixels: picture.pixels(),
    };
    let run = context.run_on(&joining.film, command::joining::join(&plan, &parts));
    written_by(&run, joining, tell).await
}

fn sound_piece(sound: &Sound) -> SoundPiece<'_> {
    SoundPiece { path: &sound.path, start_us: sound.begins.piece_us, streams: &sound.streams }
}

/// Runs the join and reports its progress.
async fn written_by(run: &Run, joining: &JoinRun<'_>, tell: &(dyn Fn(f32) + Sync)) -> Result<(), Fault> {
    let (mut progress, total) = (Progress::default(), joining.timeline().frames().max(1));
    let what = Purpose { code: FaultCode::JoinFailed, what: "joining the pieces" };
    run::lines(run, &joining.context.stop, what, |line| {
        if progress.line(line) {
            tell(progress.frames as f32 / total as f32);
        }
    })
    .await
}

/// The constant rate of all frames of the result, if they have one. If only the filters know the frames, our own run of the
/// filters tells.
fn frame_rate(joining: &JoinRun<'_>, picture: &Picture) -> Option<Rational> {
    let Some(own) = &joining.own else { return joining.timeline().constant_rate(picture) };
    let shown = own.shown();
    rate_of_own(picture, shown.base, &shown.ticks)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Pieces whose private data differ are rewritten with their parameter sets in band: a stream copy, no encode.
async fn write_list(joining: &JoinRun<'_>, folder: &Path) -> Result<PathBuf, Fault> {
    let context = joining.context;
    let extradata =
        |piece: &RememberedPiece| piece.piece.facts.params.first().map(|params| params.extradata.clone());
    let first = joining.pictures.first().map(|(_, piece)| extradata(piece));
    let alike = joining.pictures.iter().all(|(_, piece)| Some(extradata(piece)) == first);
    let mut listed = Vec::with_capacity(joining.pictures.len());
    for (range, piece) in &joining.pictures {
        let mut path = at_rest::as_kept(context, &joining.planned, piece).await?;
        if joining.is_unlike() {
            path = written_unlike(joining, &path, piece.piece.bytes).await?;
        } else if !alike {
            let in_band = path.with_extension("band");
            let (from, guard, bytes) = (&Input::File(path), &joining.guards.piece, piece.piece.bytes);
            let command = Copying { from, guard, to: &in_band, bytes }.in_band();
            let what = Purpose { code: FaultCode::JoinFailed, what: "putting parameter sets in band" };
            run::lines(&context.run(command), &context.stop, what, |_| {}).await?;
            path = in_band;
        }
        listed.push(ListedPiece { path: text(&path), start_us: joining.timeline().time_us(range.start) });
    }
    let list = folder.join("pieces.ffconcat");
    let written = list_text(&listed).context("a path contains a line break");
    let written = match written {
        Ok(text) => tokio::fs::write(&list, text).await.context("writing the list of pieces"),
        Err(error) => Err(error),
    };
    written.map(|()| list).map_err(|error| internal(&error))
}

async fn written_unlike(joining: &JoinRun<'_>, piece: &Path, bytes: u64) -> Result<PathBuf, Fault> {
    let context = joining.context;
    let output = piece.with_extension(mixed_encoders::SUFFIX);
    let codec = context.spec.profile.video.codec();
    let from = &Input::File(piece.to_owned());
    let command = Copying { from, guard: &joining.guards.piece, to: &output, bytes }.unlike(codec);
    let what =
        Purpose { code: FaultCode::JoinFailed, what: "putting parameter sets of unlike pieces in band" };
    run::lines(&context.run(command), &context.stop, what, |_| {}).await?;
    Ok(output)
}

async fn take_covers(joining: &JoinRun<'_>, folder: &Path) -> Result<Vec<Cover>, Fault> {
    let (context, mut covers) = (joining.context, Vec::new());
    for stream in covers_apart(joining.source(), &joining.carriage, context.spec.profile.container) {
        let path = folder.join(format!("cover-{stream}"));
        let (from, guard) = (&Input::Held(joining.film.address()), &joining.guards.source);
        let command = Copying { from, guard, to: &path, bytes: joining.source().bytes }.cover(stream);
        let what = Purpose { code: FaultCode::JoinFailed, what: "taking out a cover" };
        run::lines(&context.run_on(&joining.film, command), &context.stop, what, |_| {}).await?;
        covers.push(Cover { stream, path: text(&path) });
    }
    Ok(covers)
}
