//! The file of `--config`. Its keys become clap's defaults, so that flags and variables win over them.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};

use super::read_file;

/// How similar a known key must be to be suggested.
const ALIKE_MIN: f64 = 0.8;

#[derive(Debug)]
pub(super) struct ConfigFile {
    pub(super) path: PathBuf,
    keys: Vec<(String, Vec<String>)>,
}

impl ConfigFile {
    /// Reads as much as possible, and notes each mistake.
    pub(super) fn read(path: &Path, known: &Known<'_>, mistakes: &mut Vec<String>) -> Self {
        let mut keys = Vec::new();
        read_file(path, mistakes, |key, values| {
            let arg = known.arg(key)?;
            let values = values(matches!(arg.get_action(), ArgAction::Append))?;
            if values.iter().any(|value| value.trim().is_empty()) {
                return Err("the value is empty; leave the key out for its default".to_owned());
            }
            keys.push((key.to_owned(), values));
            Ok(())
        });
        Self { path: path.to_owned(), keys }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|(known, _)| known == key)
    }

    /// Replaces the defaults of `command` with the values of the file.
    pub(super) fn below(&self, command: Command) -> Command {
        self.keys.iter().fold(command, |command, (key, values)| {
            command.mut_args(|arg| match arg.get_long() {
                Some(long) if long == key => arg.default_values(values),
                _ => arg,
            })
        })
    }
}

/// The flags of a program.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) command: &'a Command,
    /// Flags with variables that hold for one start only.
    pub(super) of_one_start: &'a [&'a str],
}

impl<'a> Known<'a> {
    /// Whether a file may hold the flag: it has a variable, and holds for many starts.
    pub(super) fn is_key(&self, arg: &Arg) -> bool {
        let of_many = |long| long != "config" && !self.of_one_start.contains(&long);
        arg.get_env().is_some() && arg.get_long().is_some_and(of_many)
    }

    fn arg(&self, key: &str) -> Result<&'a Arg, String> {
        match self.command.get_arguments().find(|arg| arg.get_long() == Some(key)) {
            Some(arg) if self.is_key(arg) => Ok(arg),
            Some(_) => Err("it applies to one start of the program and can't stand in a file".to_owned()),
            None => Err(match self.nearest(key) {
                Some(meant) => format!("unknown key; did you mean {meant}?"),
                None => "unknown key; `config show` lists all keys".to_owned(),
            }),
        }
    }

    fn nearest(&self, key: &str) -> Option<&'a str> {
        let keys = self.command.get_arguments().filter(|arg| self.is_key(arg)).filter_map(Arg::get_long);
        let rated = keys.map(|known| (strsim::jaro_winkler(known, key), known));
        let (alike, meant) = rated.max_by(|one, other| one.0.total_cmp(&other.0))?;
        (alike >= ALIKE_MIN).then_some(meant)
    }
}
