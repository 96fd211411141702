//! The catalog in SQLite: one writer, write-ahead log, strict tables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};
use ffmpeg_cluster_common::cluster::change::{Attempt, Change, Memory, RememberedJob, RememberedLease};
use ffmpeg_cluster_common::ids::{ClientId, JobId, UploadId};
use ffmpeg_cluster_common::io::{crash, database};
use ffmpeg_cluster_common::media::plan::track::WorkKind;
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params};

use super::rows::{self, UploadRow};
use super::{Catalog, belongings, changes, migrate, moments, tokens, trust};

/// Bundled versions before this one can damage a write-ahead log.
const VERSION_MIN: i32 = 3_051_003;

/// Said by what it may be, so that the index of states finds the few among all that ended.
pub(super) const IS_OPEN: &str =
    "state IN ('Queued', 'WaitingForClients', 'Benchmarking', 'Processing', 'Combining')";

/// Names and speeds of clients are remembered for three months.
const CLIENTS_KEPT_MS: u64 = 90 * 86_400_000;

#[derive(Debug)]
pub struct Sqlite {
    pub(super) db: Connection,
}

impl Sqlite {
    /// Opens or makes the database. One that is damaged, newer or read-only is refused and left as it is.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        if rusqlite::version_number() < VERSION_MIN {
            bail!("SQLite {} is too old", rusqlite::version());
        }
        database::look(path, &migrate::known())?;
        Self::open_fit(path).map_err(|error| database::told(path, error))
    }

    fn open_fit(path: &Path) -> anyhow::Result<Self> {
        let mut db = connect(path, OpenFlags::default())?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 1000",
        )?;
        migrate::migrate(&mut db)?;
        Ok(Self { db })
    }

    fn remembered(&self) -> anyhow::Result<Vec<RememberedJob>> {
        let sql =
            format!("SELECT {} FROM jobs WHERE {IS_OPEN} ORDER BY created_at_ms, job_id", rows::JOB_COLUMNS);
        let mut jobs = self.db.prepare(&sql)?;
        let mut found = jobs.query([])?;
        let mut all = Vec::new();
        while let Some(row) = found.next()? {
            let row = rows::job(row)?;
            all.push(RememberedJob {
                pieces: pieces(&self.db, &row.job)?,
                leases: self.leases(&row.job)?,
                attempts: self.attempts(&row.job)?,
                crashes: row.crashes,
                job: row.job,
                spec: row.spec,
                state: row.state,
                film: row.film,
                created_at: row.created_at,
            });
        }
        Ok(all)
    }

    fn leases(&self, job: &JobId) -> anyhow::Result<Vec<RememberedLease>> {
        let sql = "SELECT boot, seq, track, frame_start, frame_end, client_id, seat FROM leases WHERE job_id = ?1 ORDER BY boot, seq";
        collect(&self.db, sql, job.as_str(), |row| {
            let (lease, segment, client) = (rows::lease(row)?, rows::segment(row, 2)?, rows::id(row, 5)?);
            let seat = row.get::<_, Option<String>>(6)?.map(|text| rows::json(&text)).transpose()?;
            Ok(RememberedLease { lease, segment, client, seat })
        })
    }

    fn attempts(&self, job: &JobId) -> anyhow::Result<Vec<Attempt>> {
        let sql = "SELECT attempt FROM attempts WHERE job_id = ?1 ORDER BY track, frame_start";
        collect(&self.db, sql, job.as_str(), |row| rows::json(&row.get::<_, String>(0)?))
    }

    fn speeds(&self) -> anyhow::Result<BTreeMap<(ClientId, WorkKind), f64>> {
        let sql = "SELECT client_id, kind, fps FROM speeds WHERE ?1 = ''";
        let all =
            collect(&self.db, sql, "", |row| Ok(((rows::id(row, 0)?, WorkKind(row.get(1)?)), row.get(2)?)))?;
        Ok(all.into_iter().collect())
    }

    /// Those that nobody has seen for long; there may have been any number of them.
    fn forget_clients(&self, at: WallMillis) -> anyhow::Result<()> {
        let since = at.0.saturating_sub(CLIENTS_KEPT_MS) as i64;
        self.db.execute("DELETE FROM clients WHERE last_seen_ms < ?1", [since])?;
        for of_clients in ["speeds", "client_keys"] {
            let sql =
                format!("DELETE FROM {of_clients} WHERE client_id NOT IN (SELECT client_id FROM clients)");
            self.db.execute(&sql, [])?;
        }
        Ok(())
    }

    fn names(&self) -> anyhow::Result<BTreeMap<ClientId, String>> {
        let sql = "SELECT client_id, name FROM clients WHERE ?1 = ''";
        let all = collect(&self.db, sql, "", |row| Ok((rows::id(row, 0)?, row.get(1)?)))?;
        Ok(all.into_iter().collect())
    }
}

