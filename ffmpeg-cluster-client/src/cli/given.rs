//! Flags, environment variables and the settings file, not yet checked.

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::settings::layers::{Layers, Setting};

use super::flags::Cli;

const JOIN: &str = "FFMPEG_CLUSTER_JOIN";
/// Flags that have a variable but are not keys of the file.
const OF_ONE_START: [&str; 1] = ["participate"];

#[derive(Debug)]
pub struct Given {
    pub(super) cli: Cli,
    /// `FFMPEG_CLUSTER_JOIN`: other users can read argument lists, but not the environment.
    pub(super) join: Option<Secret>,
    /// Mistakes in the file.
    pub(super) mistakes: Vec<String>,
    /// Where each setting comes from.
    pub(super) settings: Vec<Setting>,
}

impl Given {
    /// Reads a command line; returns clap's own error for an unknown flag.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let Layers { matches, mistakes, mut settings } =
            Layers::read(Cli::command(), words, &OF_ONE_START).map_err(or_a_film)?;
        let cli = Cli::from_arg_matches(&matches)?;
        let join = std::env::var(JOIN).ok().filter(|text| !text.trim().is_empty()).map(Secret::new);
        settings.push(join_setting(&cli, join.is_some()));
        Ok(Self { cli, join, mistakes, settings })
    }
}

/// Who types a film where a verb is wanted learns how it is sent.
fn or_a_film(error: clap::Error) -> clap::Error {
    match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) if Path::new(word).is_file() => {
            let told = format!("{word} is a file; to have it encoded: --upload-file {word}");
            Cli::command().error(ErrorKind::InvalidSubcommand, told)
        }
        _ => error,
    }
}

/// A join string is secret; the name of a file that holds one is not.
fn join_setting(cli: &Cli, in_environment: bool) -> Setting {
    let (value, from) = match (&cli.common.join, in_environment) {
        (Some(path), _) => (Some(path.display().to_string()), "flag".to_owned()),
        (None, true) => (Some("(a secret)".to_owned()), format!("environment {JOIN}")),
        (None, false) => (None, "default".to_owned()),
    };
    Setting { name: "join".to_owned(), value, from }
}

#[cfg(test)]
mod tests;
