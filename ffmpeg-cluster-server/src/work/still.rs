//! One frame of a film as a picture, and thumbnails of it in a row.

use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::permissions;
use ffmpeg_cluster_common::media::command::Input;
use ffmpeg_cluster_common::media::command::encode::Start;
use ffmpeg_cluster_common::media::command::examine::Probed;
use ffmpeg_cluster_common::media::plan::work::PictureWork;
use ffmpeg_cluster_common::media::source::FilmPicture;
use ffmpeg_cluster_common::media::source::guard::Guard;

use super::fault::internal;
use super::run::Purpose;
use super::shown::{Frames, Shown};
use super::{RunContext, run};
use crate::store::folders::TRIED;

/// The width of a thumbnail.
const THUMB_PIXELS: u32 = 160;
const WHAT: Purpose = Purpose { code: FaultCode::Internal, what: "drawing a frame" };

/// A folder for the files of one picture; dropping it deletes them.
struct Passing(PathBuf);

impl Passing {
    fn new(context: &RunContext) -> Result<Self, Fault> {
        let folder =
            context.runner.folders().root().join(TRIED).join(format!("still-{}", uuid::Uuid::new_v4()));
        let made = permissions::folder(&folder).context("making a folder for a picture");
        made.map(|()| Self(folder)).map_err(|error| internal(&error))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The wanted frame as a PPM; None beyond the end.
pub(super) async fn frame(
    context: &RunContext,
    film: &Shown,
    frames: &Frames,
    what: Wanted,
) -> Result<Option<Bytes>, Fault> {
    let Some((work, start)) = (if what.near { frames.near(what.n) } else { frames.work(what.n) }) else {
        return Ok(None);
    };
    let folder = Passing::new(context)?;
    let to = folder.file("frame.ppm");
    let from =
        |start| drawn(context, film, frames, Drawing { work: &work, start, width: what.width, to: &to });
    let picture = from(start).await;
    // As clients do if a piece comes out wrong.
    let picture = match picture {
        Ok(picture) if !picture.is_empty() => picture,
        _ if start == Start::Seek && work.window.seek.is_some() => from(Start::Beginning).await?,
        picture => picture?,
    };
    if picture.is_empty() {
        let message = format!("the server's ffmpeg shows no picture at frame {} of this film", what.n);
        return Err(Fault::new(FaultCode::SourceUnreadable, message));
    }
    Ok(Some(picture))
}

/// Which picture of a film.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) n: u64,
    /// The most pixels from left to right.
    pub(super) width: Option<u32>,
    /// Its key frame will do.
    pub(super) near: bool,
}

impl Wanted {
    /// A thumbnail of about this frame.
    pub(super) const fn thumb(n: u64) -> Self {
        Self { n, width: Some(THUMB_PIXELS), near: true }
    }
}

struct Drawing<'a> {
    work: &'a PictureWork,
    start: Start,
    width: Option<u32>,
    to: &'a Path,
}

async fn drawn(
    context: &RunContext,
    film: &Shown,
    frames: &Frames,
    drawing: Drawing<'_>,
) -> Result<Bytes, Fault> {
    let Drawing { work, start, width, to } = drawing;
    let run = context.run_of(&film.film, &frames.source, |film| film.still(work, start, width, to));
    run::lines(&run, &context.stop, WHAT, |_| {}).await?;
    read(to).await
}

async fn read(file: &Path) -> Result<Bytes, Fault> {
    let read = tokio::fs::read(file).await.context("reading a picture");
    read.map(Bytes::from).map_err(|error| internal(&error))
}

/// Thumbnails in a row, as a JPEG.
pub(super) async fn row(context: &RunContext, thumbs: &[Bytes]) -> Result<Bytes, Fault> {
    let folder = Passing::new(context)?;
    let (all, to) = (folder.file("thumbs.ppm"), folder.file("row.jpg"));
    let written = permissions::write(&all, &thumbs.concat());
    written.map_err(|error| internal(&error))?;
    let guard = Guard::new("ppm_pipe", "ppm".to_owned());
    let probed = Probed { film: Input::File(all), guard, picture: FilmPicture::default(), pixels: 0 };
    let run = context.run(probed.row(thumbs.len() as u64, &to));
    run::lines(&run, &context.stop, WHAT, |_| {}).await?;
    read(&to).await
}
