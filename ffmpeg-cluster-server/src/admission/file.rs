//! Decides which files of this machine may become films.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::media::source::sequence::Pattern;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::safe;

use super::Admission;
use super::refused::{Refused, internal};
use crate::store::roots::{self, Denied};

const PATH_BYTES_MAX: usize = 4096;

/// A regular file beneath a media root, and not empty.
pub(super) async fn local(admission: &Admission, path: &str) -> Result<Opened, Refused> {
    let (settings, Typed { path: typed, name }) = (admission.runner.settings.clone(), typed(path)?);
    let found =
        admission.runner.background.blocking(move || roots::find(&settings.media_roots, &typed)).await;
    let found = found.map_err(|trouble| internal(&trouble.into()))?.map_err(|why| refused(&name, &why));
    let found = found.map_err(|reply| of_images(path, reply))?;
    if found.about.len() == 0 {
        return Err(Refused::new(ErrorCode::NotAFilm, format!("{name} is empty")));
    }
    if !is_plain(&found.path) {
        let message = format!("the path of {name} has a line break or is not UTF-8; rename it first");
        return Err(Refused::new(ErrorCode::NotAllowed, message));
    }
    Ok(found.opened())
}

/// Tells a caller who means numbered images how to submit them.
fn of_images(path: &str, refused: Refused) -> Refused {
    if refused.code != ErrorCode::FileNotFound || !is_pattern(path) {
        return refused;
    }
    let how = "numbered images are a film with \"source\": \"sequence\" (submit --sequence)";
    Refused::new(refused.code, format!("{}; {how}", refused.message))
}

fn is_pattern(path: &str) -> bool {
    Path::new(path).file_name().and_then(|name| name.to_str()).is_some_and(|name| Pattern::read(name).is_ok())
}

/// A path as a person typed it.
pub(super) struct Typed {
    pub(super) path: PathBuf,
    /// For messages to people.
    pub(super) name: String,
}

pub(super) fn typed(path: &str) -> Result<Typed, Refused> {
    if path.is_empty() || path.len() > PATH_BYTES_MAX || path.contains('\0') {
        return Err(Refused::new(
            ErrorCode::InvalidRequest,
            "file_path: the path must have 1 to 4096 bytes, and no zero byte",
        ));
    }
    Ok(Typed { path: PathBuf::from(path), name: safe::escaped(path).chars().take(200).collect() })
}

/// ffmpeg's list files can't hold a name with a line break.
pub(super) fn is_plain(path: &Path) -> bool {
    path.to_str().is_some_and(|text| !text.contains(['\n', '\r']))
}

pub(super) fn refused(name: &str, why: &Denied) -> Refused {
    match why {
        Denied::Outside => {
            Refused::new(ErrorCode::NotAllowed, format!("{name} {why}; --media-root adds one"))
        }
        Denied::Own => Refused::new(ErrorCode::NotAllowed, format!("{name} {why}")),
        Denied::NotAFile => Refused::new(ErrorCode::NotAFile, format!("{name} {why}")),
        Denied::Unreadable(trouble) => match trouble.kind() {
            ErrorKind::PermissionDenied => {
                Refused::new(ErrorCode::NotAllowed, format!("the server may not read {name}"))
            }
            _ => Refused::new(ErrorCode::FileNotFound, format!("no file {name} on the server's machine")),
        },
    }
}
