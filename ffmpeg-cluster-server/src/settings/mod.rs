//! Flags, environment and file → [`Settings`], checked all at once.

mod flags;
mod sizes;
#[cfg(test)]
mod tests;
mod trust;

use std::net::{IpAddr, Ipv6Addr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ffmpeg_cluster_common::io::sandbox;
use ffmpeg_cluster_common::io::settings::Typed;
use ffmpeg_cluster_common::limits::{CHUNK_BYTES_MAX, REQUIRED_CLIENTS_MAX};
use ffmpeg_cluster_common::media::params::{self, Allowed, Profile};
use ffmpeg_cluster_common::media::source::formats::Formats;
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::media::words::device::Hw;
use ffmpeg_cluster_common::text::file_name;
use ffmpeg_cluster_common::tools::builds::Wish;

pub use self::flags::Flags;
pub use self::trust::{Advertised, OwnFiles};
use crate::store::limits::Limits;
use crate::store::retention::Keep;
use crate::store::roots::Roots;

/// A shorter decode is done before clients are asked.
const DECODE_HERE_SECS: u64 = 30;
/// Pieces of a hundred that are audited where nobody says otherwise.
const AUDIT_PERCENT: u64 = 0;

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
    /// What join strings call this server; else it is found out.
    pub advertise: Option<Advertised>,
    pub exactly: bool,
    /// Of jobs that say nothing of it.
    pub hw: Hw,
    pub chunk_bytes: u64,
    pub max_retries: u32,
    pub retry_delay_secs: u32,
    pub audit_percent: u32,
    pub work_dir: PathBuf,
    /// `ProcessLocalFile` reads only below these.
    pub media_roots: Roots,
    /// How ffmpeg is found or fetched.
    pub ffmpeg: Wish,
    /// Names by which this machine is asked for, beside its own.
    pub host_names: Vec<String>,
    /// Instead of the certificate that is made at the first start.
    pub own_certificate: Option<OwnFiles>,
    /// Options of encoders beyond our tables.
    pub allowed: Allowed,
    /// Formats of films that are opened.
    pub formats: Formats,
    /// No tokens and no TLS: everybody who can reach this machine is trusted.
    pub insecure_lan: bool,
    /// A film whose frames only decoding tells is decoded by clients where the server would take longer.
    pub decode_here_secs: u64,
    /// Who comes from this very machine needs a token, too.
    pub no_local_trust: bool,
    pub limits: Limits,
    pub keep: Keep,
    /// Where the time goes, as a file.
    pub trace: Option<PathBuf>,
    pub log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// All that is wrong with the settings, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Mistakes(pub Vec<String>);

impl Settings {
    /// Of jobs that say nothing of their own.
    pub fn profile(&self) -> Option<Profile> {
        params::parse_allowing(
            &self.ffmpeg_params,
            Container::of_name(&self.file_name_output)?,
            &self.allowed,
        )
        .ok()
    }

    /// The server's own folder is never media, whatever lies around it.
    pub fn apart(mut self, own: &Path) -> anyhow::Result<Self> {
        let own = own.canonicalize().with_context(|| format!("resolving {}", own.display()))?;
        for root in self.media_roots.media().iter().filter(|root| root.starts_with(&own)) {
            tracing::warn!(
                "--media-root {}: it lies in the work folder, and a film there can't be submitted",
                root.display()
            );
        }
        for root in self.media_roots.media() {
            sandbox::check_hidden("--media-root", root)?;
        }
        self.media_roots = self.media_roots.without(own);
        Ok(self)
    }

    /// From flags and environment, and the file that they name.
    pub fn read(flags: Flags) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let file = flags.config.as_deref().map(|path| flags::read_file(path, &mut mistakes));
        let settings = Self::checked(flags.over(file.unwrap_or_default()), &mut mistakes);
        if mistakes.is_empty() { Ok(settings) } else { Err(Mistakes(mistakes)) }
    }

    /// Where there are mistakes, the settings are not to be used.
    fn checked(given: Flags, mistakes: &mut Vec<String>) -> Self {
        let (limits, keep) = (sizes::limits(&given, mistakes), sizes::keep(&given, mistakes));
        let mut number = |flag: &str, given: Option<String>, default: u64, within: RangeInclusive<u64>| {
            let text = given.unwrap_or_else(|| default.to_string());
            text.number(within).unwrap_or_else(|wrong| {
                mistakes.push(format!("--{flag} {wrong}"));
                default
            })
        };
        let clients_max = u64::from(REQUIRED_CLIENTS_MAX);
        let required_clients = number("required-clients", given.required_clients, 3, 1..=clients_max);
        let benchmark_secs = number("benchmark-duration", given.benchmark_duration, 10, 1..=3600);
        let port = number("port", given.port, 5001, 0..=u64::from(u16::MAX));
        let chunk_bytes = number("chunk-size", given.chunk_size, 1 << 20, 4 << 10..=CHUNK_BYTES_MAX);
        let max_retries = number("max-retries", given.max_retries, 3, 1..=1000);
        let retry_delay_secs = number("retry-delay", given.retry_delay, 5, 0..=3600);
        let decode_here_secs = number("decode-here", given.decode_here, DECODE_HERE_SECS, 0..=86_400);
        let audit_percent = number("audit", given.audit, AUDIT_PERCENT, 0..=100);
        let exactly = one_of("exactly", given.exactly, &[("true", true), ("false", false)], mistakes);
        let hws = [("off", Hw::Off), ("prefer", Hw::Prefer), ("require", Hw::Require)];
        let hw = one_of("hw", given.hw, &hws, mistakes);
        let forms = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        let log_format = one_of("log-format", given.log_format, &forms, mistakes);
        let truths = [("false", false), ("true", true)];
        let insecure_lan = one_of("insecure-lan", given.insecure_lan, &truths, mistakes);
        let no_local_trust = trust::no_local_trust(given.no_local_trust, insecure_lan, mistakes);
        let no_download = one_of("no-download", given.no_download, &truths, mistakes);
        let ffmpeg = given.fetch.wish(given.ffmpeg_dir, no_download, mistakes);
        let host_names = trust::host_names(given.host_names, mistakes);
        let own_certificate = trust::own_certificate(given.tls_cert, given.tls_key, mistakes);
        let bind = address(given.bind, mistakes);
        let advertise = advertised(given.advertise.as_deref(), mistakes);
        let media_roots = media_roots(&given.media_roots, mistakes);
        let file_name_output = given.file_name_output.unwrap_or_else(|| "output.mp4".into());
        let line = given.ffmpeg_params.unwrap_or_else(|| "-c:v libx264 -preset medium".into());
        let allowed = beyond("allow-option", Allowed::read(&given.allowed_options), mistakes);
        let formats = beyond("allow-format", Formats::allowing(&given.allowed_formats), mistakes);
        let ffmpeg_params = check_encoding(&line, &file_name_output, &allowed, mistakes);
        Self {
            required_clients: small(required_clients),
            benchmark_secs: small(benchmark_secs),
            ffmpeg_params,
            file_name_output,
            bind,
            port: small(port),
            advertise,
            exactly,
            hw,
            chunk_bytes,
            max_retries: small(max_retries),
            retry_delay_secs: small(retry_delay_secs),
            audit_percent: small(audit_percent),
            work_dir: given.work_dir.unwrap_or_else(|| "work".into()),
            media_roots: Roots::new(media_roots),
            ffmpeg,
            host_names,
            own_certificate,
            insecure_lan,
            no_local_trust,
            allowed,
            formats,
            limits,
            decode_here_secs,
            keep,
            trace: given.trace,
            log_format,
        }
    }
}