impl Catalog for Sqlite {
    fn load(&mut self, at: WallMillis) -> anyhow::Result<Memory> {
        self.db.execute_batch("PRAGMA synchronous = FULL")?;
        let sql = "INSERT INTO boots (at_ms) VALUES (?1) RETURNING boot";
        crash::point("server.boot.counting");
        let boot: i64 = self.db.query_row(sql, [at.0 as i64], |row| row.get(0))?;
        crash::point("server.boot.counted");
        self.forget_clients(at)?;
        Ok(Memory {
            boot: u32::try_from(boot)?,
            jobs: self.remembered()?,
            speeds: self.speeds()?,
            names: self.names()?,
            strikes: trust::strikes(&self.db)?,
        })
    }

    fn commit(&mut self, changes: &[Change]) -> anyhow::Result<()> {
        // An acknowledgement stands on these, or files that are removed; the rest may be lost with the power, which
        // the boot number is for.
        let promised = changes.iter().any(|change| {
            matches!(
                change,
                Change::PieceKept { .. }
                    | Change::JobAdded { .. }
                    | Change::JobEnded { .. }
                    | Change::FilmKnown { .. }
                    | Change::KeptToOneKind { .. }
                    | Change::TrackGivenUp { .. }
                    | Change::CrashesTold { .. }
                    | Change::PieceDoubted { .. }
                    | Change::Struck { .. }
                    | Change::Forgiven { .. }
                    | Change::StrikesTakenBack { .. }
            )
        });
        let sync = if promised { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
        self.db.execute_batch(sync)?;
        let batch = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for change in changes {
            changes::apply(&batch, change).with_context(|| format!("remembering {change:?}"))?;
        }
        moments::before(changes);
        batch.commit()?;
        moments::after(changes);
        Ok(())
    }

    fn uploads(&mut self) -> anyhow::Result<BTreeSet<UploadId>> {
        let sql = "SELECT upload_id FROM uploads WHERE ?1 = ''";
        Ok(collect(&self.db, sql, "", |row| rows::id(row, 0))?.into_iter().collect())
    }

    fn add_upload(&mut self, row: &UploadRow) -> anyhow::Result<()> {
        self.db.execute(
            "INSERT INTO uploads (upload_id, bytes, file_name, metadata, created_at_ms, owner) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                row.upload.as_str(),
                row.bytes as i64,
                row.file_name,
                row.metadata,
                row.created_at.0 as i64,
                row.owner
            ],
        )?;
        Ok(())
    }

    fn forget_upload(&mut self, upload: &UploadId) -> anyhow::Result<bool> {
        belongings::forget_upload(&self.db, upload)
    }

    fn result_removed(&mut self, job: &JobId, at: WallMillis) -> anyhow::Result<()> {
        belongings::result_removed(&self.db, job, at)
    }

    fn claim_key(&mut self, client: &ClientId, hash: &str, at: WallMillis) -> anyhow::Result<bool> {
        tokens::claim_key(&self.db, client, hash, at)
    }
}

pub(super) fn connect(path: &Path, flags: OpenFlags) -> anyhow::Result<Connection> {
    let db =
        Connection::open_with_flags(path, flags).with_context(|| format!("opening {}", path.display()))?;
    db.busy_timeout(database::LOCKED_MAX)?;
    Ok(db)
}

pub(super) fn is_full(error: &anyhow::Error) -> bool {
    let code = |cause: &rusqlite::Error| cause.sqlite_error_code();
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref().and_then(code))
        .any(|code| code == ErrorCode::DiskFull)
}

pub(super) fn collect<T>(
    db: &Connection,
    sql: &str,
    parameter: &str,
    read: impl Fn(&rusqlite::Row<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query([parameter])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

pub(super) fn pieces(
    db: &Connection,
    job: &JobId,
) -> anyhow::Result<Vec<ffmpeg_cluster_common::cluster::change::RememberedPiece>> {
    let sql =
        format!("SELECT {} FROM pieces WHERE job_id = ?1 ORDER BY track, frame_start", rows::PIECE_COLUMNS);
    collect(db, &sql, job.as_str(), rows::piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 is full, 1 is normal.
    fn synced(change: Change) -> i64 {
        let mut catalog = Sqlite::open(Path::new(":memory:")).unwrap();
        // There is no such job; how it is committed is decided before that is found.
        let _ = catalog.commit(&[change]);
        catalog.db.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_new_index_is_synced_because_files_are_removed_after_it() {
        let (job, kind): (JobId, _) = ("j".parse().unwrap(), WorkKind("k".into()));
        let film = crate::samples::film(1, false);
        assert_eq!(synced(Change::FilmKnown { job, film: Box::new(film) }), 2);
        let begins = Change::CrashesTold { job: "j".parse().unwrap(), crashes: 1 };
        assert_eq!(synced(begins), 2, "the work begins after it");
        assert_eq!(synced(Change::SpeedMeasured { client: "c".parse().unwrap(), kind, fps: 1.0 }), 1);
    }
}
