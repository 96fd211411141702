//! Clients that lied, and their pieces that are no longer trusted.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::STRIKES_WITHIN;
use ffmpeg_cluster_common::cluster::change::Strike;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use rusqlite::{Connection, Transaction, params};

use super::columns;
use super::query::collect;

/// All strikes by client, the oldest first.
pub(super) fn strikes(db: &Connection) -> anyhow::Result<BTreeMap<ClientId, Vec<Strike>>> {
    let sql = "SELECT client_id, at_ms, why, job_id FROM strikes ORDER BY at_ms";
    let mut all = BTreeMap::<_, Vec<Strike>>::new();
    for (client, strike) in collect(db, sql, (), |row| Ok((columns::id(row, 0)?, columns::strike(row)?)))? {
        all.entry(client).or_default().push(strike);
    }
    Ok(all)
}

/// Strikes older than a day no longer count and are deleted.
pub(super) fn strike(db: &Transaction<'_>, client: &ClientId, strike: &Strike) -> anyhow::Result<()> {
    let since = strike.at.0.saturating_sub(STRIKES_WITHIN.0) as i64;
    let sql = "DELETE FROM strikes WHERE client_id = ?1 AND at_ms <= ?2";
    db.execute(sql, params![client.as_str(), since])?;
    let sql = "INSERT INTO strikes (client_id, at_ms, why, job_id) VALUES (?1, ?2, ?3, ?4)";
    let job = strike.job.as_ref().map(JobId::as_str);
    db.execute(sql, params![client.as_str(), strike.at.0 as i64, strike.why, job])?;
    Ok(())
}

pub(super) fn forgive(db: &Transaction<'_>, client: &ClientId) -> anyhow::Result<()> {
    db.execute("DELETE FROM strikes WHERE client_id = ?1", [client.as_str()])?;
    Ok(())
}

pub(super) fn take_back(db: &Transaction<'_>, job: &JobId) -> anyhow::Result<()> {
    db.execute("DELETE FROM strikes WHERE job_id = ?1", [job.as_str()])?;
    Ok(())
}

pub(super) fn doubt(db: &Transaction<'_>, job: &JobId, lease: LeaseId) -> anyhow::Result<()> {
    let sql = "DELETE FROM pieces WHERE job_id = ?1 AND boot = ?2 AND seq = ?3";
    db.execute(sql, params![job.as_str(), lease.boot, lease.seq as i64])?;
    Ok(())
}
