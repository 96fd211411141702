//! What was typed, set in the environment or written in a file, as clap reads it.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser};
use ffmpeg_cluster_common::io::settings::parsers::{Checked, TRUTH, host, number, one_of, truth};
use ffmpeg_cluster_common::io::tools::FetchFlags;
use ffmpeg_cluster_common::media::words::device::SLOTS_MAX;

use super::job::JobFlags;
use super::verb::Verb;
use crate::encode::settings::HwAccel;

/// A measurement or a delay of more than a day is a typing error.
const SECONDS_MAX: u32 = 86_400;
const COLOURS: [(&str, Option<bool>); 3] = [("auto", None), ("always", Some(true)), ("never", Some(false))];
const LOG_IS_JSON: [(&str, bool); 2] = [("text", false), ("json", true)];

/// Encodes segments for an FFmpeg Cluster server; also submits films, follows their jobs and fetches the results.
///
/// With no arguments it connects to a server on this machine and works for it until stopped.
#[derive(Debug, Parser)]
#[command(name = "ffmpeg-cluster-client", version, after_help = EXIT_CODES, subcommand_precedence_over_arg = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) encoding: EncodingFlags,
    /// Upload films, follow their jobs and fetch the results, each named after its film; an interrupted upload is resumed.
    #[arg(long, value_name = "FILE", num_args = 1.., action = ArgAction::Append)]
    pub(crate) upload_file: Vec<PathBuf>,
    /// With --upload-file: also encode on this machine.
    #[arg(long, value_name = TRUTH, env = "FFMPEG_CLUSTER_PARTICIPATE", value_parser = truth, default_value = "false")]
    pub(crate) participate: Checked<bool>,
    /// With --upload-file: where the result goes; of several films, the folder [default: the film's name, in the current folder].
    #[arg(long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) job: JobFlags,
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

const EXIT_CODES: &str = "Exit codes: 0 done, or stopped as asked; 1 failed; 2 wrong usage; \
4 no server answered, or it was gone; 5 the server refused this client; 6 there is no such job, client or upload; 7 not allowed; \
130 ended at once by a second Ctrl-C";

/// What every use of the client needs; also accepted after a verb.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The server: a name, an IPv4 or an IPv6 address [default: the server that was joined, or localhost].
    #[arg(long, value_name = "HOST", env = "FFMPEG_CLUSTER_SERVER_IP", value_parser = host, global = true)]
    pub(crate) server_ip: Option<Checked<String>>,
    /// The server's port [default: that of the server that was joined, or 5001].
    #[arg(long, value_name = "P", env = "FFMPEG_CLUSTER_SERVER_PORT", value_parser = |text: &str| number(text, 1..=u16::MAX), global = true)]
    pub(crate) server_port: Option<Checked<u16>>,
    /// Join a server on another machine with the join string that `ffmpeg-cluster-server token add` prints, read from
    /// standard input (-) or a file, and kept for later starts. FFMPEG_CLUSTER_JOIN may hold the string itself.
    #[arg(long, value_name = "-|FILE", global = true)]
    pub(crate) join: Option<PathBuf>,
    /// The folder in which this client keeps its files.
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_WORK_DIR", default_value = "work", global = true)]
    pub(crate) work_dir: PathBuf,
    /// The same settings as TOML, for instance: persistent = false.
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_CLIENT_CONFIG", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// The form of log lines, which go to the error stream.
    #[arg(long, value_name = "text|json", env = "FFMPEG_CLUSTER_LOG_FORMAT", value_parser = |text: &str| one_of(text, &LOG_IS_JSON), default_value = "text", global = true)]
    pub(crate) log_format: Checked<bool>,
    /// Whether answers and log lines have colours; auto: on a terminal, unless NO_COLOR is set.
    #[arg(long, value_name = "auto|always|never", value_parser = |text: &str| one_of(text, &COLOURS), default_value = "auto", global = true)]
    pub(crate) color: Checked<Option<bool>>,
    /// With a verb or --upload-file: print the answer as JSON on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// How this machine encodes.
