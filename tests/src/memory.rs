//! How large a program and its children become while somebody watches.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_millis(5);

/// In bytes of memory, at the most.
#[derive(Debug, Clone, Copy, Default)]
pub struct Most {
    pub own: u64,
    /// Of its largest child.
    pub child: u64,
}

/// Looks until it is dropped.
#[derive(Debug)]
pub struct Watch {
    most: Arc<Mutex<Most>>,
    stop: Arc<std::sync::atomic::AtomicBool>,
    looker: Option<JoinHandle<()>>,
}

impl Watch {
    pub fn over(pid: u32) -> Self {
        let (most, stop) = (Arc::<Mutex<Most>>::default(), Arc::<std::sync::atomic::AtomicBool>::default());
        let (seen, ended) = (most.clone(), stop.clone());
        let looker = std::thread::spawn(move || {
            while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                look(pid, &mut seen.lock().expect("nobody panics with it"));
                std::thread::park_timeout(LOOK_EVERY);
            }
        });
        Self { most, stop, looker: Some(looker) }
    }

    pub fn most(&self) -> Most {
        *self.most.lock().expect("nobody panics with it")
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        let _ = self.looker.take().map(JoinHandle::join);
    }
}

fn look(pid: u32, most: &mut Most) {
    let peak = |pid: u32| field(pid, "VmHWM:").map_or(0, |kilobytes| kilobytes * 1024);
    most.own = most.own.max(peak(pid));
    // Threads have children of their own, and one thread starts them all.
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    for thread in threads {
        let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
            // Between fork and exec it is a copy of its parent.
            let is_itself = |child: u32| {
                let program =
                    |pid: u32| std::fs::read_link(Path::new("/proc").join(pid.to_string()).join("exe")).ok();
                program(child) == program(pid)
            };
            if !is_itself(child) {
                most.child = most.child.max(peak(child));
            }
        }
    }
}

/// What a process holds now, in bytes.
pub fn now(pid: u32) -> u64 {
    field(pid, "VmRSS:").map_or(0, |kilobytes| kilobytes * 1024)
}

fn field(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
