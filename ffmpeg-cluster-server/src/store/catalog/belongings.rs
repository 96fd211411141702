//! What belongs to whom, and what may go: sums for quotas, results and uploads that nobody needs any more.

use ffmpeg_cluster_common::ids::{JobId, UploadId};
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, params};

use super::rows::{self, UploadRow};
use super::sqlite::{IS_OPEN, collect};
use crate::store::limits::Used;
use crate::store::retention::Kept;

/// No job at work reads it.
fn is_idle() -> String {
    format!("NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.upload_id = uploads.upload_id AND {IS_OPEN})")
}

pub(super) fn used(db: &Connection, owner: &str) -> anyhow::Result<Used> {
    let number = |sql: &str, parameter: &str| -> anyhow::Result<u64> {
        let mut statement = db.prepare_cached(sql)?;
        Ok(statement.query_row([parameter], |row| row.get::<_, i64>(0))?.unsigned_abs())
    };
    let bytes = |who: &str, parameter: &str| -> anyhow::Result<u64> {
        let uploads = format!("SELECT ifnull(sum(bytes), 0) FROM uploads WHERE {who}");
        let results = format!(
            "SELECT ifnull(sum(result_bytes), 0) FROM jobs \
             WHERE {who} AND result_bytes IS NOT NULL AND result_removed_ms IS NULL"
        );
        let packed = format!(
            "SELECT ifnull(sum(json_extract(spec, '$.source.sequence.bytes')), 0) FROM jobs WHERE {who} AND {IS_OPEN}"
        );
        let all = [number(&uploads, parameter)?, number(&results, parameter)?, number(&packed, parameter)?];
        Ok(all.into_iter().fold(0, u64::saturating_add))
    };
    Ok(Used {
        own_bytes: bytes("owner = ?1", owner)?,
        all_bytes: bytes("?1 = ''", "")?,
        waiting_uploads: number(
            &format!("SELECT count(*) FROM uploads WHERE owner = ?1 AND {}", is_idle()),
            owner,
        )?,
        open_jobs: number(&format!("SELECT count(*) FROM jobs WHERE owner = ?1 AND {IS_OPEN}"), owner)?,
    })
}

/// The oldest first.
pub(super) fn results(db: &Connection) -> anyhow::Result<Vec<Kept>> {
    let sql = "SELECT job_id, result_bytes, completed_at_ms, output_name FROM jobs \
               WHERE ?1 = '' AND result_bytes IS NOT NULL AND result_removed_ms IS NULL \
               ORDER BY completed_at_ms, job_id";
    collect(db, sql, "", |row| {
        Ok(Kept {
            job: rows::id(row, 0)?,
            bytes: rows::number(row, 1)?,
            at: WallMillis(rows::number(row, 2)?),
            output_name: row.get(3)?,
        })
    })
}

pub(super) fn idle_uploads(db: &Connection) -> anyhow::Result<Vec<UploadRow>> {
    let sql = format!("SELECT {} FROM uploads WHERE ?1 = '' AND {}", rows::UPLOAD_COLUMNS, is_idle());
    collect(db, &sql, "", rows::upload)
}

/// In one statement, so that no job can begin to need it in between.
pub(super) fn forget_upload(db: &Connection, upload: &UploadId) -> anyhow::Result<bool> {
    let sql = format!("DELETE FROM uploads WHERE upload_id = ?1 AND {}", is_idle());
    Ok(db.execute(&sql, [upload.as_str()])? == 1)
}

pub(super) fn result_removed(db: &Connection, job: &JobId, at: WallMillis) -> anyhow::Result<()> {
    db.execute(
        "UPDATE jobs SET result_removed_ms = ?2 WHERE job_id = ?1",
        params![job.as_str(), i64::try_from(at.0)?],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
