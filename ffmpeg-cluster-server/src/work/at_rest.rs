//! Pieces lie on the disk for as long as their film takes. Checks before the join that their bytes are still those that were kept.

use std::path::PathBuf;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::RememberedPiece;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::digest;

use super::RunContext;
use super::fault::internal;
use ffmpeg_cluster_common::media::plan::film::Film;

/// The path of the piece; a fault if its bytes have changed.
pub(super) async fn as_kept(
    context: &RunContext,
    film: &Film,
    piece: &RememberedPiece,
) -> Result<PathBuf, Fault> {
    let path = context.runner.folders().piece(&context.job, piece.lease);
    let (file, _span) = (path.clone(), context.hashing());
    let found = context.runner.background.blocking(move || digest::of_file(&file)).await;
    let found = found.map_err(std::io::Error::other).and_then(|found| found).context("reading a kept piece");
    let (bytes, sha256) = found.map_err(|error| internal(&error))?;
    if bytes == piece.piece.bytes && sha256 == piece.piece.sha256 {
        return Ok(path);
    }
    let what = film.name(piece.segment);
    let message = format!(
        "the piece with {what} changed on the server's disk since it was kept, so the film is not joined; check the disk, and submit the \
         film again"
    );
    Err(Fault::new(FaultCode::JoinFailed, message))
}
