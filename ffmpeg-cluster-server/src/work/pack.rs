//! Numbered images → one file, each image an unchanged packet.
//!
//! ffmpeg never opens the images where they lie. Like every film, each is opened here beneath its media root, and then copied, so
//! that a link swapped in meanwhile can't bring in another file.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::cluster::event::SourceAt;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::process::Run;
use ffmpeg_cluster_common::io::{disk, durable};
use ffmpeg_cluster_common::media::command;
use ffmpeg_cluster_common::media::source::sequence::Sequence;
use ffmpeg_cluster_common::text::counted;
use tokio_util::sync::CancellationToken;

use super::Runner;
use super::fault::internal;
use super::numbered::Numbered;
use super::run::Purpose;
use super::{RunContext, run};
use crate::store::file_tag::etag;
use crate::store::roots::{self, Roots};

/// Packs the images of a job into one file, before any other step reads them.
pub(super) async fn packed(context: &RunContext) -> Result<(), Fault> {
    let SourceAt::Sequence(sequence) = &context.spec.source else { return Ok(()) };
    let pack = Pack { runner: &context.runner, job: &context.job, stop: &context.stop };
    if tokio::fs::try_exists(pack.file()).await.unwrap_or(false) {
        return Ok(());
    }
    pack.make(sequence).await
}

/// Packs the images of one job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pack<'a> {
    pub(crate) runner: &'a Runner,
    pub(crate) job: &'a JobId,
    pub(crate) stop: &'a CancellationToken,
}

impl Pack<'_> {
    pub(crate) fn file(&self) -> PathBuf {
        self.runner.folders().packed(self.job)
    }

    pub(crate) async fn make(&self, sequence: &Sequence) -> Result<(), Fault> {
        let images = self.runner.folders().segments(self.job).join("images");
        let made = self.make_in(&images, sequence).await;
        let cleared = self.runner.background.blocking(move || clear(&images)).await;
        let cleared = cleared.map_err(std::io::Error::other).and_then(|cleared| cleared);
        made.and(cleared.map_err(|error| internal(&error.into())))
    }

    async fn make_in(&self, images: &Path, sequence: &Sequence) -> Result<(), Fault> {
        let (roots, folder, wanted) =
            (self.runner.settings.media_roots.clone(), images.to_owned(), sequence.clone());
        let stop = self.stop.clone();
        let copied = self.runner.background.blocking(move || copy(&roots, &folder, &wanted, &stop)).await;
        let bytes = copied.map_err(|error| internal(&error.into()))??;
        let new = self.file().with_extension("new");
        let command = command::joining::pack(sequence, images, bytes, &new);
        let run = Run::of(command, &self.runner.tools, None).traced(&self.runner.trace);
        run::lines(
            &run,
            self.stop,
            Purpose { code: FaultCode::SourceUnreadable, what: "packing the images" },
            |_| {},
        )
        .await?;
        let file = self.file();
        let named = self.runner.background.blocking(move || durable::name(&new, &file, &[])).await;
        named.map_err(|error| internal(&error.into()))?.map_err(|error| internal(&error))
    }
}

fn clear(images: &Path) -> std::io::Result<()> {
    if images.exists() { fs::remove_dir_all(images) } else { Ok(()) }
}

/// Copies all images, numbered from 0, and returns their bytes.
fn copy(roots: &Roots, to: &Path, sequence: &Sequence, stop: &CancellationToken) -> Result<u64, Fault> {
    let trouble =
        |what: String| move |error: std::io::Error| internal(&anyhow::Error::from(error).context(what));
    clear(to).and_then(|()| fs::create_dir_all(to)).map_err(trouble(format!("making {}", to.display())))?;
    let (listed, mut bytes) = (as_handed_in(sequence)?, 0);
    for (place, number) in sequence.numbers().enumerate() {
        let name = sequence.pattern.name(number);
        if stop.is_cancelled() {
            return Err(Fault::new(FaultCode::Internal, "packing the images was stopped"));
        }
        let path = Path::new(&sequence.folder).join(&name);
        let denied =
            |why: roots::Denied| Fault::new(FaultCode::SourceChanged, format!("the image {name} {why}"));
        let mut found = roots::open(roots, &path).map_err(denied)?;
        has_room(to, found.about.len())?;
        let target = to.join(format!("{place}.{}", sequence.suffix()));
        let copied = File::create(&target).and_then(|mut file| std::io::copy(&mut found.file, &mut file));
        bytes += copied.map_err(trouble(format!("copying the image {name}")))?;
        let after = found.file.metadata().map_err(trouble(format!("looking at the image {name}")))?;
        let before = listed.as_ref().and_then(|listed| listed.etag(number).map(str::to_owned));
        if etag(&after) != before.unwrap_or_else(|| etag(&found.about)) {
            return Err(changed(&format!("the image {name} changed while it was read")));
        }
    }
    Ok(bytes)
}

fn changed(what: &str) -> Fault {
    Fault::new(FaultCode::SourceChanged, format!("{what}; submit the images again when they are complete"))
}

/// The images in the folder, if they are still those that were submitted: the program that renders them may not have finished.
fn as_handed_in(sequence: &Sequence) -> Result<Option<Numbered>, Fault> {
    if sequence.mark.is_empty() {
        return Ok(None);
    }
    let folder = Path::new(&sequence.folder);
    let listed = Numbered::list(folder, &sequence.pattern);
    let listed = listed.map_err(|error| changed(&format!("{}: {error}", folder.display())))?;
    let listed = listed.map_err(|name| changed(&format!("{name} is no longer a regular file")))?;
    if listed.mark() == sequence.mark {
        return Ok(Some(listed));
    }
    let (then, now) = (counted(sequence.images, "image"), listed.numbers().len());
    Err(changed(&format!("the images changed after they were submitted ({then} then, {now} now)")))
}

/// While the pack is made, each image lies here twice.
fn has_room(folder: &Path, image: u64) -> Result<(), Fault> {
    match disk::free(folder) {
        Some(free) if free < 2 * image => {
            let message =
                format!("packing the images needs more than the {free} bytes that are free on the server");
            Err(Fault::new(FaultCode::DiskFull, message))
        }
        Some(_) | None => Ok(()),
    }
}
