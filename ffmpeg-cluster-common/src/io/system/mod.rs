//! Calls of the operating system, behind one interface.
//! Each system has a file of its own, and no other file of the workspace calls the system.
//!
//! Memory of the machine and of one program · disk space ·
//! [`Group`], a child with all that it starts, and what it used ·
//! the path of an open file, and its mark · the signals that ask us to end.

#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(target_os = "macos", path = "macos.rs")]
#[cfg_attr(not(any(windows, target_os = "macos")), path = "linux.rs")]
mod here;
#[cfg_attr(windows, path = "signals_windows.rs")]
#[cfg_attr(unix, path = "signals_unix.rs")]
mod signals;
#[cfg(unix)]
mod unix;

use std::fs::{File, Metadata};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

#[cfg(windows)]
use here as each;
pub(super) use here::memory_of;
pub(super) use signals::Signals;
#[cfg(unix)]
use unix as each;

pub(super) use each::{Group, free, own_cpu};

/// What a child used of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Processor time, user and system.
    pub cpu: Duration,
    /// The most bytes of memory that it held at a time; None if unknown.
    pub memory: Option<u64>,
}

/// Bytes of memory of this machine.
pub fn memory_bytes() -> Option<u64> {
    here::memory_bytes()
}

/// The path of an open file, without symbolic links.
pub fn path_of(file: &File) -> io::Result<PathBuf> {
    here::path_of(file)
}

/// A number that differs for another file of the same name, size and time, as far as the system knows.
pub fn mark(about: &Metadata) -> u64 {
    each::mark(about)
}

/// The time of the last change to the file, including its times
/// and links, in nanoseconds; nobody can set it back. None if the system does not know.
pub fn changed(about: &Metadata) -> Option<i64> {
    each::changed(about)
}

/// Returns memory to the system after a flood of requests.
/// glibc keeps freed pages for the next flood, which a server that runs for months should not do.
/// Other systems' allocators give memory back by themselves.
/// A call takes milliseconds; do not make one for every request.
#[cfg_attr(
    all(target_os = "linux", target_env = "gnu"),
    expect(unsafe_code, reason = "a function of the C library that no crate wraps")
)]
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: any thread may call it at any time; it takes a number and keeps nothing.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_smaller_than_its_machine() {
        let (machine, us) = (memory_bytes().unwrap(), memory_of(std::process::id()).unwrap());
        assert!(us > 100_000 && us < machine, "{us} of {machine}");
        assert_eq!(memory_of(u32::MAX), None);
    }

    #[test]
    fn another_file_has_another_mark() {
        let name =
            |n: u32| std::env::temp_dir().join(format!("ffmpeg-cluster-mark-{}-{n}", std::process::id()));
        let marks = [1, 2].map(|n| {
            std::fs::write(name(n), "x").unwrap();
            mark(&std::fs::metadata(name(n)).unwrap())
        });
        assert_ne!(marks[0], marks[1]);
        (1..=2).for_each(|n| std::fs::remove_file(name(n)).unwrap());
    }
}
