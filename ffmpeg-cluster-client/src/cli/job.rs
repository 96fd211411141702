//! Flags about one job, and the wishes that they become.

use clap::Args;
use ffmpeg_cluster_common::limits::REQUIRED_CLIENTS_MAX;
use ffmpeg_cluster_common::media::proof::report::{Damage, Times, Verify};
use ffmpeg_cluster_common::media::words::device::Hw;
use ffmpeg_cluster_common::protocol::command::{JobConfig, Params};

use super::parsers::number;

/// What a submitter may say about one job; used by `--upload-file` and `submit`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct JobFlags {
    /// Encoding parameters of this job, as one would type them to ffmpeg [default: the server's].
    #[arg(long, value_name = "PARAMS", allow_hyphen_values = true)]
    pub(crate) ffmpeg_params: Option<String>,
    /// Clients that must be connected before this job starts [default: the server's].
    #[arg(long, value_name = "N")]
    pub(crate) required_clients: Option<String>,
    /// Exact frame counting for this job [default: the server's].
    #[arg(long, value_name = "BOOL", require_equals = true, num_args = 0..=1, default_missing_value = "true")]
    pub(crate) exactly: Option<bool>,
    /// Name of this job's result; its suffix chooses the container [default: the server's].
    #[arg(long, value_name = "NAME")]
    pub(crate) file_name_output: Option<String>,
    /// How carefully this job's result is proved [default: fast]; full decodes all of it and compares it with the source.
    #[arg(long, value_name = "fast|full", value_parser = ["fast", "full"])]
    pub(crate) verify: Option<String>,
    /// Whether a damaged source is encoded as far as it decodes [default: tolerate].
    #[arg(long, value_name = "tolerate|strict", value_parser = ["tolerate", "strict"])]
    pub(crate) damage: Option<String>,
    /// Times of a constant rate that the film's container rounded are laid on that rate, or stay the source's [default: rate].
    #[arg(long, value_name = "rate|source", value_parser = ["rate", "source"])]
    pub(crate) times: Option<String>,
    /// Whether hardware may encode this job, or must [default: the server's, which is off].
    #[arg(long, value_name = "off|prefer|require", value_parser = Hw::WORDS)]
    pub(crate) hw: Option<String>,
}

impl JobFlags {
    /// All mistakes at once; parameters and names are judged by the server, which knows more.
    pub(crate) fn config(&self) -> Result<JobConfig, Vec<String>> {
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
