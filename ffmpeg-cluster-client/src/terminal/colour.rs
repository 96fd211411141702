//! What is coloured, where colours are shown. `--color` and `NO_COLOR` were heard before; colours are never the only sign.

use console::style;
use ffmpeg_cluster_common::protocol::command::JobState;

/// On the error stream.
pub(crate) fn of_error(text: &str) -> String {
    style(text).red().bold().for_stderr().to_string()
}

/// Among answers.
pub(crate) fn of_state(state: JobState) -> String {
    let word = style(state.as_str());
    let word = match state {
        JobState::Completed => word.green(),
        JobState::Failed => word.red(),
        JobState::Processing | JobState::Combining => word.cyan(),
        JobState::Queued | JobState::WaitingForClients | JobState::Benchmarking | JobState::Cancelled => word,
    };
    word.to_string()
}
