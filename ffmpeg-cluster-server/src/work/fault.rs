//! The server's own errors → faults of the job.

use std::panic::AssertUnwindSafe;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
pub(crate) use ffmpeg_cluster_common::io::disk::fault as internal;

use futures_util::FutureExt as _;

/// Work on a job, whose panic is a fault of that job: otherwise nobody would ever hear of the work again, and the job would
/// wait for it.
pub(crate) async fn contained<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        let message =
            format!("this film met a bug of the server ({text}); the log has its place, please report it");
        Err(Fault::new(FaultCode::Internal, message))
    })
}

pub(super) fn unreadable(message: &str) -> Fault {
    Fault::new(FaultCode::SourceUnreadable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_fault_of_the_job() {
        let number = |text: &'static str| async move { Ok(text.parse::<u8>().expect("a number")) };
        assert_eq!(contained(number("7")).await, Ok(7));
        let fault = contained(number("x")).await.unwrap_err();
        assert!(fault.code == FaultCode::Internal && fault.message.contains("(a number: "), "{fault:?}");
    }
}
