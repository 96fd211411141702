//! Checks whether a child exceeds its bounds.

use std::time::Duration;

use super::super::sandbox::RunAccess;
use super::super::system::memory_of;
use super::{EndReason, Run};

/// How often a child's memory is checked. A hostile film fills a gigabyte in about this time.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Returns when the child, or a file that it writes, is larger than allowed.
/// On Linux the kernel bounds the files itself, and ends the child sooner.
pub(super) async fn grown(child: Option<u32>, this: &Run) -> EndReason {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        if child.and_then(memory_of).is_some_and(|bytes| bytes > this.memory_max) {
            return EndReason::Grew(this.memory_max);
        }
        if cfg!(not(target_os = "linux")) && has_overfilled(&this.reach) {
            return EndReason::Overfilled(this.reach.write_bytes_max);
        }
    }
}

fn has_overfilled(reach: &RunAccess) -> bool {
    let bytes = |file| std::fs::metadata(file).map_or(0, |about| about.len());
    reach.write.iter().any(|file| bytes(file) > reach.write_bytes_max)
}

/// Recognises a child that Linux ended because its file grew too large;
/// nothing else sends this signal.
#[cfg(unix)]
pub(super) fn overfilled(how: EndReason, reach: &RunAccess) -> EndReason {
    use std::os::unix::process::ExitStatusExt;
    match how {
        EndReason::Exited(status) if status.signal() == Some(rustix::process::Signal::XFSZ.as_raw()) => {
            EndReason::Overfilled(reach.write_bytes_max)
        }
        other => other,
    }
}

#[cfg(not(unix))]
pub(super) fn overfilled(how: EndReason, _reach: &RunAccess) -> EndReason {
    how
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beyond_its_bound_is_seen() {
        let file = std::env::temp_dir().join(format!("ffmpeg-cluster-bound-{}", std::process::id()));
        std::fs::write(&file, [0; 9]).unwrap();
        let seen = [8, 9].map(|most| has_overfilled(&RunAccess::nothing().writes(&file, most)));
        assert_eq!(seen, [true, false]);
        assert!(!has_overfilled(&RunAccess::nothing().writes(file.join("none"), 1)));
        std::fs::remove_file(file).unwrap();
    }
}
