//! Arguments, logging, signals, exit code. Everything else is in the library, so that tests can run it too.
//!
//! Exit codes: 0 done, or stopped as asked; 1 failed; 2 wrong usage; 4 the server was gone and `--persistent`
//! is false; 5 the server refused this client; 130 ended at once by a second signal.

use std::io::{IsTerminal, Write as _};
use std::process::{ExitCode, exit};

use ffmpeg_cluster_client::app;
use ffmpeg_cluster_client::cli::given::Given;
use ffmpeg_cluster_client::encode::ending::Ending;
use ffmpeg_cluster_client::encode::update;
use ffmpeg_cluster_common::io::{log, permissions, signals};
use ffmpeg_cluster_common::text::safe;

fn main() -> ExitCode {
    permissions::by_default();
    let given = Given::read(std::env::args_os()).unwrap_or_else(|problem| problem.exit());
    let asked = match given.check() {
        Ok(asked) => asked,
        Err(problems) => wrong_usage(&problems),
    };
    let (json, for_people) = (asked.log_json, asked.is_for_people());
    log_to_stderr(json, for_people);
    let Some(done) = signals::obey(|stop| app::command(asked, stop)).transpose() else {
        return ExitCode::from(130);
    };
    match done.flatten() {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::ServerGone) => ExitCode::from(4),
        Ok(Ending::Refused(why) | Ending::Outdated { why, .. }) => {
            tracing::error!("the server refused this client: {why}");
            ExitCode::from(5)
        }
        Ok(Ending::Updated { program, release }) => {
            tracing::error!("{:#}", update::start_anew(&program, &release));
            ExitCode::FAILURE
        }
        Err(error) => {
            if for_people && !json {
                tell(&format!("{error:#}"));
            } else {
                tracing::error!("{error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Prints a problem for the person at the terminal, not for a log.
fn tell(problem: &str) {
    let _ = writeln!(std::io::stderr(), "error: {}", safe::escaped(problem));
}

fn wrong_usage(problems: &[String]) -> ! {
    problems.iter().for_each(|problem| tell(problem));
    let _ = writeln!(std::io::stderr(), "For more information, try '--help'.");
    exit(2)
}

/// Logs to standard error, because standard output is for answers. The level is INFO unless `RUST_LOG` sets it;
/// beside a progress bar, only warnings.
fn log_to_stderr(json: bool, for_people: bool) {
    let usual = if for_people && std::io::stderr().is_terminal() { "warn" } else { "info" };
    log::start(json, usual);
}
