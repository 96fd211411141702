//! Images submitted as one film: all of them must exist, and the first shows what the film is like.

use std::path::Path;

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::media::source::sequence::{self, Pattern, Sequence};
use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobConfig, SourceKind};

use super::Admission;
use super::file::{Typed, is_plain, refused, typed};
use super::refused::{Refused, internal};
use super::wishes::{NamedFilm, Wishes};
use super::{look, new_job};
use crate::store::folders::Folders;
use crate::store::housekeeping::clean_job;
use crate::store::roots;
use crate::work::numbered::Numbered;
use crate::work::pack::Pack;

/// The rate of a sequence; None if the path names one film.
pub(super) fn rate(config: &JobConfig) -> Result<Option<Rational>, Refused> {
    let wrong = |message: String| Refused::new(ErrorCode::InvalidRequest, message);
    match (config.source, &config.framerate) {
        (Some(SourceKind::Sequence), None) => Ok(Some(sequence::RATE_USUAL)),
        (Some(SourceKind::Sequence), Some(given)) => match sequence::rate(&given.to_string()) {
            Some(rate) => Ok(Some(rate)),
            None => Err(wrong(format!(
                "framerate {given}: must be a number of images per second, such as 25 or 24000/1001"
            ))),
        },
        (Some(SourceKind::File) | None, Some(_)) => Err(wrong(
            "framerate goes with \"source\": \"sequence\"; -r in ffmpeg_params changes a film's rate".into(),
        )),
        (Some(SourceKind::File) | None, None) => Ok(None),
    }
}

/// The images that a pattern names, beneath a media root.
pub(super) async fn find(admission: &Admission, path: &str, rate: Rational) -> Result<Sequence, Refused> {
    let Typed { path: typed, name } = typed(path)?;
    let wrong = |why: String| Refused::new(ErrorCode::InvalidRequest, format!("{name}: {why}"));
    let file_name = typed.file_name().and_then(|file| file.to_str()).unwrap_or_default();
    let pattern = Pattern::read(file_name).map_err(wrong)?;
    let (settings, images) = (admission.runner.settings.clone(), pattern.clone());
    let found = admission.runner.background.blocking(move || {
        let folder = roots::find_folder(&settings.media_roots, typed.parent().unwrap_or(Path::new("")))?;
        Numbered::list(&folder, &images).map(|found| (folder, found)).map_err(roots::Denied::from)
    });
    let found = found.await.map_err(|trouble| internal(&trouble.into()))?;
    let (folder, found) = found.map_err(|why| refused(&name, &why))?;
    let odd = |image: String| {
        Refused::new(
            ErrorCode::NotAFile,
            format!("{image} is not a regular file; images are not read through links"),
        )
    };
    let found = found.map_err(odd)?;
    let (first, images) = pattern
        .run(found.numbers())
        .map_err(|why| Refused::new(ErrorCode::FileNotFound, format!("{name}: {why}")))?;
    let folder = folder.to_str().filter(|_| is_plain(&folder));
    let folder =
        folder.ok_or_else(|| wrong("the folder's name has a line break or is not UTF-8".into()))?.to_owned();
    Ok(Sequence { folder, pattern, first, images, bytes: found.bytes, mark: found.mark(), rate })
}

/// Examines the first image, packed as all will be.
pub(super) async fn spec(
    admission: &Admission,
    wishes: Wishes,
    sequence: Sequence,
) -> Result<JobSpec, Refused> {
    let job = new_job();
    let sample = Sample { folders: admission.runner.folders(), job };
    let pack = Pack { runner: &admission.runner, job: &sample.job, stop: admission.runner.background.stop() };
    let name = sequence.pattern.to_string();
    // This turn ends before `spec` waits for its own.
    let turn = look(admission).await?;
    let made = pack.make(&sequence.first()).await;
    drop(turn);
    match made {
        Ok(()) => {
            let (file, source) = (pack.file(), SourceAt::Sequence(sequence));
            wishes.spec(admission, source, NamedFilm { file_name: name, film: (&file).into() }).await
        }
        Err(fault) => Err(no_image(&sequence, &fault)),
    }
}

/// The first packed image, in the folder of a job that never exists. Deleted after it was examined, even if the caller hangs up.
struct Sample<'a> {
    folders: &'a Folders,
    job: JobId,
}

impl Drop for Sample<'_> {
    fn drop(&mut self) {
        clean_job(self.folders, &self.job, None);
    }
}

fn no_image(sequence: &Sequence, fault: &Fault) -> Refused {
    let (name, said) = (sequence.pattern.name(sequence.first), fault.tail.last());
    let said = said.map(|line| format!(" ({line})")).unwrap_or_default();
    Refused::new(ErrorCode::NotAFilm, format!("{name}: {}{said}", fault.message))
}
