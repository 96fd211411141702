//! The server's program. Exit codes: 0 stopped on request, 1 failed or stopped at once, 2 wrong settings, 3 the work
//! folder is in use.

use std::io::Write as _;
use std::process::ExitCode;

use ffmpeg_cluster_common::io::{log, permissions, signals};
use ffmpeg_cluster_server::cli::{self, Asked};
use ffmpeg_cluster_server::{app, store::housekeeping};

const FAILED: u8 = 1;
const WRONG_SETTINGS: u8 = 2;
const IN_USE: u8 = 3;

fn main() -> ExitCode {
    permissions::by_default();
    let asked = match Asked::read(std::env::args_os()).unwrap_or_else(|problem| problem.exit()) {
        Ok(asked) => asked,
        Err(mistakes) => {
            for mistake in mistakes {
                let _ = writeln!(std::io::stderr(), "error: {mistake}");
            }
            return WRONG_SETTINGS.into();
        }
    };
    log::start(asked.settings.log_json, "info", None);
    if let Some(verb) = asked.verb.clone() {
        return ended(cli::run(verb, &asked));
    }
    let settings = asked.settings;
    let error = match signals::obey(|stop| app::start(settings, stop)) {
        Ok(Some(Ok(()))) => return ExitCode::SUCCESS,
        Ok(Some(Err(error))) => error,
        Ok(None) => anyhow::anyhow!(
            "stopped at once; open jobs continue at the next start, and interrupted tasks start over"
        ),
        Err(error) => error.context("starting"),
    };
    tracing::error!("{error:#}");
    if error.is::<housekeeping::InUse>() { IN_USE.into() } else { FAILED.into() }
}

fn ended(done: anyhow::Result<()>) -> ExitCode {
    let Err(error) = done else { return ExitCode::SUCCESS };
    let _ = writeln!(std::io::stderr(), "error: {error:#}");
    FAILED.into()
}
