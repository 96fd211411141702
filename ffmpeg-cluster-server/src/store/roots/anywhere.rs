//! Systems that can't be asked to stay beneath a folder, but that tell where an open file lies: what was opened is asked, so
//! that it does not matter who moves folders and links meanwhile.

use std::fs::{File, OpenOptions};
use std::path::Path;

use ffmpeg_cluster_common::io::system::path_of;

use super::Denied;

pub(super) fn open_beneath(root: &Path, rest: &Path) -> Result<File, Denied> {
    let path = root.join(rest);
    // Some things can't be opened without harm, and folders not at all on Windows.
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
