//! Flags that are true or false: `--flag`, `--flag true`, `--flag false` and `--flag=false`.

use std::ffi::OsString;

use clap::{Arg, Command};

use super::parsers::TRUTH;

/// Makes the value of each such flag of `command` and its verbs optional; alone, the flag means true.
pub fn stand_alone(command: Command) -> Command {
    let alone = |arg: Arg| match is_truth(&arg) {
        true => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        false => arg,
    };
    command.mut_args(alone).mut_subcommands(stand_alone)
}

fn is_truth(arg: &Arg) -> bool {
    arg.get_value_names().is_some_and(|names| names.iter().any(|name| name == TRUTH))
}

/// Turns `--flag false` into `--flag=false`. clap alone would let a lone `--flag` take the next word, which may be a
/// verb or a file.
pub(super) fn joined(command: &Command, words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let truths = names(command);
    let (mut joined, mut ended): (Vec<OsString>, bool) = (Vec::new(), false);
    for word in words {
        let last = joined
            .last_mut()
            .filter(|last| !ended && truths.iter().any(|truth| last.to_str() == Some(truth)));
        match last {
            Some(last) if word == "true" || word == "false" => {
                last.push("=");
                last.push(&word);
            }
            _ => {
                ended |= word == "--";
                joined.push(word);
            }
        }
    }
    joined
}

fn names(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter(|arg| is_truth(arg)).filter_map(Arg::get_long);
    let own = own.map(|long| format!("--{long}"));
    own.chain(command.get_subcommands().flat_map(names)).collect()
}
