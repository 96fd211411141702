//! What every statement needs: collecting rows, and reading errors.

use rusqlite::{Connection, ErrorCode, Params, Row};

/// Lists the open states, so that the index of states finds the few open jobs among all that ended.
pub(super) const IS_OPEN: &str =
    "state IN ('Queued', 'WaitingForClients', 'Benchmarking', 'Processing', 'Combining')";

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
    parameters: impl Params,
    read: impl Fn(&Row<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query(parameters)?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// A sum or a count, which always has one row.
pub(super) fn number(db: &Connection, sql: &str, parameters: impl Params) -> anyhow::Result<u64> {
    let number: i64 = db.prepare_cached(sql)?.query_row(parameters, |row| row.get(0))?;
    Ok(u64::try_from(number)?)
}
