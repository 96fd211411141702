//! Presets: names for settings that people use again. Some come with the program; the others are files of the work folder.

mod files;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobConfig};
use ffmpeg_cluster_common::text::safe::is_treacherous;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::files::Preset;
use self::files::check_name;
use super::refused::{Refused, failed};
use super::wishes::Wishes;
use super::{Admission, internal};
use crate::access::Principal;
use crate::store::folders::PRESETS;

const BUILT_IN: &[(&str, &str)] = &[
    ("web-1080p", include_str!("../../presets/web-1080p.toml")),
    ("web-720p", include_str!("../../presets/web-720p.toml")),
    ("phone", include_str!("../../presets/phone.toml")),
    ("archive-hevc", include_str!("../../presets/archive-hevc.toml")),
    ("small-hevc", include_str!("../../presets/small-hevc.toml")),
    ("av1-small", include_str!("../../presets/av1-small.toml")),
    ("vp9-web", include_str!("../../presets/vp9-web.toml")),
    ("lossless-ffv1", include_str!("../../presets/lossless-ffv1.toml")),
    ("edit-prores", include_str!("../../presets/edit-prores.toml")),
];
const ABOUT_CHARS_MAX: usize = 300;
const OWN_MAX: usize = 500;

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct NamedPreset {
    name: String,
    /// It comes with the program, and nobody changes it.
    built_in: bool,
    #[serde(flatten)]
    preset: Preset,
}

