//! Tells whether a file is still the same.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

use ffmpeg_cluster_common::io::system;

/// A tag of the file's length, modification time and inode. Leaves out the change time: a new hard link to the film, or another
/// permission, would end the job. If only the change time moves, the digests of the film's blocks decide.
pub(crate) fn etag(about: &Metadata) -> String {
    let modified =
        about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let file = system::mark(about);
    format!("\"{:x}-{:x}-{file:x}\"", about.len(), modified.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_has_another_tag() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-etag-{}", std::process::id()));
        let tag = |text: &str| {
            std::fs::write(&path, text).unwrap();
            etag(&std::fs::metadata(&path).unwrap())
        };
        assert_ne!(tag("a"), tag("ab"));
        std::fs::remove_file(path).unwrap();
    }
}
