//! Flags and `FFMPEG_CLUSTER_*` variables → [`Told`], checked all at once. Nothing deeper looks at the environment.
//!
//! [`Cli`] is what clap reads, numbers still as text; [`Cli::check`] turns it into [`Settings`] and an [`Errand`]
//! and names every mistake, not only the first.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, ValueEnum};
use ffmpeg_cluster_common::access::invite::{Fingerprint, is_host};
use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::tools::FetchFlags;
use ffmpeg_cluster_common::limits::REQUIRED_CLIENTS_MAX;
use ffmpeg_cluster_common::media::params::Allowed;
use ffmpeg_cluster_common::media::proof::report::{Damage, Times, Verify};
use ffmpeg_cluster_common::media::source::formats::Formats;
use ffmpeg_cluster_common::media::words::device::{Hw, SLOTS_MAX};
use ffmpeg_cluster_common::protocol::command::{JobConfig, Params};
use ffmpeg_cluster_common::time::Millis;
use ffmpeg_cluster_common::tools::builds::{Platform, Wish};

use crate::verbs::Verb;

/// A measurement or a delay of more than a day is a typing error.
const SECONDS_MAX: u32 = 86_400;
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
    pub common: Common,
    #[command(flatten)]
    pub encoding: EncodingFlags,
    /// Upload a film, follow its job, fetch the result; a broken upload goes on where it stopped.
    #[arg(long, value_name = "FILE")]
    pub upload_file: Option<PathBuf>,
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
    pub participate: bool,
    /// With --upload-file: where the result goes [default: the job's output name, in the current folder].
    #[arg(long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub job: JobFlags,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

const EXIT_CODES: &str = "Exit codes: 0 done, or stopped as asked; 1 failed; 2 wrong usage; \
4 the server was gone and --persistent is false; 5 the server refused this client";

/// What every errand needs; also understood after a verb.
#[derive(Debug, Args)]
pub struct Common {
    /// The server: a name, an IPv4 or an IPv6 address [default: the server that was joined, or localhost].
    #[arg(long, value_name = "HOST", env = "FFMPEG_CLUSTER_SERVER_IP", global = true)]
    pub server_ip: Option<String>,
    /// The server's port [default: that of the server that was joined, or 5001].
    #[arg(long, value_name = "P", env = "FFMPEG_CLUSTER_SERVER_PORT", global = true)]
    pub server_port: Option<String>,
    /// Join a server on another machine: the join string that `ffmpeg-cluster-server token add` prints, from standard
    /// input (-) or a file; kept for later starts. FFMPEG_CLUSTER_JOIN may hold the string itself.
    #[arg(long, value_name = "-|FILE", global = true)]
    pub join: Option<PathBuf>,
    /// `FFMPEG_CLUSTER_JOIN`: the environment is read by nobody else on the machine, an argument list is.
    #[arg(skip)]
    pub join_given: Option<Secret>,
    /// Where this client keeps its things.
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_WORK_DIR", default_value = "work", global = true)]
    pub work_dir: PathBuf,
    /// How log lines are written, on the error stream.
    #[arg(long, value_enum, env = "FFMPEG_CLUSTER_LOG_FORMAT", default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
    /// With a verb or --upload-file: answer as JSON on standard output.
    #[arg(long, global = true)]
    pub json: bool,
}

/// How this machine encodes.
#[derive(Debug, Args)]
pub struct EncodingFlags {
    /// Longest measurement on this machine, in seconds of film.
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_BENCHMARK_DURATION", default_value = "10")]
    pub benchmark_duration: String,
    /// First delay before connecting again, in seconds; it grows, with chance in it, to a bound.
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_RECONNECT_DELAY", default_value = "3")]
    pub reconnect_delay: String,
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
    pub persistent: bool,
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
    pub drain: bool,
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
    pub self_update: bool,
    /// Hardware to offer; only what a trial encode has proved.
    #[arg(long, value_enum, env = "FFMPEG_CLUSTER_HW_ACCEL", default_value_t = HwAccel::Auto)]
    pub hw_accel: HwAccel,
    /// Segments that one device encodes side by side; graphics cards for consumers bound their sessions.
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_HW_SLOTS", default_value = "2")]
    pub hw_slots: String,
    /// The folder of ffmpeg and ffprobe [default: beside this program, work/tools, PATH, else they are fetched].
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_FFMPEG_DIR")]
    pub ffmpeg_dir: Option<PathBuf>,
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
    pub no_download: bool,
    #[command(flatten)]
    pub fetch: FetchFlags,
    /// An option of encoders that this machine takes though nobody has looked at what it does; repeatable.
    #[arg(
        long = "allow-option",
        value_name = "NAME",
        env = "FFMPEG_CLUSTER_ALLOW_OPTION",
        value_delimiter = ','
    )]
    pub allowed_options: Vec<String>,
    /// A format of films that this machine opens though it is not on the list; repeatable.
    #[arg(
        long = "allow-format",
        value_name = "NAME",
        env = "FFMPEG_CLUSTER_ALLOW_FORMAT",
        value_delimiter = ','
    )]
    pub allowed_formats: Vec<String>,
    /// Write where the time goes to this file, as trace events for Perfetto; a file that is there is kept, and a number
    /// added.
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_TRACE")]
    pub trace: Option<PathBuf>,
    /// What people call this client [default: the host's name and the start of its identity].
    #[arg(long, value_name = "NAME", env = "FFMPEG_CLUSTER_NAME")]
    pub name: Option<String>,
}

