//! Flags, environment and file → [`Settings`], checked all at once.

mod flags;
mod sizes;
#[cfg(test)]
mod tests;
mod trust;

use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use ffmpeg_cluster_common::io::sandbox;
use ffmpeg_cluster_common::io::settings::parsers::Mistakes;
use ffmpeg_cluster_common::media::params::{self, Allowed, Profile};
use ffmpeg_cluster_common::media::source::formats::Formats;
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::media::words::device::Hw;
use ffmpeg_cluster_common::text::file_name;
use ffmpeg_cluster_common::tools::builds::Wish;

pub use self::flags::Flags;
pub use self::trust::{Advertised, OwnFiles};
use crate::store::limits::Limits;
use crate::store::retention::RetentionLimits;
use crate::store::roots::Roots;

/// The checked settings. Read once; no code further in reads the environment.
#[derive(Debug, Clone)]
pub struct Settings {
    pub required_clients: u32,
    pub benchmark_secs: u32,
    /// As typed; parsed again for each job, because a job may choose another container.
    pub ffmpeg_params: Vec<String>,
    pub file_name_output: String,
    pub bind: IpAddr,
    pub port: u16,
    /// The name of this server in join strings; None: its address is detected.
    pub advertise: Option<Advertised>,
    pub exactly: bool,
    /// For jobs that do not choose.
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
    /// Names of this machine that requests may use, beside its own.
    pub host_names: Vec<String>,
    /// Replaces the certificate that the first start makes.
    pub own_certificate: Option<OwnFiles>,
    /// Encoder options that are allowed beyond our tables.
    pub allowed: Allowed,
    /// The film formats that may be opened.
    pub formats: Formats,
    /// No tokens and no TLS: everybody who can reach this machine is trusted.
    pub insecure_lan: bool,
    /// If only decoding finds a film's frames, and the server would need longer than this, the clients decode it.
    pub decode_here_secs: u64,
    /// Callers on this machine need a token, too.
    pub no_local_trust: bool,
    pub limits: Limits,
    pub keep: RetentionLimits,
    /// The file for trace events.
    pub trace: Option<PathBuf>,
    pub log_json: bool,
}

impl Settings {
    /// The profile of jobs without parameters of their own.
    pub fn profile(&self) -> Option<Profile> {
        params::parse_allowing(
            &self.ffmpeg_params,
            Container::of_name(&self.file_name_output)?,
            &self.allowed,
        )
        .ok()
    }

    /// Excludes the server's own folder from the media, even inside a media root.
    pub fn apart(mut self, own: &Path) -> anyhow::Result<Self> {
        let own = own.canonicalize().with_context(|| format!("resolving {}", own.display()))?;
        for root in self.media_roots.media().iter().filter(|root| root.starts_with(&own)) {
            tracing::warn!(
                "--media-root {} is inside the work folder; films there can't be submitted",
                root.display()
            );
        }
        for root in self.media_roots.media() {
            sandbox::check_hidden("--media-root", root)?;
        }
        self.media_roots = self.media_roots.without(own);
        Ok(self)
    }

    /// The settings, or all mistakes, including those already known.
    pub fn checked(given: Flags, mistakes: Vec<String>) -> Result<Self, Vec<String>> {
        let mut mistakes = Mistakes(mistakes);
        let settings = given.settings(&mut mistakes);
        if mistakes.0.is_empty() { Ok(settings) } else { Err(mistakes.0) }
    }
}

impl Flags {
    /// If there are mistakes, the settings must not be used.
    fn settings(self, mistakes: &mut Mistakes) -> Settings {
        let (limits, keep) = (sizes::limits(&self, mistakes), sizes::keep(&self, mistakes));
        let no_download = mistakes.value("no-download", self.no_download);
        let insecure_lan = mistakes.value("insecure-lan", self.insecure_lan);
        let allowed = mistakes.list("allow-option", Allowed::read(&self.allowed_options));
        let bind = mistakes.take("bind", self.bind);
        let line = Line { words: &self.ffmpeg_params, output: &self.file_name_output };
        Settings {
            required_clients: mistakes.value("required-clients", self.required_clients),
            benchmark_secs: mistakes.value("benchmark-duration", self.benchmark_duration),
            ffmpeg_params: line.checked(&allowed, mistakes),
            bind: bind.unwrap_or(Ipv6Addr::UNSPECIFIED.into()),
            port: mistakes.value("port", self.port),
            advertise: mistakes.take_given("advertise", self.advertise),
            exactly: mistakes.value("exactly", self.exactly),
            hw: mistakes.value("hw", self.hw),
            chunk_bytes: mistakes.value("chunk-size", self.chunk_size),
            max_retries: mistakes.value("max-retries", self.max_retries),
            retry_delay_secs: mistakes.value("retry-delay", self.retry_delay),
            audit_percent: mistakes.value("audit", self.audit),
            media_roots: Roots::new(media_roots(&self.media_roots, mistakes)),
            ffmpeg: self.fetch.wish(self.ffmpeg_dir, no_download, &mut mistakes.0),
            host_names: trust::host_names(self.host_names, mistakes),
            own_certificate: trust::own_certificate(self.tls_cert, self.tls_key, mistakes),
            no_local_trust: trust::no_local_trust(self.no_local_trust, insecure_lan, mistakes),
            insecure_lan,
            allowed,
            formats: mistakes.list("allow-format", Formats::allowing(&self.allowed_formats)),
            decode_here_secs: mistakes.value("decode-here", self.decode_here),
            log_json: mistakes.value("log-format", self.log_format),
            limits,
            keep,
            file_name_output: self.file_name_output,
            work_dir: self.work_dir,
            trace: self.trace,
        }
    }
}

fn media_roots(given: &[PathBuf], mistakes: &mut Mistakes) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for root in given {
        match root.canonicalize() {
            Ok(path) if path.is_dir() => all.push(path),
            Ok(_) => mistakes.note(format!("--media-root {} is not a folder", root.display())),
            Err(error) => mistakes.note(format!("--media-root {}: {error}", root.display())),
        }
    }
    all
}

/// The default parameters and output name.
struct Line<'a> {
    words: &'a str,
    output: &'a str,
}

impl Line<'_> {
    /// The words of the parameters, if they are valid and fit the output name.
    fn checked(&self, allowed: &Allowed, mistakes: &mut Mistakes) -> Vec<String> {
        let Self { words, output } = self;
        if let Err(reason) = file_name::check(output) {
            mistakes.note(format!("--file-name-output {output:?}: {reason}"));
            return Vec::new();
        }
        let Some(container) = Container::of_name(output) else {
            mistakes.note(format!("--file-name-output {output:?}: {}", Container::unknown_suffix()));
            return Vec::new();
        };
        let words = match params::words(words) {
            Ok(words) => words,
            Err(refusal) => {
                mistakes.note(format!("--ffmpeg-params: {refusal}"));
                return Vec::new();
            }
        };
        let judged = params::parse_allowing(&words, container, allowed).map(|_| ());
        let refusals = judged.map_err(|all| all.iter().map(ToString::to_string).collect());
        mistakes.list("ffmpeg-params", refusals);
        words
    }
}
