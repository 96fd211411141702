//! Events: written with what they tell of, read in their order, forgotten when they are old.

use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, OptionalExtension, params};

use super::query::{collect, number};
use super::{columns, deliveries};
use crate::store::catalog::events::{EventRow, NewEvent};

const KEPT_MS: u64 = 7 * 86_400_000;
const KEPT_MAX: i64 = 100_000;

pub(super) fn add(db: &Connection, at: WallMillis, event: &NewEvent) -> anyhow::Result<EventRow> {
    let NewEvent { kind, job, client, owner, data } = event;
    let sql =
        "INSERT INTO events (at_ms, type, job_id, client_id, owner, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (job_id, client_id) = (job.as_ref().map(|id| id.as_str()), client.as_ref().map(|id| id.as_str()));
    db.prepare_cached(sql)?.execute(params![at.0 as i64, kind, job_id, client_id, owner, data])?;
    let row = EventRow {
        seq: u64::try_from(db.last_insert_rowid())?,
        at,
        kind: (*kind).to_owned(),
        job: job.clone(),
        client: client.clone(),
        owner: owner.clone(),
        data: data.clone(),
    };
    deliveries::enqueue(db, &row)?;
    Ok(row)
}

pub(super) fn after(db: &Connection, seq: u64, limit: usize) -> anyhow::Result<Vec<EventRow>> {
    let sql = format!("SELECT {} FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2", columns::EVENT_COLUMNS);
    collect(db, &sql, params![seq as i64, i64::try_from(limit)?], columns::event)
}

/// Zero before the first one. It counts events that are already forgotten.
pub(super) fn last(db: &Connection) -> anyhow::Result<u64> {
    number(db, "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)", ())
}

pub(super) fn left_by(db: &Connection, boot: u32) -> anyhow::Result<Option<u64>> {
    let sql = "SELECT events_before FROM boots WHERE boot > ?1 ORDER BY boot LIMIT 1";
    let left: Option<i64> = db.query_row(sql, [boot], |row| row.get(0)).optional()?;
    Ok(left.map(i64::unsigned_abs))
}

/// Forgets the oldest, so that those that stay follow each other without a gap.
pub(super) fn forget(db: &Connection, now: WallMillis) -> anyhow::Result<()> {
    let since = now.0.saturating_sub(KEPT_MS) as i64;
    let sql = "DELETE FROM events WHERE seq <= max( \
               ifnull((SELECT max(seq) FROM events WHERE at_ms < ?1), 0), \
               ifnull((SELECT max(seq) FROM events), 0) - ?2)";
    db.execute(sql, params![since, KEPT_MAX])?;
    Ok(())
}
