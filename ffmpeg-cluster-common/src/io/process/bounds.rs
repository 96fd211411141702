//! Whether a child went beyond its bounds.

use std::time::Duration;

use super::super::sandbox::Reach;
use super::How;

/// How often it is looked how large a child has grown. A bomb fills a gigabyte in about this time.
const MEMORY_LOOK_EVERY: Duration = Duration::from_millis(250);

/// Ready when the child is larger than it may be. Only Linux tells.
pub(super) async fn grown(child: Option<u32>, most: u64) -> How {
    let mut looks = tokio::time::interval(MEMORY_LOOK_EVERY);
    loop {
        looks.tick().await;
        if child.and_then(memory_of).is_some_and(|bytes| bytes > most) {
            return How::Grew(most);
        }
    }
}

fn memory_of(child: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{child}/status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(kilobytes.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

/// The system ends who writes too much, by a signal that nothing else sends.
#[cfg(unix)]
pub(super) fn overfilled(how: How, reach: &Reach) -> How {
    use std::os::unix::process::ExitStatusExt;
    match how {
        How::Exited(status) if status.signal() == Some(rustix::process::Signal::XFSZ.as_raw()) => {
            How::Overfilled(reach.write_bytes_max)
        }
        other => other,
    }
}

#[cfg(not(unix))]
pub(super) fn overfilled(how: How, _reach: &Reach) -> How {
    how
}
