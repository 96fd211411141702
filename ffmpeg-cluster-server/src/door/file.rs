//! Which files of this machine may become films.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::protocol::command::{ErrorCode, Reply};

use super::error;
use crate::handle::Handle;

const PATH_BYTES_MAX: usize = 4096;

/// Canonical, a regular file below a media root, and not empty. Nothing is opened before it is known to be a file.
pub(super) async fn local(handle: &Handle, path: &str) -> Result<PathBuf, Reply> {
    if path.is_empty() || path.len() > PATH_BYTES_MAX || path.contains('\0') {
        return Err(error(ErrorCode::InvalidRequest, "file_path: a path of 1 to 4096 bytes is wanted"));
    }
    let shown: String = path.chars().filter(|c| !c.is_control()).take(200).collect();
    let real = tokio::fs::canonicalize(path).await.map_err(|e| missing(&shown, &e))?;
    let about = tokio::fs::metadata(&real).await.map_err(|e| missing(&shown, &e))?;
    if !about.is_file() {
        return Err(error(ErrorCode::NotAFile, format!("{shown} is no regular file")));
    }
    if !handle.settings.media_roots.iter().any(|root| real.starts_with(root)) {
        let roots: Vec<String> =
            handle.settings.media_roots.iter().map(|root| root.display().to_string()).collect();
        let message = format!(
            "{shown} does not lie below {}; the server's --media-root says what may be read",
            roots.join(" or ")
        );
        return Err(error(ErrorCode::NotAllowed, message));
    }
    if about.len() == 0 {
        return Err(error(ErrorCode::NotAFilm, format!("{shown} is empty")));
    }
    if !is_plain(&real) {
        return Err(error(
            ErrorCode::NotAllowed,
            format!("{shown} has a line's end in its name; rename it first"),
        ));
    }
    Ok(real)
}

/// ffmpeg's lists of files can't hold such a name.
fn is_plain(path: &Path) -> bool {
    path.to_str().is_some_and(|text| !text.contains(['\n', '\r']))
}

fn missing(shown: &str, error_: &std::io::Error) -> Reply {
    match error_.kind() {
        ErrorKind::PermissionDenied => {
            error(ErrorCode::NotAllowed, format!("the server may not read {shown}"))
        }
        _ => error(ErrorCode::FileNotFound, format!("no file {shown} on the server's machine")),
    }
}
