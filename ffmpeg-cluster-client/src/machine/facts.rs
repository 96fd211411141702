//! Facts about this machine: cores, memory, free disk space, its name. 0 means unknown.

use std::path::Path;

use ffmpeg_cluster_common::io::{disk, host, system};
use ffmpeg_cluster_common::text::safe;

const NAME_CHARS_MAX: usize = 40;

/// The platform for people, such as `linux-x86_64`.
pub(crate) fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

pub(crate) fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

pub(crate) fn memory_bytes() -> u64 {
    system::memory_bytes().unwrap_or(0)
}

/// Bytes that we may still write at `path`. A full disk counts as 1, because 0 means unknown.
pub(crate) fn free_disk(path: &Path) -> u64 {
    disk::free(path).map_or(0, |bytes| bytes.max(1))
}

pub(crate) fn host_name() -> String {
    let name = host::name().unwrap_or_default();
    let short = safe::stripped(name.split('.').next().unwrap_or_default(), NAME_CHARS_MAX);
    if short.is_empty() { "client".to_owned() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_some_room_here() {
        assert!(free_disk(&std::env::temp_dir()) > 0);
        assert_eq!(free_disk(Path::new("/no/such/folder")), 0);
    }
}
