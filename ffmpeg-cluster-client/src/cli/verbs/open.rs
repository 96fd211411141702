//! Opens the server's page in a browser, signed in by a link that works once.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::io::permissions;
use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;

use crate::machine::folders::WorkFolder;
use crate::server::address::Pass;
use crate::server::api::{Api, refusal};
use crate::terminal::progress::say;
use crate::terminal::report;

/// What opens a browser ends soon, or is the browser.
const FAILS_WITHIN: Duration = Duration::from_secs(2);
/// Enough of the certificate's digest to compare by eye.
const SHOWN_BYTES: usize = 8;

pub(super) async fn run(api: &Api, work: &WorkFolder, json: bool) -> anyhow::Result<()> {
    let page = api.server.url("/");
    // The page of a server that was not joined is open to this user without a sign-in.
    let link = match &api.server.pass {
        Some(_) => format!("{page}#code={}", code(api).await?),
        None => page.clone(),
    };
    if json {
        report::line(&json!({ "url": link }).to_string());
        return Ok(());
    }
    if let Some(pass) = &api.server.pass {
        say(&warning(pass));
    }
    if browse(work, &link).await? {
        say(&format!("{page} is open in a browser"));
    } else {
        report::line(&link);
    }
    Ok(())
}

async fn code(api: &Api) -> anyhow::Result<String> {
    let value = api.post("/api/v1/session/link", &json!({})).await?;
    if let Some(trouble) = refusal(&value) {
        return Err(trouble.into());
    }
    Ok(value["code"].as_str().context("the server made no link")?.to_owned())
}

fn warning(pass: &Pass) -> String {
    let digits = pass.fingerprint.as_str().to_uppercase();
    let pairs: Vec<&str> = (0..SHOWN_BYTES).filter_map(|n| digits.get(2 * n..2 * n + 2)).collect();
    format!(
        "the browser may warn of a certificate that it does not know; its SHA-256 fingerprint begins with {}",
        pairs.join(":")
    )
}

/// False where there is no browser.
async fn browse(work: &WorkFolder, link: &str) -> anyhow::Result<bool> {
    let Some(mut browser) = browser() else { return Ok(false) };
    // Other users can read argument lists, and the link is a secret: the browser gets it from a file that only we can read.
    let page = work.open_page();
    write(&page, link)?;
    browser.arg(&page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut running) = browser.spawn() else { return Ok(false) };
    match timeout(FAILS_WITHIN, running.wait()).await {
        Ok(ended) => Ok(ended.is_ok_and(|status| status.success())),
        Err(_) => Ok(true),
    }
}

fn write(page: &Path, link: &str) -> anyhow::Result<()> {
    if let Some(folder) = page.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let text = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url={link}\">\n\
         <title>FFmpeg Cluster</title><a href=\"{link}\">FFmpeg Cluster</a>\n"
    );
    permissions::write(page, text.as_bytes())
}

/// The program of `BROWSER`, or what this system opens files with. None without a screen.
fn browser() -> Option<Command> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(program) = set("BROWSER") {
        return Some(Command::new(program));
    }
    if cfg!(target_os = "macos") {
        return Some(Command::new("open"));
    }
    if cfg!(windows) {
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        return Some(command);
    }
    set("DISPLAY").or_else(|| set("WAYLAND_DISPLAY")).map(|_| Command::new("xdg-open"))
}
