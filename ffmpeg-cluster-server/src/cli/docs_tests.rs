//! docs/server.md lists flags and verbs as they are.

use clap::CommandFactory;

use super::CommandLine;

#[path = "../../../ffmpeg-cluster-common/tests/docs/flags.rs"]
mod flags;

#[test]
fn the_documentation_lists_the_flags_as_they_are() {
    flags::judge("server.md", CommandLine::command());
}
