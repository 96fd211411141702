//! docs/server.md lists the flags; its table is printed from clap. `WRITE_DOCS=1` writes it again.

use clap::{Arg, Command, CommandFactory};

use ffmpeg_cluster_common::io::settings::truths;

use super::CommandLine;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/server.md");
const BEGIN: &str = "<!-- The tables below are printed from the code by a test. -->\n";
const END: &str = "<!-- They end here. -->\n";

fn row(name: &str, arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values = arg
        .get_default_values()
        .iter()
        .filter(|value| !value.is_empty())
        .map(|value| format!("`{}`", value.to_string_lossy()));
    let default = values.reduce(|all, one| format!("{all}, {one}"));
    let (text, default) = match help.rsplit_once(" [default: ") {
        Some((text, default)) => (text, default.trim_end_matches(']').to_owned()),
        None => (help.as_str(), default.unwrap_or_else(|| "–".to_owned())),
    };
    let variable = arg.get_env().map_or("–".into(), |name| format!("`{}`", name.to_string_lossy()));
    format!("| `{name}` | {variable} | {default} | {text} |\n").replace("true|false", "true\\|false")
}

fn usage(arg: &Arg) -> String {
    let value = arg.get_value_names().unwrap_or_default().join(" ");
    let value = if arg.get_num_args().is_some_and(|many| many.min_values() == 0) {
        format!("[{value}]")
    } else {
        value
    };
    match arg.get_long() {
        Some(long) if arg.get_action().takes_values() => format!("--{long} {value}").replace('|', "\\|"),
        Some(long) => format!("--{long}"),
        None => value.replace('|', "\\|"),
    }
}

fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !["help", "version"].contains(&arg.get_id().as_str()))
}

fn verbs(of: &Command, before: &str) -> String {
    let all = of.get_subcommands().filter(|verb| verb.get_name() != "help");
    all.map(|verb| {
        let name = format!("{before}{}", verb.get_name());
        if verb.has_subcommands() {
            return verbs(verb, &format!("{name} "));
        }
        let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
        let places: String = verb.get_positionals().map(|place| format!(" {}", usage(place))).collect();
        let own = flags(verb).filter(|arg| arg.get_long().is_some() && !arg.is_global_set());
        let own: String = own.map(|arg| row(&format!("{name} {}", usage(arg)), arg)).collect();
        format!("| `{name}{places}` | – | – | {about} |\n{own}")
    })
    .collect()
}

fn tables() -> String {
    let root = truths::stand_alone(CommandLine::command());
    let rows: String = flags(&root).map(|arg| row(&usage(arg), arg)).collect();
    format!(
        "\n## Flags\n\n| Flag | Variable | Default | Meaning |\n|---|---|---|---|\n{rows}\n## Verbs\n\n\
         | Verb or flag | Variable | Default | Meaning |\n|---|---|---|---|\n{}\n",
        verbs(&root, "")
    )
}

// A test may write what it judges.
#[allow(clippy::disallowed_methods)]
#[test]
fn the_documentation_lists_the_flags_as_they_are() {
    let text = std::fs::read_to_string(PATH).expect("docs/server.md");
    let (before, rest) = text.split_once(BEGIN).expect("the place of the tables");
    let (_, after) = rest.split_once(END).expect("their end");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", tables());
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(PATH, &wanted).expect("docs/server.md");
    } else {
        assert!(text == wanted, "docs/server.md is not as the flags are; WRITE_DOCS=1 writes it again");
    }
}