/// What a submitter may say about one job; used by `--upload-file` and `submit`.
#[derive(Debug, Clone, Default, Args)]
pub struct JobFlags {
    /// Encoding parameters of this job, as one would type them to ffmpeg [default: the server's].
    #[arg(long, value_name = "PARAMS", allow_hyphen_values = true)]
    pub ffmpeg_params: Option<String>,
    /// Clients that must be connected before this job starts [default: the server's].
    #[arg(long, value_name = "N")]
    pub required_clients: Option<String>,
    /// Exact frame counting for this job [default: the server's].
    #[arg(long, value_name = "BOOL", require_equals = true, num_args = 0..=1, default_missing_value = "true")]
    pub exactly: Option<bool>,
    /// Name of this job's result; its suffix chooses the container [default: the server's].
    #[arg(long, value_name = "NAME")]
    pub file_name_output: Option<String>,
    /// How carefully this job's result is proved [default: fast]; full decodes all of it and compares it with the source.
    #[arg(long, value_name = "fast|full", value_parser = ["fast", "full"])]
    pub verify: Option<String>,
    /// Whether a damaged source is encoded as far as it decodes [default: tolerate].
    #[arg(long, value_name = "tolerate|strict", value_parser = ["tolerate", "strict"])]
    pub damage: Option<String>,
    /// Times of a constant rate that the film's container rounded are laid on that rate, or stay the source's [default: rate].
    #[arg(long, value_name = "rate|source", value_parser = ["rate", "source"])]
    pub times: Option<String>,
    /// Whether hardware may encode this job, or must [default: the server's, which is off].
    #[arg(long, value_name = "off|prefer|require", value_parser = Hw::WORDS)]
    pub hw: Option<String>,
}

impl JobFlags {
    /// All mistakes at once; parameters and names are judged by the server, which knows more.
    pub fn config(&self) -> Result<JobConfig, Vec<String>> {
        let mut problems = Vec::new();
        let required_clients = self.required_clients.as_ref();
        let config = JobConfig {
            ffmpeg_params: self.ffmpeg_params.clone().map(Params::Line),
            required_clients: required_clients
                .and_then(|text| number(&mut problems, "--required-clients", text, 1, REQUIRED_CLIENTS_MAX)),
            exactly: self.exactly,
            file_name_output: self.file_name_output.clone(),
            verify: self
                .verify
                .as_deref()
                .map(|word| if word == "full" { Verify::Full } else { Verify::Fast }),
            damage: self
                .damage
                .as_deref()
                .map(|word| if word == "strict" { Damage::Strict } else { Damage::Tolerate }),
            times: self
                .times
                .as_deref()
                .map(|word| if word == "source" { Times::Source } else { Times::Rate }),
            hw: self.hw.as_deref().and_then(Hw::of),
            source: None,
            framerate: None,
        };
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HwAccel {
    Auto,
    None,
    Nvenc,
    Qsv,
    Vaapi,
    Videotoolbox,
    Amf,
}

/// Where the server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A name or an address, without brackets.
    pub ip: String,
    pub port: u16,
    /// Of a server that was joined: it is spoken to over TLS.
    pub pass: Option<Pass>,
}

/// By what a joined server lets us in, and by what we know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    pub role: Role,
    pub token: Secret,
    pub fingerprint: Fingerprint,
}

