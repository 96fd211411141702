//! ffmpeg copies a piece into fragments: it knows what each codec needs before its first frame.

use std::path::{Path, PathBuf};

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::RememberedPiece;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::media::command::fragments::{FragmentedFile, Fragmenting};
use ffmpeg_cluster_common::media::source::guard::Guard;

use crate::work::RunContext;
use crate::work::fault::internal;
use crate::work::run::{self, Purpose};

/// A piece, as it lies on the disk, on its way into a stream.
pub(super) struct Piece<'a> {
    pub(super) path: &'a Path,
    pub(super) kept: &'a RememberedPiece,
    pub(super) guard: &'a Guard,
    /// Ticks in a second of its pictures.
    pub(super) timescale: u32,
    /// Of each of its streams.
    pub(super) codecs: Vec<&'a str>,
}

/// The copies of the piece's streams, in their order; dropping it deletes them.
pub(super) struct Copies(Vec<FragmentedFile>);

impl Copies {
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|file| file.path.as_path())
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        self.paths().for_each(|path| drop(std::fs::remove_file(path)));
    }
}

pub(super) async fn copied(context: &RunContext, piece: Piece<'_>) -> Result<Copies, Fault> {
    let Piece { path, kept, guard, timescale, codecs } = piece;
    let file = |(stream, codec): (usize, &str)| FragmentedFile {
        stream,
        codec: codec.to_owned(),
        path: path.with_extension(format!("{stream}.mp4")),
    };
    let copies = Copies(codecs.into_iter().enumerate().map(file).collect());
    let (piece, guard, bytes) = (path.to_owned(), guard.clone(), kept.piece.bytes);
    let copying = Fragmenting { piece, guard, bytes, timescale, files: copies.0.clone() };
    let what = Purpose { code: FaultCode::JoinFailed, what: "copying a piece into fragments" };
    run::lines(&context.run(copying.command()), &context.stop, what, |_| {}).await?;
    Ok(copies)
}

/// Runs what blocks; its error is a fault of the server's.
pub(super) async fn blocking<T: Send + 'static>(
    context: &RunContext,
    what: &'static str,
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T, Fault> {
    let done = context.runner.background.blocking(work).await.context(what).and_then(|done| done);
    done.context(what).map_err(|error| internal(&error))
}

/// What does not become as planned fails the proof, and names the place.
pub(super) async fn proving<T: Send + 'static>(
    context: &RunContext,
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T, Fault> {
    let done = context.runner.background.blocking(work).await.context("proving the stream");
    let done = done.map_err(|error| internal(&error))?;
    done.map_err(|error| Fault::new(FaultCode::ProofFailed, format!("the stream: {error:#}")))
}

/// The folder of a rendition of this kind.
pub(super) fn folder_of(stream: &Path, kind: &str, name: &str) -> PathBuf {
    stream.join(kind).join(name)
}
