//! Checks the flags, turns them into one request, and reports every mistake.

use std::path::{Path, PathBuf};

use clap_complete::Shell;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::log;
use ffmpeg_cluster_common::io::settings::layers::Setting;
use ffmpeg_cluster_common::io::settings::parsers::Mistakes;
use ffmpeg_cluster_common::media::params::Allowed;
use ffmpeg_cluster_common::media::source::formats::Formats;
use ffmpeg_cluster_common::protocol::command::JobConfig;
use ffmpeg_cluster_common::time::Millis;
use ffmpeg_cluster_common::tools::builds::{Platform, Wish};

use super::flags::{Cli, Common, EncodingFlags};
use super::given::Given;
use super::verb::Verb;
use crate::encode::settings::Settings;
use crate::server::choice::{JoinFrom, ServerChoice};
use crate::submit::films;
use crate::terminal::fit;

/// What to do.
#[derive(Debug)]
pub(crate) enum Action {
    Encode,
    Upload {
        wanted: films::Wanted,
        participate: bool,
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
    /// Needs no server.
    Completions(Shell),
    /// Needs no server.
    Man(Option<PathBuf>),
    /// Needs no server.
    ShowConfig {
        settings: Vec<Setting>,
        json: bool,
    },
}

/// Everything that was asked for.
#[derive(Debug)]
pub struct Asked {
    pub(crate) server: ServerChoice,
    pub(crate) settings: Settings,
    pub(crate) action: Action,
    /// How log lines are written.
    pub(crate) log_json: bool,
    /// Whether colours are shown. None: where a terminal shows them.
    pub(crate) colours: Option<bool>,
}

impl Asked {
    /// Whether a person is waiting for an answer.
    pub(crate) fn is_for_people(&self) -> bool {
        !matches!(self.action, Action::Encode)
    }

    /// Logs, and has colours, as was asked: `--color` wins over NO_COLOR.
    pub fn start_log(&self) {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if let Some(colours) = self.colours.or(refused.then_some(false)) {
            console::set_colors_enabled(colours);
            console::set_colors_enabled_stderr(colours);
        }
        log::start(self.log_json, self.usual_log(), self.colours);
    }

    /// What is logged unless `RUST_LOG` says otherwise: beside a progress bar warnings only.
    fn usual_log(&self) -> &'static str {
        if self.is_for_people() && fit::is_drawn() { "warn" } else { "info" }
    }
}

impl Given {
    /// Returns the checked request, or all mistakes.
    pub fn check(self) -> Result<Asked, Vec<String>> {
        let Self { mut cli, join, mistakes, settings: shown } = self;
        let mut mistakes = Mistakes(mistakes);
        if let Some(Verb::FetchFfmpeg { fetch, .. }) = &cli.verb {
            cli.encoding.fetch = fetch.clone().over(cli.encoding.fetch);
        }
        let log_json = mistakes.take("log-format", cli.common.log_format.clone());
        let colours = mistakes.take("color", cli.common.color.clone());
        let server = server(&cli.common, join, &mut mistakes);
        let settings = settings(&cli.common, cli.encoding.clone(), &mut mistakes);
        let wish = settings.as_ref().map(|settings| settings.ffmpeg.clone()).unwrap_or_default();
        let action = cli.action(wish, shown, &mut mistakes);
        match (settings, log_json, colours) {
            (Some(settings), Some(log_json), Some(colours)) if mistakes.0.is_empty() => {
                Ok(Asked { server, settings, action, log_json, colours })
            }
            _ => Err(mistakes.0),
        }
    }
}