/// What an operator allows beyond our tables.
fn beyond<T: Default>(flag: &str, read: Result<T, Vec<String>>, mistakes: &mut Vec<String>) -> T {
    read.unwrap_or_else(|wrong| {
        mistakes.extend(wrong.into_iter().map(|why| format!("--{flag}: {why}")));
        T::default()
    })
}

fn small<T: TryFrom<u64, Error: std::fmt::Debug>>(checked: u64) -> T {
    T::try_from(checked).expect("its range was checked")
}

/// The first of `all` is the default.
fn one_of<T: Copy>(flag: &str, given: Option<String>, all: &[(&str, T)], mistakes: &mut Vec<String>) -> T {
    let Some(text) = given else { return all[0].1 };
    text.one_of(all).unwrap_or_else(|wrong| {
        mistakes.push(format!("--{flag} {wrong}"));
        all[0].1
    })
}

fn address(given: Option<String>, mistakes: &mut Vec<String>) -> IpAddr {
    let default = IpAddr::from(Ipv6Addr::UNSPECIFIED);
    let Some(text) = given else { return default };
    text.trim().parse().unwrap_or_else(|_| {
        mistakes.push(format!("--bind {text}: an address is wanted, for instance 127.0.0.1, 0.0.0.0 or ::"));
        default
    })
}

fn advertised(given: Option<&str>, mistakes: &mut Vec<String>) -> Option<Advertised> {
    let text = given?;
    text.parse().map_err(|wanted| mistakes.push(format!("--advertise {text}: {wanted}"))).ok()
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
fn check_encoding(line: &str, name: &str, allowed: &Allowed, mistakes: &mut Vec<String>) -> Vec<String> {
    if let Err(reason) = file_name::check(name) {
        mistakes.push(format!("--file-name-output {name:?}: {reason}"));
        return Vec::new();
    }
    let Some(container) = Container::of_name(name) else {
        mistakes.push(format!("--file-name-output {name:?}: {}", Container::unknown_suffix()));
        return Vec::new();
    };
    let words = match params::words(line) {
        Ok(words) => words,
        Err(refusal) => {
            mistakes.push(format!("--ffmpeg-params: {refusal}"));
            return Vec::new();
        }
    };
    if let Err(refusals) = params::parse_allowing(&words, container, allowed) {
        mistakes.extend(refusals.iter().map(|refusal| format!("--ffmpeg-params: {refusal}")));
    }
    words
}
