//! What was typed, set in the environment, or written in a file; not yet judged.

use std::path::{Path, PathBuf};

use clap::{ArgAction, Parser};
use ffmpeg_cluster_common::io::settings;
use ffmpeg_cluster_common::io::tools::FetchFlags;

/// All that may be typed beside a verb.
// Numbers and the like are texts until all of them are checked together: clap would stop at the first mistake.
#[derive(Debug, Clone, Default, Parser)]
pub struct Flags {
    /// Clients that must be connected before a job starts [default: 3]
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_REQUIRED_CLIENTS", allow_negative_numbers = true)]
    pub required_clients: Option<String>,
    /// Seconds of the input that a client encodes to be measured [default: 10]
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_BENCHMARK_DURATION", allow_negative_numbers = true)]
    pub benchmark_duration: Option<String>,
    /// Encoding parameters, as typed to ffmpeg between input and output [default: "-c:v libx264 -preset medium"]
    #[arg(long, value_name = "PARAMS", env = "FFMPEG_CLUSTER_FFMPEG_PARAMS", allow_hyphen_values = true)]
    pub ffmpeg_params: Option<String>,
    /// Result name for jobs that name none; its suffix chooses the container [default: output.mp4]
    #[arg(long, value_name = "NAME", env = "FFMPEG_CLUSTER_FILE_NAME_OUTPUT", allow_hyphen_values = true)]
    pub file_name_output: Option<String>,
    /// Port to listen on; 0 picks a free one and prints it [default: 5001]
    #[arg(long, value_name = "P", env = "FFMPEG_CLUSTER_PORT", allow_negative_numbers = true, global = true)]
    pub port: Option<String>,
    /// A result whose frames are not exactly the source's is a failed job [default: true]
    #[arg(long, value_name = "true|false", env = "FFMPEG_CLUSTER_EXACTLY", num_args = 0..=1, default_missing_value = "true")]
    pub exactly: Option<String>,
    /// Whether jobs that say nothing of it may be encoded in hardware [default: off]
    #[arg(long, value_name = "off|prefer|require", env = "FFMPEG_CLUSTER_HW")]
    pub hw: Option<String>,
    /// Bytes of one transfer chunk [default: 1048576]
    #[arg(long, value_name = "BYTES", env = "FFMPEG_CLUSTER_CHUNK_SIZE", allow_negative_numbers = true)]
    pub chunk_size: Option<String>,
    /// Attempts for one segment before its job fails [default: 3]
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_MAX_RETRIES", allow_negative_numbers = true)]
    pub max_retries: Option<String>,
    /// First delay, in seconds, before another attempt on the same client [default: 5]
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_RETRY_DELAY", allow_negative_numbers = true)]
    pub retry_delay: Option<String>,
    /// Of a hundred pieces, those of which the server encodes some frames itself to compare [default: 0]
    #[arg(long, value_name = "PERCENT", env = "FFMPEG_CLUSTER_AUDIT", allow_negative_numbers = true)]
    pub audit: Option<String>,
    /// Seconds of decoding that the server does itself where a film's frames can't be told without; a longer film's frames are
    /// listed by the clients, each a part [default: 30]
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_DECODE_HERE", allow_negative_numbers = true)]
    pub decode_here: Option<String>,
    /// Address to listen on; 127.0.0.1 keeps other machines out [default: ::, all addresses of this machine]
    #[arg(long, value_name = "ADDR", env = "FFMPEG_CLUSTER_BIND")]
    pub bind: Option<String>,
    /// What join strings call this server [default: its address on the way out, and --port]
    #[arg(long, value_name = "HOST[:PORT]", env = "FFMPEG_CLUSTER_ADVERTISE", global = true)]
    pub advertise: Option<String>,
    /// Database, uploads, pieces and results [default: work]
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_WORK_DIR", global = true)]
    pub work_dir: Option<PathBuf>,
    /// ProcessLocalFile reads only below these; repeatable [default: the current folder]
    #[arg(long = "media-root", value_name = "DIR", env = "FFMPEG_CLUSTER_MEDIA_ROOT", action = ArgAction::Append, value_delimiter = None)]
    pub media_roots: Vec<PathBuf>,
    /// Where ffmpeg and ffprobe are [default: beside this program, in work/tools, in PATH, else they are fetched]
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_FFMPEG_DIR")]
    pub ffmpeg_dir: Option<PathBuf>,
    /// Never fetch ffmpeg; where none is found, leave with an error [default: false]
    #[arg(long, value_name = "true|false", env = "FFMPEG_CLUSTER_NO_DOWNLOAD", num_args = 0..=1, default_missing_value = "true")]
    pub no_download: Option<String>,
    #[command(flatten)]
    pub fetch: FetchFlags,
    /// The same settings as TOML, for instance: required-clients = 2
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// A name by which this machine is asked for, beside its host name and its addresses; repeatable
    #[arg(long = "host-name", value_name = "NAME", env = "FFMPEG_CLUSTER_HOST_NAME", action = ArgAction::Append, value_delimiter = None)]
    pub host_names: Vec<String>,
    /// Your own certificate for TLS, as PEM, with its chain [default: one made at the first start]
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert, as PEM
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// An option of encoders that is passed on though nobody has looked at what it does; clients need the same; repeatable
    #[arg(long = "allow-option", value_name = "NAME", env = "FFMPEG_CLUSTER_ALLOW_OPTION", action = ArgAction::Append, value_delimiter = ',')]
    pub allowed_options: Vec<String>,
    /// A format of films that is opened though it is not on the list; clients need the same; repeatable
    #[arg(long = "allow-format", value_name = "NAME", env = "FFMPEG_CLUSTER_ALLOW_FORMAT", action = ArgAction::Append, value_delimiter = ',')]
    pub allowed_formats: Vec<String>,
    /// No tokens and no TLS: everybody who can reach this machine may do everything [default: false]
    #[arg(long, value_name = "true|false", env = "FFMPEG_CLUSTER_INSECURE_LAN", num_args = 0..=1, default_missing_value = "true")]
    pub insecure_lan: Option<String>,
    /// Connections of this machine need a token, too; for where root or this user runs a forwarder for others [default: false]
    #[arg(long, value_name = "true|false", env = "FFMPEG_CLUSTER_NO_LOCAL_TRUST", num_args = 0..=1, default_missing_value = "true")]
    pub no_local_trust: Option<String>,
    /// Bytes of one upload, such as 20G [default: what the disk holds]
    #[arg(long, value_name = "SIZE", env = "FFMPEG_CLUSTER_UPLOAD_MAX", allow_negative_numbers = true)]
    pub upload_max: Option<String>,
    /// Bytes of all uploads and results of one submitter [default: what the disk holds]
    #[arg(long, value_name = "SIZE", env = "FFMPEG_CLUSTER_QUOTA", allow_negative_numbers = true)]
    pub quota: Option<String>,
    /// Bytes of all uploads and results together [default: what the disk holds]
    #[arg(long, value_name = "SIZE", env = "FFMPEG_CLUSTER_QUOTA_TOTAL", allow_negative_numbers = true)]
    pub quota_total: Option<String>,
    /// Jobs of one submitter that have not ended [default: 1000 for each token; none for this machine's own user]
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_JOBS_MAX", allow_negative_numbers = true)]
    pub jobs_max: Option<String>,
    /// Days after which a result is removed [default: never]
    #[arg(long, value_name = "DAYS", env = "FFMPEG_CLUSTER_KEEP_RESULTS", allow_negative_numbers = true)]
    pub keep_results: Option<String>,
    /// Bytes of all results beyond which the oldest are removed [default: never]
    #[arg(
        long,
        value_name = "SIZE",
        env = "FFMPEG_CLUSTER_KEEP_RESULTS_BYTES",
        allow_negative_numbers = true
    )]
    pub keep_results_bytes: Option<String>,
    /// Hours after which an upload that became no job is removed [default: 168]
    #[arg(long, value_name = "HOURS", env = "FFMPEG_CLUSTER_KEEP_UPLOADS", allow_negative_numbers = true)]
    pub keep_uploads: Option<String>,
    /// Write where the time goes to this file, as trace events for Perfetto; a file that is there is kept, and a number added
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_TRACE")]
    pub trace: Option<PathBuf>,
    /// Form of the log lines [default: text]
    #[arg(long, value_name = "text|json", env = "FFMPEG_CLUSTER_LOG_FORMAT")]
    pub log_format: Option<String>,
}

