//! Systems that can't be asked to stay beneath a folder: the path is looked at once more, and what was opened must be what
//! was looked at.

use std::fs::File;
use std::path::Path;

use super::Denied;

pub(super) fn open_beneath(root: &Path, rest: &Path) -> Result<File, Denied> {
    let path = root.join(rest);
    if path.canonicalize()? != path {
        return Err(Denied::Outside);
    }
    // Opening a FIFO would block.
    if !std::fs::symlink_metadata(&path)?.is_file() {
        return Err(Denied::NotAFile);
    }
    let file = File::open(&path)?;
    if path.canonicalize()? != path {
        return Err(Denied::Outside);
    }
    Ok(file)
}
