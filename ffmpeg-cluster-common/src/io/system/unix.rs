//! What Linux and macOS have in common.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group};
use tokio::process::{Child, Command};

/// How long a child may go on after a polite request before it is killed.
const POLITE: Duration = Duration::from_millis(700);

/// Bytes that we may still write where `path` is; nothing where that can't be told.
pub(in super::super) fn free(path: &Path) -> Option<u64> {
    // Their widths differ from system to system.
    #[allow(clippy::useless_conversion)]
    rustix::fs::statvfs(path)
        .ok()
        .map(|disk| u64::from(disk.f_bavail).saturating_mul(u64::from(disk.f_frsize)))
}

/// Another file of the same name, size and time has another.
pub fn mark(about: &Metadata) -> u64 {
    about.ino()
}

/// When anything of it was last changed, its times and links included, in nanoseconds; nobody can put that back.
pub fn changed(about: &Metadata) -> Option<i64> {
    about.ctime().checked_mul(1_000_000_000)?.checked_add(about.ctime_nsec())
}

/// A child and whatever it starts.
#[derive(Debug)]
pub(in super::super) struct Group(Option<Pid>);

impl Group {
    /// Before the start. How far a child steps back is told to Linux with its other bonds.
    pub(in super::super) fn prepare(command: &mut Command, _nice: i32) {
        command.process_group(0);
    }

    #[cfg_attr(target_os = "linux", expect(clippy::unnecessary_wraps, reason = "other systems may refuse"))]
    pub(in super::super) fn of(child: &mut Child, nice: i32) -> io::Result<Self> {
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        #[cfg(target_os = "linux")]
        let _ = nice;
        #[cfg(not(target_os = "linux"))]
        if nice != 0 {
            // It may have ended already.
            let _ = rustix::process::setpriority_process(id, nice);
        }
        Ok(Self(id))
    }

    /// Waits until the child has ended, and kills what it left behind. The child keeps its number until it is waited for, so no
    /// other group has it by then.
    pub(in super::super) async fn clear(&self) {
        let Some(group) = self.0 else { return };
        let ended = move || {
            rustix::process::waitid(WaitId::Pid(group), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        };
        if let Ok(Ok(Some(_))) = tokio::task::spawn_blocking(ended).await {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Asks politely, then kills all of it.
    pub(in super::super) async fn end(&self, child: &mut Child) {
        // One that was waited for has no number any more, and another's might be the same.
        if let Some(group) = self.0.filter(|_| child.id().is_some()) {
            let _ = kill_process_group(group, Signal::TERM);
            let _ = tokio::time::timeout(POLITE, child.wait()).await;
            // Also where the child went politely: its own children may not have.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = child.kill().await;
    }
}
