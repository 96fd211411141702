//! Flags over variables over the file over defaults, and the origin of each setting.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::file::{ConfigFile, Known};
use super::truths;
use crate::text::aligned;

/// The value of one setting, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub name: String,
    pub value: Option<String>,
    pub from: String,
}

/// All settings of all layers, not yet checked.
#[derive(Debug)]
pub struct Layers {
    pub matches: ArgMatches,
    /// Mistakes in the file.
    pub mistakes: Vec<String>,
    pub settings: Vec<Setting>,
}

impl Layers {
    /// Reads a command line, the environment and the file of `--config`; flags of one start are no keys of that file.
    /// Returns clap's own error for an unknown flag.
    pub fn read(
        command: Command,
        words: impl IntoIterator<Item = OsString>,
        of_one_start: &[&str],
    ) -> Result<Self, clap::Error> {
        let command = truths::stand_alone(command);
        let words = truths::joined(&command, words);
        let known = Known { command: &command, of_one_start };
        let mut mistakes = Vec::new();
        // A flag or a variable names the file, and the final reading of both needs the file's keys.
        let mut matches = command.clone().try_get_matches_from(&words)?;
        let path = matches.get_one::<PathBuf>("config").cloned();
        let file = path.map(|path| ConfigFile::read(&path, &known, &mut mistakes));
        if let Some(file) = &file {
            matches = file.below(command.clone()).try_get_matches_from(&words)?;
        }
        let settings = settings(&known, &matches, file.as_ref());
        Ok(Self { matches, mistakes, settings })
    }
}

fn settings(known: &Known<'_>, matches: &ArgMatches, file: Option<&ConfigFile>) -> Vec<Setting> {
    let args = known.command.get_arguments();
    let shown = args.filter(|arg| known.is_key(arg) || arg.get_long() == Some("config"));
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

/// Hides possible secrets in an address: user and password before the host, and everything after a question mark.
fn without_secrets(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host.to_owned(), |(_, host)| format!("…@{host}"));
    let path = path.split_once('?').map_or(path.to_owned(), |(path, _)| format!("{path}?…"));
    format!("{scheme}://{host}{path}")
}

/// For people: one line for each setting.
pub fn as_text(settings: &[Setting]) -> String {
    let value = |it: &Setting| it.value.clone().unwrap_or_else(|| "–".to_owned());
    let rows = settings.iter().map(|it| vec![it.name.clone(), value(it), it.from.clone()]);
    aligned(&["SETTING", "VALUE", "FROM"], rows.collect())
}

/// For programs: an object of settings, each with its `value` and where it comes `from`.
pub fn as_json(settings: &[Setting]) -> serde_json::Value {
    let each = settings
        .iter()
        .map(|it| (it.name.clone(), serde_json::json!({ "value": it.value, "from": it.from })));
    serde_json::Value::Object(each.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stand_under_each_other() {
        let setting = |name: &str, value: Option<&str>, from: &str| Setting {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            from: from.to_owned(),
        };
        let all = [setting("port", Some("7"), "flag"), setting("trace", None, "default")];
        assert_eq!(as_text(&all), "SETTING  VALUE  FROM\nport     7      flag\ntrace    –      default");
        assert_eq!(as_json(&all)["port"]["from"], "flag");
    }

    #[test]
    fn addresses_are_shown_without_what_is_secret_in_them() {
        for (address, shown) in [
            ("https://a.example/b", "https://a.example/b"),
            ("https://u:p@a.example", "https://…@a.example"),
            ("https://a.example?k=v", "https://a.example?…"),
            ("https://u@a.example/b?k=v@w", "https://…@a.example/b?…"),
            ("/films/@home", "/films/@home"),
        ] {
            assert_eq!(without_secrets(address), shown);
        }
    }
}
