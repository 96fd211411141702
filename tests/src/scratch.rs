//! Where programs lie, and where tests put what they make.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// `target/PROFILE`, from where the test that runs lies.
fn profile_folder() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows itself");
    let folder = program.parent().expect("a program is in a folder");
    // Tests lie one deeper.
    let is_test = folder.ends_with("deps");
    if is_test { folder.parent().expect("target/PROFILE/deps").to_owned() } else { folder.to_owned() }
}

/// For what tests make and may be deleted at any time.
pub fn temporary(name: &str) -> PathBuf {
    profile_folder().join("test-data").join(name)
}

/// Where cargo put the program.
pub fn binary(name: &str) -> PathBuf {
    let path = profile_folder().join(name);
    assert!(path.is_file(), "{} is missing: run `cargo build --workspace` first", path.display());
    path
}

/// A fresh folder under the target folder, gone when dropped unless the test failed.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    kept: bool,
}

impl Scratch {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        let path = temporary("scratch").join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("making a scratch folder");
        Self { path, kept: false }
    }
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// It stays, for people to look at.
    pub fn keep(&mut self) {
        self.kept = true;
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.kept && !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
