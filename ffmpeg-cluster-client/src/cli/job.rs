//! Flags about one job.

use std::collections::BTreeMap;

use clap::Args;
use ffmpeg_cluster_common::limits::REQUIRED_CLIENTS_MAX;
use ffmpeg_cluster_common::media::proof::report::{Damage, Times, Verify};
use ffmpeg_cluster_common::media::words::device::Hw;
use ffmpeg_cluster_common::protocol::command::{JobConfig, Params, Priority};
use serde_json::{Value, json};

use super::ladder::LadderFlags;
use ffmpeg_cluster_common::io::settings::parsers::{Checked, Mistakes, TRUTH, number, one_of, truth};

const VERIFY: [(&str, Verify); 2] = [("fast", Verify::Fast), ("full", Verify::Full)];
const DAMAGE: [(&str, Damage); 2] = [("tolerate", Damage::Tolerate), ("strict", Damage::Strict)];
const TIMES: [(&str, Times); 2] = [("rate", Times::Rate), ("source", Times::Source)];
pub(super) const PRIORITIES: [(&str, Priority); 4] = [
    ("low", Priority::Low),
    ("normal", Priority::Normal),
    ("high", Priority::High),
    ("critical", Priority::Critical),
];
const HW: [(&str, Hw); 3] = [("off", Hw::Off), ("prefer", Hw::Prefer), ("require", Hw::Require)];

/// What a submitter gives with a job beside its settings.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct GivenFlags {
    /// Settings that the server knows by this name; flags take precedence (docs/presets.md).
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// What people call the job.
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// A word about the job for scripts; several may be given.
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    pub(crate) labels: Vec<Label>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) key: String,
    pub(crate) value: String,
}

pub(super) fn label(text: &str) -> Result<Label, String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = pair.ok_or("KEY=VALUE is expected, such as show=alps")?;
    Ok(Label { key: key.to_owned(), value: value.to_owned() })
}

impl GivenFlags {
    pub(crate) fn is_empty(&self) -> bool {
        self.preset.is_none() && self.title.is_none() && self.labels.is_empty()
    }

    /// The body of a request for a job of the film at this path of the server.
    pub(crate) fn request(&self, path: &str, config: &JobConfig) -> Value {
        let labels: BTreeMap<_, _> = self.labels.iter().map(|label| (&label.key, &label.value)).collect();
        let mut body = json!({ "source": { "path": path }, "config": config, "labels": labels });
        for (key, given) in [("preset", &self.preset), ("name", &self.title)] {
            if let Some(given) = given {
                body[key] = given.as_str().into();
            }
        }
        body
    }
}

/// What a submitter may say about one job; used by `--upload-file` and `submit`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct JobFlags {
    /// Encoding parameters of this job, as typed to ffmpeg [default: the server's].
    #[arg(long, value_name = "PARAMS", allow_hyphen_values = true)]
    pub(crate) ffmpeg_params: Option<String>,
    /// Clients that must be connected before this job starts [default: the server's].
    #[arg(long, value_name = "N", value_parser = |text: &str| number(text, 1..=REQUIRED_CLIENTS_MAX))]
    pub(crate) required_clients: Option<Checked<u32>>,
    /// Exact frame counting for this job [default: the server's].
    #[arg(long, value_name = TRUTH, value_parser = truth)]
    pub(crate) exactly: Option<Checked<bool>>,
    /// The name of this job's result; its suffix chooses the container [default: the server's].
    #[arg(long, value_name = "NAME")]
    pub(crate) file_name_output: Option<String>,
    /// How carefully this job's result is proved; full decodes all of it and compares it with the source [default: fast].
    #[arg(long, value_name = "fast|full", value_parser = |text: &str| one_of(text, &VERIFY))]
    pub(crate) verify: Option<Checked<Verify>>,
    /// Whether a damaged source is encoded as far as it decodes [default: tolerate].
    #[arg(long, value_name = "tolerate|strict", value_parser = |text: &str| one_of(text, &DAMAGE))]
    pub(crate) damage: Option<Checked<Damage>>,
    /// Whether times that the film's container rounded are set to the film's constant rate, or stay the source's [default: rate].
    #[arg(long, value_name = "rate|source", value_parser = |text: &str| one_of(text, &TIMES))]
    pub(crate) times: Option<Checked<Times>>,
    /// Whether hardware may encode this job, or must [default: the server's, which is off].
    #[arg(long, value_name = "off|prefer|require", value_parser = |text: &str| one_of(text, &HW))]
    pub(crate) hw: Option<Checked<Hw>>,
    /// Jobs of a higher priority are served first [default: normal].
    #[arg(long, value_name = "low|normal|high|critical", value_parser = |text: &str| one_of(text, &PRIORITIES))]
    pub(crate) priority: Option<Checked<Priority>>,
    #[command(flatten)]
    pub(crate) ladder: LadderFlags,
}

impl JobFlags {
    /// The server checks parameters and names, because it knows more.
    pub(super) fn config(&self, mistakes: &mut Mistakes) -> JobConfig {
        let Self { required_clients, exactly, verify, damage, times, hw, priority, .. } = self.clone();
        JobConfig {
            ffmpeg_params: self.ffmpeg_params.clone().map(Params::Line),
            required_clients: mistakes.take_given("required-clients", required_clients),
            exactly: mistakes.take_given("exactly", exactly),
            file_name_output: self.file_name_output.clone(),
            verify: mistakes.take_given("verify", verify),
            damage: mistakes.take_given("damage", damage),
            times: mistakes.take_given("times", times),
            hw: mistakes.take_given("hw", hw),
            priority: mistakes.take_given("priority", priority),
            source: None,
            framerate: None,
            products: self.ladder.products(mistakes),
        }
    }
}
