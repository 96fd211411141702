//! What only the operating system knows or does, behind one interface.
//! Each system has a file of its own, and no other file of the workspace calls the system.
//!
//! Memory of the machine and of one program · disk space ·
//! [`Group`], a child with all that it starts ·
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

pub(super) use here::memory_of;
pub use here::{memory_bytes, path_of};
pub use signals::Signals;

#[cfg(windows)]
pub(super) use here::{Group, free};
#[cfg(windows)]
pub use here::{changed, mark};
#[cfg(unix)]
pub(super) use unix::{Group, free};
#[cfg(unix)]
pub use unix::{changed, mark};

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
