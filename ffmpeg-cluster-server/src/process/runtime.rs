//! The threads that everything runs on, and their end.

use std::time::Duration;

/// A digest of a huge file can't be interrupted. It changes nothing, so the process does not wait for it.
const LEFT_BEHIND_AFTER: Duration = Duration::from_millis(300);

/// Runs `work` to its end. Background work that is left then is dropped, which ends its child programs; threads
/// that block are left behind.
pub fn block_on<T>(work: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(LEFT_BEHIND_AFTER);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    #[test]
    fn a_thread_that_blocks_for_ever_does_not_hold_up_the_end() {
        let (release, blocked) = mpsc::channel::<()>();
        let (sender, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let done = super::block_on(async {
                drop(tokio::task::spawn_blocking(move || blocked.recv()));
                7
            });
            sender.send(done.unwrap()).unwrap();
        });
        let done = ended.recv_timeout(std::time::Duration::from_secs(20));
        drop(release);
        assert_eq!(done, Ok(7));
        thread.join().unwrap();
    }
}