impl Server {
    pub fn plain(ip: &str, port: u16) -> Self {
        Self { ip: ip.to_owned(), port, pass: None }
    }
    /// `path` with its leading slash.
    pub fn url(&self, path: &str) -> String {
        let secure = if self.pass.is_some() { "s" } else { "" };
        format!("http{secure}://{self}{path}")
    }
    pub fn socket_url(&self) -> String {
        let secure = if self.pass.is_some() { "s" } else { "" };
        format!("ws{secure}://{self}/ws")
    }
}

/// What was said about the server, checked; `joining` makes servers of it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub from: Option<JoinFrom>,
    pub ip: Option<String>,
    pub port: Option<u16>,
}

/// Where a join string comes from.
#[derive(Debug, Clone)]
pub enum JoinFrom {
    /// Standard input.
    Input,
    File(PathBuf),
    Given(Secret),
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ip.contains(':') {
            write!(f, "[{}]:{}", self.ip, self.port)
        } else {
            write!(f, "{}:{}", self.ip, self.port)
        }
    }
}

/// How the encoding client shall work, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub work_dir: PathBuf,
    pub benchmark_secs: u32,
    pub reconnect_delay: Millis,
    pub persistent: bool,
    /// Finish what is being encoded when asked to stop.
    pub drain: bool,
    /// Take another release of this program from a server that needs it.
    pub self_update: bool,
    pub hw_accel: HwAccel,
    pub hw_slots: u32,
    /// How ffmpeg is found or fetched.
    pub ffmpeg: Wish,
    pub name: Option<String>,
    /// Where the time goes, as a file.
    pub trace: Option<PathBuf>,
    /// Options of encoders beyond our tables.
    pub allowed: Allowed,
    pub formats: Formats,
}

/// What to do.
#[derive(Debug)]
pub enum Errand {
    Encode,
    Upload {
        file: PathBuf,
        config: JobConfig,
        output: Option<PathBuf>,
        participate: bool,
        json: bool,
    },
    Verb {
        verb: Verb,
        json: bool,
    },
    /// Needs no server.
    FetchFfmpeg {
        wish: Wish,
        platform: Option<Platform>,
        into: Option<PathBuf>,
    },
}

/// Everything that was asked for.
#[derive(Debug)]
pub struct Told {
    pub asked: Asked,
    pub settings: Settings,
    pub errand: Errand,
    pub log_format: LogFormat,
}

impl Cli {
    /// Reads the words of a command line; clap's own error for what is no flag of ours.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut cli = Self::try_parse_from(with_joined_truths(words))?;
        let given = std::env::var("FFMPEG_CLUSTER_JOIN").ok().filter(|text| !text.trim().is_empty());
        cli.common.join_given = given.map(Secret::new);
        Ok(cli)
    }

    pub fn check(mut self) -> Result<Told, Vec<String>> {
        let mut problems = Vec::new();
        if let Some(Verb::FetchFfmpeg { fetch, .. }) = &self.verb {
            self.encoding.fetch = fetch.clone().over(self.encoding.fetch);
        }
        let asked = asked(&self.common, &mut problems);
        let settings = settings(&self.common, self.encoding, &mut problems);
        let config = self.job.config().unwrap_or_else(|more| {
            problems.extend(more);
            JobConfig::default()
        });
        if let Some(Verb::Submit { job, .. }) = &self.verb {
            problems.extend(job.config().err().unwrap_or_default());
        }
        if self.verb.is_some() && self.upload_file.is_some() {
            problems.push("--upload-file: does not go together with a verb".into());
        }
        if self.upload_file.is_none() {
            problems.extend(without_upload(self.participate, self.output.is_some(), &config));
        }
        let errand = match (self.verb, self.upload_file) {
            (Some(Verb::FetchFfmpeg { platform, into, .. }), _) => {
                let wish = settings.as_ref().map(|settings| settings.ffmpeg.clone()).unwrap_or_default();
                Errand::FetchFfmpeg { wish, platform: platform_of(platform, &mut problems), into }
            }
            (Some(verb), _) => Errand::Verb { verb, json: self.common.json },
            (None, Some(file)) => {
                let (output, participate, json) = (self.output, self.participate, self.common.json);
                Errand::Upload { file, config, output, participate, json }
            }
            (None, None) => {
                if self.common.json {
                    problems.push("--json: only goes with a verb or --upload-file".into());
                }
                Errand::Encode
            }
        };
        let Some(settings) = settings.filter(|_| problems.is_empty()) else { return Err(problems) };
        Ok(Told { asked, settings, errand, log_format: self.common.log_format })
    }
}

