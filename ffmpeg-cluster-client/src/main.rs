//! Arguments, logging, signals, exit code. Everything else is in the library, so that tests can run it too.
//!
//! Exit codes: 0 done, or stopped as asked; 1 failed; 2 wrong usage; 4 no server answered, or it was gone; 5 the server
//! refused this client; 6 there is no such job, client or upload; 7 not allowed; 130 ended at once by a second signal.

use std::io::Write as _;
use std::process::{ExitCode, exit};

use ffmpeg_cluster_client::app;
use ffmpeg_cluster_client::cli::given::Given;
use ffmpeg_cluster_client::encode::ending::Ending;
use ffmpeg_cluster_client::encode::update;
use ffmpeg_cluster_common::io::{permissions, signals};
use ffmpeg_cluster_common::text::safe;

fn main() -> ExitCode {
    permissions::by_default();
    let given = Given::read(std::env::args_os()).unwrap_or_else(|problem| problem.exit());
    let asked = match given.check() {
        Ok(asked) => asked,
        Err(problems) => wrong_usage(&problems),
    };
    // Standard output belongs to answers.
    asked.start_log();
    let Some(done) = signals::obey(|stop| app::command(asked, stop)).transpose() else {
        return ExitCode::from(130);
    };
    match done.flatten() {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::ServerGone { server }) => {
            tracing::error!("no server answers at {server}, and --persistent is false");
            ExitCode::from(4)
        }
        Ok(Ending::Refused(why) | Ending::Outdated { why, .. }) => {
            tracing::error!("the server refused this client: {why}");
            ExitCode::from(5)
        }
        Ok(Ending::Updated { program, release }) => {
            tracing::error!("{:#}", update::start_anew(&program, &release));
            ExitCode::FAILURE
        }
        Ok(Ending::Failed { code }) => ExitCode::from(code),
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn wrong_usage(problems: &[String]) -> ! {
    for problem in problems {
        let _ = writeln!(std::io::stderr(), "error: {}", safe::escaped(problem));
    }
    let _ = writeln!(std::io::stderr(), "For more information, try '--help'.");
    exit(2)
}
