//! What was typed or set in the environment, as clap reads it: numbers are still texts, and nothing is checked.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::tools::FetchFlags;

use super::job::JobFlags;
use super::verb::Verb;
use crate::encode::settings::HwAccel;

/// Flags that stand for a truth: `--flag`, `--flag true`, `--flag=false`.
const TRUTHS: [&str; 6] =
    ["--persistent", "--participate", "--exactly", "--drain", "--no-download", "--self-update"];

/// Encodes segments for an FFmpeg Cluster server; also submits, follows and fetches films.
///
/// With no arguments it connects to a server on this machine and works for it until stopped.
#[derive(Debug, Parser)]
#[command(name = "ffmpeg-cluster-client", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) encoding: EncodingFlags,
    /// Upload a film, follow its job, fetch the result; a broken upload goes on where it stopped.
    #[arg(long, value_name = "FILE")]
    pub(crate) upload_file: Option<PathBuf>,
    /// With --upload-file: encode on this machine, too.
    #[arg(
        long,
        value_name = "BOOL",
        env = "FFMPEG_CLUSTER_PARTICIPATE",
        require_equals = true,
        num_args = 0..=1,
        default_value_t = false,
        default_missing_value = "true"
    )]
    pub(crate) participate: bool,
    /// With --upload-file: where the result goes [default: the job's output name, in the current folder].
    #[arg(long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) job: JobFlags,
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

const EXIT_CODES: &str = "Exit codes: 0 done, or stopped as asked; 1 failed; 2 wrong usage; \
4 the server was gone and --persistent is false; 5 the server refused this client";

/// What every errand needs; also understood after a verb.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The server: a name, an IPv4 or an IPv6 address [default: the server that was joined, or localhost].
    #[arg(long, value_name = "HOST", env = "FFMPEG_CLUSTER_SERVER_IP", global = true)]
    pub(crate) server_ip: Option<String>,
    /// The server's port [default: that of the server that was joined, or 5001].
    #[arg(long, value_name = "P", env = "FFMPEG_CLUSTER_SERVER_PORT", global = true)]
    pub(crate) server_port: Option<String>,
    /// Join a server on another machine: the join string that `ffmpeg-cluster-server token add` prints, from standard
    /// input (-) or a file; kept for later starts. FFMPEG_CLUSTER_JOIN may hold the string itself.
    #[arg(long, value_name = "-|FILE", global = true)]
    pub(crate) join: Option<PathBuf>,
    /// `FFMPEG_CLUSTER_JOIN`: the environment is read by nobody else on the machine, an argument list is.
    #[arg(skip)]
    pub(crate) join_given: Option<Secret>,
    /// Where this client keeps its things.
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_WORK_DIR", default_value = "work", global = true)]
    pub(crate) work_dir: PathBuf,
    /// How log lines are written, on the error stream.
    #[arg(long, value_enum, env = "FFMPEG_CLUSTER_LOG_FORMAT", default_value_t = LogFormat::Text, global = true)]
    pub(crate) log_format: LogFormat,
    /// With a verb or --upload-file: answer as JSON on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// How this machine encodes.
#[derive(Debug, Args)]
pub(crate) struct EncodingFlags {
    /// Longest measurement on this machine, in seconds of film.
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_BENCHMARK_DURATION", default_value = "10")]
    pub(crate) benchmark_duration: String,
    /// First delay before connecting again, in seconds; it grows, with chance in it, to a bound.
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_RECONNECT_DELAY", default_value = "3")]
    pub(crate) reconnect_delay: String,
    /// Keep reconnecting for ever; false: leave with exit code 4 when the server is gone.
    #[arg(
        long,
        value_name = "BOOL",
        env = "FFMPEG_CLUSTER_PERSISTENT",
        require_equals = true,
        num_args = 0..=1,
        default_value_t = true,
        default_missing_value = "true"
    )]
    pub(crate) persistent: bool,
    /// When asked to stop: finish the segment that is being encoded first; a second signal ends at once.
    #[arg(
        long,
        value_name = "BOOL",
        env = "FFMPEG_CLUSTER_DRAIN",
        require_equals = true,
        num_args = 0..=1,
        default_value_t = false,
        default_missing_value = "true"
    )]
    pub(crate) drain: bool,
    /// Where the server needs another release of this program: fetch it from the server, put it in this one's place and
    /// start it. Whoever runs the server then decides what runs here.
    #[arg(
        long,
        value_name = "BOOL",
        env = "FFMPEG_CLUSTER_SELF_UPDATE",
        require_equals = true,
        num_args = 0..=1,
        default_value_t = false,
        default_missing_value = "true"
    )]
    pub(crate) self_update: bool,
    /// Hardware to offer; only what a trial encode has proved.
    #[arg(long, value_enum, env = "FFMPEG_CLUSTER_HW_ACCEL", default_value_t = HwAccel::Auto)]
    pub(crate) hw_accel: HwAccel,
    /// Segments that one device encodes side by side; graphics cards for consumers bound their sessions.
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_HW_SLOTS", default_value = "2")]
    pub(crate) hw_slots: String,
    /// The folder of ffmpeg and ffprobe [default: beside this program, work/tools, PATH, else they are fetched].
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_FFMPEG_DIR")]
    pub(crate) ffmpeg_dir: Option<PathBuf>,
    /// Never fetch ffmpeg; where none is found, leave with an error.
    #[arg(
        long,
        value_name = "BOOL",
        env = "FFMPEG_CLUSTER_NO_DOWNLOAD",
        require_equals = true,
        num_args = 0..=1,
        default_value_t = false,
        default_missing_value = "true"
    )]
    pub(crate) no_download: bool,
    #[command(flatten)]
    pub(crate) fetch: FetchFlags,
    /// An option of encoders that this machine takes though nobody has looked at what it does; repeatable.
    #[arg(
        long = "allow-option",
        value_name = "NAME",
        env = "FFMPEG_CLUSTER_ALLOW_OPTION",
        value_delimiter = ','
    )]
    pub(crate) allowed_options: Vec<String>,
    /// A format of films that this machine opens though it is not on the list; repeatable.
    #[arg(
        long = "allow-format",
        value_name = "NAME",
        env = "FFMPEG_CLUSTER_ALLOW_FORMAT",
        value_delimiter = ','
    )]
    pub(crate) allowed_formats: Vec<String>,
    /// Write where the time goes to this file, as trace events for Perfetto; a file that is there is kept, and a number
    /// added.
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_TRACE")]
    pub(crate) trace: Option<PathBuf>,
    /// What people call this client [default: the host's name and the start of its identity].
    #[arg(long, value_name = "NAME", env = "FFMPEG_CLUSTER_NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

impl Cli {
    /// Reads the words of a command line; clap's own error for what is no flag of ours.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut cli = Self::try_parse_from(with_joined_truths(words))?;
        let given = std::env::var("FFMPEG_CLUSTER_JOIN").ok().filter(|text| !text.trim().is_empty());
        cli.common.join_given = given.map(Secret::new);
        Ok(cli)
    }
}

/// `--flag true` becomes `--flag=true`, so that a lone `--flag` never swallows the word after it.
fn with_joined_truths(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut free = true;
    for word in words {
        let text = word.to_str().unwrap_or_default();
        let before = joined.last().and_then(|last| last.to_str()).unwrap_or_default();
        if free && TRUTHS.contains(&before) && ["true", "false"].contains(&text) {
            let whole = format!("{before}={text}");
            joined.pop();
            joined.push(whole.into());
            continue;
        }
        free &= text != "--";
        joined.push(word);
    }
    joined
}
