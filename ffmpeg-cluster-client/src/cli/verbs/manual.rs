//! Completions and manual pages, made of the flags as they are.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;
use ffmpeg_cluster_common::io::settings::truths;

use crate::cli::flags::Cli;
use crate::terminal::report;

const NAME: &str = "ffmpeg-cluster-client";

pub(crate) fn completions(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut truths::stand_alone(Cli::command()), NAME, &mut script);
    let script = String::from_utf8(script).context("the script is not UTF-8")?;
    // clap-rs/clap#6421: bash's script spells a name with hyphens in two ways, and would complete no flag of a verb.
    let script = script.replace(&NAME.replace('-', "__subcmd__"), &NAME.replace('-', "__"));
    report::line(script.trim_end());
    Ok(())
}

/// The page of the whole, or the pages of all verbs into a folder.
pub(crate) fn pages(folder: Option<&Path>) -> anyhow::Result<()> {
    let command = truths::stand_alone(Cli::command());
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).context("writing the page")?;
        report::line(String::from_utf8(page).context("the page is not UTF-8")?.trim_end());
        return Ok(());
    };
    let told = || format!("writing pages to {}", folder.display());
    std::fs::create_dir_all(folder).with_context(told)?;
    clap_mangen::generate_to(command, folder).with_context(told)
}
