//! The tables of flags and verbs in docs/server.md and docs/client.md, printed from clap: a part of each program's own tests.
//! `WRITE_DOCS=1` writes them again.

use std::fmt::Write;

use clap::{Arg, Command};
use ffmpeg_cluster_common::io::settings::truths;

const BEGIN: &str = "<!-- The tables below are printed from the code by a test. -->\n";
const END: &str = "<!-- They end here. -->\n";

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// `--flag VALUE`, `--flag [true|false]` or `FILE`.
fn usage(arg: &Arg) -> String {
    let value = arg.get_value_names().unwrap_or_default().join(" ");
    match arg.get_long() {
        None => value,
        Some(long) if !arg.get_action().takes_values() => format!("--{long}"),
        Some(long) if arg.is_require_equals_set() => format!("--{long} [{value}]"),
        Some(long) => format!("--{long} {value}"),
    }
}

/// The meaning, and the default where the help says it.
fn help(arg: &Arg) -> (String, Option<String>) {
    let text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let text = text.trim_end_matches('.').to_owned();
    match text.rsplit_once(" [default: ").and_then(|(text, rest)| Some((text, rest.strip_suffix(']')?))) {
        Some((text, default)) => (text.to_owned(), Some(default.to_owned())),
        None => (text, None),
    }
}

fn row(out: &mut String, name: &str, arg: &Arg) {
    let (text, said) = help(arg);
    let values = arg.get_default_values().iter().filter(|value| !value.is_empty());
    let values = values.map(|value| format!("`{}`", value.to_string_lossy()));
    let default = said.or_else(|| values.reduce(|all, one| format!("{all}, {one}"))).unwrap_or("–".into());
    let variable = arg.get_env().map_or("–".into(), |name| format!("`{}`", name.to_string_lossy()));
    let _ = writeln!(out, "| `{}` | {variable} | {} | {} |", cell(name), cell(&default), cell(&text));
}

fn own_args(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !["help", "version"].contains(&arg.get_id().as_str()))
}

fn verbs(out: &mut String, root: &Command, of: &Command, before: &str) {
    for verb in of.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let name = format!("{before}{}", verb.get_name());
        let places = verb.get_positionals().map(|place| format!(" {}", usage(place))).collect::<String>();
        let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
        if verb.has_subcommands() {
            verbs(out, root, verb, &format!("{name} "));
            continue;
        }
        let _ = writeln!(out, "| `{}` | – | – | {} |", cell(&(name.clone() + &places)), cell(&about));
        let is_new = |arg: &&Arg| {
            root.get_arguments().all(|known| usage(known) != usage(arg) || help(known) != help(arg))
        };
        for arg in own_args(verb).filter(|arg| arg.get_long().is_some()).filter(is_new) {
            row(out, &format!("{name} {}", usage(arg)), arg);
        }
    }
}

fn tables(root: &Command) -> String {
    let mut out = String::from("\n## Flags\n\n| Flag | Variable | Default | Meaning |\n|---|---|---|---|\n");
    own_args(root).for_each(|arg| row(&mut out, &usage(arg), arg));
    out += "\n## Verbs\n\n| Verb or flag | Variable | Default | Meaning |\n|---|---|---|---|\n";
    verbs(&mut out, root, root, "");
    out + "\n"
}

/// Fails if the tables of `document` are not those of `command`.
// A test may write what it judges.
#[allow(clippy::disallowed_methods)]
pub fn judge(document: &str, command: Command) {
    let path = format!("{}/../docs/{document}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(document);
    let (before, rest) = text.split_once(BEGIN).expect("the place of the tables");
    let (_, after) = rest.split_once(END).expect("their end");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", tables(&truths::stand_alone(command)));
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(path, &wanted).expect(document);
    } else {
        assert!(text == wanted, "docs/{document} is not as the flags are; WRITE_DOCS=1 writes it again");
    }
}