#[derive(Debug, Clone, Args)]
pub(crate) struct EncodingFlags {
    /// The longest measurement on this machine, in seconds of film.
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_BENCHMARK_DURATION", default_value = "10", value_parser = |text: &str| number(text, 1..=SECONDS_MAX))]
    pub(crate) benchmark_duration: Checked<u32>,
    /// The first delay before connecting again, in seconds; it grows, with jitter, up to a minute.
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_RECONNECT_DELAY", default_value = "3", value_parser = |text: &str| number(text, 0..=SECONDS_MAX))]
    pub(crate) reconnect_delay: Checked<u32>,
    /// Keep reconnecting; false: exit with code 4 when the server is gone.
    #[arg(long, value_name = TRUTH, env = "FFMPEG_CLUSTER_PERSISTENT", value_parser = truth, default_value = "true")]
    pub(crate) persistent: Checked<bool>,
    /// When asked to stop, finish the segment that is being encoded first; a second signal stops at once.
    #[arg(long, value_name = TRUTH, env = "FFMPEG_CLUSTER_DRAIN", value_parser = truth, default_value = "false")]
    pub(crate) drain: Checked<bool>,
    /// When the server needs another release of this program, fetch it from the server, replace this program with it and
    /// start it. The server's operator then decides what runs on this machine.
    #[arg(long, value_name = TRUTH, env = "FFMPEG_CLUSTER_SELF_UPDATE", value_parser = truth, default_value = "false")]
    pub(crate) self_update: Checked<bool>,
    /// The hardware to offer; a device is offered only for what a device test has proved.
    #[arg(long, value_name = "auto|none|nvenc|qsv|vaapi|videotoolbox|amf", env = "FFMPEG_CLUSTER_HW_ACCEL", value_parser = |text: &str| one_of(text, &HwAccel::WORDS), default_value = "auto")]
    pub(crate) hw_accel: Checked<HwAccel>,
    /// Segments that one device encodes at the same time; consumer graphics cards limit their sessions.
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_HW_SLOTS", default_value = "2", value_parser = |text: &str| number(text, 1..=SLOTS_MAX))]
    pub(crate) hw_slots: Checked<u32>,
    /// The folder of ffmpeg and ffprobe [default: beside this program, work/tools, PATH; else they are fetched].
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_FFMPEG_DIR")]
    pub(crate) ffmpeg_dir: Option<PathBuf>,
    /// Never fetch ffmpeg; if none is found, exit with an error.
    #[arg(long, value_name = TRUTH, env = "FFMPEG_CLUSTER_NO_DOWNLOAD", value_parser = truth, default_value = "false")]
    pub(crate) no_download: Checked<bool>,
    #[command(flatten)]
    pub(crate) fetch: FetchFlags,
    /// Accept this encoder option although nobody has reviewed what it does; repeatable.
    #[arg(
        long = "allow-option",
        value_name = "NAME",
        env = "FFMPEG_CLUSTER_ALLOW_OPTION",
        action = ArgAction::Append,
        value_delimiter = ','
    )]
    pub(crate) allowed_options: Vec<String>,
    /// Open films of this format although it is not on the list; repeatable.
    #[arg(
        long = "allow-format",
        value_name = "NAME",
        env = "FFMPEG_CLUSTER_ALLOW_FORMAT",
        action = ArgAction::Append,
        value_delimiter = ','
    )]
    pub(crate) allowed_formats: Vec<String>,
    /// Write where the time goes to this file, as trace events for Perfetto; an existing file is kept, and a number is
    /// added to the name.
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_TRACE")]
    pub(crate) trace: Option<PathBuf>,
    /// The name of this client, for people [default: the host's name and the start of its identity].
    #[arg(long, value_name = "NAME", env = "FFMPEG_CLUSTER_NAME")]
    pub(crate) name: Option<String>,
}