impl Flags {
    /// Flags and environment win over the file.
    pub(super) fn over(self, file: Self) -> Self {
        Self {
            required_clients: self.required_clients.or(file.required_clients),
            benchmark_duration: self.benchmark_duration.or(file.benchmark_duration),
            ffmpeg_params: self.ffmpeg_params.or(file.ffmpeg_params),
            file_name_output: self.file_name_output.or(file.file_name_output),
            port: self.port.or(file.port),
            exactly: self.exactly.or(file.exactly),
            hw: self.hw.or(file.hw),
            chunk_size: self.chunk_size.or(file.chunk_size),
            max_retries: self.max_retries.or(file.max_retries),
            retry_delay: self.retry_delay.or(file.retry_delay),
            audit: self.audit.or(file.audit),
            decode_here: self.decode_here.or(file.decode_here),
            bind: self.bind.or(file.bind),
            advertise: self.advertise.or(file.advertise),
            work_dir: self.work_dir.or(file.work_dir),
            media_roots: if self.media_roots.is_empty() { file.media_roots } else { self.media_roots },
            ffmpeg_dir: self.ffmpeg_dir.or(file.ffmpeg_dir),
            no_download: self.no_download.or(file.no_download),
            fetch: self.fetch.over(file.fetch),
            allowed_options: if self.allowed_options.is_empty() {
                file.allowed_options
            } else {
                self.allowed_options
            },
            allowed_formats: if self.allowed_formats.is_empty() {
                file.allowed_formats
            } else {
                self.allowed_formats
            },
            host_names: if self.host_names.is_empty() { file.host_names } else { self.host_names },
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            insecure_lan: self.insecure_lan.or(file.insecure_lan),
            no_local_trust: self.no_local_trust.or(file.no_local_trust),
            config: self.config,
            upload_max: self.upload_max.or(file.upload_max),
            quota: self.quota.or(file.quota),
            quota_total: self.quota_total.or(file.quota_total),
            jobs_max: self.jobs_max.or(file.jobs_max),
            keep_results: self.keep_results.or(file.keep_results),
            keep_results_bytes: self.keep_results_bytes.or(file.keep_results_bytes),
            keep_uploads: self.keep_uploads.or(file.keep_uploads),
            trace: self.trace.or(file.trace),
            log_format: self.log_format.or(file.log_format),
        }
    }
}

