//! Looks until something is so: for what no log tells. Tests that wait for a whole process or a stalled line have pauses of their own.

use std::time::{Duration, Instant};

/// Between two looks at what costs little: a file, a child.
pub const SOON: Duration = Duration::from_millis(5);
/// Between two looks at what costs more: all processes, a program, a server.
pub const OFTEN: Duration = Duration::from_millis(50);

/// What `look` found at last; none where there was nothing for as long as `patience`.
pub fn poll<T>(every: Duration, patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        let found = look();
        if found.is_some() || Instant::now() >= deadline {
            return found;
        }
        // The thread's own token is never given, so this is a pause.
        std::thread::park_timeout(every);
    }
}

/// Whether it was so at last.
pub fn comes(every: Duration, patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    poll(every, patience, || is_so().then_some(())).is_some()
}
