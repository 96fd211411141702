//! Inviting another machine: a token for it, and the very command line to type there.

use std::fs;
use std::io::{IsTerminal, Write};
use std::net::Ipv6Addr;

use anyhow::{Context, bail};
use ffmpeg_cluster_common::access::invite::{Join, is_host};
use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::io::{host, permissions};

use super::certificate::Certificate;
use super::tokens::Minted;
use crate::catalog::{Sqlite, TokenRow};
use crate::config::Settings;
use crate::folders::Folders;

/// What others are to call this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advertised {
    /// A name or an address, without brackets.
    pub host: String,
    /// Where another port leads to ours.
    pub port: Option<u16>,
}

impl std::str::FromStr for Advertised {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted =
            || "a name or an address is wanted, and perhaps a port: farm.example:5001, [2001:db8::1]:5001";
        let (host, port) = match text.trim().strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or_else(wanted)?)),
            None if text.trim().parse::<Ipv6Addr>().is_ok() => (text.trim(), None),
            None => {
                text.trim().split_once(':').map_or((text.trim(), None), |(host, port)| (host, Some(port)))
            }
        };
        let port =
            port.map(|port| port.parse().ok().filter(|port| *port > 0).ok_or_else(wanted)).transpose()?;
        if is_host(host) { Ok(Self { host: host.to_owned(), port }) } else { Err(wanted().to_owned()) }
    }
}

/// Where the server is found, and by what it is known there.
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

    fn join(&self, minted: Minted) -> anyhow::Result<Join> {
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

/// A new token that is kept, and the join string that brings it to where it is used.
pub fn invite(
    catalog: &mut Sqlite,
    place: &Whereabouts,
    role: Role,
    name: String,
) -> anyhow::Result<(TokenRow, Join)> {
    let minted = Minted::new(role, name)?;
    let row = minted.row.clone();
    let join = place.join(minted)?;
    catalog.add_token(&row).context("keeping the token")?;
    Ok((row, join))
}

/// What to type on the other machine. Not an argument: other users of a machine can read those. It works in every
/// shell, that of Windows too.
pub fn command(join: &Join) -> String {
    format!("echo {} | ffmpeg-cluster-client --join -", join.print())
}

/// At the first start of all there is a token for workers, told once and kept where only the server's user reads it.
pub fn first(catalog: &mut Sqlite, folders: &Folders, place: &Whereabouts) -> anyhow::Result<Option<Join>> {
    if !catalog.tokens()?.is_empty() {
        return Ok(None);
    }
    let (row, join) = invite(catalog, place, Role::Worker, "made at the first start".to_owned())?;
    permissions::folder(&folders.keys())?;
    permissions::write(&folders.first_join(), format!("{}\n", join.print()).as_bytes())?;
    tracing::info!(token = row.id, "a token for workers was made, because there was none");
    Ok(Some(join))
}

/// A kept join string of a token that is good for nothing is a trap.
pub fn forget_first(folders: &Folders, token: &str) {
    let kept = fs::read_to_string(folders.first_join()).ok().and_then(|text| Join::parse(&text).ok());
    let is_it = |join: Join| join.token.reveal().split('-').next() == Some(token);
    if kept.is_some_and(is_it) {
        let _ = fs::remove_file(folders.first_join());
    }
}

/// The port on which a server of this folder listens, or listened last; the verb need not be told it again.
pub fn remember_port(folders: &Folders, port: u16) -> std::io::Result<()> {
    fs::write(folders.port(), port.to_string())
}

pub fn port(folders: &Folders, settings: &Settings, said: bool) -> anyhow::Result<u16> {
    let last = || fs::read_to_string(folders.port()).ok()?.trim().parse().ok();
    let port = if said { settings.port } else { last().unwrap_or(settings.port) };
    if port == 0 {
        bail!("which port? --port says it, or --advertise HOST:PORT");
    }
    Ok(port)
}

/// On standard output, once: to who asked for it.
pub fn tell(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context("writing to standard output")
}

/// To a person at a terminal. Whatever else standard output is, it may be a log: there only the way to the secret is told.
pub fn tell_first(join: &Join, folders: &Folders) -> anyhow::Result<()> {
    if !std::io::stdout().is_terminal() {
        tracing::info!(
            "to let another machine encode: the join string for it lies in {}; \
             `ffmpeg-cluster-server token add worker` prints another, with the line to type there",
            folders.first_join().display()
        );
        return Ok(());
    }
    tell(&format!(
        "\nTo let another machine encode, type this there:\n\n    {}\n\n\
         It is shown this once; `ffmpeg-cluster-server token add worker` makes another.\n",
        command(join)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_may_be_called() {
        let read = |text: &str| text.parse::<Advertised>().map(|a| (a.host, a.port)).ok();
        let some = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(read("farm.example"), some("farm.example", None));
        assert_eq!(read(" farm.example:7000 "), some("farm.example", Some(7000)));
        assert_eq!(read("192.0.2.7:1"), some("192.0.2.7", Some(1)));
        assert_eq!(read("2001:db8::1"), some("2001:db8::1", None));
        assert_eq!(read("[2001:db8::1]"), some("2001:db8::1", None));
        assert_eq!(read("[2001:db8::1]:443"), some("2001:db8::1", Some(443)));
        for bad in ["", ":5001", "farm:0", "farm:65536", "farm:x", "[::1]5001", "http://farm", "a b", "1:2:3"]
        {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
