//! Completions and manual pages, made of the flags as they are.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;
use ffmpeg_cluster_common::io::settings::truths;

use super::CommandLine;
use crate::access::invite;

const NAME: &str = "ffmpeg-cluster-server";

pub(super) fn completions(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut truths::stand_alone(CommandLine::command()), NAME, &mut script);
    let script = String::from_utf8(script).context("the script is not UTF-8")?;
    // clap-rs/clap#6421: bash's script spells a name with hyphens in two ways, and would complete no flag of a verb.
    print(&script.replace(&NAME.replace('-', "__subcmd__"), &NAME.replace('-', "__")))
}

/// The page of the whole, or the pages of all verbs into a folder.
pub(super) fn pages(folder: Option<&Path>) -> anyhow::Result<()> {
    let command = truths::stand_alone(CommandLine::command());
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).context("writing the page")?;
        return print(&String::from_utf8(page).context("the page is not UTF-8")?);
    };
    let told = || format!("writing pages to {}", folder.display());
    std::fs::create_dir_all(folder).with_context(told)?;
    clap_mangen::generate_to(command, folder).with_context(told)
}

fn print(text: &str) -> anyhow::Result<()> {
    invite::tell(text.trim_end())
}
