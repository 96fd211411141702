//! What an operator types beside a server, running or not: all of it is in the work folder's database.

mod token;

use clap::Subcommand;

use crate::config::Settings;

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
