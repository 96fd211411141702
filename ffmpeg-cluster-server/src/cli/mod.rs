//! What an operator types beside a server, running or not: all of it is in the work folder's database.

#[cfg(test)]
mod docs_tests;
pub(crate) mod greeting;
mod token;

use clap::{Parser, Subcommand};

use crate::settings::{Flags, Settings};

/// Cuts films into segments, hands them to clients, joins and proves the results.
#[derive(Debug, Clone, Parser)]
#[command(version, about, max_term_width = 110)]
pub struct CommandLine {
    #[command(flatten)]
    pub flags: Flags,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// Tokens: who may come in from other machines, and for what.
    #[command(subcommand)]
    Token(token::Verb),
}

/// `port_said`: the port in `settings` was typed, so that no other is looked for.
pub fn run(verb: Verb, settings: &Settings, port_said: bool) -> anyhow::Result<()> {
    match verb {
        Verb::Token(verb) => token::run(verb, settings, port_said),
    }
}
