//! Keeps our files, such as other people's films
//! and databases, private from other users of the machine.
//! On Windows files inherit the rights of their folder,
//! and files in a user's profile belong to that user.
//! A work folder elsewhere is as private as its parent folder.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use super::durable;

#[cfg(unix)]
mod unix {
    use std::sync::OnceLock;

    use rustix::fs::Mode;

    /// The umask of the user's own shell.
    static USUAL: OnceLock<Mode> = OnceLock::new();

    /// From here on new files are 0600 and new folders 0700, also those of our children.
    pub(super) fn by_default() {
        let usual = rustix::process::umask(Mode::RWXG | Mode::RWXO);
        let _ = USUAL.set(usual);
    }

    pub(super) fn share(file: &std::fs::File) -> std::io::Result<()> {
        let Some(usual) = USUAL.get() else { return Ok(()) };
        let all = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
        Ok(rustix::fs::fchmod(file, all & !*usual)?)
    }
}

/// Call it once, before anything is written and before any thread runs.
pub fn by_default() {
    #[cfg(unix)]
    unix::by_default();
}

/// Gives a file that a user asked for the rights that the user's own programs would give it.
pub fn share(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    unix::share(file)?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Makes a folder private, and creates it if needed;
/// an older version or a person may have opened it to others.
pub fn folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)?;
    restrict(path)
}

/// Makes a file private, if it exists.
pub fn file(path: &Path) -> io::Result<()> {
    match restrict(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Writes a file completely or not at all, durably,
/// and never readable by others, not even briefly.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let half = path.with_extension("new");
    let _ = std::fs::remove_file(&half);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&half).with_context(|| format!("making {}", half.display()))?;
    file.write_all(bytes).with_context(|| format!("writing {}", half.display()))?;
    durable::name(&half, path, &[])
}

#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let has = std::fs::metadata(path)?.permissions().mode();
    if has & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(has & 0o700))
}

#[cfg(not(unix))]
fn restrict(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_open_to_others_is_closed() {
        let root = std::env::temp_dir().join(format!("ffmpeg-cluster-private-{}", std::process::id()));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        std::fs::create_dir_all(&root).unwrap();
        std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o755)).unwrap();
        let database = root.join("server.db");
        std::fs::write(&database, "x").unwrap();
        std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).unwrap();
        folder(&root).unwrap();
        file(&database).unwrap();
        file(&root.join("none")).unwrap();
        assert_eq!((mode(&root), mode(&database)), (0o700, 0o600));
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn nobody_else_may_read_a_secret() {
        let folder = std::env::temp_dir().join(format!("ffmpeg-cluster-secret-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let secret = folder.join("secret");
        for text in ["one", "two"] {
            write(&secret, text.as_bytes()).unwrap();
            let mode = std::fs::metadata(&secret).unwrap().permissions().mode() & 0o777;
            assert_eq!((std::fs::read_to_string(&secret).unwrap().as_str(), mode), (text, 0o600));
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
