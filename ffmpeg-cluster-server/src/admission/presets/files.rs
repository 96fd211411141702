//! Presets as files of the work folder: `presets/NAME.toml`.

use std::fs;
use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::io::permissions;
use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admission::object;
use crate::admission::refused::Refused;

/// A longer file is no preset.
const BYTES_MAX: u64 = 64 << 10;
const NAME_CHARS_MAX: usize = 63;

/// What a preset asks for. A job's own settings win over it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preset {
    /// What it is for, in a sentence.
    #[serde(default)]
    pub(super) about: String,
    #[serde(deserialize_with = "object")]
    pub(super) config: JobConfig,
}

/// The name is one of a file, too.
pub(super) fn check_name(name: &str) -> Result<(), Refused> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    let is_good =
        (1..=NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with('.');
    let message = format!(
        "the name of a preset has 1 to {NAME_CHARS_MAX} of a-z 0-9 . _ - and does not begin with a full stop"
    );
    if is_good { Ok(()) } else { Err(Refused::new(ErrorCode::InvalidName, message)) }
}

/// None if there is no such file.
pub(super) fn read(path: &Path) -> anyhow::Result<Option<Preset>> {
    let about = match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        about => about.with_context(|| format!("looking at {}", path.display()))?,
    };
    anyhow::ensure!(
        about.is_file() && about.len() <= BYTES_MAX,
        "{} is no preset: it is too large",
        path.display()
    );
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(Some(toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?))
}

/// A file that is no preset is left out, and the log says why.
pub(super) fn all(folder: &Path) -> Vec<(String, Preset)> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut all: Vec<(String, Preset)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().to_str()?.strip_suffix(".toml")?.to_owned();
            check_name(&name).ok()?;
            let read = read(&entry.path());
            let read = read.inspect_err(|error| tracing::warn!("a preset is left out: {error:#}")).ok()?;
            Some((name, read?))
        })
        .collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

pub(super) fn write(path: &Path, preset: &Preset) -> anyhow::Result<()> {
    let text = toml::to_string(preset).context("writing a preset as TOML")?;
    if let Some(folder) = path.parent() {
        permissions::folder(folder)?;
    }
    permissions::write(path, text.as_bytes())
}
