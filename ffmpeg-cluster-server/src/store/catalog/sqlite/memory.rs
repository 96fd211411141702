//! What the server loads when it starts.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::change::{
    Attempt, Memory, RememberedJob, RememberedLease, RememberedPiece,
};
use ffmpeg_cluster_common::ids::{ClientId, JobId};
use ffmpeg_cluster_common::io::crash;
use ffmpeg_cluster_common::media::plan::track::WorkKind;
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::Connection;

use super::query::{IS_OPEN, collect};
use super::{columns, events, trust};
use crate::store::catalog::rows::JobRow;

/// Names and speeds of clients are remembered for three months.
const CLIENTS_KEPT_MS: u64 = 90 * 86_400_000;

pub(super) fn load(db: &Connection, at: WallMillis) -> anyhow::Result<Memory> {
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let sql = "INSERT INTO boots (at_ms, events_before) VALUES (?1, ?2) RETURNING boot";
    let events_before = events::last(db)? as i64;
    crash::point("server.boot.counting");
    let boot: i64 = db.query_row(sql, [at.0 as i64, events_before], |row| row.get(0))?;
    crash::point("server.boot.counted");
    forget_clients(db, at)?;
    Ok(Memory {
        boot: u32::try_from(boot)?,
        jobs: open_jobs(db)?,
        speeds: speeds(db)?,
        names: names(db)?,
        strikes: trust::strikes(db)?,
    })
}

fn open_jobs(db: &Connection) -> anyhow::Result<Vec<RememberedJob>> {
    let columns = columns::JOB_COLUMNS;
    let sql = format!(
        "SELECT {columns} FROM jobs WHERE {IS_OPEN} ORDER BY priority DESC, rank, created_at_ms, job_id"
    );
    collect(db, &sql, (), |row| remembered(db, columns::job(row)?))
}

fn remembered(db: &Connection, row: JobRow) -> anyhow::Result<RememberedJob> {
    Ok(RememberedJob {
        pieces: pieces(db, &row.job)?,
        leases: leases(db, &row.job)?,
        attempts: attempts(db, &row.job)?,
        crashes: row.crashes,
        place: row.place,
        paused: row.paused,
        job: row.job,
        spec: row.spec,
        state: row.state,
        film: row.film,
        created_at: row.created_at,
    })
}

pub(super) fn pieces(db: &Connection, job: &JobId) -> anyhow::Result<Vec<RememberedPiece>> {
    let columns = columns::PIECE_COLUMNS;
    let sql = format!("SELECT {columns} FROM pieces WHERE job_id = ?1 ORDER BY track, frame_start");
    collect(db, &sql, [job.as_str()], columns::piece)
}

fn leases(db: &Connection, job: &JobId) -> anyhow::Result<Vec<RememberedLease>> {
    let sql = "SELECT boot, seq, track, frame_start, frame_end, client_id, seat FROM leases \
               WHERE job_id = ?1 ORDER BY boot, seq";
    collect(db, sql, [job.as_str()], |row| {
        let (lease, segment, client) =
            (columns::lease(row)?, columns::segment(row, 2)?, columns::id(row, 5)?);
        let seat = row.get::<_, Option<String>>(6)?.map(|text| columns::json(&text)).transpose()?;
        Ok(RememberedLease { lease, segment, client, seat })
    })
}

fn attempts(db: &Connection, job: &JobId) -> anyhow::Result<Vec<Attempt>> {
    let sql = "SELECT attempt FROM attempts WHERE job_id = ?1 ORDER BY track, frame_start";
    collect(db, sql, [job.as_str()], |row| columns::json(&row.get::<_, String>(0)?))
}

fn speeds(db: &Connection) -> anyhow::Result<BTreeMap<(ClientId, WorkKind), f64>> {
    let all = collect(db, "SELECT client_id, kind, fps FROM speeds", (), |row| {
        Ok(((columns::id(row, 0)?, WorkKind(row.get(1)?)), row.get(2)?))
    })?;
    Ok(all.into_iter().collect())
}

fn names(db: &Connection) -> anyhow::Result<BTreeMap<ClientId, String>> {
    let sql = "SELECT client_id, name FROM clients";
    let all = collect(db, sql, (), |row| Ok((columns::id(row, 0)?, row.get(1)?)))?;
    Ok(all.into_iter().collect())
}

/// Forgets clients that were not seen for long; their number is unbounded.
fn forget_clients(db: &Connection, at: WallMillis) -> anyhow::Result<()> {
    let since = at.0.saturating_sub(CLIENTS_KEPT_MS) as i64;
    db.execute("DELETE FROM clients WHERE last_seen_ms < ?1", [since])?;
    for of_clients in ["speeds", "client_keys"] {
        let sql = format!("DELETE FROM {of_clients} WHERE client_id NOT IN (SELECT client_id FROM clients)");
        db.execute(&sql, [])?;
    }
    Ok(())
}
