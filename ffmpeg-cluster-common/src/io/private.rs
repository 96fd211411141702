//! Files that nobody else on this machine may read, not even for a moment.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::Context;

/// Whole or not at all, and durable.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let half = path.with_extension("new");
    let _ = fs::remove_file(&half);
    let mut file = made(OpenOptions::new().write(true).create_new(true), &half)
        .with_context(|| format!("making {}", half.display()))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).context("writing a secret")?;
    fs::rename(&half, path).with_context(|| format!("naming {}", path.display()))?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).context("syncing a folder")?;
    }
    Ok(())
}

/// The file is there afterwards, made where it was not, and is ours alone.
pub fn own(path: &Path) -> std::io::Result<()> {
    let file = made(OpenOptions::new().append(true).create(true), path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}

fn made(options: &mut OpenOptions, path: &Path) -> std::io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn nobody_else_may_read_what_was_written_or_taken() {
        let folder = std::env::temp_dir().join(format!("ffmpeg-cluster-private-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (written, taken) = (folder.join("written"), folder.join("taken"));
        for text in ["one", "two"] {
            write(&written, text.as_bytes()).unwrap();
            assert_eq!((fs::read_to_string(&written).unwrap().as_str(), mode(&written)), (text, 0o600));
        }
        fs::write(&taken, "kept").unwrap();
        fs::set_permissions(&taken, PermissionsExt::from_mode(0o644)).unwrap();
        own(&taken).unwrap();
        assert_eq!((fs::read_to_string(&taken).unwrap().as_str(), mode(&taken)), ("kept", 0o600));
        fs::remove_dir_all(folder).unwrap();
    }
}
