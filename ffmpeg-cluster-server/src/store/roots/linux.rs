//! The kernel keeps the path beneath its root, whoever moves folders and links meanwhile.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use super::Denied;

/// A FIFO without a writer would block us, and a terminal would become ours.
const FLAGS: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

pub(super) fn open_beneath(root: &Path, rest: &Path) -> Result<File, Denied> {
    // The empty path names the root itself.
    if rest.as_os_str().is_empty() {
        return Err(Denied::NotAFile);
    }
    let folder =
        File::options().read(true).custom_flags(OFlags::DIRECTORY.bits().cast_signed()).open(root)?;
    let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    // A rename elsewhere may interrupt the call; retrying is safe.
    let mut opened = (0..16).map(|_| openat2(&folder, rest, FLAGS, Mode::empty(), within));
    match opened.find(|one| !matches!(one, Err(Errno::AGAIN))).unwrap_or(Err(Errno::AGAIN)) {
        Ok(file) => Ok(file.into()),
        Err(Errno::LOOP | Errno::XDEV) => Err(Denied::Outside),
        // A socket, or a device without a driver.
        Err(Errno::NXIO | Errno::NODEV) => Err(Denied::NotAFile),
        // Before Linux 5.6, or forbidden by a filter.
        Err(Errno::NOSYS | Errno::PERM) => by_hand(root, rest),
        Err(error) => Err(std::io::Error::from(error).into()),
    }
}

/// Opens folder by folder, and follows no link.
pub(super) fn by_hand(root: &Path, rest: &Path) -> Result<File, Denied> {
    let mut at: std::os::fd::OwnedFd = File::open(root)?.into();
    let mut parts = rest.components().peekable();
    while let Some(part) = parts.next() {
        let std::path::Component::Normal(name) = part else { return Err(Denied::Outside) };
        let more = if parts.peek().is_some() { OFlags::DIRECTORY } else { OFlags::empty() };
        let next = rustix::fs::openat(&at, name, FLAGS | OFlags::NOFOLLOW | more, Mode::empty());
        at = next.map_err(|error| match error {
            Errno::LOOP => Denied::Outside,
            Errno::NXIO | Errno::NODEV => Denied::NotAFile,
            error => std::io::Error::from(error).into(),
        })?;
    }
    Ok(at.into())
}
