//! Finds the server and our role on it: from a new join string, from a kept one, or from an address.
//!
//! The client keeps two join strings, one for encoding and one for people, because a token is valid for one role.

use std::fs;
use std::io::{BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ffmpeg_cluster_common::access::invite::Join;
use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::io::permissions;

use crate::machine::folders::WorkFolder;
use crate::server::address::{self, Pass, Server};
use crate::server::choice::{JoinFrom, ServerChoice};

/// Ten times the longest join string.
const BYTES_MAX: u64 = 8 * 1024;

/// The use of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Encode,
    People,
}

impl Kind {
    fn of(role: Role) -> Self {
        if role == Role::Worker { Self::Encode } else { Self::People }
    }
    fn kept(self, work: &WorkFolder) -> PathBuf {
        work.join(if self == Self::Encode { "worker" } else { "people" })
    }
}

/// The server for each use. Without a token of the wanted kind, the client uses the other one, and the server says what
/// is missing.
#[derive(Debug, Clone)]
pub(crate) struct Servers {
    pub(crate) encode: Server,
    pub(crate) people: Server,
    /// The role of the join string given at this start.
    pub(crate) joined: Option<Role>,
    /// The join string given at this start, if another one of its kind is kept. That one stays until this one works.
    pub(crate) unproved: Option<Join>,
}

pub(crate) fn servers(work: &WorkFolder, asked: &ServerChoice) -> anyhow::Result<Servers> {
    let given = asked.from.as_ref().map(|from| read(from, &mut std::io::stdin().lock())).transpose()?;
    let given = given.map(|join| moved(join, asked));
    let lasting = given.clone().filter(|_| !matches!(asked.from, Some(JoinFrom::Given(_))));
    let unproved = lasting.map(|join| keep_first(work, join)).transpose()?.flatten();
    let joined = given.as_ref().map(|join| join.role);
    let is_named = asked.ip.is_some() || asked.port.is_some();
    let find = |kind: Kind| -> anyhow::Result<Server> {
        if let Some(join) = given.as_ref().filter(|join| Kind::of(join.role) == kind) {
            return Ok(server(join));
        }
        let kept = |kind: Kind| match (is_named && given.is_none(), &asked.ip) {
            (false, _) => kept(&kind.kept(work)),
            (true, Some(ip)) if !address::is_here(ip) => {
                Ok(kept(&kind.kept(work))?.map(|join| moved(join, asked)))
            }
            (true, _) => Ok(None),
        };
        let other = if kind == Kind::Encode { Kind::People } else { Kind::Encode };
        Ok(match kept(kind)?.or(given.clone()) {
            Some(join) => server(&join),
            None => kept(other)?.map_or_else(|| plain(asked), |join| server(&join)),
        })
    };
    Ok(Servers { encode: find(Kind::Encode)?, people: find(Kind::People)?, joined, unproved })
}

fn plain(asked: &ServerChoice) -> Server {
    Server::plain(asked.ip.as_deref().unwrap_or("localhost"), asked.port.unwrap_or(5001))
}

pub(crate) fn server(join: &Join) -> Server {
    let Join { host, port, role, token, fingerprint } = join.clone();
    Server { ip: host, port, pass: Some(Pass { role, token, fingerprint }) }
}

/// The same server at another address, such as that of a tunnel, or its new one: its certificate tells whether it is the same.
fn moved(join: Join, asked: &ServerChoice) -> Join {
    let host = asked.ip.clone().unwrap_or(join.host);
    Join { host, port: asked.port.unwrap_or(join.port), ..join }
}

fn read(from: &JoinFrom, input: &mut (impl BufRead + IsTerminal)) -> anyhow::Result<Join> {
    let told = |error| anyhow::Error::new(error);
    match from {
        JoinFrom::Given(text) => Join::parse(text.reveal()).map_err(told).context("FFMPEG_CLUSTER_JOIN"),
        JoinFrom::File(path) => {
            let file = fs::File::open(path).with_context(|| format!("--join {}", path.display()))?;
            parse(file).with_context(|| format!("--join {}", path.display()))
        }
        // A person at a terminal ends a line, not the input.
        JoinFrom::Input if input.is_terminal() => {
            let mut line = String::new();
            input.take(BYTES_MAX).read_line(&mut line).context("--join -: reading the join string")?;
            Join::parse(&line).map_err(told).context("--join -")
        }
        JoinFrom::Input => parse(input).context("--join -"),
    }
}

fn parse(from: impl Read) -> anyhow::Result<Join> {
    let mut bytes = Vec::new();
    from.take(BYTES_MAX).read_to_end(&mut bytes).context("reading the join string")?;
    Ok(Join::parse(&String::from_utf8_lossy(&bytes))?)
}

/// Keeps the join string if none of its kind is kept; otherwise returns it.
fn keep_first(work: &WorkFolder, join: Join) -> anyhow::Result<Option<Join>> {
    match kept(&Kind::of(join.role).kept(work)) {
        Ok(Some(other)) if other != join => Ok(Some(join)),
        // An unreadable string is no loss.
        Ok(_) | Err(_) => keep(work, &join).map(|()| None),
    }
}

pub(crate) fn keep(work: &WorkFolder, join: &Join) -> anyhow::Result<()> {
    let path = Kind::of(join.role).kept(work);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    permissions::write(&path, format!("{}\n", join.print()).as_bytes())
}

fn kept(path: &Path) -> anyhow::Result<Option<Join>> {
    match fs::File::open(path) {
        Ok(file) => {
            parse(file).map(Some).with_context(|| format!("{}, which an earlier --join left", path.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Refuses a token of another role before any attempt to use it.
pub(crate) fn check_encodes(server: &Server) -> anyhow::Result<()> {
    match &server.pass {
        Some(pass) if pass.role != Role::Worker => bail!(
            "this client joined {server} as {}, and to encode it needs the join string of a worker: \
             `ffmpeg-cluster-server token add worker` there prints the line to type here",
            pass.role
        ),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
