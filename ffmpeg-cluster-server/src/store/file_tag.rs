//! Whether a file is the one that it was.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

use ffmpeg_cluster_common::io::system;

/// Changes whenever the file does. Its change time is no part of it: a link made to the film, or another's right to read it, would
/// end the job. Where that alone has moved, the digests of its blocks tell.
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
