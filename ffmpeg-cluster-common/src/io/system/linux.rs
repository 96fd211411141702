//! Linux answers in text files. Unknown systems,
//! which also come here, have no such files and give no answer.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Pid;

use super::Used;

/// The path of an open file, without symbolic links.
pub(super) fn path_of(file: &File) -> io::Result<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

pub(super) fn memory_bytes() -> Option<u64> {
    bytes_after("MemTotal:", &std::fs::read_to_string("/proc/meminfo").ok()?)
}

/// Bytes of memory that a program holds.
pub(in super::super) fn memory_of(program: u32) -> Option<u64> {
    bytes_after("VmRSS:", &std::fs::read_to_string(format!("/proc/{program}/status")).ok()?)
}

/// Waits until a child has ended, but does not reap it.
/// Returns what it used, with its own reaped children.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[expect(unsafe_code, reason = "libraries hide the last argument of this call")]
pub(super) fn ended(child: Pid) -> io::Result<Option<Used>> {
    let mut about = std::mem::MaybeUninit::<libc::siginfo_t>::zeroed();
    let mut used = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    let (child, how) = (child.as_raw_nonzero().get(), libc::WEXITED | libc::WNOWAIT);
    loop {
        // SAFETY: the call writes two structures, and both have space for it.
        let answer = unsafe {
            libc::syscall(libc::SYS_waitid, libc::P_PID, child, about.as_mut_ptr(), how, used.as_mut_ptr())
        };
        if answer == 0 {
            // SAFETY: the structure holds only numbers, which were all zero before.
            let used = unsafe { used.assume_init() };
            let cpu = duration(used.ru_utime).zip(duration(used.ru_stime));
            // The system counts in KiB.
            let memory = u64::try_from(used.ru_maxrss).ok().map(|most| most << 10);
            return Ok(cpu.map(|(user, system)| Used { cpu: user + system, memory }));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn duration(time: libc::timeval) -> Option<Duration> {
    Some(
        Duration::from_secs(time.tv_sec.try_into().ok()?)
            + Duration::from_micros(time.tv_usec.try_into().ok()?),
    )
}

/// As on Linux, but what the child used is unknown.
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub(super) fn ended(child: Pid) -> io::Result<Option<Used>> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    waitid(WaitId::Pid(child), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    Ok(None)
}

fn bytes_after(name: &str, text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_as_linux_tells_it() {
        let total = |text| bytes_after("MemTotal:", text);
        assert_eq!(total("MemFree: 5 kB\nMemTotal:       16314 kB\n"), Some(16_314 * 1024));
        assert_eq!(total("MemTotal: many"), None);
    }
}
