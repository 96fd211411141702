//! Tokens, and the keys of clients, by their digests.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, OptionalExtension, params};

use super::columns;
use super::query::collect;
use crate::store::catalog::rows::TokenRow;

pub(super) fn add(db: &Connection, token: &TokenRow) -> anyhow::Result<()> {
    let sql = "INSERT INTO tokens (id, role, name, hash, created_at_ms, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let TokenRow { id, role, name, hash, created_at, expires_at, .. } = token;
    let expires = expires_at.map(|at| i64::try_from(at.0)).transpose()?;
    db.execute(sql, params![id, role.as_str(), name, hash, created_at.0 as i64, expires])?;
    Ok(())
}

pub(super) fn all(db: &Connection) -> anyhow::Result<Vec<TokenRow>> {
    let sql = format!("SELECT {} FROM tokens ORDER BY created_at_ms, rowid", columns::TOKEN_COLUMNS);
    collect(db, &sql, (), columns::token)
}

pub(super) fn valid(db: &Connection, now: WallMillis) -> anyhow::Result<Vec<TokenRow>> {
    let sql = format!(
        "SELECT {} FROM tokens WHERE revoked_at_ms IS NULL AND ifnull(expires_ms > ?1, true) ORDER BY created_at_ms, rowid",
        columns::TOKEN_COLUMNS
    );
    collect(db, &sql, [now.0 as i64], columns::token)
}

pub(super) fn used(db: &mut Connection, all: &BTreeMap<String, WallMillis>) -> anyhow::Result<()> {
    let batch = db.transaction()?;
    for (id, at) in all {
        batch.execute("UPDATE tokens SET used_ms = ?2 WHERE id = ?1", params![id, at.0 as i64])?;
    }
    Ok(batch.commit()?)
}

pub(super) fn revoke(db: &Connection, id: &str, at: WallMillis) -> anyhow::Result<bool> {
    let sql = "UPDATE tokens SET revoked_at_ms = ?2 WHERE id = ?1 AND revoked_at_ms IS NULL";
    // The sign-ins go first: a crash in between leaves a valid token, and nobody was told otherwise.
    super::sign_ins::forget(db, id)?;
    super::watch_links::forget(db, id)?;
    Ok(db.execute(sql, params![id, at.0 as i64])? == 1)
}

pub(super) fn claim_key(
    db: &Connection,
    client: &ClientId,
    hash: &str,
    at: WallMillis,
) -> anyhow::Result<bool> {
    if let Some(known) = key_of(db, client)? {
        return Ok(known == hash);
    }
    let sql = "INSERT INTO client_keys (client_id, hash, first_seen_ms) VALUES (?1, ?2, ?3)";
    db.execute(sql, params![client.as_str(), hash, at.0 as i64])?;
    Ok(true)
}

pub(super) fn key_of(db: &Connection, client: &ClientId) -> anyhow::Result<Option<String>> {
    let sql = "SELECT hash FROM client_keys WHERE client_id = ?1";
    Ok(db.query_row(sql, [client.as_str()], |row| row.get(0)).optional()?)
}
