//! Flags, environment and file → [`Settings`], checked all at once.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use clap::{ArgAction, Parser, ValueEnum};
use ffmpeg_cluster_common::limits::REQUIRED_CLIENTS_MAX;
use ffmpeg_cluster_common::media::container::Container;
use ffmpeg_cluster_common::media::profile::{self, Profile};
use serde::Deserialize;

use crate::names;

/// What the server was told, checked. Read once; nothing deep inside looks at the environment.
#[derive(Debug, Clone)]
pub struct Settings {
    pub required_clients: u32,
    pub benchmark_secs: u32,
    /// As typed; parsed again for each job, because a job may choose another container.
    pub ffmpeg_params: Vec<String>,
    pub file_name_output: String,
    pub bind: IpAddr,
    pub port: u16,
    pub exactly: bool,
    pub chunk_bytes: u64,
    pub max_retries: u32,
    pub retry_delay_secs: u32,
    pub work_dir: PathBuf,
    /// Canonical; `ProcessLocalFile` reads only below these.
    pub media_roots: Vec<PathBuf>,
    pub ffmpeg_dir: Option<PathBuf>,
    pub log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Cuts films into segments, hands them to clients, joins and proves the results.
#[derive(Debug, Clone, Default, Parser, Deserialize)]
#[command(version, about, max_term_width = 110)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Flags {
    /// Clients that must be connected before a job starts [default: 3]
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_REQUIRED_CLIENTS")]
    pub required_clients: Option<u32>,
    /// Seconds of the input that a client encodes to be measured [default: 10]
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_BENCHMARK_DURATION")]
    pub benchmark_duration: Option<u32>,
    /// Encoding parameters, as typed to ffmpeg between input and output [default: "-c:v libx264 -preset medium"]
    #[arg(long, value_name = "PARAMS", env = "FFMPEG_CLUSTER_FFMPEG_PARAMS", allow_hyphen_values = true)]
    pub ffmpeg_params: Option<String>,
    /// Result name for jobs that name none; its suffix chooses the container [default: output.mp4]
    #[arg(long, value_name = "NAME", env = "FFMPEG_CLUSTER_FILE_NAME_OUTPUT", allow_hyphen_values = true)]
    pub file_name_output: Option<String>,
    /// Port to listen on; 0 picks a free one and prints it [default: 5001]
    #[arg(long, value_name = "P", env = "FFMPEG_CLUSTER_PORT")]
    pub port: Option<u16>,
    /// A result whose frames are not exactly the source's is a failed job [default: true]
    #[arg(long, value_name = "BOOL", env = "FFMPEG_CLUSTER_EXACTLY", num_args = 0..=1, default_missing_value = "true")]
    pub exactly: Option<bool>,
    /// Bytes of one transfer chunk [default: 1048576]
    #[arg(long, value_name = "BYTES", env = "FFMPEG_CLUSTER_CHUNK_SIZE")]
    pub chunk_size: Option<u64>,
    /// Attempts for one segment before its job fails [default: 3]
    #[arg(long, value_name = "N", env = "FFMPEG_CLUSTER_MAX_RETRIES")]
    pub max_retries: Option<u32>,
    /// First delay, in seconds, before another attempt on the same client [default: 5]
    #[arg(long, value_name = "S", env = "FFMPEG_CLUSTER_RETRY_DELAY")]
    pub retry_delay: Option<u32>,
    /// Address to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR", env = "FFMPEG_CLUSTER_BIND")]
    pub bind: Option<IpAddr>,
    /// Database, uploads, pieces and results [default: work]
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_WORK_DIR")]
    pub work_dir: Option<PathBuf>,
    /// ProcessLocalFile reads only below these; repeatable [default: the current folder]
    #[arg(long = "media-root", value_name = "DIR", env = "FFMPEG_CLUSTER_MEDIA_ROOT", action = ArgAction::Append, value_delimiter = None)]
    #[serde(rename = "media-root")]
    pub media_roots: Vec<PathBuf>,
    /// Where ffmpeg and ffprobe are [default: beside this program, in work/tools, or in PATH]
    #[arg(long, value_name = "DIR", env = "FFMPEG_CLUSTER_FFMPEG_DIR")]
    pub ffmpeg_dir: Option<PathBuf>,
    /// The same settings as TOML, for instance: required-clients = 2
    #[arg(long, value_name = "FILE", env = "FFMPEG_CLUSTER_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// [default: text]
    #[arg(long, value_name = "FORMAT", env = "FFMPEG_CLUSTER_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
}

