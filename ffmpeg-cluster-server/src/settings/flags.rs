//! What was typed, set in the environment, or written in a file; not yet judged.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{ArgAction, Parser};
use ffmpeg_cluster_common::io::settings::parsers::{
    Checked, Parsed, TRUTH, number, one_of, parsed, size, truth,
};
use ffmpeg_cluster_common::io::tools::FetchFlags;
use ffmpeg_cluster_common::limits::{CHUNK_BYTES_MAX, REQUIRED_CLIENTS_MAX};
use ffmpeg_cluster_common::media::words::device::Hw;

use super::trust::Advertised;

const CHUNK_BYTES: RangeInclusive<u64> = 4 << 10..=CHUNK_BYTES_MAX;
/// A century; more is a mistake.
const DAYS_MAX: u64 = 36_500;
const JOBS_MAX: u64 = 1_000_000;
const HW: [(&str, Hw); 3] = [("off", Hw::Off), ("prefer", Hw::Prefer), ("require", Hw::Require)];
const LOG_IS_JSON: [(&str, bool); 2] = [("text", false), ("json", true)];

fn bind(text: &str) -> Parsed<IpAddr> {
    let wanted = || format!("{text}: not an IP address such as 127.0.0.1, 0.0.0.0 or ::");
    Ok(text.trim().parse().map_err(|_| wanted()).into())
}

