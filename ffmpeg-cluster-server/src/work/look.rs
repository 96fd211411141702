//! Examines a source as a whole: probe, listing and digests see the same bytes of the same file.

use anyhow::Context;
use ffmpeg_cluster_common::cluster::event::SourceAt;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::io::system;
use ffmpeg_cluster_common::media::plan::film::IndexedBy;
use ffmpeg_cluster_common::media::source::Source;
use tokio_util::sync::CancellationToken;

use super::blocks::Blocks;
use super::fault::internal;
use super::fault::unreadable;
use super::listed::{Listed, listed};
use super::original::Original;
use super::{RunContext, listen, original, probe, probe_once};
use crate::store::file_tag::etag;

/// How often a film is examined while its change time keeps moving.
const LOOKS_MAX: u32 = 3;

/// What was found out about a film.
pub(super) struct ExaminedFilm {
    pub(super) film: Opened,
    pub(super) etag: String,
    pub(super) source: Source,
    pub(super) listed: Listed,
}

/// If the change time moved meanwhile, compares the bytes with the digests; if they differ, starts over.
pub(super) async fn look(context: &RunContext, by: IndexedBy) -> Result<ExaminedFilm, Fault> {
    let before = listed_before(context).await;
    for _ in 0..LOOKS_MAX {
        let found = original::unchanged(context, &before).await?;
        let (etag, changed) = (etag(&found.about), system::changed(&found.about));
        let (film, stop) = (found.opened(), context.stop.child_token());
        let (seen, digested) = tokio::join!(seen(context, &film, by, &stop), digested(context, &film, &stop));
        let after = original::unchanged(context, &etag).await?;
        let is_untouched = system::changed(&after.about) == changed;
        if seen.is_err() && !is_untouched {
            continue;
        }
        let ((source, listed), blocks) = (seen?, digested?);
        if is_untouched || is_still(context, &film, blocks.clone()).await? {
            write(context, blocks).await?;
            return Ok(ExaminedFilm { film, etag, source, listed });
        }
    }
    let message = "the source changed while its frames were listed; submit it again when it is complete";
    Err(Fault::new(FaultCode::SourceChanged, message))
}

/// Stops the digesting if the file is no film.
async fn seen(
    context: &RunContext,
    film: &Opened,
    by: IndexedBy,
    stop: &CancellationToken,
) -> Result<(Source, Listed), Fault> {
    let seen = probed_and_listed(context, film, by).await;
    if seen.is_err() {
        stop.cancel();
    }
    seen
}

async fn probed_and_listed(
    context: &RunContext,
    film: &Opened,
    by: IndexedBy,
) -> Result<(Source, Listed), Fault> {
    let source = probe_once::probed(&context.runner, film, &context.stop).await?;
    let source = probe::chosen(&context.runner, film, source, &context.spec.profile, &context.stop).await?;
    // It could when the job was admitted, but the server may have another ffmpeg since.
    probe::can_be_decoded(&context.runner, &source)?;
    let no_picture = || unreadable(&format!("the source is {} and has no picture", source.format));
    let (_, picture) = source.film_stream().ok_or_else(no_picture)?;
    // The two do not depend on each other.
    tokio::try_join!(
        listen::listen(context, film, source.clone()),
        listed(context, film, &source, picture.time_base, by)
    )
}

/// Runs beside the listing, which reads the same bytes. None for a source that only the server writes.
async fn digested(
    context: &RunContext,
    film: &Opened,
    stop: &CancellationToken,
) -> Result<Option<Blocks>, Fault> {
    let SourceAt::LocalFile(_) = &context.spec.source else { return Ok(None) };
    let (film, stop, _span) = (film.clone(), stop.clone(), context.hashing());
    let digested = context.runner.background.blocking(move || Blocks::of(&mut film.again()?, &stop)).await;
    let digested =
        digested.map_err(anyhow::Error::from).and_then(|done| done.context("digesting the source"));
    digested.map_err(|error| internal(&error))
}

async fn is_still(context: &RunContext, film: &Opened, blocks: Option<Blocks>) -> Result<bool, Fault> {
    let (Some(blocks), film) = (blocks, film.clone()) else { return Ok(true) };
    let same = context.runner.background.blocking(move || blocks.are_all_in(&mut film.again()?)).await;
    let same = same.map_err(anyhow::Error::from).and_then(|done| done.context("comparing the source"));
    same.map_err(|error| internal(&error))
}

async fn write(context: &RunContext, blocks: Option<Blocks>) -> Result<(), Fault> {
    let Some(blocks) = blocks else { return Ok(()) };
    let (folders, job) = (context.runner.store.folders.clone(), context.job.clone());
    let written = context.runner.background.blocking(move || {
        std::fs::create_dir_all(folders.job(&job))?;
        blocks.write(&folders.blocks(&job))
    });
    let written =
        written.await.map_err(anyhow::Error::from).and_then(|done| done.context("keeping the digests"));
    written.map_err(|error| internal(&error))
}

/// The tag of an earlier listing, or an empty one; the film must still match it.
async fn listed_before(context: &RunContext) -> String {
    let (folders, job) = (context.runner.store.folders.clone(), context.job.clone());
    let before = context.runner.background.blocking(move || Original::read(&folders.source(&job)).ok()).await;
    before.ok().flatten().map(|original| original.etag).unwrap_or_default()
}