impl Flags {
    /// Flags and environment win over the file.
    fn over(self, file: Self) -> Self {
        Self {
            required_clients: self.required_clients.or(file.required_clients),
            benchmark_duration: self.benchmark_duration.or(file.benchmark_duration),
            ffmpeg_params: self.ffmpeg_params.or(file.ffmpeg_params),
            file_name_output: self.file_name_output.or(file.file_name_output),
            port: self.port.or(file.port),
            exactly: self.exactly.or(file.exactly),
            chunk_size: self.chunk_size.or(file.chunk_size),
            max_retries: self.max_retries.or(file.max_retries),
            retry_delay: self.retry_delay.or(file.retry_delay),
            bind: self.bind.or(file.bind),
            work_dir: self.work_dir.or(file.work_dir),
            media_roots: if self.media_roots.is_empty() { file.media_roots } else { self.media_roots },
            ffmpeg_dir: self.ffmpeg_dir.or(file.ffmpeg_dir),
            config: self.config,
            log_format: self.log_format.or(file.log_format),
        }
    }
}

/// All that is wrong with the settings, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Mistakes(pub Vec<String>);

impl Settings {
    /// Of jobs that say nothing of their own.
    pub fn profile(&self) -> Option<Profile> {
        profile::parse(&self.ffmpeg_params, Container::of_name(&self.file_name_output)?).ok()
    }

    /// From flags and environment, and the file that they name.
    pub fn read(flags: Flags) -> Result<Self, Mistakes> {
        let file = flags.config.as_deref().map(read_file).transpose()?;
        Self::checked(flags.over(file.unwrap_or_default()))
    }

    fn checked(flags: Flags) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let mut within = |flag: &str, value: u64, low: u64, high: u64| {
            if value < low || value > high {
                mistakes.push(format!("--{flag} {value}: between {low} and {high} is wanted"));
            }
        };
        let required_clients = flags.required_clients.unwrap_or(3);
        within("required-clients", required_clients.into(), 1, REQUIRED_CLIENTS_MAX.into());
        let benchmark_secs = flags.benchmark_duration.unwrap_or(10);
        within("benchmark-duration", benchmark_secs.into(), 1, 3600);
        let chunk_bytes = flags.chunk_size.unwrap_or(1 << 20);
        within("chunk-size", chunk_bytes, 4 << 10, 64 << 20);
        let max_retries = flags.max_retries.unwrap_or(3);
        within("max-retries", max_retries.into(), 1, 1000);
        let retry_delay_secs = flags.retry_delay.unwrap_or(5);
        within("retry-delay", retry_delay_secs.into(), 0, 3600);
        let media_roots = media_roots(&flags.media_roots, &mut mistakes);
        let file_name_output = flags.file_name_output.unwrap_or_else(|| "output.mp4".into());
        let line = flags.ffmpeg_params.unwrap_or_else(|| "-c:v libx264 -preset medium".into());
        let ffmpeg_params = check_encoding(&line, &file_name_output, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(Mistakes(mistakes));
        }
        Ok(Self {
            required_clients,
            benchmark_secs,
            ffmpeg_params,
            file_name_output,
            bind: flags.bind.unwrap_or(Ipv4Addr::LOCALHOST.into()),
            port: flags.port.unwrap_or(5001),
            exactly: flags.exactly.unwrap_or(true),
            chunk_bytes,
            max_retries,
            retry_delay_secs,
            work_dir: flags.work_dir.unwrap_or_else(|| "work".into()),
            media_roots,
            ffmpeg_dir: flags.ffmpeg_dir,
            log_format: flags.log_format.unwrap_or(LogFormat::Text),
        })
    }
}

