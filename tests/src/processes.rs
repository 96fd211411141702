//! What runs on this machine for one test: everything that was started in its folder.

use std::path::Path;
use std::time::Duration;

use crate::poll::{SOON, comes, poll};

/// A process that runs in a folder.
#[derive(Debug, Clone)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    pub command: String,
}

/// All that run in `folder`. Those that ended and wait to be buried are not among them.
pub fn running_in(folder: &Path) -> Vec<Process> {
    let all = std::fs::read_dir("/proc").expect("a system with /proc").filter_map(Result::ok);
    all.filter_map(|entry| {
        let (path, pid) = (entry.path(), entry.file_name().to_str()?.parse().ok()?);
        std::fs::read_link(path.join("cwd")).ok().filter(|cwd| cwd.starts_with(folder))?;
        let command = std::fs::read_to_string(path.join("cmdline")).ok()?.replace('\0', " ");
        let stat = std::fs::read_to_string(path.join("stat")).ok()?;
        // The name stands in brackets and may hold anything; state and parent follow it.
        let parent = stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()?;
        Some(Process { pid, parent, command })
    })
    .collect()
}

/// Waits until `who` runs something.
pub fn wait_for_child(
    folder: &Path,
    who: u32,
    wanted: impl Fn(&Process) -> bool,
    patience: Duration,
) -> Process {
    child_within(folder, who, wanted, patience).unwrap_or_else(|| panic!("{who} runs nothing of the kind"))
}

/// The same, where it can be told why there is none.
pub fn child_within(
    folder: &Path,
    who: u32,
    wanted: impl Fn(&Process) -> bool,
    patience: Duration,
) -> Option<Process> {
    let is_it = |process: &Process| process.parent == who && wanted(process);
    poll(SOON, patience, || running_in(folder).into_iter().find(is_it))
}

/// Panics where, after `patience`, something runs in `folder` that none of `living` started.
pub fn assert_no_orphan(folder: &Path, living: &[u32], patience: Duration) {
    let mut strays = Vec::new();
    let gone = comes(SOON, patience, || {
        strays = running_in(folder);
        strays.retain(|one| !living.contains(&one.pid) && !living.contains(&one.parent));
        strays.is_empty()
    });
    assert!(gone, "still there: {strays:?}");
}
