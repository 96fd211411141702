//! The verbs, as clap reads them.

use std::path::PathBuf;

use clap::Subcommand;
use ffmpeg_cluster_common::io::tools::FetchFlags;
use ffmpeg_cluster_common::tools::builds::Platform;

use super::job::JobFlags;
use super::parsers::{Checked, parsed};

/// What a person asks for in a word.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Verb {
    /// Hand in a film that lies on the server's machine.
    Submit {
        file: PathBuf,
        #[command(flatten)]
        job: JobFlags,
        /// Wait for the end of the job and show its progress; Ctrl-C cancels it.
        #[arg(long)]
        follow: bool,
        /// Follow, and fetch the result to here.
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// FILE is a pattern of numbered images, such as frame_%04d.png, which are one film.
        #[arg(long)]
        sequence: bool,
        /// Images in a second, with --sequence [default: 25].
        #[arg(long, value_name = "RATE", requires = "sequence")]
        framerate: Option<String>,
    },
    /// One job, with its proof when it is done.
    Status { job: String },
    /// Why a job waits, or what it is doing.
    Explain { job: String },
    /// All jobs, the newest first.
    Jobs,
    /// All clients, and what they do.
    Clients,
    /// Stop a job and free what it holds.
    Cancel { job: String },
    /// Send a client away.
    Disconnect { client: String },
    /// Let a client in again that was set aside for false pieces.
    Forgive { client: String },
    /// Fetch ffmpeg and ffprobe ahead of time, for this machine or another; needs no server.
    FetchFfmpeg {
        /// linux-x86_64, linux-aarch64, windows-x86_64, macos-x86_64 or macos-aarch64 [default: this machine's].
        #[arg(long, value_name = "PLATFORM", value_parser = parsed::<Platform>)]
        platform: Option<Checked<Platform>>,
        /// Put the two programs here, too [default: only tools/ of the work folder, where they are looked for].
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
        #[command(flatten)]
        fetch: FetchFlags,
    },
    /// Fetch a job's result.
    Download {
        job: String,
        /// Where to put it [default: the job's output name, in the current folder].
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// Ask about this client's own settings.
    Config {
        #[command(subcommand)]
        what: ConfigVerb,
    },
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Each setting, and whether it comes from a flag, the environment, the file of --config or its default.
    Show,
}
