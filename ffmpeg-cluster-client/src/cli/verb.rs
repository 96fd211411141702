//! The verbs, as clap reads them.

use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap_complete::Shell;
use ffmpeg_cluster_common::io::tools::FetchFlags;
use ffmpeg_cluster_common::protocol::command::Priority;
use ffmpeg_cluster_common::tools::builds::Platform;

use super::arguments::{JobsWanted, LinkWanted, TokensVerb};
use super::job::{GivenFlags, JobFlags, PRIORITIES};
use ffmpeg_cluster_common::io::settings::parsers::{Checked, parsed};

/// A verb with its arguments.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Verb {
    /// Submit films that lie on the server's machine.
    Submit {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        job: JobFlags,
        #[command(flatten)]
        given: GivenFlags,
        /// Show the progress of each job until it ends; Ctrl-C stops following, and the jobs go on.
        #[arg(long)]
        follow: bool,
        /// Follow the jobs, and fetch their results to this path; of several films, a folder.
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// FILE is a pattern of numbered images, such as frame_%04d.png, that make one film.
        #[arg(long)]
        sequence: bool,
        /// Images per second, with --sequence [default: 25].
        #[arg(long, value_name = "RATE", requires = "sequence")]
        framerate: Option<String>,
    },
    /// Show what would become of films that lie on the server's machine; nothing is submitted.
    Plan {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        job: JobFlags,
        #[command(flatten)]
        given: GivenFlags,
    },
    /// Show one job, with its proof when it is done.
    Status { job: String },
    /// Show a job until it ends, or without JOB the open jobs until Ctrl-C.
    Watch { job: Option<String> },
    /// Show why a job waits, or what it is doing.
    Explain { job: String },
    /// Show the proof of a finished job.
    Report { job: String },
    /// Show which client encoded which frames of a job, when, and how often it took.
    Timeline {
        job: String,
        /// Write the timeline to this file instead, as trace events for Perfetto; an existing file is kept, and a number is
        /// added to the name.
        #[arg(long = "trace", id = "trace_to", value_name = "FILE")]
        trace: Option<PathBuf>,
    },
    /// Fetch one frame of a job's film as a PNG.
    Frame {
        job: String,
        /// The frame's number among those that the job encodes, from 0 on.
        #[arg(value_name = "N")]
        number: u64,
        /// Whether the frame is the source's, before any filter, or the result's [default: source].
        #[arg(long, value_name = "source|result", value_parser = film())]
        of: Option<&'static str>,
        /// Where the picture goes; an existing file is kept, and a number is added to the name [default: such as source-7.png].
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Show what happens on the server, as it happens, until Ctrl-C.
    Events {
        /// Begin after the event with this number, instead of with the next event.
        #[arg(long, value_name = "N")]
        after: Option<String>,
        /// Only events of these types, with commas between them; job.* is all of jobs.
        #[arg(long, value_name = "TYPES")]
        types: Option<String>,
        /// Only events of this job.
        #[arg(long = "job", id = "of_job", value_name = "JOB")]
        job: Option<String>,
    },
    /// List jobs, the newest first; all of them, or those that fit all that is given.
    Jobs {
        #[command(flatten)]
        wanted: JobsWanted,
    },
    /// List all clients, and what they do.
    Clients,
    /// Start a waiting job with the clients that are connected, even if it asked for more.
    Start { job: String },
    /// Start nothing more of a job; what its clients encode is finished.
    PauseJob {
        job: String,
        /// Take back what its clients encode, too.
        #[arg(long)]
        now: bool,
    },
    /// Go on with a paused job.
    ResumeJob { job: String },
    /// Put a job behind all others of a priority: low, normal, high or critical.
    Priority {
        job: String,
        #[arg(value_name = "LEVEL", value_parser = priority())]
        level: Priority,
    },
    /// Move a job directly before or after another one.
    #[command(group = clap::ArgGroup::new("where").required(true))]
    Move {
        job: String,
        #[arg(long, value_name = "JOB", group = "where")]
        before: Option<String>,
        #[arg(long, value_name = "JOB", group = "where")]
        after: Option<String>,
    },
    /// Cancel a job, and free what it holds.
    Cancel { job: String },
    /// Make a failed or cancelled job again, as a new job with the same settings.
    Retry { job: String },
    /// Forget an ended job, and delete its result on the server.
    Delete { job: String },
    /// Disconnect a client.
    Disconnect { client: String },
    /// Give work again to a client that was set aside for false pieces.
    Forgive { client: String },
    /// Make a link by which players show a finished stream without a token, and print it.
    Link(LinkWanted),
    /// Make, list and revoke tokens, as an admin of the server.
    Tokens {
        #[command(subcommand)]
        what: TokensVerb,
    },
    /// Fetch ffmpeg and ffprobe ahead of time, for this machine or another; needs no server.
    FetchFfmpeg {
        /// The platform: linux-x86_64, linux-aarch64, windows-x86_64, macos-x86_64 or macos-aarch64 [default: this machine's].
        #[arg(long, value_name = "PLATFORM", value_parser = parsed::<Platform>)]
        platform: Option<Checked<Platform>>,
        /// Also copy the two programs to this folder [default: they are only kept in tools/ of the work folder].
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
        #[command(flatten)]
        fetch: FetchFlags,
    },
    /// Fetch a job's result.
    Download {
        job: String,
        /// Where the result goes [default: the job's output name, or the film's where that is just output, in the current folder].
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// Open the server's page in a browser, signed in, or print its address where there is no browser.
    Open,
    /// Print a script that completes words in a shell.
    Completions {
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Print the manual page, or write the pages of all verbs to a folder.
    Man {
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Show this client's own settings.
    Config {
        #[command(subcommand)]
        what: ConfigVerb,
    },
}

/// One of the words for a priority, which shells complete.
fn priority() -> impl TypedValueParser<Value = Priority> {
    let of = |word: String| PRIORITIES.into_iter().find(|(known, _)| *known == word);
    let words = PossibleValuesParser::new(PRIORITIES.map(|(word, _)| word));
    words.map(move |word| of(word).map_or_else(Priority::default, |(_, priority)| priority))
}

/// One of a job's two films.
fn film() -> impl TypedValueParser<Value = &'static str> {
    PossibleValuesParser::new(["source", "result"])
        .map(|word| if word == "result" { "result" } else { "source" })
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Show each setting, and whether it comes from a flag, the environment, the file of --config or its default.
    Show,
}
