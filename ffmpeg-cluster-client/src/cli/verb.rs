//! The verbs, as clap reads them.

use std::path::PathBuf;

use clap::Subcommand;
use ffmpeg_cluster_common::io::tools::FetchFlags;
use ffmpeg_cluster_common::tools::builds::Platform;

use super::job::JobFlags;
use ffmpeg_cluster_common::io::settings::parsers::{Checked, parsed};

/// A verb with its arguments.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Verb {
    /// Submit a film that lies on the server's machine.
    Submit {
        file: PathBuf,
        #[command(flatten)]
        job: JobFlags,
        /// Show the progress of the job until it ends; Ctrl-C stops following, and the job goes on.
        #[arg(long)]
        follow: bool,
        /// Follow the job, and fetch its result to this path.
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// FILE is a pattern of numbered images, such as frame_%04d.png, that make one film.
        #[arg(long)]
        sequence: bool,
        /// Images per second, with --sequence [default: 25].
        #[arg(long, value_name = "RATE", requires = "sequence")]
        framerate: Option<String>,
    },
    /// Show one job, with its proof when it is done.
    Status { job: String },
    /// Show why a job waits, or what it is doing.
    Explain { job: String },
    /// List all jobs, the newest first.
    Jobs,
    /// List all clients, and what they do.
    Clients,
    /// Start a waiting job with the clients that are connected, even if it asked for more.
    Start { job: String },
    /// Cancel a job, and free what it holds.
    Cancel { job: String },
    /// Disconnect a client.
    Disconnect { client: String },
    /// Give work again to a client that was set aside for false pieces.
    Forgive { client: String },
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
    /// Show this client's own settings.
    Config {
        #[command(subcommand)]
        what: ConfigVerb,
    },
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Show each setting, and whether it comes from a flag, the environment, the file of --config or its default.
    Show,
}
