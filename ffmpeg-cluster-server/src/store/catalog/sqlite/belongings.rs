//! Ownership and removal: sums for quotas, and the results and uploads that nobody needs any more.

use ffmpeg_cluster_common::ids::{JobId, UploadId};
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, OptionalExtension, Params, Row, TransactionBehavior, params};
use serde_json::json;

use super::columns;
use super::events;
use super::query::{IS_OPEN, collect, number};
use crate::store::catalog::events::{EventRow, NewEvent};
use crate::store::catalog::rows::{Page, UploadRow};
use crate::store::limits::Used;
use crate::store::retention::Results;

/// On a job: its result is here.
const HAS_RESULT: &str = "result_bytes IS NOT NULL AND result_removed_ms IS NULL";

/// On an upload: no open job reads it.
fn is_idle() -> String {
    format!("NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.upload_id = uploads.upload_id AND {IS_OPEN})")
}

pub(super) fn used(db: &Connection, owner: &str) -> anyhow::Result<Used> {
    // What stays for another try of a failed job waits for nothing.
    let waiting = "SELECT count(*) FROM uploads WHERE owner = ?1 \
                   AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.upload_id = uploads.upload_id)";
    let open = format!("SELECT count(*) FROM jobs WHERE owner = ?1 AND {IS_OPEN}");
    Ok(Used {
        own_bytes: bytes(db, "owner = ?1", [owner])?,
        all_bytes: bytes(db, "true", ())?,
        waiting_uploads: number(db, waiting, [owner])?,
        open_jobs: number(db, &open, [owner])?,
    })
}

fn bytes(db: &Connection, whose: &str, parameters: impl Params + Copy) -> anyhow::Result<u64> {
    let uploads = format!("SELECT ifnull(sum(bytes), 0) FROM uploads WHERE {whose}");
    let results = format!("SELECT ifnull(sum(result_bytes), 0) FROM jobs WHERE {whose} AND {HAS_RESULT}");
    let packed = format!(
        "SELECT ifnull(sum(json_extract(spec, '$.source.sequence.bytes')), 0) FROM jobs WHERE {whose} AND {IS_OPEN}"
    );
    let all = [&uploads, &results, &packed].map(|sql| number(db, sql, parameters));
    all.into_iter().try_fold(0, |sum: u64, bytes| Ok(sum.saturating_add(bytes?)))
}

pub(super) fn results(db: &Connection, limit: usize) -> anyhow::Result<Results> {
    let oldest = format!(
        "SELECT {} FROM jobs WHERE {HAS_RESULT} ORDER BY completed_at_ms, job_id LIMIT ?1",
        columns::RESULT_COLUMNS
    );
    let count = format!("SELECT count(*) FROM jobs WHERE {HAS_RESULT}");
    let bytes = format!("SELECT ifnull(sum(result_bytes), 0) FROM jobs WHERE {HAS_RESULT}");
    // One transaction, so that all three describe the same moment.
    let moment = db.unchecked_transaction()?;
    Ok(Results {
        oldest: collect(&moment, &oldest, [i64::try_from(limit)?], columns::result)?,
        count: number(&moment, &count, ())?,
        bytes: number(&moment, &bytes, ())?,
    })
}

pub(super) fn upload(db: &Connection, upload: &UploadId) -> anyhow::Result<Option<UploadRow>> {
    let sql = format!("SELECT {} FROM uploads WHERE upload_id = ?1", columns::UPLOAD_COLUMNS);
    Ok(collect(db, &sql, [upload.as_str()], columns::upload)?.pop())
}

