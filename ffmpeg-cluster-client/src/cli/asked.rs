//! Flags → what was asked for, with every mistake named, not only the first.

use std::path::PathBuf;

use ffmpeg_cluster_common::media::params::Allowed;
use ffmpeg_cluster_common::media::source::formats::Formats;
use ffmpeg_cluster_common::media::words::device::SLOTS_MAX;
use ffmpeg_cluster_common::protocol::command::JobConfig;
use ffmpeg_cluster_common::time::Millis;
use ffmpeg_cluster_common::tools::builds::{Platform, Wish};

use super::flags::{Cli, Common, EncodingFlags, LogFormat};
use super::parsers::{host, is_join_string, number, platform_of};
use super::verb::Verb;
use crate::encode::settings::Settings;
use crate::server::choice::{JoinFrom, ServerChoice};

/// A measurement or a delay of more than a day is a typing error.
const SECONDS_MAX: u32 = 86_400;

/// What to do.
#[derive(Debug)]
pub(crate) enum Errand {
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
    pub(crate) asked: ServerChoice,
    pub(crate) settings: Settings,
    pub(crate) errand: Errand,
    pub log_format: LogFormat,
}

impl Told {
    /// Whether a person waits for an answer.
    pub fn is_for_people(&self) -> bool {
        !matches!(self.errand, Errand::Encode)
    }
}

impl Cli {
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

fn asked(common: &Common, problems: &mut Vec<String>) -> ServerChoice {
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
    ServerChoice { from, ip, port: port.and_then(|port| u16::try_from(port).ok()) }
}

const JOIN_AS_ARGUMENT: &str = "--join: a join string is a secret, and every user of this machine can read argument \
lists; type it so instead: echo JOIN_STRING | ffmpeg-cluster-client --join -";

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

#[cfg(test)]
mod tests;
