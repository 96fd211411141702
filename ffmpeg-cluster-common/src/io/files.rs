//! How many files a process may have open. Each connection counts as one.

use std::io::Error;

const PLENTY: u64 = 65_536;

/// Raises the limit of open files as far as possible, and returns it.
#[cfg(unix)]
pub fn most() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// macOS states no limit, but accepts no more than this.
    const MACOS_MAX: u64 = 10_240;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let has = current.unwrap_or(PLENTY);
    let wanted = maximum.unwrap_or(PLENTY).min(PLENTY).max(has);
    let may_be = |most: &u64| {
        *most > has && setrlimit(Resource::Nofile, Rlimit { current: Some(*most), maximum }).is_ok()
    };
    [wanted, MACOS_MAX].into_iter().find(may_be).unwrap_or(has)
}

#[cfg(not(unix))]
pub fn most() -> u64 {
    PLENTY
}

/// Whether this process or the whole machine has no file handle left, which is a passing state.
pub fn are_short(error: &Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        [Errno::MFILE, Errno::NFILE].iter().any(|short| error.raw_os_error() == Some(short.raw_os_error()))
    }
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_files_is_told_from_other_trouble() {
        use rustix::io::Errno;
        for (errno, short) in [(Errno::MFILE, true), (Errno::NFILE, true), (Errno::NOENT, false)] {
            assert_eq!(are_short(&Error::from_raw_os_error(errno.raw_os_error())), short, "{errno}");
        }
        assert!(!are_short(&Error::other("too many open files")));
        assert_eq!(most(), most(), "raised once");
    }
}