/// Reads a key's value: as one text, or as a list.
type Values<'a> = &'a dyn Fn(bool) -> Result<Vec<String>, &'static str>;

/// Every mistake in it is noted; what can be read is given.
pub(super) fn read_file(path: &Path, mistakes: &mut Vec<String>) -> Flags {
    let mut flags = Flags::default();
    settings::read_file(path, mistakes, |key, values| flags.set(key, values));
    flags
}

impl Flags {
    /// Where a path is kept.
    fn path(&mut self, key: &str) -> Option<&mut Option<PathBuf>> {
        Some(match key {
            "tls-cert" => &mut self.tls_cert,
            "tls-key" => &mut self.tls_key,
            "work-dir" => &mut self.work_dir,
            "ffmpeg-dir" => &mut self.ffmpeg_dir,
            "trace" => &mut self.trace,
            _ => return None,
        })
    }

    fn set(&mut self, key: &str, values: Values<'_>) -> Result<(), &'static str> {
        let text = || values(false).map(|one| one.concat());
        if let Some(path) = self.path(key) {
            *path = Some(text()?.into());
            return Ok(());
        }
        let slot = match key {
            "media-root" => {
                self.media_roots = values(true)?.into_iter().map(PathBuf::from).collect();
                return Ok(());
            }
            "allow-option" => {
                self.allowed_options = values(true)?;
                return Ok(());
            }
            "allow-format" => {
                self.allowed_formats = values(true)?;
                return Ok(());
            }
            "host-name" => {
                self.host_names = values(true)?;
                return Ok(());
            }
            "ffmpeg-sha256" => {
                self.fetch.ffmpeg_sha256 = values(true)?;
                return Ok(());
            }
            "ffmpeg-build" => &mut self.fetch.ffmpeg_build,
            "ffmpeg-mirror" => &mut self.fetch.ffmpeg_mirror,
            "ffmpeg-url" => &mut self.fetch.ffmpeg_url,
            "no-download" => &mut self.no_download,
            "required-clients" => &mut self.required_clients,
            "benchmark-duration" => &mut self.benchmark_duration,
            "ffmpeg-params" => &mut self.ffmpeg_params,
            "file-name-output" => &mut self.file_name_output,
            "port" => &mut self.port,
            "exactly" => &mut self.exactly,
            "hw" => &mut self.hw,
            "chunk-size" => &mut self.chunk_size,
            "max-retries" => &mut self.max_retries,
            "retry-delay" => &mut self.retry_delay,
            "audit" => &mut self.audit,
            "decode-here" => &mut self.decode_here,
            "bind" => &mut self.bind,
            "advertise" => &mut self.advertise,
            "insecure-lan" => &mut self.insecure_lan,
            "no-local-trust" => &mut self.no_local_trust,
            "upload-max" => &mut self.upload_max,
            "quota" => &mut self.quota,
            "quota-total" => &mut self.quota_total,
            "jobs-max" => &mut self.jobs_max,
            "keep-results" => &mut self.keep_results,
            "keep-results-bytes" => &mut self.keep_results_bytes,
            "keep-uploads" => &mut self.keep_uploads,
            "log-format" => &mut self.log_format,
            _ => return Err("unknown key; the keys are the names of the flags without their dashes"),
        };
        *slot = Some(text()?);
        Ok(())
    }
}
