//! Browsers that signed in, and the links that let them, by their digests.

use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::columns::number;
use super::query::collect;
use crate::store::catalog::rows::{LinkRow, SignInRow};

const COLUMNS: &str = "hash, token_id, created_at_ms, seen_at_ms, expires_at_ms, lasts_ms, agent, sent_from";

pub(super) fn add(db: &mut Connection, row: &SignInRow, most: usize) -> anyhow::Result<()> {
    let all = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    all.execute("DELETE FROM sign_ins WHERE expires_at_ms <= ?1", [row.created_at.0 as i64])?;
    let sql = format!("INSERT INTO sign_ins ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    let SignInRow { hash, token, created_at, seen_at, expires_at, lasts_ms, agent, from } = row;
    let moments = [created_at.0, seen_at.0, expires_at.0, *lasts_ms].map(|at| at as i64);
    all.execute(&sql, params![hash, token, moments[0], moments[1], moments[2], moments[3], agent, from])?;
    let sql = "DELETE FROM sign_ins WHERE token_id = ?1 AND hash NOT IN \
               (SELECT hash FROM sign_ins WHERE token_id = ?1 ORDER BY seen_at_ms DESC, rowid DESC LIMIT ?2)";
    all.execute(sql, params![token, i64::try_from(most)?])?;
    Ok(all.commit()?)
}

pub(super) fn of(db: &Connection, hash: &str) -> anyhow::Result<Option<SignInRow>> {
    let sql = format!("SELECT {COLUMNS} FROM sign_ins WHERE hash = ?1");
    Ok(collect(db, &sql, [hash], read)?.pop())
}

pub(super) fn of_token(db: &Connection, token: &str) -> anyhow::Result<Vec<SignInRow>> {
    let sql =
        format!("SELECT {COLUMNS} FROM sign_ins WHERE token_id = ?1 ORDER BY seen_at_ms DESC, rowid DESC");
    collect(db, &sql, [token], read)
}

fn read(row: &Row<'_>) -> anyhow::Result<SignInRow> {
    Ok(SignInRow {
        hash: row.get(0)?,
        token: row.get(1)?,
        created_at: WallMillis(number(row, 2)?),
        seen_at: WallMillis(number(row, 3)?),
        expires_at: WallMillis(number(row, 4)?),
        lasts_ms: number(row, 5)?,
        agent: row.get(6)?,
        from: row.get(7)?,
    })
}

pub(super) fn seen(db: &Connection, hash: &str, at: WallMillis) -> anyhow::Result<()> {
    let sql = "UPDATE sign_ins SET seen_at_ms = ?2, expires_at_ms = ?2 + lasts_ms WHERE hash = ?1";
    db.execute(sql, params![hash, at.0 as i64])?;
    Ok(())
}

pub(super) fn end(db: &Connection, hash: &str) -> anyhow::Result<bool> {
    Ok(db.execute("DELETE FROM sign_ins WHERE hash = ?1", [hash])? == 1)
}

/// All of one token.
pub(super) fn forget(db: &Connection, token: &str) -> anyhow::Result<()> {
    db.execute("DELETE FROM sign_in_links WHERE token_id = ?1", [token])?;
    db.execute("DELETE FROM sign_ins WHERE token_id = ?1", [token])?;
    Ok(())
}

pub(super) fn add_link(db: &Connection, row: &LinkRow) -> anyhow::Result<()> {
    let sql = "INSERT INTO sign_in_links (hash, token_id, expires_at_ms) VALUES (?1, ?2, ?3)";
    db.execute(sql, params![row.hash, row.token, row.expires_at.0 as i64])?;
    Ok(())
}

/// One statement finds the link and forgets it, so that two browsers can't share it.
pub(super) fn use_link(db: &Connection, hash: &str, at: WallMillis) -> anyhow::Result<Option<String>> {
    db.execute("DELETE FROM sign_in_links WHERE expires_at_ms <= ?1", [at.0 as i64])?;
    let sql = "DELETE FROM sign_in_links WHERE hash = ?1 RETURNING token_id";
    Ok(db.query_row(sql, [hash], |row| row.get(0)).optional()?)
}
