//! What Linux and macOS have in common.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use rustix::time::{ClockId, clock_gettime};
use tokio::process::{Child, Command};

use super::Used;
use super::here::ended;

/// How long a child may run on after SIGTERM before it is killed.
const POLITE: Duration = Duration::from_millis(700);

/// Bytes that we may still write at `path`; None if unknown.
pub(in super::super) fn free(path: &Path) -> Option<u64> {
    // The widths of these numbers differ between systems.
    #[allow(clippy::useless_conversion)]
    rustix::fs::statvfs(path)
        .ok()
        .map(|disk| u64::from(disk.f_bavail).saturating_mul(u64::from(disk.f_frsize)))
}

/// The inode number, which differs for another file of the same name, size and time.
pub(super) fn mark(about: &Metadata) -> u64 {
    about.ino()
}

/// The time of the last change to the file, including its times
/// and links, in nanoseconds; nobody can set it back.
pub(super) fn changed(about: &Metadata) -> Option<i64> {
    about.ctime().checked_mul(1_000_000_000)?.checked_add(about.ctime_nsec())
}

/// A child and everything that it starts.
#[derive(Debug)]
pub(in super::super) struct Group(Option<Pid>);

impl Group {
    /// Prepares the start. On Linux `confine` sets the nice value and begins the group.
    pub(in super::super) fn prepare(command: &mut Command, _nice: i32) {
        #[cfg(target_os = "linux")]
        let _ = command;
        #[cfg(not(target_os = "linux"))]
        command.process_group(0);
    }

    #[cfg_attr(target_os = "linux", expect(clippy::unnecessary_wraps, reason = "other systems may refuse"))]
    pub(in super::super) fn of(child: &mut Child, nice: i32) -> io::Result<Self> {
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        #[cfg(target_os = "linux")]
        let _ = nice;
        #[cfg(not(target_os = "linux"))]
        if nice != 0 {
            // The child may have ended already.
            let _ = rustix::process::setpriority_process(id, nice);
        }
        Ok(Self(id))
    }

    /// Waits until the child has ended, kills what it left behind,
    /// and returns what the child used, if the system reports it.
    /// The child keeps its PID until it is reaped, so no other group can have that PID yet.
    pub(in super::super) async fn clear(&self, _child: &mut Child) -> Option<Used> {
        self.ended().await
    }

    async fn ended(&self) -> Option<Used> {
        let group = self.0?;
        let used = tokio::task::spawn_blocking(move || ended(group)).await.ok()?.ok()?;
        let _ = kill_process_group(group, Signal::KILL);
        used
    }

    /// Asks the group to end, and then kills all of it. Returns what the child used.
    pub(in super::super) async fn end(&self, child: &mut Child) -> Option<Used> {
        let mut used = None;
        // A reaped child has no PID any more, and another process may have the same PID.
        if let Some(group) = self.0.filter(|_| child.id().is_some()) {
            let _ = kill_process_group(group, Signal::TERM);
            let _ = tokio::time::timeout(POLITE, self.ended()).await;
            // Also if the child ended: its own children may still run.
            let _ = kill_process_group(group, Signal::KILL);
            used = self.ended().await;
        }
        let _ = child.kill().await;
        used
    }
}

/// The processor time of this program, without its children.
pub(in super::super) fn own_cpu() -> Option<Duration> {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
}
