//! The list of a source's frames, stored beside the job.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::event::JobSpec;
use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::io::{durable, permissions};
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::proof::report::Times;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::index::Index;
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;

use super::RunContext;
use super::fault::internal;
use super::known::Known;
use super::original::Original;

/// Writes the facts about the source, and the list of its frames or packets.
pub(super) async fn write(
    context: &RunContext,
    original: Original,
    file: PathBuf,
    index: Index,
) -> Result<(), Fault> {
    let (folders, job) = (context.runner.store.folders.clone(), context.job.clone());
    let written = context.runner.background.blocking(move || {
        std::fs::create_dir_all(folders.segments(&job)).context("making the job's folder")?;
        permissions::write(&folders.source(&job), &serde_json::to_vec(&original)?)?;
        write_index(&file, &index)?;
        // Syncs the entry of the job's folder, too: the next commit depends on these files.
        durable::sync_folder(&folders.jobs())
    });
    let written = written.await.context("writing the frame list").and_then(|done| done);
    written.map_err(|error| internal(&error))
}

/// Reads back what [`write`] wrote.
pub(super) async fn read(context: &RunContext, file: PathBuf) -> Result<(Original, Index), Fault> {
    let (folders, job) = (context.runner.store.folders.clone(), context.job.clone());
    let read = context.runner.background.blocking(move || -> anyhow::Result<_> {
        let index = File::open(file).context("opening the frame list")?;
        let index = Index::read(BufReader::new(index)).context("reading the frame list")?;
        Ok((Original::read(&folders.source(&job))?, index))
    });
    read.await.context("reading the frame list").and_then(|done| done).map_err(|error| internal(&error))
}

fn write_index(path: &Path, index: &Index) -> anyhow::Result<()> {
    let new = path.with_extension("new");
    index.write(BufWriter::new(File::create(&new)?))?;
    durable::name(&new, path, &["server.index.written", "server.index.renamed"])
}

/// The frames as the job wants them.
pub(super) fn timeline(index: Index, source: &Source, spec: &JobSpec) -> Result<Timeline, Fault> {
    let timeline = Timeline::new(index, source, &spec.profile)?;
    Ok(match source.film_stream() {
        Some((_, picture)) if spec.care.times == Times::Rate && !spec.profile.copies_picture() => {
            timeline.laid_on_its_rate(picture, spec.profile.container)
        }
        Some(_) | None => timeline,
    })
}

/// The stored frame list. A long film's list is in memory only once.
pub(super) async fn stored(context: &RunContext) -> Result<Arc<Known>, Fault> {
    let mut last = context.runner.frame_list.0.lock().await;
    if let Some((_, known)) = last.as_ref().filter(|(job, _)| *job == context.job) {
        return Ok(known.clone());
    }
    // Drop the other film's list first: two long ones need not be in memory together.
    *last = None;
    let known = Arc::new(read_stored(context).await?);
    *last = Some((context.job.clone(), known.clone()));
    Ok(known)
}

async fn read_stored(context: &RunContext) -> Result<Known, Fault> {
    let (Original { etag, source }, index) =
        read(context, context.runner.folders().index(&context.job)).await?;
    let spec = context.spec.clone();
    let reckoned = context.runner.background.blocking(move || {
        let told = |fault: Fault| anyhow::Error::msg(fault.message);
        let timeline = timeline(index, &source, &spec).map_err(told)?;
        let plan = |ladder| LadderPlan::new(ladder, &timeline, &source);
        let ladder = spec.ladder.as_deref().map(plan).transpose().map_err(told)?;
        Ok(Known { etag, source, timeline, ladder })
    });
    let known = reckoned.await.context("reading the frame list").and_then(|known| known);
    known.map_err(|error| internal(&error))
}
