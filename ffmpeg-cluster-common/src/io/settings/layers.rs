//! Flags over variables over the file over defaults, and which of them each setting comes from.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};
use ffmpeg_cluster_common::access::secret::Secret;

use super::file::{ConfigFile, is_key};
use super::flags::Cli;
use super::truths;

const JOIN: &str = "FFMPEG_CLUSTER_JOIN";

/// One setting as it is, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) from: String,
}

/// Everything that was given, in whatever way, and not yet checked.
#[derive(Debug)]
pub struct Given {
    pub(super) cli: Cli,
    /// `FFMPEG_CLUSTER_JOIN`: other users can read argument lists, but not the environment.
    pub(super) join: Option<Secret>,
    /// What is wrong in the file.
    pub(super) mistakes: Vec<String>,
    /// Where each setting comes from.
    pub(super) settings: Vec<Setting>,
}

impl Given {
    /// Reads a command line; returns clap's own error for an unknown flag.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let command = truths::stand_alone(Cli::command());
        let words = truths::joined(&command, words);
        let mut mistakes = Vec::new();
        // The file is named by a flag or a variable, and its keys must be known before either is read for good.
        let mut matches = command.clone().try_get_matches_from(&words)?;
        let path = matches.get_one::<PathBuf>("config").cloned();
        let file = path.map(|path| ConfigFile::read(&path, &command, &mut mistakes));
        if let Some(file) = &file {
            matches = file.below(command.clone()).try_get_matches_from(&words)?;
        }
        let cli = Cli::from_arg_matches(&matches)?;
        let join = std::env::var(JOIN).ok().filter(|text| !text.trim().is_empty()).map(Secret::new);
        let mut settings = settings(&command, &matches, file.as_ref());
        settings.push(join_setting(&cli, join.is_some()));
        Ok(Self { cli, join, mistakes, settings })
    }
}

fn settings(command: &Command, matches: &ArgMatches, file: Option<&ConfigFile>) -> Vec<Setting> {
    let shown = command.get_arguments().filter(|arg| is_key(arg) || arg.get_long() == Some("config"));
    shown.map(|arg| setting(arg, matches, file)).collect()
}

fn setting(arg: &Arg, matches: &ArgMatches, file: Option<&ConfigFile>) -> Setting {
    let (id, name) = (arg.get_id().as_str(), arg.get_long().unwrap_or_default());
    let values = matches.get_raw(id).into_iter().flatten();
    let values: Vec<String> = values.map(|value| without_secrets(&value.to_string_lossy())).collect();
    let from = match (matches.value_source(id), file) {
        (Some(ValueSource::CommandLine), _) => "flag".to_owned(),
        (Some(ValueSource::EnvVariable), _) => {
            format!("environment {}", arg.get_env().unwrap_or_default().to_string_lossy())
        }
        (_, Some(file)) if file.has(name) => format!("file {}", file.path.display()),
        _ => "default".to_owned(),
    };
    let value = (!values.is_empty()).then(|| values.join(","));
    Setting { name: name.to_owned(), value, from }
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

/// Hides what may be secret in an address: a user and password before the host, and everything behind a question mark.
fn without_secrets(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host.to_owned(), |(_, host)| format!("…@{host}"));
    let path = path.split_once('?').map_or(path.to_owned(), |(path, _)| format!("{path}?…"));
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests;