impl Cli {
    /// If there are mistakes, the caller must not carry out the action.
    fn action(self, wish: Wish, settings: Vec<Setting>, mistakes: &mut Mistakes) -> Action {
        let (json, config) = (self.common.json, self.job.config(mistakes));
        let participate = mistakes.take("participate", self.participate).unwrap_or_default();
        if let Some(Verb::Submit { job, .. } | Verb::Plan { job, .. }) = &self.verb {
            job.config(mistakes);
        }
        if self.verb.is_some() && !self.upload_file.is_empty() {
            mistakes.note("--upload-file: does not go together with a verb");
        }
        if self.upload_file.is_empty() {
            without_upload(participate, self.output.is_some(), &config).for_each(|flag| {
                mistakes.note(format!("{flag}: only goes with --upload-file, or after a verb"));
            });
        }
        match (self.verb, self.upload_file.is_empty()) {
            (Some(Verb::FetchFfmpeg { platform, into, .. }), _) => {
                Action::FetchFfmpeg { wish, platform: mistakes.take_given("platform", platform), into }
            }
            (Some(Verb::Completions { shell }), _) => Action::Completions(shell),
            (Some(Verb::Man { folder }), _) => Action::Man(folder),
            (Some(Verb::Config { .. }), _) => Action::ShowConfig { settings, json },
            (Some(verb), _) => Action::Verb { verb, json },
            (None, false) => {
                let (files, output, work_dir) = (self.upload_file, self.output, self.common.work_dir);
                Action::Upload {
                    wanted: films::Wanted { files, config, output, work_dir, json },
                    participate,
                }
            }
            (None, true) => {
                if json {
                    mistakes.note("--json: only goes with a verb or --upload-file");
                }
                Action::Encode
            }
        }
    }
}

/// Reports flags that would have no effect.
fn without_upload(
    participate: bool,
    output: bool,
    config: &JobConfig,
) -> impl Iterator<Item = &'static str> + use<> {
    let given = [
        ("--participate", participate),
        ("--output", output),
        ("--ffmpeg-params", config.ffmpeg_params.is_some()),
        ("--required-clients", config.required_clients.is_some()),
        ("--exactly", config.exactly.is_some()),
        ("--file-name-output", config.file_name_output.is_some()),
        ("--hw", config.hw.is_some()),
        ("--verify", config.verify.is_some()),
        ("--damage", config.damage.is_some()),
        ("--times", config.times.is_some()),
        ("--priority", config.priority.is_some()),
        ("--ladder", config.products.is_some()),
    ];
    given.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag)
}

fn server(common: &Common, join: Option<Secret>, mistakes: &mut Mistakes) -> ServerChoice {
    let ip = mistakes.take_given("server-ip", common.server_ip.clone());
    let port = mistakes.take_given("server-port", common.server_port.clone());
    let from = match (&common.join, join) {
        (Some(path), _) if path.as_os_str() == "-" => Some(JoinFrom::Input),
        (Some(path), _) if is_join_string(path) => {
            mistakes.note(JOIN_AS_ARGUMENT);
            None
        }
        (Some(path), _) => Some(JoinFrom::File(path.clone())),
        (None, given) => given.map(JoinFrom::Given),
    };
    ServerChoice { from, ip, port }
}

const JOIN_AS_ARGUMENT: &str = "--join: a join string is a secret, and every user of this machine can read argument \
lists; type it so instead: echo JOIN_STRING | ffmpeg-cluster-client --join -";

fn settings(common: &Common, encoding: EncodingFlags, mistakes: &mut Mistakes) -> Option<Settings> {
    let benchmark_secs = mistakes.take("benchmark-duration", encoding.benchmark_duration);
    let delay = mistakes.take("reconnect-delay", encoding.reconnect_delay);
    let persistent = mistakes.take("persistent", encoding.persistent);
    let drain = mistakes.take("drain", encoding.drain);
    let self_update = mistakes.take("self-update", encoding.self_update);
    let hw_accel = mistakes.take("hw-accel", encoding.hw_accel);
    let hw_slots = mistakes.take("hw-slots", encoding.hw_slots);
    let no_download = mistakes.take("no-download", encoding.no_download).unwrap_or_default();
    let allowed = mistakes.list("allow-option", Allowed::read(&encoding.allowed_options));
    let formats = mistakes.list("allow-format", Formats::allowing(&encoding.allowed_formats));
    let ffmpeg = encoding.fetch.wish(encoding.ffmpeg_dir, no_download, &mut mistakes.0);
    if common.work_dir.as_os_str().is_empty() {
        mistakes.note("--work-dir: is empty");
    }
    Some(Settings {
        work_dir: common.work_dir.clone(),
        benchmark_secs: benchmark_secs?,
        reconnect_delay: Millis::secs(u64::from(delay?)),
        persistent: persistent?,
        drain: drain?,
        self_update: self_update?,
        hw_accel: hw_accel?,
        hw_slots: hw_slots?,
        ffmpeg,
        name: encoding.name.filter(|name| !name.trim().is_empty()),
        trace: encoding.trace,
        allowed,
        formats,
    })
}

#[cfg(test)]
mod tests;

fn is_join_string(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let rest = text.trim_start().strip_prefix("fc");
    text.len() > 40 && rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
