//! docs/client.md lists flags and verbs as they are.

use clap::CommandFactory;

use super::flags::Cli;

#[path = "../../../ffmpeg-cluster-common/tests/docs/flags.rs"]
mod flags;

#[test]
fn the_documentation_lists_flags_and_verbs_as_they_are() {
    flags::judge("client.md", Cli::command());
}
