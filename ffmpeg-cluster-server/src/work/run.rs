//! One run of ffmpeg or ffprobe on the server: its lines, or a fault with its last lines.

use std::path::Path;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::process::{self, EndReason, Run, Stream};
use tokio_util::sync::CancellationToken;

use super::fault::internal;

/// What a run does, and the code of the fault if it fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Purpose {
    pub(super) code: FaultCode,
    pub(super) what: &'static str,
}

/// Runs the program to its end, and passes on the lines of its output.
pub(super) async fn lines(
    run: &Run,
    stop: &CancellationToken,
    purpose: Purpose,
    mut on_line: impl FnMut(&str),
) -> Result<(), Fault> {
    both(run, stop, purpose, |stream, line| match stream {
        Stream::Output => on_line(line),
        Stream::Errors => {}
    })
    .await
}

/// [`lines`], together with the lines of the error stream.
pub(super) async fn both(
    run: &Run,
    stop: &CancellationToken,
    Purpose { code, what }: Purpose,
    on_line: impl FnMut(Stream, &str),
) -> Result<(), Fault> {
    tracing::debug!(program = %run.program.display(), arguments = run.arguments.join(" "), "run");
    let ended = process::run_both(run, stop, on_line).await;
    let ended = ended.map_err(|error| internal(&error.context(what.to_owned())))?;
    if ended.is_good() {
        return Ok(());
    }
    let how = if ended.how == EndReason::Cancelled { "was stopped".to_owned() } else { ended.describe() };
    Err(Fault::new(ended.code(code), format!("{what}: {} {how}", name(&run.program))).with_tail(ended.tail))
}

fn name(program: &Path) -> String {
    program.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
