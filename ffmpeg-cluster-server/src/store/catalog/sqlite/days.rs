//! What came of each day: written with the changes, so that nobody has to read all jobs to know it.

use ffmpeg_cluster_common::ids::{JobId, LeaseId};
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, Transaction, params};

use super::columns::{id, number};
use super::query::collect;
use crate::store::catalog::days::{ClientDay, DayRow};

const DAY_MS: u64 = 86_400_000;
const KEPT_DAYS: u64 = 400;

const fn day(at: WallMillis) -> i64 {
    (at.0 / DAY_MS) as i64
}

/// A job was completed, and its row says so.
pub(super) fn completed(db: &Transaction<'_>, job: &JobId, at: WallMillis) -> anyhow::Result<()> {
    let sql = "INSERT INTO owner_days (day, owner, films, frames, bytes_in, bytes_out) \
               SELECT ?2, owner, 1, ifnull(json_extract(report, '$.frames_result'), 0), ifnull(source_bytes, 0), \
               ifnull(result_bytes, 0) FROM jobs WHERE job_id = ?1 \
               ON CONFLICT DO UPDATE SET films = films + 1, frames = frames + excluded.frames, \
               bytes_in = bytes_in + excluded.bytes_in, bytes_out = bytes_out + excluded.bytes_out";
    db.execute(sql, params![job.as_str(), day(at)])?;
    Ok(())
}

/// A lease ended, and its span says so. Only pictures have frames, and they are the first track.
pub(super) fn worked(db: &Transaction<'_>, lease: LeaseId, at: WallMillis) -> anyhow::Result<()> {
    let sql = "INSERT INTO client_days (day, client_id, frames, busy_ms) \
               SELECT ?3, client_id, iif(outcome = 'kept' AND track = 0, frame_end - frame_start, 0), \
               max(0, ifnull(ifnull(encoded_ms, ended_ms) - began_ms, 0)) FROM spans WHERE boot = ?1 AND seq = ?2 \
               ON CONFLICT DO UPDATE SET frames = frames + excluded.frames, busy_ms = busy_ms + excluded.busy_ms";
    db.prepare_cached(sql)?.execute(params![lease.boot, lease.seq as i64, day(at)])?;
    Ok(())
}

pub(super) fn forget(db: &Connection, now: WallMillis) -> anyhow::Result<()> {
    let first = day(now).saturating_sub(KEPT_DAYS as i64);
    for table in ["owner_days", "client_days"] {
        db.execute(&format!("DELETE FROM {table} WHERE day < ?1"), [first])?;
    }
    Ok(())
}

pub(super) fn all(db: &Connection, owner: Option<&str>, first: u64) -> anyhow::Result<Vec<DayRow>> {
    let whose = owner.map_or("?2 IS NULL", |_| "owner = ?2");
    let sql = format!(
        "SELECT day, sum(films), sum(frames), sum(bytes_in), sum(bytes_out) FROM \
         (SELECT day, films, frames, bytes_in, bytes_out FROM owner_days WHERE day >= ?1 AND {whose} \
          UNION ALL SELECT DISTINCT day, 0, 0, 0, 0 FROM client_days WHERE day >= ?1 AND ?2 IS NULL) \
         GROUP BY day ORDER BY day"
    );
    let mut days = collect(db, &sql, params![first as i64, owner], |row| {
        let [day, films, frames, bytes_in, bytes_out] = [0, 1, 2, 3, 4].map(|column| number(row, column));
        Ok(DayRow {
            day: day?,
            films: films?,
            frames: frames?,
            bytes_in: bytes_in?,
            bytes_out: bytes_out?,
            clients: Vec::new(),
        })
    })?;
    if owner.is_none() {
        for row in &mut days {
            row.clients = clients(db, row.day)?;
        }
    }
    Ok(days)
}

fn clients(db: &Connection, day: u64) -> anyhow::Result<Vec<ClientDay>> {
    let sql = "SELECT client_id, ifnull(name, ''), frames, busy_ms FROM client_days LEFT JOIN clients USING (client_id) \
               WHERE day = ?1 ORDER BY busy_ms DESC, client_id";
    collect(db, sql, [day as i64], |row| {
        Ok(ClientDay {
            client: id(row, 0)?,
            name: row.get(1)?,
            frames: number(row, 2)?,
            busy_ms: number(row, 3)?,
        })
    })
}
