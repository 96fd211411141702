//! Linux answers in text files. Unknown systems,
//! which also come here, have no such files and give no answer.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

/// The path of an open file, without symbolic links.
pub fn path_of(file: &File) -> io::Result<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

pub fn memory_bytes() -> Option<u64> {
    bytes_after("MemTotal:", &std::fs::read_to_string("/proc/meminfo").ok()?)
}

/// Bytes of memory that a program holds.
pub(in super::super) fn memory_of(program: u32) -> Option<u64> {
    bytes_after("VmRSS:", &std::fs::read_to_string(format!("/proc/{program}/status")).ok()?)
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
