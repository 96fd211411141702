//! Links to streams, by their digests.

use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::columns;
use super::query::{collect, number};
use crate::store::catalog::rows::WatchLinkRow;

const COLUMNS: &str = "hash, job_id, made_by, created_at_ms, expires_at_ms";

pub(super) fn add(db: &mut Connection, row: &WatchLinkRow, most: usize) -> anyhow::Result<bool> {
    let all = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let WatchLinkRow { hash, job, made_by, created_at, expires_at } = row;
    all.execute("DELETE FROM watch_links WHERE expires_at_ms <= ?1", [created_at.0 as i64])?;
    let of_job = number(&all, "SELECT count(*) FROM watch_links WHERE job_id = ?1", [job.as_str()])?;
    if of_job >= most as u64 {
        return Ok(false);
    }
    let sql = format!("INSERT INTO watch_links ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5)");
    all.execute(&sql, params![hash, job.as_str(), made_by, created_at.0 as i64, expires_at.0 as i64])?;
    all.commit()?;
    Ok(true)
}

pub(super) fn of(db: &Connection, hash: &str) -> anyhow::Result<Option<WatchLinkRow>> {
    let sql = format!("SELECT {COLUMNS} FROM watch_links WHERE hash = ?1");
    Ok(collect(db, &sql, [hash], read)?.pop())
}

pub(super) fn of_job(db: &Connection, job: &JobId) -> anyhow::Result<Vec<WatchLinkRow>> {
    let sql = format!("SELECT {COLUMNS} FROM watch_links WHERE job_id = ?1 ORDER BY created_at_ms, rowid");
    collect(db, &sql, [job.as_str()], read)
}

pub(super) fn end(db: &Connection, hash: &str) -> anyhow::Result<bool> {
    Ok(db.execute("DELETE FROM watch_links WHERE hash = ?1", [hash])? == 1)
}

/// All that one token made.
pub(super) fn forget(db: &Connection, token: &str) -> anyhow::Result<()> {
    db.execute("DELETE FROM watch_links WHERE made_by = ?1", [token])?;
    Ok(())
}

fn read(row: &Row<'_>) -> anyhow::Result<WatchLinkRow> {
    Ok(WatchLinkRow {
        hash: row.get(0)?,
        job: columns::id(row, 1)?,
        made_by: row.get(2)?,
        created_at: WallMillis(columns::number(row, 3)?),
        expires_at: WallMillis(columns::number(row, 4)?),
    })
}
