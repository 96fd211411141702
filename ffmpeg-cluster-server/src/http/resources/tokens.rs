//! Tokens, for admins: who may come in from other machines, and for what.

use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::http::{HeaderValue, StatusCode, header};
use warp::reply::Response;

use crate::access::audit_log::AuditAction;
use crate::access::expiry;
use crate::access::invite::{self, Whereabouts};
use crate::access::links::{self, Link};
use crate::access::qr::Drawing;
use crate::access::tokens::{Minted, check_note};
use crate::admission::{failed, internal};
use crate::http::Services;
use crate::http::answer::{self, Failure, refused};
use crate::http::call::Call;
use crate::http::problem::{Mistake, Problem};
use crate::store::catalog::TokenRow;

/// All tokens, the oldest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct TokenList {
    items: Vec<TokenLine>,
    total: u64,
}

/// A token without its secret.
#[derive(Debug, Serialize, JsonSchema)]
struct TokenLine {
    /// Its number, which is no secret.
    id: String,
    role: String,
    /// Who or what it is for.
    note: String,
    created_at: String,
    /// From then on it lets nobody in. Null: it does not expire.
    expires_at: Option<String>,
    revoked_at: Option<String>,
    /// To the minute. Null: never.
    last_used_at: Option<String>,
}

impl From<TokenRow> for TokenLine {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            role: row.role.to_string(),
            note: row.name,
            created_at: rfc3339(row.created_at),
            expires_at: row.expires_at.map(rfc3339),
            revoked_at: row.revoked_at.map(rfc3339),
            last_used_at: row.used_at.map(rfc3339),
        }
    }
}

/// A token to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct TokenNew {
    role: RoleWord,
    /// Who or what it is for; at most 80 characters.
    #[serde(default)]
    note: String,
    /// A stretch such as `12h`, `90d` or `4w`, or a moment. Without it the token does not expire.
    #[serde(default)]
    expires: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RoleWord {
    Worker,
    Viewer,
    Submitter,
    Admin,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Worker => Self::Worker,
            RoleWord::Viewer => Self::Viewer,
            RoleWord::Submitter => Self::Submitter,
            RoleWord::Admin => Self::Admin,
        }
    }
}

/// A new token, with its secrets. They are shown once.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct TokenMade {
    #[serde(flatten)]
    token: TokenLine,
    /// The join string: address, certificate and token in one word.
    join: String,
    /// The line to type on the other machine.
    command: String,
    /// A link that signs a browser in, once, within ten minutes. Null for a worker, which has no page.
    sign_in: Option<String>,
    qr: Option<Drawing>,
    /// How the fingerprint of the certificate begins that the browser may warn of.
    fingerprint: String,
}

pub(in crate::http) async fn all(call: Call) -> Result<Response, Failure> {
    let rows = call.services.tokens.all().await.map_err(|error| internal(&error))?;
    let items: Vec<TokenLine> = rows.into_iter().map(TokenLine::from).collect();
    let total = items.len() as u64;
    Ok(answer::json(StatusCode::OK, &TokenList { items, total }))
}

pub(in crate::http) async fn make(mut call: Call) -> Result<Response, Failure> {
    let minted = minted(call.json()?)?;
    let (services, principal) = (&call.services, call.principal()?);
    let id = minted.row.id.clone();
    let made = made(services, minted).await.map_err(|error| failed("a token could not be made", &error))?;
    services.audit_log.note(principal, AuditAction::MakeToken, &id, "ok");
    let mut answer = answer::json(StatusCode::CREATED, &made);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

fn minted(TokenNew { role, note, expires }: TokenNew) -> Result<Minted, Failure> {
    check_note(&note).map_err(|why| wrong("#/note", format!("note: {why}")))?;
    let until = expires.map(|text| expiry::read(&text, clock::wall())).transpose();
    let until = until.map_err(|why| wrong("#/expires", format!("expires: {why}")))?;
    let minted = Minted::new(role.into(), note).map_err(|error| internal(&error))?;
    Ok(minted.until(until))
}

fn wrong(pointer: &str, detail: String) -> Failure {
    let mistake = Mistake { parameter: None, pointer: Some(pointer.to_owned()), detail: detail.clone() };
    let problem = Problem::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest, detail);
    Problem { errors: vec![mistake], ..problem }.into()
}

async fn made(services: &Services, minted: Minted) -> anyhow::Result<TokenMade> {
    let place = whereabouts(services).await?;
    let row = minted.row.clone();
    let link = (row.role != Role::Worker).then(|| Link::new(&row.id)).transpose()?;
    let sign_in = link.as_ref().map(|link| link.address(&place));
    let join = place.join(minted)?;
    services.runner.store.writer.add_token(row.clone(), link.map(|link| link.row)).await?;
    Ok(TokenMade {
        token: row.into(),
        command: invite::command(&join),
        join: join.print(),
        qr: sign_in.as_deref().and_then(Drawing::of),
        sign_in,
        fingerprint: links::shown(&place.fingerprint),
    })
}

/// Where other machines find this server.
pub(super) async fn whereabouts(services: &Services) -> anyhow::Result<Whereabouts> {
    let runner = services.runner.clone();
    // It reads the certificate and asks for this machine's address.
    let place = move || Whereabouts::here(&runner.settings, runner.folders(), false);
    services.runner.background.blocking(place).await?
}

pub(in crate::http) async fn revoke(call: Call) -> Result<Response, Failure> {
    let (services, principal, id) = (&call.services, call.principal()?, call.name.clone());
    let store = &services.runner.store;
    let is_valid =
        store.writer.revoke_token(id.clone(), clock::wall()).await.map_err(|error| internal(&error))?;
    if !is_valid {
        let message = format!("no token {id} is valid; GET /api/v1/tokens lists all");
        return Err(refused(ErrorCode::TokenNotFound, message));
    }
    invite::forget_first(&store.folders, &id);
    // Whoever is told that the token is revoked finds it so.
    services.tokens.look().await;
    services.audit_log.note(principal, AuditAction::RevokeToken, &id, "ok");
    Ok(answer::plain(StatusCode::NO_CONTENT, &[]))
}
