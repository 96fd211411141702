//! Verbs that an operator types beside a server, running or not: they work on the database in the work folder.

#[cfg(test)]
mod docs_tests;
pub(crate) mod greeting;
mod manual;
mod sign_in;
mod token;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use ffmpeg_cluster_common::io::settings::layers::{self, Layers, Setting};

use crate::access::invite;
use crate::settings::{Flags, Settings};

/// Cuts films into segments, hands them to clients, joins and proves the results.
#[derive(Debug, Clone, Parser)]
#[command(name = "ffmpeg-cluster-server", version, about, max_term_width = 110)]
struct CommandLine {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    verb: Option<Verb>,
}

/// The command line, parsed and checked.
#[derive(Debug)]
pub struct Asked {
    pub settings: Settings,
    pub verb: Option<Verb>,
    /// The port was set explicitly, so no other is looked for.
    port_said: bool,
    /// Where each setting comes from.
    shown: Vec<Setting>,
}

impl Asked {
    /// Flags win over variables, over the file, over defaults. An unknown flag gives clap's own error; otherwise all mistakes are listed.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Result<Self, Vec<String>>, clap::Error> {
        let Layers { matches, mistakes, settings: shown } = Layers::read(CommandLine::command(), words, &[])?;
        let CommandLine { flags, verb } = CommandLine::from_arg_matches(&matches)?;
        let port_said = shown.iter().any(|it| it.name == "port" && it.from != "default");
        let settings = Settings::checked(flags, mistakes);
        Ok(settings.map(|settings| Self { settings, verb, port_said, shown }))
    }
}

#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// Tokens: who may come in from other machines, and for what.
    #[command(subcommand)]
    Token(token::Verb),
    /// Print a link that signs a browser in, once, within ten minutes.
    SignIn(sign_in::SignIn),
    /// Print a script that completes words in a shell.
    Completions {
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Print the manual page, or write the pages of all verbs to a folder.
    Man {
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Show this server's own settings.
    #[command(subcommand)]
    Config(ConfigVerb),
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigVerb {
    /// Show each setting, and whether it comes from a flag, the environment, the file of --config or its default.
    Show {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs a verb instead of a server.
pub fn run(verb: Verb, asked: &Asked) -> anyhow::Result<()> {
    match verb {
        Verb::Token(verb) => token::run(verb, &asked.settings, asked.port_said),
        Verb::SignIn(asked_for) => sign_in::run(asked_for, &asked.settings, asked.port_said),
        Verb::Completions { shell } => manual::completions(shell),
        Verb::Man { folder } => manual::pages(folder.as_deref()),
        Verb::Config(ConfigVerb::Show { json: true }) => {
            invite::tell(&layers::as_json(&asked.shown).to_string())
        }
        Verb::Config(ConfigVerb::Show { json: false }) => invite::tell(&layers::as_text(&asked.shown)),
    }
}