fn read_file(path: &Path) -> Result<Flags, Mistakes> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Mistakes(vec![format!("--config {}: {e}", path.display())]))?;
    toml::from_str(&text).map_err(|e| Mistakes(vec![format!("--config {}: {e}", path.display())]))
}

fn media_roots(given: &[PathBuf], mistakes: &mut Vec<String>) -> Vec<PathBuf> {
    let here = [PathBuf::from(".")];
    let given = if given.is_empty() { &here } else { given };
    let mut all = Vec::new();
    for root in given {
        match root.canonicalize() {
            Ok(path) if path.is_dir() => all.push(path),
            Ok(_) => mistakes.push(format!("--media-root {}: it is no folder", root.display())),
            Err(error) => mistakes.push(format!("--media-root {}: {error}", root.display())),
        }
    }
    all
}

/// The parameters' words, when name and parameters fit each other.
fn check_encoding(line: &str, name: &str, mistakes: &mut Vec<String>) -> Vec<String> {
    if let Err(reason) = names::check(name) {
        mistakes.push(format!("--file-name-output {name:?}: {reason}"));
        return Vec::new();
    }
    let Some(container) = Container::of_name(name) else {
        mistakes.push(format!("--file-name-output {name:?}: {}", names::unknown_container()));
        return Vec::new();
    };
    let words = match profile::words(line) {
        Ok(words) => words,
        Err(refusal) => {
            mistakes.push(format!("--ffmpeg-params: {refusal}"));
            return Vec::new();
        }
    };
    if let Err(refusals) = profile::parse(&words, container) {
        mistakes.extend(refusals.iter().map(|refusal| format!("--ffmpeg-params: {refusal}")));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Settings, Mistakes> {
        let words = profile::words(line).unwrap();
        let flags = Flags::try_parse_from(std::iter::once("server".to_owned()).chain(words)).unwrap();
        Settings::read(flags)
    }

    #[test]
    fn no_arguments_are_needed() {
        let settings = read("").unwrap();
        assert_eq!((settings.required_clients, settings.port, settings.exactly), (3, 5001, true));
        assert_eq!(settings.bind.to_string(), "127.0.0.1");
        assert_eq!(settings.ffmpeg_params.join(" "), "-c:v libx264 -preset medium");
    }

    #[test]
    fn booleans_in_all_their_forms() {
        let exactly = |line: &str| read(line).unwrap().exactly;
        assert!(exactly("--exactly") && exactly("--exactly true") && exactly("--exactly=true"));
        assert!(!exactly("--exactly false") && !exactly("--exactly=false"));
        assert_eq!(read("--exactly --port 7").unwrap().port, 7);
    }

    #[test]
    fn all_mistakes_at_once() {
        let wrong = "--required-clients 0 --chunk-size 1 --media-root /no/such --file-name-output a/b.mp4";
        let mistakes = read(wrong).unwrap_err().0;
        assert_eq!(mistakes.len(), 4, "{mistakes:?}");
        let mistakes = read("--ffmpeg-params '-c:v libx264 -ss 3 -wibble 4'").unwrap_err().0;
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    }

    #[test]
    fn flags_win_over_the_file_and_unknown_keys_are_refused() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-config-{}.toml", std::process::id()));
        std::fs::write(&path, "required-clients = 2\nmax-retries = 9\nexactly = false\n").unwrap();
        let settings = read(&format!("--config {} --max-retries 4", path.display())).unwrap();
        assert_eq!((settings.required_clients, settings.max_retries, settings.exactly), (2, 4, false));
        std::fs::write(&path, "required-client = 2\n").unwrap();
        let mistakes = read(&format!("--config {}", path.display())).unwrap_err().to_string();
        assert!(mistakes.contains("required-client"), "{mistakes}");
        std::fs::remove_file(path).unwrap();
    }
}