/// All that may be typed beside a verb.
// The values are checked once all are known: clap would stop at the first mistake.
#[derive(Debug, Clone, Parser)]
pub struct Flags {
    /// Clients that must be connected before a job starts
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_REQUIRED_CLIENTS", default_value = "3", value_parser = |text: &str| number::<u32>(text, 1..=REQUIRED_CLIENTS_MAX), allow_negative_numbers = true)]
    pub required_clients: Checked<u32>,
    /// Seconds of video that a client encodes as a benchmark
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_BENCHMARK_DURATION", default_value = "10", value_parser = |text: &str| number::<u32>(text, 1..=3600), allow_negative_numbers = true)]
    pub benchmark_duration: Checked<u32>,
    /// Encoding parameters, as typed to ffmpeg between input and output
    #[arg(
        long,
        value_name = "PARAMS",
        env = "FFMPEG_CLUSTER_FFMPEG_PARAMS",
        allow_hyphen_values = true,
        default_value = "-c:v libx264 -preset medium"
    )]
    pub ffmpeg_params: String,
    /// Result name for jobs that name none; its suffix chooses the container
    #[arg(
        long,
        value_name = "NAME",
        env = "FFMPEG_CLUSTER_FILE_NAME_OUTPUT",
        allow_hyphen_values = true,
        default_value = "output.mp4"
    )]
    pub file_name_output: String,
    /// Port to listen on; 0 picks a free one and prints it
    #[arg(long, value_name = "P", env = "FFMPEG_CLUSTER_PORT", default_value = "5001", value_parser = |text: &str| number::<u16>(text, 0..=u16::MAX), allow_negative_numbers = true, global = true)]
    pub port: Checked<u16>,
    /// Fail a job whose result does not have exactly the source's frames
    #[arg(long, value_name = TRUTH, env = "FFMPEG_CLUSTER_EXACTLY", value_parser = truth, default_value = "true")]
    pub exactly: Checked<bool>,
    /// Whether jobs without a hw setting may use hardware
    #[arg(long, value_name = "off|prefer|require", env = "FFMPEG_CLUSTER_HW", value_parser = |text: &str| one_of(text, &HW), default_value = "off")]
    pub hw: Checked<Hw>,
    /// Bytes of one transfer chunk
    #[arg(long, value_name = "BYTES", env = "FFMPEG_CLUSTER_CHUNK_SIZE", default_value = "1048576", value_parser = |text: &str| number::<u64>(text, CHUNK_BYTES), allow_negative_numbers = true)]
    pub chunk_size: Checked<u64>,
    /// Attempts for one segment before its job fails
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_MAX_RETRIES", default_value = "3", value_parser = |text: &str| number::<u32>(text, 1..=1000), allow_negative_numbers = true)]
    pub max_retries: Checked<u32>,
    /// First delay, in seconds, before another attempt on the same client
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_RETRY_DELAY", default_value = "5", value_parser = |text: &str| number::<u32>(text, 0..=3600), allow_negative_numbers = true)]
    pub retry_delay: Checked<u32>,
    /// Percentage of pieces that the server spot-checks by encoding some frames itself
    #[arg(long, value_name = "PERCENT", env = "FFMPEG_CLUSTER_AUDIT", default_value = "0", value_parser = |text: &str| number::<u32>(text, 0..=100), allow_negative_numbers = true)]
    pub audit: Checked<u32>,
    /// Longest decode, in seconds, that the server does itself where only decoding finds a film's frames; clients list longer
    /// films in segments
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_DECODE_HERE", default_value = "30", value_parser = |text: &str| number::<u64>(text, 0..=86_400), allow_negative_numbers = true)]
    pub decode_here: Checked<u64>,
    /// Address to listen on; :: is all addresses of this machine, 127.0.0.1 keeps other machines out
    #[arg(long, value_name = "ADDR", env = "FFMPEG_CLUSTER_BIND", value_parser = bind, default_value = "::")]
    pub bind: Checked<IpAddr>,
    /// Address of this server in join strings [default: its outgoing address, and --port]
    #[arg(long, value_name = "HOST[:PORT]", env = "FFMPEG_CLUSTER_ADVERTISE", value_parser = parsed::<Advertised>, global = true)]
    pub advertise: Option<Checked<Advertised>>,
    /// Database, uploads, pieces and results
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_WORK_DIR", default_value = "work", global = true)]
    pub work_dir: PathBuf,
    /// ProcessLocalFile reads only below these; repeatable; . is the current folder
    #[arg(long = "media-root", value_name = "DIR", env = "FFMPEG_CLUSTER_MEDIA_ROOT", action = ArgAction::Append, value_delimiter = None, default_value = ".")]
    pub media_roots: Vec<PathBuf>,
    /// Where ffmpeg and ffprobe are [default: beside this program, in work/tools, in PATH, else they are fetched]
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_FFMPEG_DIR")]
    pub ffmpeg_dir: Option<PathBuf>,
    /// Never download ffmpeg; fail if none is found
    #[arg(long, value_name = TRUTH, env = "FFMPEG_CLUSTER_NO_DOWNLOAD", value_parser = truth, default_value = "false")]
    pub no_download: Checked<bool>,
    #[command(flatten)]
    pub fetch: FetchFlags,
    /// The same settings as TOML, for instance: required-clients = 2
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// Another name of this machine that requests may use, beside its host name and its addresses; repeatable
    #[arg(long = "host-name", value_name = "NAME", env = "FFMPEG_CLUSTER_HOST_NAME", action = ArgAction::Append, value_delimiter = None)]
    pub host_names: Vec<String>,
    /// Your own certificate for TLS, as PEM, with its chain [default: one made at the first start]
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert, as PEM
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// Pass on an encoder option that is not reviewed; clients need the same; repeatable
    #[arg(long = "allow-option", value_name = "NAME", env = "FFMPEG_CLUSTER_ALLOW_OPTION", action = ArgAction::Append, value_delimiter = ',')]
    pub allowed_options: Vec<String>,
    /// Open a format that is not on the list; clients need the same; repeatable
    #[arg(long = "allow-format", value_name = "NAME", env = "FFMPEG_CLUSTER_ALLOW_FORMAT", action = ArgAction::Append, value_delimiter = ',')]
    pub allowed_formats: Vec<String>,
    /// No tokens and no TLS: everybody who can reach this machine may do everything
    #[arg(long, value_name = TRUTH, env = "FFMPEG_CLUSTER_INSECURE_LAN", value_parser = truth, default_value = "false")]
    pub insecure_lan: Checked<bool>,
    /// Connections of this machine need a token, too; for where root or this user runs a forwarder for others
    #[arg(long, value_name = TRUTH, env = "FFMPEG_CLUSTER_NO_LOCAL_TRUST", value_parser = truth, default_value = "false")]
    pub no_local_trust: Checked<bool>,
    /// Bytes of one upload, such as 20G [default: what the disk holds]
    #[arg(long, value_name = "SIZE", env = "FFMPEG_CLUSTER_UPLOAD_MAX", value_parser = size, allow_negative_numbers = true)]
    pub upload_max: Option<Checked<u64>>,
    /// Bytes of all uploads and results of one submitter [default: what the disk holds]
    #[arg(long, value_name = "SIZE", env = "FFMPEG_CLUSTER_QUOTA", value_parser = size, allow_negative_numbers = true)]
    pub quota: Option<Checked<u64>>,
    /// Bytes of all uploads and results together [default: what the disk holds]
    #[arg(long, value_name = "SIZE", env = "FFMPEG_CLUSTER_QUOTA_TOTAL", value_parser = size, allow_negative_numbers = true)]
    pub quota_total: Option<Checked<u64>>,
    /// Jobs of one submitter that have not ended [default: 1000 for each token; none for this machine's own user]
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_JOBS_MAX", value_parser = |text: &str| number::<u64>(text, 1..=JOBS_MAX), allow_negative_numbers = true)]
    pub jobs_max: Option<Checked<u64>>,
    /// Days after which a result is removed [default: never]
    #[arg(long, value_name = "DAYS", env = "FFMPEG_CLUSTER_KEEP_RESULTS", value_parser = |text: &str| number::<u64>(text, 1..=DAYS_MAX), allow_negative_numbers = true)]
    pub keep_results: Option<Checked<u64>>,
    /// Bytes of all results beyond which the oldest are removed [default: never]
    #[arg(long, value_name = "SIZE", env = "FFMPEG_CLUSTER_KEEP_RESULTS_BYTES", value_parser = size, allow_negative_numbers = true)]
    pub keep_results_bytes: Option<Checked<u64>>,
    /// Hours after which an upload without a job is removed
    #[arg(long, value_name = "HOURS", env = "FFMPEG_CLUSTER_KEEP_UPLOADS", default_value = "168", value_parser = |text: &str| number::<u64>(text, 1..=DAYS_MAX * 24), allow_negative_numbers = true)]
    pub keep_uploads: Checked<u64>,
    /// Write where the time goes to this file, as trace events for Perfetto; an existing file is kept, and a number is added to the name
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_TRACE")]
    pub trace: Option<PathBuf>,
    /// Form of the log lines
    #[arg(long, value_name = "text|json", env = "FFMPEG_CLUSTER_LOG_FORMAT", value_parser = |text: &str| one_of(text, &LOG_IS_JSON), default_value = "text")]
    pub log_format: Checked<bool>,
}
