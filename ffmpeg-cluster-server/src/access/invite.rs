//! Invites another machine: makes a token for it, and the command line to type there.

use std::fs;
use std::io::{IsTerminal, Write};

use anyhow::{Context, bail};
use ffmpeg_cluster_common::access::invite::{Join, is_host};
use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::io::{host, permissions};

use super::certificate::Certificate;
use super::tokens::Minted;
use crate::settings::Settings;
use crate::store::catalog::{Catalog, TokenRow};
use crate::store::folders::Folders;

/// Where clients find the server, and the fingerprint they know it by.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    pub host: String,
    pub port: u16,
    pub fingerprint: String,
}

impl Whereabouts {
    /// `port` is where the server listens.
    pub fn new(settings: &Settings, certificate: &Certificate, port: u16) -> Self {
        let said = settings.advertise.as_ref();
        Self {
            host: said.map_or_else(|| host_of(settings), |said| said.host.clone()),
            port: said.and_then(|said| said.port).unwrap_or(port),
            fingerprint: certificate.fingerprint.clone(),
        }
    }

    /// Where the server of this work folder is found, also by a verb beside it.
    pub(crate) fn here(settings: &Settings, folders: &Folders, port_said: bool) -> anyhow::Result<Self> {
        let port = match settings.advertise.as_ref().and_then(|said| said.port) {
            Some(port) => port,
            None => port(folders, settings, port_said)?,
        };
        Ok(Self::new(settings, &Certificate::of(settings, folders)?, port))
    }

    pub(crate) fn join(&self, minted: Minted) -> anyhow::Result<Join> {
        let fingerprint = self.fingerprint.parse();
        Ok(Join {
            host: self.host.clone(),
            port: self.port,
            role: minted.row.role,
            token: minted.text,
            fingerprint: fingerprint.map_err(|()| anyhow::anyhow!("the certificate has a strange digest"))?,
        })
    }
}

fn host_of(settings: &Settings) -> String {
    if !settings.bind.is_unspecified() {
        return settings.bind.to_string();
    }
    let address = host::address().map(|address| address.to_string());
    address.or_else(|| host::name().filter(|name| is_host(name))).unwrap_or_else(|| "localhost".to_owned())
}

/// Stores a new token and returns the join string that carries it to the other machine.
pub(crate) fn invite(
    catalog: &mut dyn Catalog,
    place: &Whereabouts,
    minted: Minted,
) -> anyhow::Result<(TokenRow, Join)> {
    let row = minted.row.clone();
    let join = place.join(minted)?;
    catalog.add_token(&row).context("keeping the token")?;
    Ok((row, join))
}

/// The line to type on the other machine. It pipes the join string, because other users of a machine can read arguments.
/// It works in every shell, including those of Windows.
pub fn command(join: &Join) -> String {
    format!("echo {} | ffmpeg-cluster-client --join -", join.print())
}

/// The very first start makes a token for workers, shows it once, and keeps it where only the server's user can read it.
pub fn first(
    catalog: &mut dyn Catalog,
    folders: &Folders,
    place: &Whereabouts,
) -> anyhow::Result<Option<Join>> {
    if !catalog.reads()?.tokens()?.is_empty() {
        return Ok(None);
    }
    let (row, join) =
        invite(catalog, place, Minted::new(Role::Worker, "made at the first start".to_owned())?)?;
    permissions::folder(&folders.keys())?;
    permissions::write(&folders.first_join(), format!("{}\n", join.print()).as_bytes())?;
    tracing::info!(token = row.id, "a token for workers was made, because there was none");
    Ok(Some(join))
}

/// Deletes the kept join string when its token is revoked: a join string that no longer works is a trap.
pub fn forget_first(folders: &Folders, token: &str) {
    let kept = fs::read_to_string(folders.first_join()).ok().and_then(|text| Join::parse(&text).ok());
    let is_it = |join: Join| join.token.reveal().split('-').next() == Some(token);
    if kept.is_some_and(is_it) {
        let _ = fs::remove_file(folders.first_join());
    }
}

/// Remembers the port that the server of this folder listens on, so that the verbs need no `--port`.
pub fn remember_port(folders: &Folders, port: u16) -> std::io::Result<()> {
    fs::write(folders.port(), port.to_string())
}

pub fn port(folders: &Folders, settings: &Settings, said: bool) -> anyhow::Result<u16> {
    let last = || fs::read_to_string(folders.port()).ok()?.trim().parse().ok();
    let port = if said { settings.port } else { last().unwrap_or(settings.port) };
    if port == 0 {
        bail!("the port is unknown; give --port P or --advertise HOST:PORT");
    }
    Ok(port)
}

/// Prints to standard output, once, for the person who asked.
pub fn tell(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context("writing to standard output")
}

/// Prints the join string to a terminal. Any other standard output may be a log, which only learns where the secret is kept.
pub fn tell_first(join: &Join, folders: &Folders) -> anyhow::Result<()> {
    if !std::io::stdout().is_terminal() {
        tracing::info!(
            "to let another machine encode: the join string is in {}; \
             `ffmpeg-cluster-server token add worker` prints another, with the line to type there",
            folders.first_join().display()
        );
        return Ok(());
    }
    tell(&format!(
        "\nTo let another machine encode, type this there:\n\n    {}\n\n\
         It is shown only once; `ffmpeg-cluster-server token add worker` makes another.\n",
        command(join)
    ))
}
