//! `sign-in`: a link that signs a browser in, once. The link has a token of its own, whose secret nobody learns; revoking it
//! ends what the link began.

use std::io::IsTerminal as _;

use anyhow::ensure;
use clap::Args;
use ffmpeg_cluster_common::access::role::Role;

use super::token::{self, Beside};
use crate::access::audit_log::AuditAction;
use crate::access::invite::{self, Whereabouts};
use crate::access::links::{self, Link, MINUTES};
use crate::access::qr::Qr;
use crate::access::tokens::Minted;
use crate::settings::Settings;
use crate::store::catalog::Catalog;

#[derive(Debug, Clone, Args)]
pub struct SignIn {
    /// viewer sees everything and changes nothing; submitter brings films and fetches its own results; admin does everything that people may do
    #[arg(value_name = "viewer|submitter|admin", default_value = "admin")]
    role: Role,
    /// A note about its use, shown by `token list`
    #[arg(long, value_name = "NAME", default_value = "a browser")]
    name: String,
}

pub(super) fn run(asked: SignIn, settings: &Settings, port_said: bool) -> anyhow::Result<()> {
    let SignIn { role, name } = asked;
    ensure!(role != Role::Worker, "a worker is a client and has no page; choose viewer, submitter or admin");
    token::check_name(&name)?;
    let Beside { folders, mut catalog } = Beside::open(settings)?;
    let place = Whereabouts::here(settings, &folders, port_said)?;
    let Minted { row, text: _ } = Minted::new(role, name)?;
    let link = Link::new(&row.id)?;
    catalog.add_token(&row)?;
    catalog.add_link(&link.row)?;
    let address = link.address(&place);
    invite::tell(&address)?;
    if std::io::stderr().is_terminal()
        && let Some(qr) = Qr::of(&address)
    {
        token::note(&qr.blocks());
    }
    token::note(&format!(
        "Open this link within {MINUTES} minutes; it signs one browser in, as {role}. The browser may warn of a certificate \
         that it does not know: its SHA-256 fingerprint begins with {}. \
         `ffmpeg-cluster-server token revoke {}` signs the browser out.",
        links::shown(&place.fingerprint),
        row.id
    ));
    token::note_action(&folders, AuditAction::MakeLink, &row.id)
}