fn platform_of(text: Option<String>, problems: &mut Vec<String>) -> Option<Platform> {
    let read = text?.parse().map_err(|wanted| problems.push(format!("--platform: {wanted}")));
    read.ok()
}

/// Flags that would silently do nothing.
fn without_upload(participate: bool, output: bool, config: &JobConfig) -> Vec<String> {
    let given = [
        ("--participate", participate),
        ("--output", output),
        ("--ffmpeg-params", config.ffmpeg_params.is_some()),
        ("--required-clients", config.required_clients.is_some()),
        ("--exactly", config.exactly.is_some()),
        ("--file-name-output", config.file_name_output.is_some()),
        ("--hw", config.hw.is_some()),
    ];
    let useless = given.into_iter().filter(|(_, given)| *given);
    useless.map(|(flag, _)| format!("{flag}: only goes with --upload-file, or after a verb")).collect()
}

fn asked(common: &Common, problems: &mut Vec<String>) -> Asked {
    let ip = common.server_ip.as_ref().and_then(|text| host(problems, text));
    let port = common.server_port.as_ref();
    let port = port.and_then(|text| number(problems, "--server-port", text, 1, 65_535));
    let from = match (&common.join, &common.join_given) {
        (Some(path), _) if path.as_os_str() == "-" => Some(JoinFrom::Input),
        (Some(path), _) if is_join_string(path) => {
            problems.push(JOIN_AS_ARGUMENT.into());
            None
        }
        (Some(path), _) => Some(JoinFrom::File(path.clone())),
        (None, given) => given.clone().map(JoinFrom::Given),
    };
    Asked { from, ip, port: port.and_then(|port| u16::try_from(port).ok()) }
}

const JOIN_AS_ARGUMENT: &str = "--join: a join string is a secret, and every user of this machine can read argument \
lists; type it so instead: echo JOIN_STRING | ffmpeg-cluster-client --join -";

fn is_join_string(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.len() > 40
        && text
            .trim_start()
            .strip_prefix("fc")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn settings(common: &Common, encoding: EncodingFlags, problems: &mut Vec<String>) -> Option<Settings> {
    let benchmark = number(problems, "--benchmark-duration", &encoding.benchmark_duration, 1, SECONDS_MAX);
    let delay = number(problems, "--reconnect-delay", &encoding.reconnect_delay, 0, SECONDS_MAX);
    let slots = number(problems, "--hw-slots", &encoding.hw_slots, 1, SLOTS_MAX);
    let allowed = Allowed::read(&encoding.allowed_options).unwrap_or_else(|wrong| {
        problems.extend(wrong.into_iter().map(|why| format!("--allow-option: {why}")));
        Allowed::default()
    });
    let formats = Formats::allowing(&encoding.allowed_formats).unwrap_or_else(|wrong| {
        problems.extend(wrong.into_iter().map(|why| format!("--allow-format: {why}")));
        Formats::default()
    });
    let ffmpeg = encoding.fetch.wish(encoding.ffmpeg_dir, encoding.no_download, problems);
    if common.work_dir.as_os_str().is_empty() {
        problems.push("--work-dir: is empty".into());
    }
    Some(Settings {
        work_dir: common.work_dir.clone(),
        benchmark_secs: benchmark?,
        reconnect_delay: Millis::secs(u64::from(delay?)),
        persistent: encoding.persistent,
        drain: encoding.drain,
        self_update: encoding.self_update,
        hw_accel: encoding.hw_accel,
        hw_slots: slots?,
        ffmpeg,
        name: encoding.name.filter(|name| !name.trim().is_empty()),
        trace: encoding.trace,
        allowed,
        formats,
    })
}

fn number(problems: &mut Vec<String>, flag: &str, text: &str, least: u32, most: u32) -> Option<u32> {
    let number = text.trim().parse().ok().filter(|n| (least..=most).contains(n));
    if number.is_none() {
        let shown: String = text.chars().take(40).collect();
        problems.push(format!("{flag}: {shown:?} is not a whole number from {least} to {most}"));
    }
    number
}

fn host(problems: &mut Vec<String>, text: &str) -> Option<String> {
    let bare = text.trim();
    let bare = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
    if is_host(bare) {
        return Some(bare.to_owned());
    }
    let shown: String = text.chars().take(80).collect();
    problems.push(format!(
        "--server-ip: {shown:?} is not a host name or address; the port goes into --server-port, and no http:// is wanted"
    ));
    None
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

#[cfg(test)]
mod tests;
