//! The film of a future job: a file, numbered images, or an upload.

use std::path::Path;

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::media::source::sequence::Sequence;
use ffmpeg_cluster_common::protocol::command::ErrorCode;

use super::refused::{Refused, internal};
use super::wishes::{NamedFilm, Wishes};
use super::{Admission, file, sequence};
use crate::access::Principal;

/// More than ffprobe looks at to know a film.
const BEGINNING_BYTES: u64 = 8 << 20;

pub(super) async fn file(admission: &Admission, wishes: Wishes, path: &str) -> Result<JobSpec, Refused> {
    let film = file::local(admission, path).await?;
    let path = film.path();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text =
        path.to_str().ok_or_else(|| Refused::new(ErrorCode::NotAllowed, "the path is not valid UTF-8"))?;
    let source = SourceAt::LocalFile(text.to_owned());
    let film = NamedFilm { file_name: name, film: (&film).into() };
    wishes.spec(admission, source, film).await
}

pub(super) async fn images(
    admission: &Admission,
    wishes: Wishes,
    path: &str,
    rate: Rational,
) -> Result<JobSpec, Refused> {
    let images = sequence::find(admission, path, rate).await?;
    sequence::spec(admission, wishes, images).await
}

/// The images that are there now; since the last time some may have been added.
pub(super) async fn images_again(
    admission: &Admission,
    wishes: Wishes,
    before: &Sequence,
) -> Result<JobSpec, Refused> {
    let path = Path::new(&before.folder).join(before.pattern.to_string());
    images(admission, wishes, &path.to_string_lossy(), before.rate).await
}

pub(super) async fn upload(
    admission: &Admission,
    principal: &Principal,
    wishes: Wishes,
    upload: UploadId,
) -> Result<JobSpec, Refused> {
    let unknown = || Refused::new(ErrorCode::UploadNotFound, format!("no upload {upload}"));
    let row = admission.runner.store.reader.upload(&upload).await.map_err(|e| internal(&e))?;
    let row = row.filter(|row| principal.owns(&row.owner)).ok_or_else(unknown)?;
    let path = admission.runner.folders().upload(&upload);
    let here = tokio::fs::metadata(&path).await.map_err(|_| unknown())?.len();
    let film = NamedFilm { file_name: row.file_name, film: (&path).into() };
    if here != row.bytes {
        if here >= BEGINNING_BYTES {
            wishes.judge_beginning(admission, film).await?;
        }
        let message =
            format!("{here} of {} bytes of upload {upload} are here; send the rest first", row.bytes);
        return Err(Refused::new(ErrorCode::UploadIncomplete, message));
    }
    wishes.spec(admission, SourceAt::Upload(upload), film).await
}
