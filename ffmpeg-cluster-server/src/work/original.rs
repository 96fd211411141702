//! The source as it was when its frames were listed, and whether it still is. Pieces of two films must never meet.

use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::media::source::Source;
use serde::{Deserialize, Serialize};

use super::fault::internal;
use super::{RunContext, blocks, open_source};
use crate::store::file_tag::etag;
use crate::store::roots::Found;

/// What is stored about a source.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Original {
    /// Empty if an older version wrote this.
    #[serde(default)]
    pub(crate) etag: String,
    #[serde(flatten)]
    pub(crate) source: Source,
}

impl Original {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).context("reading what is known of the source")?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}

/// Opens the source, if it still has the tag `tag` and the bytes that were listed. ffmpeg gets this very open
/// file.
pub(super) async fn unchanged(context: &RunContext, tag: &str) -> Result<Found, Fault> {
    let path = context.source_path();
    let changed = |message: String| Fault::new(FaultCode::SourceChanged, message);
    let (runner, job, spec) = (context.runner.clone(), context.job.clone(), context.spec.clone());
    let opened = context.runner.background.blocking(move || open_source(&runner, &job, &spec)).await;
    let opened = opened.map_err(|error| internal(&error.into()))?;
    let mut found = opened.map_err(|why| match why {
        why if why.is_missing() => changed(format!("the source {} is gone: {why}", path.display())),
        why => changed(format!("the source {} {why}", path.display())),
    })?;
    let other = "changed after its frames were listed; submit the film again when it is complete";
    let other = || changed(format!("the source {} {other}", path.display()));
    if !tag.is_empty() && etag(&found.about) != tag {
        return Err(other());
    }
    let blocks = context.runner.folders().blocks(&context.job);
    let looked = context.runner.background.blocking(move || {
        let same = blocks::is_same(&blocks, &mut found.file);
        (found, same)
    });
    let (found, same) = looked.await.map_err(|error| internal(&error.into()))?;
    let same =
        same.map_err(|error| changed(format!("the source {} can't be read: {error}", path.display())))?;
    if same { Ok(found) } else { Err(other()) }
}
