//! `token add`, `token list`, `token revoke`.

use std::fs;
use std::net::Ipv4Addr;

use anyhow::{Context, bail};
use clap::Subcommand;
use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::text::aligned;
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use serde_json::json;

use crate::access::audit_log::{self, AuditAction};
use crate::access::expiry;
use crate::access::invite::{self, Whereabouts};
use crate::access::tokens::{self, Minted};
use crate::access::{Principal, Who};
use crate::settings::Settings;
use crate::store::catalog::{Catalog, Sqlite, TokenRow};
use crate::store::folders::Folders;

#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// Make a token and print the command line for the other machine. It is shown only once.
    Add {
        /// worker encodes; viewer sees everything and changes nothing; submitter submits films and fetches its own results; admin does everything that people may do
        #[arg(value_name = "worker|viewer|submitter|admin")]
        role: Role,
        /// A note about its use, shown by `token list`
        #[arg(long, value_name = "NAME", default_value = "")]
        name: String,
        /// How long it lets somebody in, such as 12h, 90d or 4w, or until when, such as 2027-01-31 [default: for ever]
        #[arg(long, value_name = "STRETCH|MOMENT")]
        expires: Option<String>,
    },
    /// All tokens, the oldest first; never their secrets
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token: its connections end within two seconds, and it is refused from then on
    Revoke {
        /// Its number, as `token list` shows it
        id: String,
    },
}

/// The database in the work folder, which a server may use at the same time.
pub(super) struct Beside {
    pub(super) folders: Folders,
    pub(super) catalog: Sqlite,
}

impl Beside {
    pub(super) fn open(settings: &Settings) -> anyhow::Result<Self> {
        let folders = Folders::new(&settings.work_dir).context("resolving the work folder")?;
        check_user(&folders)?;
        let database = folders.database();
        if let Some(folder) = database.parent() {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        Ok(Self { catalog: Sqlite::open(&database)?, folders })
    }
}

pub(super) fn run(verb: Verb, settings: &Settings, port_said: bool) -> anyhow::Result<()> {
    let Beside { folders, mut catalog } = Beside::open(settings)?;
    match verb {
        Verb::Add { role, name, expires } => {
            check_name(&name)?;
            let expires = expires.map(|text| expiry::read(&text, clock::wall())).transpose();
            let expires = expires.map_err(|why| anyhow::anyhow!("--expires: {why}"))?;
            let place = Whereabouts::here(settings, &folders, port_said)?;
            let id = add(&mut catalog, &place, Minted::new(role, name)?.until(expires))?;
            note_action(&folders, AuditAction::MakeToken, &id)
        }
        Verb::List { json } => invite::tell(&list(&catalog.reads()?.tokens()?, json)),
        Verb::Revoke { id } => {
            revoke(&mut catalog, &folders, &id)?;
            note_action(&folders, AuditAction::RevokeToken, &id)
        }
    }
}

/// Files that another user creates here are files that the server can't open.
#[cfg(unix)]
fn check_user(folders: &Folders) -> anyhow::Result<()> {
    let Ok(about) = fs::metadata(folders.root()) else { return Ok(()) };
    let (owner, us) = (std::os::unix::fs::MetadataExt::uid(&about), rustix::process::geteuid().as_raw());
    anyhow::ensure!(
        owner == us,
        "{} belongs to another user, the server's; run this as that user, for instance: sudo -u '#{owner}' ffmpeg-cluster-server …",
        folders.root().display()
    );
    Ok(())
}

#[cfg(not(unix))]
fn check_user(_: &Folders) -> anyhow::Result<()> {
    Ok(())
}

pub(super) fn check_name(name: &str) -> anyhow::Result<()> {
    tokens::check_note(name).map_err(|why| anyhow::anyhow!("--name {why}"))
}

/// Returns the token's number.
fn add(catalog: &mut dyn Catalog, place: &Whereabouts, minted: Minted) -> anyhow::Result<String> {
    let (row, join) = invite::invite(catalog, place, minted)?;
    invite::tell(&invite::command(&join))?;
    note(&format!(
        "Token {} for a {}{}. Type this line on the other machine; it is not shown again. \
         `ffmpeg-cluster-server token revoke {}` ends it.",
        row.id,
        row.role,
        row.expires_at.map_or_else(String::new, |at| format!(", until {}", rfc3339(at))),
        row.id
    ));
    Ok(row.id)
}

pub(super) fn note_action(folders: &Folders, action: AuditAction, token: &str) -> anyhow::Result<()> {
    let us = Principal { who: Who::Trusted, from: Ipv4Addr::LOCALHOST.into() };
    audit_log::note_at_once(&folders.audit_log(), &us, action, token).context("writing the audit log")
}

/// Prints to standard error, so that a script reads only the line on standard output.
#[expect(clippy::print_stderr, reason = "for the person who typed the verb")]
pub(super) fn note(text: &str) {
    eprintln!("{text}");
}

fn list(tokens: &[TokenRow], json: bool) -> String {
    if json {
        let all = tokens.iter().map(|token| {
            json!({
                "id": token.id,
                "role": token.role.as_str(),
                "name": token.name,
                "created_at": rfc3339(token.created_at),
                "expires_at": token.expires_at.map(rfc3339),
                "revoked_at": token.revoked_at.map(rfc3339),
                "last_used_at": token.used_at.map(rfc3339),
            })
        });
        return json!(all.collect::<Vec<_>>()).to_string();
    }
    let seconds = |text: String| text.split('.').next().unwrap_or_default().replace('T', " ");
    let rows = tokens.iter().map(|token| {
        let moments = [Some(token.created_at), token.expires_at, token.revoked_at, token.used_at];
        let moments = moments.map(|at| at.map(rfc3339).map_or_else(|| "–".to_owned(), seconds));
        let words = [token.id.clone(), token.role.to_string()];
        words.into_iter().chain(moments).chain([token.name.clone()]).collect()
    });
    aligned(
        &["TOKEN", "ROLE", "MADE (UTC)", "EXPIRES (UTC)", "REVOKED (UTC)", "LAST USED (UTC)", "NAME"],
        rows.collect(),
    )
}

fn revoke(catalog: &mut dyn Catalog, folders: &Folders, id: &str) -> anyhow::Result<()> {
    if !catalog.revoke_token(id, clock::wall())? {
        let known = catalog.reads()?.tokens()?.iter().any(|token| token.id == id);
        if known {
            bail!("token {id} is already revoked");
        }
        bail!("there is no token {id:?}; `token list` shows all");
    }
    invite::forget_first(folders, id);
    invite::tell(&format!("token {id} is revoked"))
}
