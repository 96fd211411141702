//! For systems that can't confine an open to a folder, but can tell the path of an open file: checking the path after opening makes
//! races with moved folders and links harmless.

use std::fs::{File, OpenOptions};
use std::path::Path;

use ffmpeg_cluster_common::io::system::path_of;

use super::Denied;

pub(super) fn open_beneath(root: &Path, rest: &Path) -> Result<File, Denied> {
    let path = root.join(rest);
    // Opening some things does harm, and Windows can't open folders at all.
    let about = std::fs::symlink_metadata(&path)?;
    if about.is_symlink() {
        return Err(Denied::Outside);
    }
    if !about.is_file() {
        return Err(Denied::NotAFile);
    }
    let mut options = File::options();
    let file = without_links(options.read(true)).open(&path)?;
    if path_of(&file)? == path { Ok(file) } else { Err(Denied::Outside) }
}

#[cfg(unix)]
fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    // A FIFO without a writer would block us, and a terminal would become ours.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    options.custom_flags(flags.bits().cast_signed())
}

#[cfg(windows)]
fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}
