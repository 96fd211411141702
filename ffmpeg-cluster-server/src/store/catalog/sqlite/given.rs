//! Names and labels of jobs, and the keys of requests.

use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::json;

use super::{columns, events};
use crate::store::catalog::events::{EventRow, NewEvent};
use crate::store::catalog::given::{Given, Named, Request, RequestKey, RequestRow};

const KEPT_MS: u64 = 86_400_000;

/// Writes what was given with a new job, in the transaction that adds it.
pub(super) fn add(db: &Transaction<'_>, job: &JobId, given: &Given, at: WallMillis) -> anyhow::Result<()> {
    let Given { named: Named { name, labels }, preset, source_bytes, request, retry_of } = given;
    let sql = "UPDATE jobs SET name = ?2, labels = ?3, preset = ?4, source_bytes = ?5, retry_of = ?6 \
               WHERE job_id = ?1";
    let (labels, bytes) = (serde_json::to_string(labels)?, source_bytes.map(|bytes| bytes as i64));
    db.execute(
        sql,
        params![job.as_str(), name, labels, preset, bytes, retry_of.as_ref().map(JobId::as_str)],
    )?;
    let Some(Request { key: RequestKey { owner, address, key }, body }) = request else { return Ok(()) };
    db.execute("DELETE FROM request_keys WHERE at_ms <= ?1", [oldest(at)])?;
    let sql = "INSERT OR REPLACE INTO request_keys (owner, address, key, body_sha256, at_ms, job_id) \
               SELECT ?1, ?2, ?3, ?4, ?5, job_id FROM jobs WHERE job_id = ?6";
    db.execute(sql, params![owner, address, key, body, at.0 as i64, job.as_str()])?;
    Ok(())
}

fn oldest(now: WallMillis) -> i64 {
    now.0.saturating_sub(KEPT_MS) as i64
}

pub(super) fn request(
    db: &Connection,
    of: &RequestKey,
    now: WallMillis,
) -> anyhow::Result<Option<RequestRow>> {
    let RequestKey { owner, address, key } = of;
    let sql = "SELECT body_sha256, job_id, answer FROM request_keys \
               WHERE owner = ?1 AND address = ?2 AND key = ?3 AND at_ms > ?4";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, columns::id(row, 1), row.get(2)?));
    let found = db.query_row(sql, params![owner, address, key, oldest(now)], read).optional()?;
    found.map(|(body, job, answer)| Ok(RequestRow { body, job: job?, answer })).transpose()
}

/// What was answered to the request that made this job. None: the job is nobody's, and the request may come again.
pub(super) fn answered(db: &Connection, job: &JobId, answer: Option<&str>) -> anyhow::Result<()> {
    let sql = answer.map_or(
        "DELETE FROM request_keys WHERE job_id = ?1 AND ?2 IS NULL",
        |_| "UPDATE request_keys SET answer = ?2 WHERE job_id = ?1",
    );
    db.execute(sql, params![job.as_str(), answer])?;
    Ok(())
}

/// None if the job is not called so any more, or is gone.
pub(super) fn rename(
    db: &mut Connection,
    job: &JobId,
    [before, after]: [&Named; 2],
    at: WallMillis,
) -> anyhow::Result<Option<EventRow>> {
    let batch = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let [old, new] = [before, after].map(|named| serde_json::to_string(&named.labels));
    let sql = "UPDATE jobs SET name = ?2, labels = ?3 WHERE job_id = ?1 AND name IS ?4 AND labels = ?5 \
               RETURNING owner";
    let row = params![job.as_str(), after.name, new?, before.name, old?];
    let owner: Option<String> = batch.query_row(sql, row, |row| row.get(0)).optional()?;
    let Some(owner) = owner else { return Ok(None) };
    let data = json!(after).to_string();
    let kind = "job.renamed";
    let event = NewEvent { kind, job: Some(job.clone()), client: None, owner: Some(owner), data };
    let event = events::add(&batch, at, &event)?;
    batch.commit()?;
    Ok(Some(event))
}