pub(super) fn uploads(db: &Connection, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>> {
    uploads_that(db, "true", page)
}

pub(super) fn idle_uploads(db: &Connection, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>> {
    uploads_that(db, &is_idle(), page)
}

fn uploads_that(db: &Connection, fit: &str, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>> {
    let columns = columns::UPLOAD_COLUMNS;
    let sql =
        format!("SELECT {columns} FROM uploads WHERE upload_id > ?1 AND {fit} ORDER BY upload_id LIMIT ?2");
    // No name is empty, so every name sorts after the empty one.
    let after = page.after.as_ref().map_or("", UploadId::as_str);
    collect(db, &sql, params![after, i64::try_from(page.limit)?], columns::upload)
}

pub(super) fn add_upload(db: &mut Connection, row: &UploadRow) -> anyhow::Result<EventRow> {
    let sql = "INSERT INTO uploads (upload_id, bytes, file_name, metadata, created_at_ms, owner) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let UploadRow { upload, bytes, file_name, metadata, created_at, owner, .. } = row;
    let (bytes, at) = (i64::try_from(*bytes)?, i64::try_from(created_at.0)?);
    let batch = db.transaction()?;
    batch.execute(sql, params![upload.as_str(), bytes, file_name, metadata, at, owner])?;
    let event = events::add(&batch, *created_at, &of_upload("upload.created", row))?;
    batch.commit()?;
    Ok(event)
}

/// Tells it once, however often it is said.
pub(super) fn upload_completed(
    db: &mut Connection,
    id: &UploadId,
    at: WallMillis,
) -> anyhow::Result<Option<EventRow>> {
    let batch = db.transaction()?;
    let sql = "UPDATE uploads SET completed_ms = ?2 WHERE upload_id = ?1 AND completed_ms IS NULL";
    if batch.execute(sql, params![id.as_str(), at.0 as i64])? == 0 {
        return Ok(None);
    }
    let Some(row) = upload(&batch, id)? else { return Ok(None) };
    let event = events::add(&batch, at, &of_upload("upload.completed", &row))?;
    batch.commit()?;
    Ok(Some(event))
}

fn of_upload(kind: &'static str, row: &UploadRow) -> NewEvent {
    let UploadRow { upload, bytes, file_name, owner, .. } = row;
    let data = json!({ "upload_id": upload, "bytes": bytes, "file_name": file_name }).to_string();
    NewEvent { kind, job: None, client: None, owner: Some(owner.clone()), data }
}

/// One statement, so that no job can start to need the upload in between.
pub(super) fn forget_upload(db: &Connection, upload: &UploadId) -> anyhow::Result<bool> {
    let sql = format!("DELETE FROM uploads WHERE upload_id = ?1 AND {}", is_idle());
    Ok(db.execute(&sql, [upload.as_str()])? == 1)
}

/// All that was kept of the job goes with its row. What was counted for its day stays.
pub(super) fn forget_job(
    db: &mut Connection,
    job: &JobId,
    with_upload: bool,
    at: WallMillis,
) -> anyhow::Result<Option<EventRow>> {
    let batch = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if with_upload {
        let sql = "DELETE FROM uploads WHERE upload_id = (SELECT upload_id FROM jobs WHERE job_id = ?1) \
                   AND NOT EXISTS (SELECT 1 FROM jobs WHERE upload_id = uploads.upload_id AND job_id != ?1)";
        batch.execute(sql, [job.as_str()])?;
    }
    let sql =
        format!("DELETE FROM jobs WHERE job_id = ?1 AND NOT ({IS_OPEN}) RETURNING owner, file_name, state");
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let gone: Option<(String, String, String)> = batch.query_row(&sql, [job.as_str()], read).optional()?;
    let Some((owner, file_name, state)) = gone else { return Ok(None) };
    let data = json!({ "file_name": file_name, "state": state }).to_string();
    let kind = "job.deleted";
    let event = NewEvent { kind, job: Some(job.clone()), client: None, owner: Some(owner), data };
    let event = events::add(&batch, at, &event)?;
    batch.commit()?;
    Ok(Some(event))
}

pub(super) fn result_removed(db: &Connection, job: &JobId, at: WallMillis) -> anyhow::Result<()> {
    let sql = "UPDATE jobs SET result_removed_ms = ?2 WHERE job_id = ?1";
    db.execute(sql, params![job.as_str(), i64::try_from(at.0)?])?;
    Ok(())
}