static KNOWN: LazyLock<BTreeMap<&str, Preset>> = LazyLock::new(|| {
    let read = |(name, text): &(&'static str, &str)| Some((*name, toml::from_str(text).ok()?));
    BUILT_IN.iter().filter_map(read).collect()
});

fn built_in(name: &str) -> Option<NamedPreset> {
    let preset = KNOWN.get(name)?.clone();
    Some(NamedPreset { name: name.to_owned(), built_in: true, preset })
}

fn own(name: &str, preset: Preset) -> NamedPreset {
    NamedPreset { name: name.to_owned(), built_in: false, preset }
}

fn folder(admission: &Admission) -> PathBuf {
    admission.runner.folders().root().join(PRESETS)
}

fn file(admission: &Admission, name: &str) -> PathBuf {
    folder(admission).join(format!("{name}.toml"))
}

/// The program's own first, each in the order of their names.
pub(crate) async fn all(admission: &Admission) -> Result<Vec<NamedPreset>, Refused> {
    let folder = folder(admission);
    let read = admission.runner.background.blocking(move || files::all(&folder));
    let own_ones = read.await.map_err(|error| internal(&error.into()))?;
    let known = KNOWN.keys().filter_map(|name| built_in(name));
    let own_ones = own_ones.into_iter().filter(|(name, _)| !KNOWN.contains_key(name.as_str()));
    Ok(known.chain(own_ones.map(|(name, preset)| own(&name, preset))).collect())
}

pub(crate) async fn find(admission: &Admission, name: &str) -> Result<NamedPreset, Refused> {
    let unknown = || {
        Refused::new(
            ErrorCode::PresetNotFound,
            format!("there is no preset {name:?}; GET /api/v1/presets lists all"),
        )
    };
    if let Some(known) = built_in(name) {
        return Ok(known);
    }
    check_name(name).map_err(|_| unknown())?;
    let path = file(admission, name);
    let read = admission.runner.background.blocking(move || files::read(&path)).await;
    let read = read.map_err(|error| internal(&error.into()))?;
    let preset = read.map_err(|error| failed("a preset could not be read", &error))?;
    preset.map(|preset| own(name, preset)).ok_or_else(unknown)
}

/// True if it is new.
pub(crate) async fn keep(
    admission: &Admission,
    principal: &Principal,
    name: &str,
    preset: Preset,
) -> Result<bool, Refused> {
    check_name(name)?;
    may_change(name)?;
    check(admission, principal, &preset)?;
    let is_new = find(admission, name).await.is_err();
    if is_new && all(admission).await?.len() >= KNOWN.len() + OWN_MAX {
        let message = format!("there are {OWN_MAX} presets already; delete one first");
        return Err(Refused::new(ErrorCode::InvalidRequest, message));
    }
    let path = file(admission, name);
    let kept = admission.runner.background.blocking(move || files::write(&path, &preset)).await;
    let kept = kept.map_err(|error| internal(&error.into()))?;
    kept.map_err(|error| failed("a preset could not be written", &error))?;
    Ok(is_new)
}

pub(crate) async fn remove(admission: &Admission, name: &str) -> Result<(), Refused> {
    may_change(name)?;
    find(admission, name).await?;
    let removed = tokio::fs::remove_file(file(admission, name)).await;
    removed.map_err(|error| failed("a preset could not be removed", &error.into()))
}

/// The settings of a job that names a preset.
pub(crate) async fn settings(
    admission: &Admission,
    name: &str,
    given: Option<JobConfig>,
) -> Result<JobConfig, Refused> {
    let preset = find(admission, name).await?.preset.config;
    given.map_or_else(|| Ok(preset.clone()), |given| laid_over(&preset, &given))
}

/// Every setting that is given wins over the preset's.
fn laid_over(preset: &JobConfig, given: &JobConfig) -> Result<JobConfig, Refused> {
    let read = |config: &JobConfig| serde_json::to_value(config).map_err(|error| internal(&error.into()));
    let (mut all, given) = (read(preset)?, read(given)?);
    if let (Value::Object(all), Value::Object(given)) = (&mut all, given) {
        all.extend(given);
    }
    serde_json::from_value(all).map_err(|error| internal(&error.into()))
}

fn may_change(name: &str) -> Result<(), Refused> {
    let message = || format!("{name} comes with the program; give your own preset another name");
    if KNOWN.contains_key(name) { Err(Refused::new(ErrorCode::PresetBuiltIn, message())) } else { Ok(()) }
}

/// A job with these settings would be admitted, as far as that is known without a film.
fn check(admission: &Admission, principal: &Principal, preset: &Preset) -> Result<(), Refused> {
    if preset.about.chars().count() > ABOUT_CHARS_MAX || preset.about.contains(is_treacherous) {
        let message = format!(
            "about: at most {ABOUT_CHARS_MAX} characters are possible, none of them invisible or for control"
        );
        return Err(Refused::new(ErrorCode::InvalidRequest, message));
    }
    Wishes::read(admission, preset.config.clone(), principal).map(drop)
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::media::params;
    use ffmpeg_cluster_common::media::words::container::Container;
    use ffmpeg_cluster_common::protocol::command::Params;

    use super::*;

    #[test]
    fn every_built_in_preset_is_what_a_job_may_ask_for() {
        assert_eq!(KNOWN.len(), BUILT_IN.len(), "one is not read");
        for (name, Preset { about, config }) in KNOWN.iter() {
            check_name(name).unwrap();
            assert!(!about.is_empty() && !about.ends_with('.'), "{name}");
            let output = config.file_name_output.as_deref().unwrap();
            let Some(Params::Line(line)) = &config.ffmpeg_params else { panic!("{name} has no parameters") };
            let parsed = params::parse(&params::words(line).unwrap(), Container::of_name(output).unwrap());
            parsed.unwrap_or_else(|refusals| panic!("{name}: {refusals:?}"));
        }
    }

    #[test]
    fn what_a_job_says_itself_wins_over_its_preset() {
        let preset = KNOWN["web-720p"].config.clone();
        let given = JobConfig {
            file_name_output: Some("a.mkv".into()),
            required_clients: Some(1),
            ..JobConfig::default()
        };
        let all = laid_over(&preset, &given).unwrap();
        assert_eq!(all, JobConfig { ffmpeg_params: preset.ffmpeg_params, ..given });
    }

    /// docs/presets.md is printed from them; `WRITE_DOCS=1` writes it again.
    #[test]
    fn the_documentation_has_every_preset() {
        const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/presets.md");
        let row = |(name, Preset { about, config }): (&&str, &Preset)| {
            let Some(Params::Line(line)) = &config.ffmpeg_params else { panic!("{name} has no parameters") };
            let output = config.file_name_output.as_deref().unwrap_or_default();
            format!("| `{name}` | {about} | `{line}` | `{output}` |\n")
        };
        let rows: String = KNOWN.iter().map(row).collect();
        let wanted = format!(
            "{}{rows}{}",
            include_str!("../../presets/before.md"),
            include_str!("../../presets/after.md")
        );
        if std::env::var_os("WRITE_DOCS").is_some() {
            return std::fs::write(PATH, &wanted).unwrap();
        }
        assert_eq!(std::fs::read_to_string(PATH).unwrap(), wanted, "WRITE_DOCS=1 writes it");
    }
}
